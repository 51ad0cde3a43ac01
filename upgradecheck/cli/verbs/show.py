"""A saved plan again, in any format and under any gate."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, NamedTuple

from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import NoIgnoring, OtherConditions, Output, Showing, WaveOptions
from upgradecheck.cli.session import Session
from upgradecheck.model.exit_codes import exit_codes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from upgradecheck.model.plan import Plan

EPILOG = f"""\
Examples:
  upgradecheck plan --to 1.31 -f dump/ -o json=plan.json
  upgradecheck show plan.json
  upgradecheck show plan.json -o markdown=ticket.md -o csv=plan.csv
  upgradecheck show plan.json --max-restarts 5% -o name
  upgradecheck show plan.json --max-per-wave 10% -o wide

The gate of the plan stands as it was saved. With one of the options of Exit
code it is judged anew, by those alone that are given, as plan judges;
--no-exit-zero alone takes back the --exit-zero that it was made with. A plan
without a gate, of an older program, has its exit code, or the worse one that
the default conditions make.

Its waves stand as well. With --max-per-wave or --wave-by its nodes are parted
anew, by these options alone.

What plan has written of several clusters is shown likewise, cluster by cluster.

A result of verify -o json=RESULT is shown likewise, with the exit code that it
had, and so is a log of verify --append (table, json, yaml).

Exit codes:
{exit_codes()}
  64 usage error; 130, 143 interrupted
"""

SHOWS: Final = "plan"
_CALLED = {"verification": "result of verify", "accuracy": "log of accuracy"}


class Options(NamedTuple):
    """Plan."""

    plan: Annotated[str, argument("PLAN|-", "What plan -o json=PLAN (or yaml) has written, or verify has; - is standard input.")]


def run(
    session: Session,
    options: Options,
    conditions: OtherConditions,
    ignoring: NoIgnoring,
    waves: WaveOptions,
    output: Output,
    showing: Showing,
) -> int:
    """What does a saved plan say, in another format or under another gate?"""
    from upgradecheck.commands.kept_files import content_of, kind_of
    from upgradecheck.commands.show import WANTED
    from upgradecheck.model.errors import UsageError

    raw = content_of(options.plan, WANTED)
    kind = kind_of(raw)
    if kind == "clusters":
        return _of_clusters(raw, session, options, conditions, ignoring, waves, output, showing)
    if kind != "plan":
        if waves.asked() is not None:
            raise UsageError(
                f"{options.plan}: is no plan but a {_CALLED[kind]}, which has no waves. Leave out --max-per-wave and --wave-by."
            )
        return _of_verify(kind, raw, session, options, conditions, ignoring, output, showing)
    from upgradecheck.cli.gating import tell_gate
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.show import read_saved

    wanted = parse_outputs(output.outputs, SHOWS, output.color, everything=showing.everything)
    with open_sinks(wanted, session) as sinks:
        shown = read_saved(
            options.plan,
            session.complain,
            conditions.limits(),
            allow_ignores=not ignoring.disallow_ignores,
            waves=waves.asked(),
            allow_exit_zero=not conditions.takes_exit_zero_back,
            raw=raw,
        )
        plan: Plan = shown.value
        write_all([one.of(shown if one.format.of_contract else plan) for one in wanted], sinks)
    tell_gate(session, plan)
    return plan.exit_code


def _of_clusters(
    raw: bytes,
    session: Session,
    options: Options,
    conditions: OtherConditions,
    ignoring: NoIgnoring,
    waves: WaveOptions,
    output: Output,
    showing: Showing,
) -> int:
    """What plan has written of several clusters; the conditions are each cluster's."""
    from upgradecheck.cli.gating import tell_gates
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.show import read_saved
    from upgradecheck.commands.show_clusters import read_clusters

    def read(name: str, raw: bytes) -> Plan:
        shown = read_saved(
            name,
            session.complain,
            conditions.limits(),
            allow_ignores=not ignoring.disallow_ignores,
            waves=waves.asked(),
            allow_exit_zero=not conditions.takes_exit_zero_back,
            raw=raw,
        )
        plan: Plan = shown.value
        return plan

    wanted = parse_outputs(output.outputs, "clusters", output.color, everything=showing.everything)
    with open_sinks(wanted, session) as sinks:
        clusters = read_clusters(options.plan, raw, read)
        write_all([one.of(clusters) for one in wanted], sinks)
    tell_gates(session, clusters)
    return clusters.exit_code


def _of_verify(
    kind: Literal["verification", "accuracy"],
    raw: bytes,
    session: Session,
    options: Options,
    conditions: OtherConditions,
    ignoring: NoIgnoring,
    output: Output,
    showing: Showing,
) -> int:
    """A result of verify, or the log that its --append keeps: they have no gate, and nothing is ignored in them.

    Raises:
        UsageError: an option is given that is a plan's.
    """
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.accuracy import accuracy_in
    from upgradecheck.commands.verify import read_verification
    from upgradecheck.model.errors import UsageError

    if conditions.limits() is not None or ignoring.disallow_ignores:
        raise UsageError(f"{options.plan}: is no plan but a {_CALLED[kind]}, which has no gate. Leave out the conditions of a plan.")
    wanted = parse_outputs(output.outputs, kind, output.color, everything=showing.everything)
    with open_sinks(wanted, session) as sinks:
        found: Any = read_verification(options.plan, raw) if kind == "verification" else accuracy_in(raw, options.plan)
        write_all([one.of(found) for one in wanted], sinks)
    return found.exit_code if kind == "verification" else 0
