"""Which API servers a plan is about: that of now and that of when the new kubelet runs, with their gates.

A server sets fields in what is stored already (hashing.defaulting.reading), so another version of it, or another gate, restarts
containers without any kubelet's doing. The one of now is what a live cluster tells, unless the user says otherwise; the one to come is the
same unless the user names another. Where nobody tells any, nothing is said of what it sets. A gate of a server that nobody named is taken
for one of the new kubelet's minor, which a server must not be older than.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.errors import UnknownMinor, UnknownVersion, UsageError
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.version import KubeletVersion, ReportedVersion
from upgradecheck.planning.asking.feature_gates import API_SERVER, EndFeatureGates, FeatureGates, with_feature_gates
from upgradecheck.planning.asking.steps import NodeStep, Steps, given_end

_NO_GATES: Mapping[str, bool] = {}
_UNKNOWN = "The API server's version is not known: its feature gates"


class Servers(msgspec.Struct, frozen=True, gc=False):
    """The API server of now and the one to come; None where nobody tells. notices: how they were told."""

    start: KubeletEnd | None = None
    target: KubeletEnd | None = None
    notices: tuple[str, ...] = ()


def api_servers(
    from_text: str | None,
    to_text: str | None,
    seen: ReportedVersion | None,
    kubelet: KubeletEnd,
    catalog: SchemaCatalog,
    gates: FeatureGates,
) -> Servers:
    """The API servers. seen: the version that a cluster tells. kubelet: the new one.

    Raises:
        InvalidVersion, UnknownVersion: an option value that is no version, or none that hashdata holds.
        UsageError: a server would not start with these feature gates.
    """
    notices: list[str] = []
    start = _seen(seen, catalog) if from_text is None else given_end("--api-from", from_text, catalog, notices)
    target = start if to_text is None else given_end("--api-to", to_text, catalog, notices)
    if target is None and (gates.server or gates.server_start or gates.server_target):
        start = target = _as_server(kubelet)
        notices.append(f"{_UNKNOWN} are taken for those of {target.release}. Name it with --api-to.")
    _check_known(gates, [end for end in (start, target) if end is not None])
    if gates.server_start and start is None:
        raise UsageError(f"--feature-gate api-from:{next(iter(gates.server_start))}: {_UNKNOWN} cannot be set. Name it with --api-from.")
    return Servers(_gated(start, gates, gates.server_start), _gated(target, gates, gates.server_target), tuple(notices))


def _check_known(gates: FeatureGates, ends: Sequence[KubeletEnd]) -> None:
    """That a gate for both servers is one of at least one of them."""
    minors = ", ".join(dict.fromkeys(str(end.version.minor) for end in ends))
    for name in gates.server:
        if not any(build.knows_feature_gate(name) for end in ends for build in end.builds):
            raise UsageError(
                f"--feature-gate api:{name}: no gate of API server {minors}. --api-to names its version; names are case-sensitive."
            )


def _as_server(kubelet: KubeletEnd) -> KubeletEnd:
    """A server of the release that a kubelet is of, without what is set on the kubelet."""
    return KubeletEnd(kubelet.version, tuple(replace(build, feature_gates=_NO_GATES) for build in kubelet.builds))


def _seen(seen: ReportedVersion | None, catalog: SchemaCatalog) -> KubeletEnd | None:
    if not isinstance(seen, KubeletVersion):
        return None
    try:
        return KubeletEnd(seen, catalog.builds(seen))
    except (UnknownVersion, UnknownMinor):
        return None


def _gated(end: KubeletEnd | None, gates: FeatureGates, own: Mapping[str, bool]) -> KubeletEnd | None:
    return None if end is None else with_feature_gates(end, EndFeatureGates({}, gates.server, own), API_SERVER)


def with_servers(steps: Steps, servers: Servers) -> Steps:
    """The steps with the API servers, which all nodes have in common."""
    if servers.target is None:
        return steps
    by_node = {name: _served(one, servers) for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=_served(steps.default, servers), notices=(*steps.notices, *servers.notices))


def _served(one: NodeStep, servers: Servers) -> NodeStep:
    if one.step is None:
        return one
    return replace(one, step=replace(one.step, api_from=_build(servers.start), api_to=_build(servers.target)))


def _build(end: KubeletEnd | None) -> KubeletBuild | None:
    """The one that a version can be; of several, one that sets what others do not."""
    return None if end is None else next((build for build in end.builds if build.sets_on_reading), end.builds[-1])
