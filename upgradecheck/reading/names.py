"""Who a pod says it is, also one that every decoder refuses: the text of each key, which comes once (merging), nothing demanded."""

from __future__ import annotations

import msgspec

from upgradecheck.decode.kube.pods import is_kept_by_server
from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import printable
from upgradecheck.hashing.jsontext import Node

STATIC_SOURCES = ("file", "http")
"""What the annotation kubernetes.io/config.source says where the kubelet has a pod from elsewhere than an API server."""


_CONFIG = b"kubernetes.io/config."


class PodNames(msgspec.Struct, frozen=True, gc=False):
    """Namespace, name and UID as far as the document tells them; an empty one is None.

    from_api: no annotation kubernetes.io/config.source says that the kubelet has it from a file or URL, or it says so in vain.
    """

    namespace: str | None
    name: str | None
    uid: str | None
    from_api: bool


def pod_names(pod: Node) -> PodNames:
    """The names in a pod's JSON."""
    metadata = jsontext.member(pod, b"metadata")
    namespace, name, uid = (_text(jsontext.member(metadata, key)) for key in (b"namespace", b"name", b"uid"))
    annotations = jsontext.member(metadata, b"annotations")
    source, mirror, hashed = (
        _text(jsontext.member(annotations, b"kubernetes.io/config." + key)) for key in (b"source", b"mirror", b"hash")
    )
    kept = mirror is None and is_kept_by_server(uid, hashed, _text(jsontext.member(metadata, b"resourceVersion")))
    return PodNames(namespace, name, uid, from_api=kept or source not in STATIC_SOURCES)


def may_claim_in_vain(source: str | None, raw: bytes) -> bool:
    """Whether where a kubelet has a pod from takes more to tell than that annotation."""
    return source in STATIC_SOURCES and b'"kubernetes.io/config.mirror"' not in raw


def _text(node: Node) -> str | None:
    text = jsontext.text(node)
    return printable(text) or None if text is not None else None
