"""The hashes of texts that are open at several places, for whatever stands there: what lies between is gone through once for each low byte.

What texts have in common from their beginning is gone through once for all of them: a container with its resources and without.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from fnv_hash_fast import fnv1a_32

from upgradecheck.hashing.fast.affine import LEAD_INS, Pieces, Run

_PRIME, _MASK = 16777619, (1 << 32) - 1
_PRINTED = tuple(b"%d " % letter for letter in range(256))


@lru_cache(maxsize=256)
def _power(length: int) -> int:
    return pow(_PRIME, length, 1 << 32)


class Valued:
    """Some texts of JSON, each of them cut where it is open."""

    __slots__ = ("_ends", "_known", "_steps")

    def __init__(self, texts: Sequence[Sequence[bytes | int]], pieces: Pieces) -> None:
        """texts: of each in turn what stands between the openings, and the number of the one behind it; what is not open is one text."""
        self._known: list[int] = []
        self._steps: list[tuple[int, int, Run | None]] = []
        """Each makes a state of another one, by the place of that: by what stands in an opening, or by a run of text."""
        ends, made = list[int](), dict[tuple[object, ...], int]()
        begun = [self._begun(text, pieces, made) for text in texts]
        for at, (_, *rest) in zip(begun, texts, strict=True):
            state = at
            for place, one in enumerate(rest, 1):
                state = self._step(state, one, made, pieces, ends=place == len(rest))
            ends.append(state)
        self._ends = ends

    def __len__(self) -> int:
        """How many texts there are."""
        return len(self._ends)

    def _begun(self, text: Sequence[bytes | int], pieces: Pieces, made: dict[tuple[object, ...], int]) -> int:
        first = text[0]
        assert isinstance(first, bytes)
        key = first, len(text) == 1
        if key not in made:
            made[key] = len(self._known)
            self._known.append(pieces.hash(first) if len(text) == 1 else pieces.begun(first))
        return made[key]

    def _step(self, state: int, one: bytes | int, made: dict[tuple[object, ...], int], pieces: Pieces, *, ends: bool) -> int:
        key = state, one, ends
        if key not in made:
            made[key] = len(self._known) + len(self._steps)
            self._steps.append((state, one, None) if isinstance(one, int) else (state, -1, pieces.run(one, ends=ends)))
        return made[key]

    def hashes(self, values: Sequence[bytes]) -> list[int]:
        """Of each text, with these values in the openings."""
        printed = [b"".join([_PRINTED[letter] for letter in value]) for value in values]
        states = self._known[:]
        for place, number, run in self._steps:
            state = states[place]
            if run is None:
                text = printed[number]
                byte, begun = LEAD_INS[state & 255]
                states.append((fnv1a_32(byte + text) + (state - begun) * _power(len(text))) & _MASK)
                continue
            found = run.table.get(state & 255)
            states.append(run.first_after(state) if found is None else (state * run.factor + found) & _MASK)
        return [states[place] for place in self._ends]
