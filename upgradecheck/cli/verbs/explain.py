"""One pod: the kubelet's decision step by step."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.declaring import argument, option
from upgradecheck.cli.groups import ClusterOptions, EvidenceOptions, Input, Output, ScopeOptions, Versions
from upgradecheck.cli.session import Session

EPILOG = """\
Examples:
  upgradecheck explain --example default/lc-sleep
  upgradecheck explain --to 1.31 -f dump/ shop/web-0/app
  upgradecheck explain --to 1.31 -f dump/ web-0 -o markdown > ticket.md

  upgradecheck explain --to 1.31 sts/billing-db

Give the same inputs as to plan: the pods of a node decide about each other's admission. POD can be a pod's UID, a workload such as
deploy/web or a row of a plan (shop Deployment/web; the whole of it in quotes), or a static pod without its node's name; of several
pods the worst is explained.

Exit codes:
  0  explained, whatever the verdict
  1  no report could be made
  64 usage error, no such pod, or several; 130, 143 interrupted
"""

SHOWS: Final = "explain"


class Options(NamedTuple):
    """Values."""

    target: Annotated[tuple[str, ...], argument("[NAMESPACE/]POD[/CONTAINER]", "The pod, or the one container of it, to explain.")]
    show_values: Annotated[
        bool, option("--show-values", help="Show the values that are hashed otherwise; they may hold env values and commands.")
    ] = False


def run(
    session: Session,
    options: Options,
    versions: Versions,
    reading: Input,
    evidence: EvidenceOptions,
    scope: ScopeOptions,
    cluster: ClusterOptions,
    output: Output,
) -> int:
    """Why does the new kubelet do what plan says, for one pod: its decision step by step, and what would avoid it?"""
    from msgspec.structs import replace

    from upgradecheck.cli.asking import live_cluster, plan_request
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.progressing import progress
    from upgradecheck.commands.explain import ExplainRequest, make_explanation

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    plan = plan_request(versions, reading, evidence, scope)
    if options.show_values:
        session.tell("--show-values: the output may hold values of the spec, env values included. Treat it as secret.")
    with open_sinks(wanted, session) as sinks:
        with progress(session, output) as watch:
            plan = replace(plan, cluster=live_cluster(plan, cluster, watch, session), watch=watch)
            explanation = make_explanation(ExplainRequest(plan, " ".join(options.target), options.show_values))
        write_all([one.of(explanation) for one in wanted], sinks)
    return 0
