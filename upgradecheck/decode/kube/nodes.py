"""What a Node object says about its kubelet and of what that kubelet admits pods by: labels, taints, allocatable, conditions.

Most of it was written by that kubelet itself. The version is kept as reported, vendor's suffix and all; reading it is
decode/version.py's part, as reading quantities is that of upgradecheck.hashing. A node whose kubelet never came up has an empty nodeInfo.

A Virtual Kubelet is no kubelet: it registers a node for a provider's service and compares no container. It calls itself by its version
(``v1.19.10-vk-azure-aci-1.4.8``), or its provider's label or taint tells, as long as the node names no container runtime, which it has
none of (virtual-kubelet/virtual-kubelet: node/node.go, and the node.go of its root command).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from sys import intern
from types import MappingProxyType

import msgspec

from upgradecheck.decode.kubelet.version import reported_version
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import NodeCondition, NodeFacts, Origin, Taint
from upgradecheck.model.version import KubeletVersion, ReportedVersion


class _Metadata(msgspec.Struct, rename="camel"):
    name: str | None = None
    labels: dict[str, str | None] | None = None


class _NodeInfo(msgspec.Struct, gc=False, rename="camel"):
    kubelet_version: str | None = None
    container_runtime_version: str | None = None
    operating_system: str | None = None
    architecture: str | None = None
    boot_id: str | None = msgspec.field(default=None, name="bootID")
    kernel_version: str | None = None
    swap: msgspec.Raw = msgspec.Raw()


class _Swap(msgspec.Struct, gc=False):
    capacity: int | None = None


class _Taint(msgspec.Struct, gc=False, rename="camel"):
    key: str | None = None
    value: str | None = None
    effect: str | None = None


class _Spec(msgspec.Struct, rename="camel"):
    taints: list[_Taint | None] | None = None


class _Condition(msgspec.Struct, gc=False, rename="camel"):
    type: str | None = None
    status: str | None = None
    reason: str | None = None
    message: str | None = None
    last_heartbeat_time: msgspec.Raw = msgspec.Raw()
    last_transition_time: msgspec.Raw = msgspec.Raw()


class _Features(msgspec.Struct, gc=False, rename="camel"):
    supplemental_groups_policy: bool | None = None


class _Status(msgspec.Struct, rename="camel"):
    node_info: _NodeInfo | None = None
    allocatable: dict[str, msgspec.Raw] | None = None
    capacity: dict[str, msgspec.Raw] | None = None
    conditions: list[_Condition | None] | None = None
    features: _Features | None = None
    declared_features: list[str] | None = None
    config: dict[str, msgspec.Raw] | None = None


class _Node(msgspec.Struct, rename="camel"):
    metadata: _Metadata | None = None
    spec: _Spec | None = None
    status: _Status | None = None


_NODE = msgspec.json.Decoder(_Node)
_SWAP = msgspec.json.Decoder(_Swap)
_VIRTUAL_VENDOR, _VIRTUAL_DOMAIN = "vk-", "virtual-kubelet.io/"


def node_facts(raw: bytes, origin: Origin) -> NodeFacts:
    """The facts of a raw Node.

    Raises:
        SpecRefused: no JSON, no name, or a value that is read here has a wrong type.
    """
    node = typed(_NODE, raw)
    metadata = node.metadata or _Metadata()
    if not metadata.name:
        raise SpecRefused("expected a node's name, found none", "metadata.name")
    status = node.status or _Status()
    info = status.node_info or _NodeInfo()
    version = reported_version(info.kubelet_version) if info.kubelet_version else None
    taints = tuple(_taints(node.spec or _Spec()))
    return NodeFacts(
        name=intern(metadata.name),
        kubelet_version=version,
        runtime=info.container_runtime_version or None,
        labels=MappingProxyType({intern(key): intern(value or "") for key, value in (metadata.labels or {}).items()}),
        origin=origin,
        allocatable=_quantities(status.allocatable),
        capacity=_quantities(status.capacity),
        has_spec=node.spec is not None,
        taints=taints,
        conditions=tuple(_conditions(status)),
        os=intern(info.operating_system) if info.operating_system else None,
        architecture=intern(info.architecture) if info.architecture else None,
        strict_groups=status.features.supplemental_groups_policy if status.features else None,
        declared_features=None if status.declared_features is None else tuple(map(intern, status.declared_features)),
        boot_id=info.boot_id or None,
        kernel=intern(info.kernel_version) if info.kernel_version else None,
        configured_by_server=bool(status.config),
        virtual=_calls_itself_virtual(version) or (not info.container_runtime_version and _is_marked_virtual(metadata, taints)),
        ready_since=max((_ready_since(one) for one in status.conditions or () if one is not None), default=0),
        seen_at=max((_written_at(one.last_heartbeat_time) for one in status.conditions or () if one is not None), default=0),
        swap=_swap(info.swap),
    )


def _swap(told: msgspec.Raw) -> int | None:
    """The bytes that are on; what is no amount tells nothing, and costs nothing else."""
    try:
        return _SWAP.decode(bytes(told)).capacity if bytes(told)[:1] == b"{" else None
    except msgspec.MsgspecError:
        return None


def _ready_since(one: _Condition) -> int:
    return _written_at(one.last_transition_time) if (one.type, one.status) == ("Ready", "True") else 0


def _written_at(time: msgspec.Raw) -> int:
    """When a condition was written; what is no time costs nothing else."""
    try:
        return nanoseconds(bytes(time).decode("utf-8", "replace").strip('"'), "lastHeartbeatTime")
    except SpecRefused:
        return 0


def _calls_itself_virtual(version: ReportedVersion | None) -> bool:
    return isinstance(version, KubeletVersion) and (version.vendor or "").startswith(_VIRTUAL_VENDOR)


def _is_marked_virtual(metadata: _Metadata, taints: tuple[Taint, ...]) -> bool:
    labels = metadata.labels or {}
    keys = (*labels, *(taint.key for taint in taints))
    return labels.get("type") == "virtual-kubelet" or any(key.startswith(_VIRTUAL_DOMAIN) for key in keys)


def _quantities(amounts: dict[str, msgspec.Raw] | None) -> Mapping[str, str] | None:
    """Quantities as text, whether they were written as text or as a number."""
    if not amounts:
        return None
    return MappingProxyType({intern(name): intern(bytes(amount).decode("utf-8", "replace").strip('"')) for name, amount in amounts.items()})


def _taints(spec: _Spec) -> Iterator[Taint]:
    for taint in spec.taints or ():
        if taint is not None:
            yield Taint(intern(taint.key or ""), intern(taint.value or ""), intern(taint.effect or ""))


def _conditions(status: _Status) -> Iterator[NodeCondition]:
    for condition in status.conditions or ():
        if condition is not None:
            texts = (condition.type, condition.status, condition.reason, condition.message)
            yield NodeCondition(*(intern(text or "") for text in texts))
