"""The kubelet whose start is prepared, or beside which is asked: nothing is held for one of which not all is known."""

from __future__ import annotations

from upgradecheck.commands.holding import NothingToHold
from upgradecheck.commands.provisional import remarks_on_versions
from upgradecheck.machine.kubelet_unit import unit_programs
from upgradecheck.machine.local_kubelet import local_kubelet
from upgradecheck.machine.recognising import recognised
from upgradecheck.machine.runtime import Host
from upgradecheck.machine.which_kubelet import find_binary
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.version import KubeletVersion


def known_kubelet(host: Host, *, running: bool) -> LocalKubelet:
    """The kubelet that is about to start, or runs: its version, its configuration and how it is started are known.

    Raises:
        NothingToHold: one of them is not.
    """
    setup = recognised(host.machine)
    if setup is None or (setup.unit is None and setup.kubelet is None):  # what is left of a distribution that was taken away starts nothing
        raise NothingToHold("no kubelet runs here, and no unit starts one")
    if setup.distribution.inside:
        raise NothingToHold(f"the kubelet is a part of {setup.distribution.name}, whose start is not understood")
    kubelet = local_kubelet(host.machine)
    if kubelet.version is None:
        raise NothingToHold(f"the kubelet's version is not known ({kubelet.why_unknown})")
    if kubelet.runs and not running:
        raise NothingToHold("a kubelet runs")
    if kubelet.config is None or kubelet.config_problem or not kubelet.command_line:
        why = kubelet.config_problem or "how it is started is not seen"
        raise NothingToHold(f"its configuration cannot be read, and a gate could change a hash ({why})")
    if not kubelet.runs:
        _require_the_units_binary(host)
    return kubelet


def endpoint_of(kubelet: LocalKubelet) -> str:
    """The socket at which it reaches its runtime, as it was told it.

    Raises:
        NothingToHold: it was told none.
    """
    endpoint = (kubelet.endpoint or "") or (kubelet.config.runtime_endpoint if kubelet.config is not None else "")
    if not endpoint:
        raise NothingToHold("the kubelet is told no endpoint of its runtime, so nobody knows through which socket it will look at its pods")
    return endpoint


def require_known(version: KubeletVersion) -> None:
    """That this program knows how a kubelet hashes.

    Raises:
        NothingToHold, UpgradecheckError: it does not, or not for sure.
    """
    from upgradecheck.catalog import Catalog

    Catalog().builds(version)
    if remarks := remarks_on_versions((version,)):
        raise NothingToHold(remarks[0])


def _require_the_units_binary(host: Host) -> None:
    """That the version is of the one program that the unit starts, and not of another kubelet beside it."""
    programs, found = unit_programs(host.machine.root), find_binary(host.machine)
    if len(programs) != 1 or found is None or found[0] != programs[0]:
        raise NothingToHold("the unit's own program does not tell its version, can be written by others, or is not the only one")
