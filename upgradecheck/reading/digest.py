"""What tells equal specs from different ones, whatever their layout and the order of their keys."""

from __future__ import annotations

import hashlib

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused


class _SpecOnly(msgspec.Struct, gc=False):
    spec: msgspec.Raw = msgspec.Raw(b"null")


_SPEC = msgspec.json.Decoder(_SpecOnly)
_ANYTHING = msgspec.json.Decoder()


def spec_digest(raw: bytes) -> bytes:
    """Eight bytes for the spec of a pod's document.

    Raises:
        SpecRefused: no JSON.
    """
    spec = bytes(typed(_SPEC, raw).spec)
    try:
        content = msgspec.json.encode(typed(_ANYTHING, spec), order="deterministic")
    except SpecRefused:
        content = spec
    return hashlib.blake2b(content, digest_size=8).digest()
