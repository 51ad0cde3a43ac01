"""The cheapest way between two minors, and the way back."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import option
from upgradecheck.cli.groups import ClusterOptions, Input, Output
from upgradecheck.cli.session import Session
from upgradecheck.model.errors import UsageError

EPILOG = """\
Examples:
  upgradecheck path --from 1.19 --to 1.22
  upgradecheck path --from 1.28 --to 1.32 -f pods.json -o markdown=path.md
  upgradecheck path --from 1.28 --to 1.32 --api-from 1.30
  upgradecheck path --to 1.33 --cluster

A version without a patch (1.30, or 1.30.x) stands for its newest known patch. Without -f, --example and --cluster the paths are those of
the versions alone.
"""

SHOWS: Final = "path"


class Options(NamedTuple):
    """Versions."""

    from_version: Annotated[
        str | None,
        option("--from", metavar="VERSION", help="The kubelet that runs now. [default: what all nodes report]", complete=complete_version),
    ] = None
    to_version: Annotated[
        str | None, option("--to", metavar="VERSION", help="The kubelet to go to, of a newer minor.", complete=complete_version)
    ] = None
    api_from: Annotated[
        str | None,
        option(
            "--api-from",
            metavar="VERSION",
            help="The API server now. [default: as the cluster says, else the minor of --from]",
            complete=complete_version,
        ),
    ] = None
    api_to: Annotated[
        str | None,
        option("--api-to", metavar="VERSION", help="The API server at the end. [default: the minor of --to]", complete=complete_version),
    ] = None
    live: Annotated[bool, option("--cluster", help="Count for the pods of the live cluster.")] = False


def run(session: Session, options: Options, reading: Input, cluster: ClusterOptions, output: Output) -> int:
    """By which hops from one minor to another: what each restarts, the cheapest that the version-skew policy covers, and the way back."""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.cli.progressing import progress
    from upgradecheck.commands.path import PathRequest, find_paths

    if options.live and (reading.files or reading.example):
        other = "-f" if reading.files else "--example"
        raise UsageError(f"--cluster and {other} exclude each other: pods come from one place. Leave one of them out.")
    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    with open_sinks(wanted, session) as sinks:
        with progress(session, output) as watch:
            request = PathRequest(
                from_version=options.from_version,
                to_version=options.to_version,
                api_from=options.api_from,
                api_to=options.api_to,
                files=reading.files,
                recursive=reading.recursive,
                example=reading.example,
                cluster=cluster.live(watch, session.tell) if options.live else None,
            )
            paths, remarks = find_paths(request)
        for remark in remarks:
            session.tell(remark)
        write_all([report.of(paths) for report in wanted], sinks)
    return 0
