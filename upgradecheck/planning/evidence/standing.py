"""What a node's history says of containers, remembered: of a birth only counts where it stands among the ends of the kubelets' lives.

lives.py asks whether one time is before another, and no more; a birth between the same two ends has the same answers. Hashes are told by
their places among those of a pod, as replicas have them; no two of them may be equal (seeing/replicas.py).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import msgspec

from upgradecheck.decisions.comparing import Comparable
from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.hash import Hash
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.evidence.lives import SYNCED_AFTER, Birth, Deduced, Inferred, Several, Undeduced
from upgradecheck.planning.evidence.past import Lived, Written

Form: TypeAlias = "tuple[Any, ...] | Reason | None"
"""What is told of a container, but for its own hashes and times. Decisions hang on nothing else of it."""


Spot: TypeAlias = tuple[int, int, int, int]
"""Where a birth stands among the ends of lives: between two of them, or at one."""


class Standing(msgspec.Struct, frozen=True, gc=False):
    """What is told of a container: its form, and the facts that stand in the way, but for when it started."""

    form: Form
    facts: tuple[Fact, ...] = ()

    def facts_of(self, birth: Birth | None) -> tuple[Fact, ...]:
        """With when it started."""
        if birth is None:
            return self.facts
        return tuple(Fact(one.kind, birth.started_at or None) if one.kind is FactKind.CONTAINER_STARTED else one for one in self.facts)


def standing_of(told: Deduced | Reason | None, hashes: Sequence[Hash]) -> Standing:
    """What is told, in the places of hashes."""
    if told is None or isinstance(told, Reason):
        return Standing(told)
    if isinstance(told, Inferred):
        return Standing(("inferred", hashes.index(told.hash), told.creators, told.created))
    if isinstance(told, Several):
        return Standing(("several", *((hashes.index(one), creators) for one, creators in told.hashes.items())))
    assert isinstance(told, Undeduced)
    return Standing(("open", told.reason, tuple((one.kind, one.version) for one in told.facts)), told.facts)


class Standings:
    """What the history of one node says of the containers of its replicas. lived: no override is in force there."""

    def __init__(self, lived: Lived) -> None:
        lives = lived.lives.lives
        early, late = [lived.lives.begins, *(one.latest for one in lives)], [lived.lives.ends, *(one.earliest for one in lives)]
        late += [one.surely_until - SYNCED_AFTER for one in lives]
        self._lived, self._early, self._late = lived, sorted(early), sorted(late)
        self._known: dict[tuple[Any, ...], Standing] = {}

    def spot(self, birth: Birth) -> Spot:
        """Where it stands among the ends of lives: all that the history hangs on."""
        early, late, first, last = self._early, self._late, birth.earliest, birth.latest
        return bisect_left(early, first), bisect_right(early, first), bisect_left(late, last), bisect_right(late, last)

    def of(
        self, birth: Birth, asked: tuple[object, int], one: Comparable, written: Callable[[], Written], hashes: Sequence[Hash]
    ) -> Standing:
        """What it says of a container. asked: which one of what kind it is, of which all have these places. written: is asked where nothing
        like it is known."""
        key = asked, self.spot(birth)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = standing_of(self._lived.deduce(birth, written(), one), hashes)
        return found
