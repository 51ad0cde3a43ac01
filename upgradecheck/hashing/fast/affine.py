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
_APART = b'"resources":'
"""Behind it containers have much in common, and it is where two texts of one container part."""
_DIRECTLY = b"([]uint8)[%b]"
_SHORT = 200
"""Texts of so many bytes, a name and an image, are known whole."""
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
        self._inner: dict[bytes, Piece] = {}
        """Those behind which a brace closes, without it."""
        self._runs: dict[bytes, Run] = {}
        self._met: set[int] = set()
        self._short: dict[bytes, int] = {}

    def begun(self, content: bytes) -> int:
        """The state behind the first part of some JSON."""
        first, member, rest = content.partition(_APART)
        if not rest:
            return self._through(content, b" ", _BEGUN)
        return self._after(rest + b" ", self._through(first + member, b" ", _BEGUN))

    def run(self, content: bytes, *, ends: bool) -> Run:
        """What a part of some JSON does. ends: it is the last part, which is closed by a bracket, not by a blank."""
        key = content + (_END if ends else b" ")
        found = self._runs.get(key)
        if found is None:
            found = Run(tuple([self._piece(part, part, self._known) for part in _cut(content, key[-1:])]))
            if len(self._runs) >= self._most:
                self._runs.clear()
            self._runs[key] = found
        return found

    def hash(self, content: bytes) -> int:
        """The hash of some JSON."""
        return self.hashes((content,))[0]

    def hashes(self, contents: Iterable[bytes], opened: bytes = b"", hole: int = 0) -> list[int]:
        """The hashes of some JSON texts; what one of them begins with as the one before it is gone through once.

        opened: a text whose end, of so many bytes, is met nowhere else.
        """
        found, short = list[int](), self._short
        before, begun = b"", 0
        stem = opened[: len(opened) - hole] + b" "
        own = _text(opened[len(opened) - hole :] + b" ")
        factor = pow(_PRIME, len(own), 1 << 32)
        for content in contents:
            if len(content) <= _SHORT:
                known = short.get(content)
                if known is None:
                    known = self._keep_short(content)
                found.append(known)
                continue
            first, member, rest = content.partition(_APART)
            if not rest:
                found.append(self._through(content, _END, _BEGUN))
                continue
            if first != before:
                before, begun = first, self._through(first + member, b" ", _BEGUN)
            found.append(self._to_the_end(rest.split(opened) if hole else [rest], begun, stem, own, factor))
        return found

    def _keep_short(self, content: bytes) -> int:
        if len(self._short) >= self._most:
            self._short.clear()
        made = self._short[content] = fnv1a_32(_DIRECTLY % decimals(content))
        return made

    def _through(self, content: bytes, behind: bytes, state: int) -> int:
        """The state behind some JSON, cut at its braces."""
        inner = self._inner
        parts = content.split(_BRACE)
        last = parts.pop()
        if not last and parts:
            last = parts.pop() + _BRACE
        for part in parts:
            piece = inner.get(part)
            if piece is None:
                state = self._first_after(part, part + b"} ", inner, state)
            else:
                told = piece.table[state & 255]
                state = piece.after(state) if told < 0 else (state * piece.factor + told) & _MASK
        return self._after(last + behind, state)

    def _to_the_end(self, parts: list[bytes], state: int, stem: bytes, own: bytes, factor: int) -> int:
        """The state behind the end of some JSON. own: the text between its parts, behind the stem; factor: of the prime for it."""
        *firsts, last = parts
        for part in firsts:
            state = self._after(part + stem, state)
            byte, begun = LEAD_INS[state & 255]
            state = (fnv1a_32(byte + own) + (state - begun) * factor) & _MASK
        return self._after(last + _END, state)

    def _after(self, part: bytes, state: int) -> int:
        piece = self._known.get(part)
        return self._first_after(part, part, self._known, state) if piece is None else piece.after(state)

    def _first_after(self, key: bytes, part: bytes, known: dict[bytes, Piece], state: int) -> int:
        """The state behind a part that is not known. key: under which it is."""
        return self._piece(part, key, known).after(state) if self._is_met(part) else _directly(part, state)

    def _is_met(self, part: bytes) -> bool:
        """Whether it was met before, as far as that is kept; a mistake costs time alone."""
        known = hash(part)
        if known in self._met:
            return True
        if len(self._met) >= 16 * self._most:
            self._met.clear()
        self._met.add(known)
        return False

    def _piece(self, part: bytes, key: bytes, known: dict[bytes, Piece]) -> Piece:
        found = known.get(key)
        if found is None:
            found = Piece(_text(part))
            if len(known) >= self._most:
                known.clear()
            known[key] = found
        return found


def decimals(content: bytes) -> bytes:
    """``123 34 125``."""
    return msgspec.json.encode(list(content))[1:-1].translate(_BLANKS)


def _directly(part: bytes, state: int) -> int:
    """The state behind a part of which nothing is kept."""
    text = _text(part)
    byte, begun = LEAD_INS[state & 255]
    return (fnv1a_32(byte + text) + (state - begun) * pow(_PRIME, len(text), 1 << 32)) & _MASK


def _text(part: bytes) -> bytes:
    """A part as it is hashed; its last byte is what stands behind it."""
    return decimals(part[:-1]) + part[-1:]


def _effect(text: bytes, factor: int, low: int) -> int:
    """What a text does to a state beside the multiplication."""
    byte, state = LEAD_INS[low]
    return (fnv1a_32(byte + text) - state * factor) & _MASK


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
