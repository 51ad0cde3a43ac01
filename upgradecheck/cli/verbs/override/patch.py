"""The same for a kubelet that you build yourself: a diff.

The change to a kubelet's sources that has it consult a plan.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from upgradecheck.cli.completion import complete_version
from upgradecheck.cli.declaring import option
from upgradecheck.cli.session import Session

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
    write_stdout(patch(options.plan, options.source))
    return 0
