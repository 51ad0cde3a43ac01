"""The kubelet's 32-bit FNV-1a over what spew prints.

Mirrors DeepHashObject in pkg/util/hash/hash.go: the hasher is reset, spew's ``%#v`` of the object is written to it, and the
low 32 bits are recorded. A byte slice prints as ``([]uint8)[123 34 125]``: a type prefix, then decimal bytes.
"""

from __future__ import annotations

import msgspec
from fnv_hash_fast import fnv1a_32

_BLANKS = bytes.maketrans(b",", b" ")


def hash_text(text: bytes) -> int:
    """FNV-1a, 32 bits, of the bytes themselves."""
    return fnv1a_32(text)


def spew_byte_slice(content: bytes) -> bytes:
    """A []byte as spew's ``%#v`` prints it; nil and empty do not differ here, since json.Marshal never returns nil."""
    return b"([]uint8)" + msgspec.json.encode(list(content)).translate(_BLANKS)
