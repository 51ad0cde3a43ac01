"""FNV-1a of 32 bits over shared pieces of text, each gone through once for each low byte that it is met with.

A step of FNV-1a exclusive-ors a byte into the low eight bits of the state, and multiplies. So whatever a text does to a state is

    state ↦ state · prime^length + table[state & 255]        (modulo 2^32)

with a table of at most 256 entries, filled as they are asked for: fnv1a of the text behind one byte that makes the low byte wanted, less
what the multiplication does. Containers are made of the same pieces: replicas differ in the name of a token's volume alone, and what two
workloads have in common is cut at the same closing braces.

What is hashed of JSON is its bytes as spew prints them, ``([]uint8)[123 34 125]`` (see hashing.fnv); a piece brings the blank behind it
along.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import msgspec
from fnv_hash_fast import fnv1a_32

_PRIME, _MASK = 16777619, (1 << 32) - 1
_BLANKS = bytes.maketrans(b",", b" ")
_BEGUN = fnv1a_32(b"([]uint8)[")
_END = b"]"
_BRACE = b"}"
_UNKNOWN = array("q", (-1,) * 256)


def _lead_ins() -> tuple[tuple[bytes, int], ...]:
    """For each low byte, a byte that makes a state with it, and that state."""
    found = {fnv1a_32(bytes([byte])) & 255: bytes([byte]) for byte in range(256)}
    return tuple((found[low], fnv1a_32(found[low])) for low in range(256))


LEAD_INS = _lead_ins()
"""For each low byte, a byte that makes a state with it, and that state."""

POWERS = tuple(pow(_PRIME, length, 1 << 32) for length in range(32))
"""Of the prime, for texts of these lengths."""


class Piece:
    """What a text does to a state. table: by low byte, below 0 where it was not asked for yet."""

    __slots__ = ("_text", "factor", "table")

    def __init__(self, text: bytes) -> None:
        self._text, self.factor = text, pow(_PRIME, len(text), 1 << 32)
        self.table = _UNKNOWN[:]

    def after(self, state: int) -> int:
        """The state behind the text."""
        found = self.table[state & 255]
        if found < 0:
            found = self.table[state & 255] = _effect(self._text, self.factor, state & 255)
        return (state * self.factor + found) & _MASK


class Run:
    """What several pieces after one another do to a state."""

    __slots__ = ("factor", "pieces", "table")

    def __init__(self, pieces: tuple[Piece, ...]) -> None:
        self.pieces, self.table, self.factor = pieces, dict[int, int](), 1
        for piece in pieces:
            self.factor = self.factor * piece.factor & _MASK

    def first_after(self, state: int) -> int:
        """The state behind the last of them, where its low byte is met for the first time."""
        end = state
        for piece in self.pieces:
            end = piece.after(end)
        self.table[state & 255] = (end - state * self.factor) & _MASK
        return end


class Pieces:
    """The pieces that were met, and no more of them than so many; one that is met once costs no table."""

    def __init__(self, most: int = 4096) -> None:
        self._most = most
        self._known: dict[bytes, Piece] = {}
        self._runs: dict[bytes, Run] = {}
        self._met: set[int] = set()

    def begun(self, content: bytes) -> int:
        """The state behind the first part of some JSON."""
        state = _BEGUN
        for part in _cut(content, b" "):
            state = self._piece(part).after(state)
        return state

    def run(self, content: bytes, *, ends: bool) -> Run:
        """What a part of some JSON does. ends: it is the last part, which is closed by a bracket, not by a blank."""
        key = content + (_END if ends else b" ")
        found = self._runs.get(key)
        if found is None:
            found = Run(tuple(map(self._piece, _cut(content, key[-1:]))))
            if len(self._runs) >= self._most:
                self._runs.clear()
            self._runs[key] = found
        return found

    def hash(self, content: bytes) -> int:
        """The hash of some JSON."""
        return self.hashes((content,))[0]

    def hashes(self, contents: Iterable[bytes]) -> list[int]:
        """The hashes of some JSON texts; what one of them begins with as the one before it is gone through once."""
        known, found = self._known, list[int]()
        before: list[bytes] = []
        states = [_BEGUN]
        for content in contents:
            parts = _cut(content, _END)
            shared = _shared(before, parts)
            del states[shared + 1 :]
            state = states[shared]
            for part in parts[shared:]:
                piece = known.get(part)
                told = -1 if piece is None else piece.table[state & 255]
                state = self._first_after(part, state) if piece is None or told < 0 else (state * piece.factor + told) & _MASK
                states.append(state)
            before = parts
            found.append(state)
        return found

    def _first_after(self, part: bytes, state: int) -> int:
        """The state behind a part that is not known, or not with this low byte."""
        if part in self._known or self._is_met(part):
            return self._piece(part).after(state)
        text = _text(part)
        factor = pow(_PRIME, len(text), 1 << 32)
        return (state * factor + _effect(text, factor, state & 255)) & _MASK

    def _is_met(self, part: bytes) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(part)
        if known in self._met:
            return True
        if len(self._met) >= 16 * self._most:
            self._met.clear()
        self._met.add(known)
        return False

    def _piece(self, part: bytes) -> Piece:
        known = self._known.get(part)
        if known is None:
            known = Piece(_text(part))
            if len(self._known) >= self._most:
                self._known.clear()
            self._known[part] = known
        return known


def decimals(content: bytes) -> bytes:
    """``123 34 125``."""
    return msgspec.json.encode(list(content))[1:-1].translate(_BLANKS)


def _text(part: bytes) -> bytes:
    """A part as it is hashed; its last byte is what stands behind it."""
    return decimals(part[:-1]) + part[-1:]


def _effect(text: bytes, factor: int, low: int) -> int:
    """What a text does to a state beside the multiplication."""
    byte, state = LEAD_INS[low]
    return (fnv1a_32(byte + text) - state * factor) & _MASK


def _shared(some: list[bytes], others: list[bytes]) -> int:
    """How many parts are the same at the beginning of both."""
    number = 0
    for one, other in zip(some, others, strict=False):
        if one != other:
            break
        number += 1
    return number


def _cut(content: bytes, behind: bytes) -> list[bytes]:
    """The parts of some JSON, each with what stands behind it in the text that is hashed."""
    parts = content.split(_BRACE)
    last = parts.pop()
    cut = [part + b"} " for part in parts]
    if last:
        cut.append(last + behind)
    elif cut:
        cut[-1] = parts[-1] + _BRACE + behind
    return cut
