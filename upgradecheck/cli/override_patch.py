"""``upgradecheck override patch``: the change to a kubelet's sources that has it consult a plan; for those who build their own."""

from __future__ import annotations

from typing import Annotated

import typer

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.options import Debug, Quiet, Verbose, option

EPILOG = """\
\b
Examples:
  For any release, found by patch near where it expects it:
    upgradecheck override patch --kubelet 1.31 | patch -d kubernetes -p1
  For exactly these sources, and with another place for the plan:
    upgradecheck override patch --kubelet 1.31 --source kubernetes --map /etc/upgradecheck/plan.json > override.diff

\b
Exit codes: 0 printed; 1 the sources have not what is to be changed; 64 usage error.
"""

_DEFAULT_MAP = "/var/lib/upgradecheck/override-plan.json"


def patch_command(
    context: typer.Context,
    kubelet: Annotated[
        str,
        option("--kubelet", metavar="VERSION", help="The kubelet to be built.", show_default=False, autocompletion=complete_version),
    ],
    source: Annotated[
        str | None, option("--source", metavar="DIR", help="Its sources, for a diff of exactly these.", show_default=False)
    ] = None,
    plan: Annotated[str, typer.Option("--map", metavar="PATH", help="Where the kubelet looks for its plan.")] = _DEFAULT_MAP,
    quiet: Quiet = False,
    verbose: Verbose = 0,
    debug: Debug = False,
) -> int:
    """Prints a diff. A kubelet built with it keeps containers whose recorded hash the plan maps to the one that it computes."""
    from upgradecheck.catalog import Catalog
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.decode.kubelet.version import parse_kubelet_version
    from upgradecheck.override.patching import patch

    version = parse_kubelet_version(kubelet)
    Catalog().resolve(version)  # of a version that nobody looked at, nothing is claimed
    context.obj.start_logging()
    write_stdout(patch(plan, source))
    return 0
