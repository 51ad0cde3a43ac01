"""What tells one pod from all others: its node, and the UID by which that node's kubelet knows it. This is the only place that says so.

The UID alone does not: up to 1.20 a kubelet makes a static pod's UID of its manifest without the node, so that equal manifests on two
control planes have one; and a metadata.uid is copied with its manifest, at any minor. Namespace and name stand beside it for what names no
node, such as a runtime's record.
Of a mirror pod the UID is that of its static pod (see decode.kube.pods). A manifest that gives none has none until it is known what runs.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Named(Protocol):
    """A pod, in whatever form it is told of."""

    @property
    def node(self) -> str | None: ...
    @property
    def uid(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...


class Identity(msgspec.Struct, frozen=True, gc=False):
    """Equal for views of one pod, and different for different pods. node is None, and uid empty, where nothing tells."""

    node: str | None
    uid: str
    namespace: str
    name: str


def identity_of(pod: Named) -> Identity:
    """Which pod this is."""
    return Identity(pod.node, pod.uid, pod.namespace, pod.name)
