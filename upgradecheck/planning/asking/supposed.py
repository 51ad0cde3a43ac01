"""Which API servers may make pods of manifests where nobody tells any: none is older than its kubelets.

When the new kubelet comes, the server is of its minor already, and that is the one that is supposed. The pods may have been made before: by
any minor from the older kubelet's on. What servers newer than both kubelets set, these mostly do not know. What stops as the likeliest
makes it is said to stop; what would as another one does is unknown (planning.made).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.version import KubeletVersion, Minor
from upgradecheck.planning.asking.steps import NodeStep, Steps


def with_supposed(steps: Steps, catalog: SchemaCatalog) -> Steps:
    """The steps with the servers that are supposed, where none is known."""
    by_node = {name: _supposing(one, catalog) for name, one in steps.by_node.items()}
    return replace(steps, by_node=by_node, default=_supposing(steps.default, catalog))


def _supposing(one: NodeStep, catalog: SchemaCatalog) -> NodeStep:
    step = one.step
    if step is None or step.api_from is not None or step.api_to is not None:
        return one
    return replace(one, step=replace(step, supposed=_servers(step.start, step.target, catalog)))


def _servers(start: KubeletEnd | None, target: KubeletEnd, catalog: SchemaCatalog) -> tuple[KubeletBuild, ...]:
    """One of each minor from the older kubelet's on, the newest first; of its kubelet's release where there is one."""
    ends = (target,) if start is None else (target, start)
    first, last = min(end.version.minor for end in ends), max(end.version.minor for end in ends)
    given = {end.version.minor: end.version for end in reversed(ends)}
    return servers_between(first, last, given, catalog)


def servers_between(first: Minor, last: Minor, given: Mapping[Minor, KubeletVersion], catalog: SchemaCatalog) -> tuple[KubeletBuild, ...]:
    """One API server of each minor from one to another, the newest first. given: the release of some; else the newest that is known."""
    between = (minor for minor in reversed(catalog.minors()) if first <= minor <= last)
    return tuple(_server(given.get(minor), minor, catalog) for minor in between)


def _server(version: KubeletVersion | None, minor: Minor, catalog: SchemaCatalog) -> KubeletBuild:
    """A server without the kubelet's own gates and vendor."""
    patch = catalog.newest_patch(minor) if version is None or version.patch is None else version.patch
    return catalog.builds(parse_kubelet_version(f"{minor}.{patch}"))[-1]
