"""Who a pod says it is, also one that every decoder refuses: the last text of each key, nothing demanded."""

from __future__ import annotations

import msgspec

from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import printable
from upgradecheck.hashing.jsontext import Node

STATIC_SOURCES = ("file", "http")
"""What the annotation kubernetes.io/config.source says where the kubelet has a pod from elsewhere than an API server."""


class PodNames(msgspec.Struct, frozen=True, gc=False):
    """Namespace, name and UID as far as the document tells them; an empty one is None.

    from_api: no annotation kubernetes.io/config.source says that the kubelet has it from a file or URL.
    """

    namespace: str | None
    name: str | None
    uid: str | None
    from_api: bool


def pod_names(pod: Node) -> PodNames:
    """The names in a pod's JSON."""
    metadata = jsontext.member(pod, b"metadata")
    namespace, name, uid = (_text(jsontext.member(metadata, key)) for key in (b"namespace", b"name", b"uid"))
    source = _text(jsontext.member(jsontext.member(metadata, b"annotations"), b"kubernetes.io/config.source"))
    return PodNames(namespace, name, uid, from_api=source not in STATIC_SOURCES)


def _text(node: Node) -> str | None:
    text = jsontext.text(node)
    return printable(text) or None if text is not None else None
