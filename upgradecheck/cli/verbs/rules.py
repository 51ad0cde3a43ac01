"""What findings warn of: each hazard rule, and what to do."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.completion import complete_rule
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import Output
from upgradecheck.cli.session import Session

EPILOG = """\
Examples:
  upgradecheck rules
  upgradecheck rules UC041
  upgradecheck rules UC010 -o markdown
"""

SHOWS: Final = "rules"


class Options(NamedTuple):
    """Rules."""

    ids: Annotated[tuple[str, ...], argument("[ID]...", "Tell these rules in full instead, such as UC041.", complete_rule)] = ()


def run(session: Session, options: Options, output: Output) -> int:
    """The hazard rules, whose ids findings bear; with an ID, what the rule means, why, how to see it, and what to do."""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.rules import told_rules

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    told = told_rules(options.ids)
    with open_sinks(wanted, session) as sinks:
        write_all([report.of(told) for report in wanted], sinks)
    return 0
