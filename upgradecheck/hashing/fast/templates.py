"""Hashes of texts that are alike but for one name: the random end of the volume of a service account's token, the hole.

API servers mount ``kube-api-access-`` and five letters into nearly every container (BoundServiceAccountTokenVolume), so that replicas have
hashes of their own. A template is what they have in common; the letters are put in when it is hashed. Wherever they stand in a text, all
else of it is the same: as the end of a map's key they do not change the order either, since no other key has the stem.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from fnv_hash_fast import fnv1a_32

from upgradecheck.hashing.fast.affine import LEAD_INS, POWERS, Piece, Pieces, Run

STEM = b"kube-api-access-"
HOLE = 5
_MASK = (1 << 32) - 1


class Hashed(Protocol):
    """A text, or what several have in common."""

    def hash(self, hole: bytes) -> int:
        """The hash of the text in which this name stands."""
        ...


class Known:
    """A text without a hole."""

    __slots__ = ("_hash",)

    def __init__(self, made: int) -> None:
        self._hash = made

    def hash(self, hole: bytes) -> int:
        return self._hash


class JSONTemplate:
    """JSON, hashed as spew prints bytes. It is gone through when a hash is asked for: of many texts none is."""

    __slots__ = ("_ahead", "_lead", "_of", "_rest", "_run")

    def __init__(self, parts: list[bytes], pieces: Pieces) -> None:
        """parts: what stands between the holes, the stem not."""
        self._of: tuple[list[bytes], Pieces] | None = (parts, pieces)

    def _begin(self, parts: list[bytes], pieces: Pieces) -> None:
        begun = pieces.begun(parts[0] + STEM)
        self._lead, made = LEAD_INS[begun & 255]
        self._ahead = begun - made
        self._run, *self._rest = (*(pieces.run(part + STEM, ends=False) for part in parts[1:-1]), pieces.run(parts[-1], ends=True))
        self._of = None

    def parts(self) -> tuple[bytes, int, Run]:
        """A byte that makes the state before the hole, what that state is beside it, and what stands behind the hole."""
        if self._of is not None:
            self._begin(*self._of)
        return self._lead, self._ahead, self._run

    @property
    def is_open_once(self) -> bool:
        """Whether it has one hole."""
        self.parts()
        return not self._rest

    def hash(self, hole: bytes) -> int:
        if self._of is not None:
            self._begin(*self._of)
        text = _printed(hole)
        factor = POWERS[len(text)]
        state = (fnv1a_32(self._lead + text) + self._ahead * factor) & _MASK
        run = self._run
        found = run.table.get(state & 255)
        state = run.first_after(state) if found is None else (state * run.factor + found) & _MASK
        for run in self._rest:
            byte, begun = LEAD_INS[state & 255]
            state = (fnv1a_32(byte + text) + (state - begun) * factor) & _MASK
            found = run.table.get(state & 255)
            state = run.first_after(state) if found is None else (state * run.factor + found) & _MASK
        return state


class TextTemplate:
    """Text that is hashed as it is: a printed Go struct."""

    __slots__ = ("_begun", "_pieces")

    def __init__(self, parts: list[bytes]) -> None:
        self._begun = fnv1a_32(parts[0] + STEM)
        self._pieces = (*(Piece(part + STEM) for part in parts[1:-1]), Piece(parts[-1]))

    def hash(self, hole: bytes) -> int:
        state, factor = self._begun, POWERS[len(hole)]
        for piece in self._pieces:
            byte, begun = LEAD_INS[state & 255]
            state = piece.after((fnv1a_32(byte + hole) + (state - begun) * factor) & _MASK)
        return state


class Filling:
    """Several texts, of which most are hashed once for all."""

    __slots__ = ("_known", "_once", "_open")

    def __init__(self, texts: Sequence[Hashed]) -> None:
        self._known = [one.hash(b"") if isinstance(one, Known) else 0 for one in texts]
        opened = [(place, one) for place, one in enumerate(texts) if not isinstance(one, Known)]
        once = [(place, *one.parts()) for place, one in opened if isinstance(one, JSONTemplate) and one.is_open_once]
        self._once = [(place, lead, ahead, run.table.get, run.factor, run) for place, lead, ahead, run in once]
        self._open = [(place, one) for place, one in opened if not (isinstance(one, JSONTemplate) and one.is_open_once)]

    def hashes(self, hole: bytes) -> list[int]:
        """Those of all of them with this name; as each says, written out here, since it is what a replica costs."""
        found, text = self._known[:], _printed(hole)
        factor = POWERS[len(text)]
        for place, lead, ahead, effect, power, run in self._once:
            state = (fnv1a_32(lead + text) + ahead * factor) & _MASK
            told = effect(state & 255)
            found[place] = run.first_after(state) if told is None else (state * power + told) & _MASK
        for place, one in self._open:
            found[place] = one.hash(hole)
        return found


_PRINTED = tuple(b"%d " % letter for letter in range(256))


@lru_cache(maxsize=64)
def _printed(hole: bytes) -> bytes:
    """The letters as spew prints them, with the blank behind each; a pod asks for its own several times."""
    return b"".join([_PRINTED[letter] for letter in hole])
