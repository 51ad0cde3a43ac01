"""What a Node object says about its kubelet: status.nodeInfo, written by that kubelet itself.

The version is kept as reported, vendor's suffix and all; reading it is decode/version.py's part. A node whose kubelet never
came up has an empty nodeInfo.
"""

from __future__ import annotations

from sys import intern
from types import MappingProxyType

import msgspec

from upgradecheck.decode.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import NodeFacts, Origin


class _Metadata(msgspec.Struct, rename="camel"):
    name: str | None = None
    labels: dict[str, str | None] | None = None


class _NodeInfo(msgspec.Struct, gc=False, rename="camel"):
    kubelet_version: str | None = None
    container_runtime_version: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    node_info: _NodeInfo | None = None


class _Node(msgspec.Struct, rename="camel"):
    metadata: _Metadata | None = None
    status: _Status | None = None


_NODE = msgspec.json.Decoder(_Node)


def node_facts(raw: bytes, origin: Origin) -> NodeFacts:
    """The facts of a raw Node.

    Raises:
        SpecRefused: no JSON, no name, or a value that is read here has a wrong type.
    """
    node = typed(_NODE, raw)
    metadata = node.metadata or _Metadata()
    if not metadata.name:
        raise SpecRefused("expected a node's name, found none", "metadata.name")
    info = (node.status and node.status.node_info) or _NodeInfo()
    return NodeFacts(
        name=intern(metadata.name),
        kubelet_version=info.kubelet_version or None,
        runtime=info.container_runtime_version or None,
        labels=MappingProxyType({intern(key): intern(value or "") for key, value in (metadata.labels or {}).items()}),
        origin=origin,
    )
