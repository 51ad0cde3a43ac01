"""Kubelet versions known; a version string explained."""

from __future__ import annotations

from typing import Annotated, Final, NamedTuple

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import argument
from upgradecheck.cli.groups import Output
from upgradecheck.cli.session import Session

EPILOG = """\
Examples:
  upgradecheck versions
  upgradecheck versions v1.21.5-eks-bc4871b v1.28.5+k3s1
  upgradecheck versions 1.31.0-alpha.2 -o json
"""

SHOWS: Final = "versions"


class Options(NamedTuple):
    """Versions."""

    texts: Annotated[
        tuple[str, ...], argument("[VERSION]...", "Explain these versions instead, as nodes report them.", complete_version)
    ] = ()


def run(session: Session, options: Options, output: Output) -> int:
    """Which kubelet versions can be judged, from which sources; or what a vendor's version string means."""
    from upgradecheck.catalog import Catalog
    from upgradecheck.cli.outputs import open_sinks, parse_outputs, write_all
    from upgradecheck.commands.versions import explained_versions, known_versions

    wanted = parse_outputs(output.outputs, SHOWS, output.color)
    found = explained_versions(options.texts, Catalog()) if options.texts else known_versions(Catalog())
    with open_sinks(wanted, session) as sinks:
        write_all([report.of(found) for report in wanted], sinks)
    return 0
