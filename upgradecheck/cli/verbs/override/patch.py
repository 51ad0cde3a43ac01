"""The same for a kubelet that you build yourself: a diff.

The change to a kubelet's sources that has it consult a plan.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, NamedTuple

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import option
from upgradecheck.cli.session import Session

if TYPE_CHECKING:
    from upgradecheck.model.version import Minor

EPILOG = """\
Examples:
  For any release, found by patch near where it expects it:
    upgradecheck override patch --kubelet 1.31 | patch -d kubernetes -p1
  For exactly these sources, and with another place for the plan:
    upgradecheck override patch --kubelet 1.31 --source kubernetes --map /etc/upgradecheck/plan.json > override.diff

Exit codes: 0 printed; 1 the sources have not what is to be changed; 64 usage error.
"""

DEFAULT_MAP = "/var/lib/upgradecheck/override-plan.json"


class Options(NamedTuple):
    """Patch."""

    kubelet: Annotated[str, option("--kubelet", metavar="VERSION", help="The kubelet to be built.", complete=complete_version)]
    source: Annotated[str | None, option("--source", metavar="DIR", help="Its sources, for a diff of exactly these.")] = None
    plan: Annotated[str, option("--map", metavar="PATH", help="Where the kubelet looks for its plan.", variable=False)] = DEFAULT_MAP


def run(session: Session, options: Options) -> int:
    """Prints a diff. A kubelet built with it keeps containers whose recorded hash the plan maps to the one that it computes."""
    from upgradecheck.catalog import Catalog
    from upgradecheck.cli.session import write_stdout
    from upgradecheck.commands.provisional import remarks_on_versions
    from upgradecheck.decode.kubelet.version import parse_kubelet_version
    from upgradecheck.override.patching import patch

    version = parse_kubelet_version(options.kubelet)
    Catalog().resolve(version)  # of a version that nobody looked at, nothing is claimed
    for remark in remarks_on_versions((version,)):
        session.tell(remark)
    if options.source is not None and (other := _other_version(options.source, version.minor)) is not None:
        session.tell(f"--source {options.source}: is called {other}, which is no {version.minor}. The diff is of what is there.")
    write_stdout(patch(options.plan, options.source))
    return 0


def _other_version(source: str, minor: Minor) -> str | None:
    """The version by which a tree is called, as the module cache does it (``kubernetes@v1.20.15``), if that is of another minor."""
    from upgradecheck.decode.kubelet.version import parse_kubelet_version
    from upgradecheck.model.errors import InvalidVersion

    _, separator, told = os.path.basename(os.path.abspath(source)).partition("@")  # noqa: PTH100, PTH119 - a text, not a file
    try:
        return told if separator and parse_kubelet_version(told).minor != minor else None
    except InvalidVersion:
        return None
