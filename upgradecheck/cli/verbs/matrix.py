"""What restarts, for every pair of minors."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.completion import complete_minors
from upgradecheck.cli.declaring import option
from upgradecheck.cli.groups import Input, Output
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError

EPILOG = """\
Examples:
  upgradecheck matrix
  upgradecheck matrix --minors 1.16..1.22
  upgradecheck matrix --from 1.29,1.30 --to 1.31..
  upgradecheck matrix -f pods.json --minors 1.28..1.33 -o json
  upgradecheck matrix -o markdown=restarts.md

A minor (1.30, or 1.30.x) stands for its newest known patch. Ranges are written 1.16..1.22, 1.30.. or ..1.15.
"""

SHOWS: Final = "matrix"

_MINORS = "MINORS,..."


class Options(NamedTuple):
    """Versions."""

    from_minors: Annotated[
        tuple[str, ...],
        option(
            "--from",
            metavar=_MINORS,
            help="Only these minors as the kubelet that runs now. [default: all known]",
            complete=complete_minors,
        ),
    ] = ()
    to_minors: Annotated[
        tuple[str, ...],
        option(
            "--to", metavar=_MINORS, help="Only these minors as the kubelet to upgrade to. [default: all known]", complete=complete_minors
        ),
    ] = ()
    minors: Annotated[
        tuple[str, ...],
        option("--minors", metavar=_MINORS, help="Only these minors on both sides. Repeatable.", complete=complete_minors),
    ] = ()


def run(session: Session, options: Options, reading: Input, output: Output) -> int:
    """Which upgrades restart containers that nobody changed? For every pair of minors; counted for the pods given with -f."""
    from msgspec.structs import replace

    from upgradecheck.catalog import Catalog
    from upgradecheck.cli.minors import parse_minors
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.progressing import progress
    from upgradecheck.commands.matrix import MatrixRequest, compare_minors

    if options.minors and (options.from_minors or options.to_minors):
        raise UsageError("--minors and --from or --to exclude each other: --minors names both sides. Leave one of them out.")
    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    known = Catalog().minors()
    both = parse_minors("--minors", options.minors, known)
    request = MatrixRequest(
        starts=parse_minors("--from", options.from_minors, known) or both,
        ends=parse_minors("--to", options.to_minors, known) or both,
        files=reading.files,
        recursive=reading.recursive,
        example=reading.example,
    )
    with open_sinks(wanted, session) as sinks:
        with progress(session, output) as watch:
            matrix, remarks = compare_minors(replace(request, watch=watch))
        for remark in remarks:
            session.tell(remark)
        write_all([report.of(matrix) for report in wanted], sinks)
    return 0
