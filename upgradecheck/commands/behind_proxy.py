"""What a proxy of ours between this node's kubelet and its runtime shows in place of recorded hashes, told by asking both of them.

Its map need not be read for that: whatever it was given, what differs between its answer and the runtime's is what kubelets are shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from msgspec.structs import replace

from upgradecheck.machine.node import Machine
from upgradecheck.model.override import Rewrite
from upgradecheck.model.pod import ContainerRecord, Recorded
from upgradecheck.override.hold.standing_proxy import running_proxy
from upgradecheck.sources.node import NodeRecords, read_containers


class Behind(msgspec.Struct, frozen=True, gc=False):
    """Records as the runtime itself keeps them, and what kubelets are shown in place of their hashes, by container ID."""

    records: NodeRecords
    shown: Mapping[str, Rewrite] = msgspec.field(default_factory=dict)


def behind_proxy(records: NodeRecords, endpoint: str, machine: Machine, root: str | None = None) -> Behind:
    """Records that were read from the runtime or from the proxy before it, told apart. endpoint: the kubelet's; root: where the node's own
    files stand, if this runs in a container.

    Raises:
        InputError: a proxy of ours stands at that endpoint, and it or the runtime behind it does not answer.
    """
    proxy = running_proxy(machine, endpoint) or running_proxy(machine, _above(root, records.place))
    listen, upstream = ("", "") if proxy is None else (below(root, proxy.listen), below(root, proxy.upstream))
    if records.place and records.place == listen:
        return _apart(records, read_containers(upstream), records.containers)
    if records.place and records.place == upstream:
        return _apart(records, records.containers, read_containers(listen))
    return Behind(records)


def below(root: str | None, endpoint: str) -> str:
    """The path of a socket as it is seen from here: below the node's root, where that is elsewhere and has it."""
    path = endpoint.removeprefix("unix://")
    under = None if root is None else Path(root) / path.lstrip("/")
    return str(under) if under is not None and under.exists() else path


def _above(root: str | None, path: str) -> str:
    """A path as the node itself has it."""
    return path if root is None or not Path(path).is_relative_to(root) else f"/{Path(path).relative_to(root)}"


def _apart(records: NodeRecords, kept: Iterable[ContainerRecord], seen: Iterable[ContainerRecord]) -> Behind:
    own, before = {one.container_id: one for one in kept}, {one.container_id: one.hash for one in kept}
    after = {one.container_id: one.hash for one in seen}
    both = ((key, before[key], told) for key, told in after.items() if key in before and before[key] != told)
    shown = {key: Rewrite(old.hash, new.hash) for key, old, new in both if isinstance(old, Recorded) and isinstance(new, Recorded)}
    return Behind(replace(records, containers=tuple(own.get(one.container_id, one) for one in records.containers)), shown)
