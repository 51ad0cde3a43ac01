"""The kubelet's FNV-1a over what spew prints: of 32 bits for containers, of 128 for static pods from 1.35 on.

Mirrors DeepHashObject in pkg/util/hash/hash.go: the hasher is reset, spew's ``%#v`` of the object is written to it, and the
low 32 bits are recorded. A byte slice prints as ``([]uint8)[123 34 125]``: a type prefix, then decimal bytes.
"""

from __future__ import annotations

import msgspec
from fnv_hash_fast import fnv1a_32

_PRIME_128, _OFFSET_128 = (1 << 88) + 0x13B, 0x6C62272E07BB014262B821756295C58D
_MASK_128 = (1 << 128) - 1
_INVERSE_128 = pow(_PRIME_128, -1, 1 << 128)
_BLANKS = bytes.maketrans(b",", b" ")
_PIECE = 1 << 16
"""Bytes that are printed at once: of all of a large container's the references would be the most that is held of it."""


def hash_text(text: bytes) -> int:
    """FNV-1a, 32 bits, of the bytes themselves."""
    return fnv1a_32(text)


def fnv1a_128(text: bytes, state: int = _OFFSET_128) -> int:
    """FNV-1a, 128 bits. state: the sum of what stands before the text."""
    for byte in text:
        state = (state ^ byte) * _PRIME_128 & _MASK_128
    return state


def before_fnv1a_128(text: bytes, state: int) -> int:
    """The sum from which fnv1a_128 of this text comes to a state: each step can be taken back, since the prime is odd."""
    for byte in reversed(text):
        state = state * _INVERSE_128 & _MASK_128 ^ byte
    return state


def spew_byte_slice(content: bytes) -> bytes:
    """A []byte as spew's ``%#v`` prints it; nil and empty do not differ here, since json.Marshal never returns nil."""
    if len(content) <= _PIECE:
        return b"([]uint8)" + _decimals(content)
    pieces = [_decimals(content[begin : begin + _PIECE])[1:-1] for begin in range(0, len(content), _PIECE)]
    pieces[0], pieces[-1] = b"([]uint8)[" + pieces[0], pieces[-1] + b"]"
    return b" ".join(pieces)


def _decimals(content: bytes) -> bytes:
    """``[123 34 125]``; meanwhile each byte is a reference of eight."""
    return msgspec.json.encode(list(content)).translate(_BLANKS)
