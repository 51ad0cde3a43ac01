"""A plan against what came of the upgrade."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import argument, option
from upgradecheck.cli.groups import NAMES, ClusterOptions, CriSocket, Output, Showing
from upgradecheck.cli.session import Session
from upgradecheck.cli.texts import comma_lists

TYPE_CHECKING = False
if TYPE_CHECKING:
    from upgradecheck.model.verification import Verification

EPILOG = """\
Examples:
  upgradecheck plan --to 1.31 -o json=plan.json      (before the upgrade)
  upgradecheck verify plan.json                      (after, from the cluster)
  upgradecheck verify plan.json -f pods.json -f nodes.json -f events.json
  upgradecheck verify plan.json --cri auto           (on an upgraded node)
  Wave by wave: what the first result has decided stands.
    upgradecheck verify plan.json -o json=wave-1.json
    upgradecheck verify plan.json --earlier wave-1.json -o json=wave-2.json
  A log of accuracy over all upgrades, without names:
    upgradecheck verify plan.json --append accuracy.jsonl
    upgradecheck show accuracy.jsonl

Exit codes:
  0  what could be compared came as predicted; nodes may be pending
  1  no result could be made: conclude nothing
  2  misses or false alarms
  3  undecided: something was not seen, or nothing could be compared
  64 usage error; 130, 143 interrupted
"""

SHOWS: Final = "verification"


class Options(NamedTuple):
    """Plan."""

    plan: Annotated[str, argument("PLAN|-", "The plan that plan -o json=PLAN (or yaml) has written; - is standard input.")]
    earlier: Annotated[
        tuple[str, ...],
        option("--earlier", metavar="FILE", help="An earlier result of this plan (-o json): what it has decided stands. Repeatable."),
    ] = ()
    append: Annotated[
        str | None,
        option("--append", metavar="FILE", help="Add the numbers to this log of accuracy, without names, and say what it makes together."),
    ] = None


class Seen(NamedTuple):
    """Input."""

    files: Annotated[
        tuple[str, ...],
        option("--filename", "-f", metavar="FILE|DIR|-", help="Read what is there now from this, and not from the cluster. Repeatable."),
    ] = ()
    recursive: Annotated[bool, option("--recursive", "-R", help="Read directories with all that is below them.")] = False
    cri: CriSocket = None
    docker: Annotated[
        str | None, option("--docker", metavar="SOCKET|auto", help="The docker engine of this node, asked for its records.")
    ] = None
    nodes: Annotated[
        tuple[str, ...], option("--node", metavar=NAMES, help="Only these nodes; the others stay pending. Repeatable.", read=comma_lists)
    ] = ()


def run(session: Session, options: Options, seen: Seen, cluster: ClusterOptions, output: Output, showing: Showing) -> int:
    """Did what the plan predicted come true: hits, misses and false alarms?"""
    from upgradecheck.cli.asking import live_cluster
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.progressing import progress
    from upgradecheck.commands.accuracy import check_log
    from upgradecheck.commands.request import PlanRequest
    from upgradecheck.commands.verify import VerifyRequest, make_verification

    wanted = parse_outputs(output.outputs, SHOWS, output.color, everything=showing.everything)
    if options.append is not None:
        check_log(options.append, *(one.file for one in wanted if one.file is not None))
    asks_a_node = seen.cri is not None or seen.docker is not None
    alone = asks_a_node and not seen.files and cluster.kubeconfig is None and cluster.context is None
    with open_sinks(wanted, session) as sinks:
        with progress(session, output) as watch:
            live = None if alone else live_cluster(PlanRequest(seen.files), cluster, watch, session, beside=False)
            request = VerifyRequest(options.plan, *seen[:2], seen.nodes, seen.cri, seen.docker, options.earlier, live)
            found = make_verification(request, session.complain)
        write_all([one.of(found) for one in wanted], sinks)
    if options.append is not None:
        _keep(options.append, found, session)
    return found.exit_code


def _keep(path: str, found: Verification, session: Session) -> None:
    """A result in which nothing was compared says nothing of accuracy."""
    from upgradecheck.model.verification import JUDGED

    if not found.summary.of(*JUDGED):
        session.tell(f"{path}: nothing was added, since no prediction could be held against what came.")
        return
    from upgradecheck.commands.accuracy import keep_accuracy
    from upgradecheck.reporting.accuracies import accuracy_sentence

    session.tell(f"{path}: {accuracy_sentence(keep_accuracy(path, found))}.")
