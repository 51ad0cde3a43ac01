"""Upstream's version-skew policy for kubelets: never newer than the API server, and up to two minors older, from 1.25 on three.

A control plane goes one minor at a time, while kubelets wait for it; they may skip minors, as far as the policy lets them wait.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.errors import UnknownMinor, UnknownVersion
from upgradecheck.model.schema import Schema
from upgradecheck.model.version import KubeletVersion, Minor, ReportedVersion, UnreadVersion


class SkewTrouble(msgspec.Struct, frozen=True, gc=False):
    """What is wrong with a kubelet's version: found is a clause, remedy a sentence."""

    found: str
    remedy: str


def skew_trouble(kubelet: ReportedVersion, server: ReportedVersion | None, catalog: SchemaCatalog) -> SkewTrouble | None:
    """What is wrong with the version that a kubelet reports, beside an API server of that version (None: not known)."""
    lag = None if isinstance(kubelet, UnreadVersion) else _lag(kubelet, catalog)
    if lag is None:
        return SkewTrouble(f"{kubelet} is not known here, so pods there are unknown in a plan", "Give a known version with --from.")
    behind = minors_behind(kubelet, server)
    if behind is not None and behind < 0:
        remedy = "A kubelet must not be newer than its API server: upgrade the API server first."
        return SkewTrouble(f"{kubelet} is newer than the API server", remedy)
    if behind is not None and behind > lag:
        found = f"{kubelet} is {behind} minors older than the API server, where the version-skew policy allows {lag}"
        return SkewTrouble(found, "Upgrade those kubelets: upstream does not test them with this API server.")
    return None


def _lag(kubelet: KubeletVersion, catalog: SchemaCatalog) -> int | None:
    """How many minors older than its API server it may be; None where its version is not known."""
    try:
        return catalog.resolve(kubelet)[-1].schema.kubelet_lag
    except (UnknownVersion, UnknownMinor):
        return None


def minors_behind(kubelet: ReportedVersion, server: ReportedVersion | None) -> int | None:
    """By how many minors a kubelet is older than an API server, below 0 if it is newer; None where a version is not known."""
    if not isinstance(kubelet, KubeletVersion) or not isinstance(server, KubeletVersion):
        return None
    return server.minor.minor - kubelet.minor.minor


def may_go(kubelet: Schema, to: Minor, server: Minor) -> bool:
    """Whether the policy lets kubelets of a minor go up to another one in one hop. server: what the control plane has before.

    It must have that minor first, while the old kubelets still run. What it has already, they only catch up with.
    """
    return to <= server or to.minor - kubelet.minor.minor <= kubelet.kubelet_lag


def may_stay(kubelet: Schema, server: Minor) -> bool:
    """Whether kubelets of a minor may run beside a control plane of another one."""
    return 0 <= server.minor - kubelet.minor.minor <= kubelet.kubelet_lag
