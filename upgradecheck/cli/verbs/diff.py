"""What two kubelet versions hash and compare differently."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import Output
from upgradecheck.cli.session import Session

EPILOG = """\
Examples:
  upgradecheck diff 1.30 1.31
  upgradecheck diff v1.27.10 v1.27.16
  upgradecheck diff 1.9 1.15 -o json

A version without a patch (1.30, or 1.30.x) stands for its newest known patch.
"""

SHOWS: Final = "diff"


class Options(NamedTuple):
    """Versions."""

    old: Annotated[str, argument("A", "The kubelet version that started the containers.", complete_version)]
    new: Annotated[str, argument("B", "The kubelet version that takes over.", complete_version)]


def run(session: Session, options: Options, output: Output) -> int:
    """What changes between two kubelet versions in what they hash and compare, and which containers does that touch?"""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.diff import compare_versions

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    found, remarks = compare_versions(options.old, options.new)
    for remark in remarks:
        session.tell(remark)
    with open_sinks(wanted, session) as sinks:
        write_all([report.of(found) for report in wanted], sinks)
    return 0
