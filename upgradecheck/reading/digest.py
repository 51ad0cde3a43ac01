"""What tells equal specs from different ones, whatever their layout and the order of their keys.

It is made in two steps: first of the spec without what replicas have of their own (the node's name, and the end of the token's volume),
which is the same for all of them, then of that with it.
"""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.hashing.fast.own import marked
from upgradecheck.hashing.fast.templates import HOLE, STEM
from upgradecheck.model.errors import SpecRefused

_LETTERS = b"abcdefghijklmnopqrstuvwxyz0123456789"


class _SpecOnly(msgspec.Struct, gc=False):
    spec: msgspec.Raw = msgspec.Raw(b"null")
    metadata: msgspec.Raw = msgspec.Raw(b"null")


class _Named(msgspec.Struct, gc=False):
    name: str = ""


_SPEC = msgspec.json.Decoder(_SpecOnly)
_NAME = msgspec.json.Decoder(_Named)
_ANYTHING = msgspec.json.Decoder()


class OpenedSpec(msgspec.Struct, frozen=True, gc=False):
    """A spec's digest without the node's name, the end of the token's volume and the pod's own name, and these, empty where they stayed."""

    digest: bytes
    node: str
    hole: bytes
    name: str = ""

    @property
    def whole(self) -> bytes:
        """Eight bytes for the spec."""
        return whole(self.digest, self.node, self.hole, self.name)


def whole(opened: bytes, node: str, hole: bytes, name: str = "") -> bytes:
    """The digest of a spec, of that without what is its own, and of it."""
    own = (opened, node.encode("utf-8", "surrogatepass"), hole, *((name.encode(),) if name else ()))
    return hashlib.blake2b(b"\0".join(own), digest_size=8).digest()


def opened_spec(raw: bytes) -> OpenedSpec:
    """The spec of a pod's document.

    Raises:
        SpecRefused: no JSON.
    """
    found = typed(_SPEC, raw)
    spec = bytes(found.spec)
    node = name = ""
    try:
        value: Any = typed(_ANYTHING, spec)
        if isinstance(value, dict) and isinstance(value.get("nodeName"), str) and value["nodeName"]:
            node = value["nodeName"]
            value["nodeName"] = ""
        content = msgspec.json.encode(value, order="deterministic")
        if node:
            content, name = _marked(content, node, bytes(found.metadata))
    except SpecRefused:
        content = spec
    hole = _hole(content)
    if hole:
        content = content.replace(STEM + hole, STEM)
    return OpenedSpec(hashlib.blake2b(content + b" open" * bool(hole), digest_size=8).digest(), node, hole, name)


def _marked(content: bytes, node: str, metadata: bytes) -> tuple[bytes, str]:
    """A spec with its own node and the pod's name marked (``own``), and that name where it was."""
    try:
        name = _NAME.decode(metadata).name
        of_node = marked(content, node.encode(), b"")
        of_both = marked(of_node, b"", name.encode())
    except (msgspec.MsgspecError, UnicodeError):
        return content, ""
    return of_both, name if of_both != of_node else ""


def _hole(content: bytes) -> bytes:
    """The end of the token's volume, where all that begin like one are the same."""
    begin = content.find(STEM)
    if begin < 0:
        return b""
    hole = content[begin + len(STEM) : begin + len(STEM) + HOLE]
    plain = len(hole) == HOLE and not hole.translate(None, _LETTERS)
    return hole if plain and content.count(STEM) == content.count(STEM + hole + b'"') else b""
