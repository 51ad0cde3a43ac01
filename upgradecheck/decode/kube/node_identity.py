"""Which machine a Node object is of, by the IDs that its kubelet read there."""

from __future__ import annotations

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.errors import SpecRefused


class _Metadata(msgspec.Struct, gc=False):
    name: str | None = None


class _Info(msgspec.Struct, gc=False):
    machine_id: str | None = msgspec.field(default=None, name="machineID")
    system_uuid: str | None = msgspec.field(default=None, name="systemUUID")


class _Status(msgspec.Struct, rename="camel"):
    node_info: _Info | None = None


class _Node(msgspec.Struct):
    metadata: _Metadata | None = None
    status: _Status | None = None


_NODE = msgspec.json.Decoder(_Node)


def node_identity(raw: bytes) -> NodeIdentity:
    """The identity that a raw Node shows.

    Raises:
        SpecRefused: no JSON, no name, or a value of a wrong type.
    """
    node = typed(_NODE, raw)
    name = (node.metadata or _Metadata()).name
    if not name:
        raise SpecRefused("expected a node's name, found none", "metadata.name")
    info = (node.status or _Status()).node_info or _Info()
    return NodeIdentity(name, info.machine_id or None, info.system_uuid or None)
