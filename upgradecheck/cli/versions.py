"""``upgradecheck versions``."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.options import Color, ColorChoice, Debug, Outputs, Quiet, Verbose, many

EPILOG = """\
\b
Examples:
  upgradecheck versions
  upgradecheck versions v1.21.5-eks-bc4871b v1.28.5+k3s1
  upgradecheck versions 1.31.0-alpha.2 -o json
"""


def versions_command(
    context: typer.Context,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VERSION]...",
            help="Explain these versions instead, as nodes report them.",
            show_default=False,
            autocompletion=complete_version,
        ),
    ] = None,
    outputs: Outputs = None,
    color: ColorChoice = Color.AUTO,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Which kubelet versions can be judged, from which sources; or what a vendor's version string means."""
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all

    wanted = parse_outputs(many(outputs), "versions", color)
    context.obj.start_logging()

    from upgradecheck.catalog import Catalog
    from upgradecheck.cli.known_versions import explained_versions, known_versions

    found = explained_versions(texts, Catalog()) if texts else known_versions(Catalog())
    with open_sinks(wanted, context.obj) as sinks:
        write_all([report.of(found) for report in wanted], sinks)
    return 0
