"""``upgradecheck diff``."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.options import Color, ColorChoice, Debug, Outputs, Quiet, Verbose, many

EPILOG = """\
\b
Examples:
  upgradecheck diff 1.30 1.31
  upgradecheck diff v1.27.10 v1.27.16
  upgradecheck diff 1.9 1.15 -o json

A version without a patch stands for its newest known patch.
"""


def diff_command(
    context: typer.Context,
    old: Annotated[
        str,
        typer.Argument(
            metavar="A", help="The kubelet version that started the containers.", show_default=False, autocompletion=complete_version
        ),
    ],
    new: Annotated[
        str, typer.Argument(metavar="B", help="The kubelet version that takes over.", show_default=False, autocompletion=complete_version)
    ],
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """What changes between two kubelet versions in what they hash and compare, and which containers does that touch?"""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    wanted = parse_outputs(many(outputs), "diff", color)
    context.obj.start_logging()

    from upgradecheck.commands.diff import compare_versions

    found, remarks = compare_versions(old, new)
    for remark in remarks:
        context.obj.tell(remark)
    with open_sinks(wanted, context.obj) as sinks:
        write_all([report.of(found) for report in wanted], sinks)
    return 0
