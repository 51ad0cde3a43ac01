"""The cheapest ways from the first of some minors to the last one.

What a hop costs may depend on the hops before it, through what containers carry (hashing.schemas.hops). So the search does not go from
minor to minor but from minor and state to minor and state, and keeps the best few ways into each: what follows depends on nothing else, and
costs add up, so that the best few into the last minor are the best of all. There are few states: what a kubelet compares carries its hash.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from upgradecheck.model.version import Minor

State = TypeVar("State", bound=Hashable)

Cost = tuple[int, ...]
"""What counts most stands first; costs of hops add up member by member."""

Step = Callable[[State, Minor, Minor], tuple[Cost, State]]
"""What a hop costs in a state, and the state that it leaves."""


class Way(msgspec.Struct, frozen=True, gc=False, order=True):
    """The minors that kubelets have one after the other, and what that costs; the slower of two that cost the same is less."""

    cost: Cost
    minors: tuple[Minor, ...]


def cheapest(minors: Sequence[Minor], onward: Mapping[Minor, Iterable[Minor]], start: State, step: Step[State], most: int) -> list[Way]:
    """The cheapest ways from the first to the last of these minors, which are in order, cheapest first; no more than most.

    onward: to which minors the policy lets a kubelet of each one go.
    """
    reached: dict[Minor, dict[State, list[Way]]] = {minor: {} for minor in minors}
    reached[minors[0]][start] = [Way((), (minors[0],))]
    for old in minors[:-1]:
        for state, ways in reached[old].items():
            for new in onward[old]:
                cost, left = step(state, old, new)
                known = reached[new].get(left, [])
                reached[new][left] = sorted([*known, *(_further(way, cost, new) for way in ways)])[:most]
    return sorted(way for ways in reached[minors[-1]].values() for way in ways)[:most]


def _further(way: Way, cost: Cost, new: Minor) -> Way:
    before = way.cost or (0,) * len(cost)
    return Way(tuple(one + more for one, more in zip(before, cost, strict=True)), (*way.minors, new))


def how_many(minors: Sequence[Minor], onward: Mapping[Minor, Iterable[Minor]]) -> int:
    """How many ways there are."""
    ways = dict.fromkeys(minors, 0)
    ways[minors[0]] = 1
    for old in minors[:-1]:
        for new in onward[old]:
            ways[new] += ways[old]
    return ways[minors[-1]]
