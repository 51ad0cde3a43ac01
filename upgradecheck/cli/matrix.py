"""``upgradecheck matrix``."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.completion import complete_minors
from upgradecheck.cli.options import Color, ColorChoice, Debug, Files, NoProgress, Outputs, Quiet, Recursive, Verbose, many, option
from upgradecheck.model.errors import UsageError

EPILOG = """\
\b
Examples:
  upgradecheck matrix
  upgradecheck matrix --minors 1.16..1.22
  upgradecheck matrix --from 1.29,1.30 --to 1.31..
  upgradecheck matrix -f pods.json --minors 1.28..1.33 -o json
  upgradecheck matrix -o markdown=restarts.md

A minor stands for its newest known patch. Ranges are written 1.16..1.22, 1.30.. or ..1.15.
"""

_MINORS = "MINORS"


def matrix_command(
    context: typer.Context,
    from_minors: Annotated[
        list[str] | None,
        option(
            "--from",
            metavar=_MINORS,
            help="Only these minors as the kubelet that runs now. [default: all known]",
            show_default=False,
            autocompletion=complete_minors,
        ),
    ] = None,
    to_minors: Annotated[
        list[str] | None,
        option(
            "--to",
            metavar=_MINORS,
            help="Only these minors as the kubelet to upgrade to. [default: all known]",
            show_default=False,
            autocompletion=complete_minors,
        ),
    ] = None,
    minors: Annotated[
        list[str] | None,
        option(
            "--minors",
            metavar=_MINORS,
            help="Only these minors on both sides. Repeatable.",
            show_default=False,
            autocompletion=complete_minors,
        ),
    ] = None,
    files: Files = None,
    recursive: Recursive = False,
    example: Annotated[bool, option("--example", help="Count for the pods of the recorded node that ships with the program.")] = False,
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    no_progress: NoProgress = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Which upgrades restart containers that nobody changed? For every pair of minors; counted for the pods given with -f."""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.terminal import progress

    if example and files:
        raise UsageError("--example and -f exclude each other: the example brings its own input. Leave one of them out.")
    if minors and (from_minors or to_minors):
        raise UsageError("--minors and --from or --to exclude each other: --minors names both sides. Leave one of them out.")
    wanted = parse_outputs(many(outputs), "matrix", color)
    context.obj.start_logging()

    from upgradecheck.catalog import Catalog
    from upgradecheck.cli.minors import parse_minors
    from upgradecheck.commands.matrix import MatrixRequest, compare_minors

    known = Catalog().minors()
    both = parse_minors("--minors", many(minors), known)
    request = MatrixRequest(
        starts=parse_minors("--from", many(from_minors), known) or both,
        ends=parse_minors("--to", many(to_minors), known) or both,
        files=many(files),
        recursive=recursive,
        example=example,
    )
    with open_sinks(wanted, context.obj) as sinks:
        with progress(wanted=not (no_progress or quiet or debug or verbose)):
            matrix, remarks = compare_minors(request)
        for remark in remarks:
            context.obj.tell(remark)
        write_all([report.of(matrix) for report in wanted], sinks)
    return 0
