"""A wave that is being filled: the nodes that are to be placed, how many a wave may have, and what is too much for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

import msgspec

from upgradecheck.planning.waves.taking import Rooms, Takes


class Where(NamedTuple):
    """What all nodes of a wave have in common. pool: None where pools may be mixed."""

    pool: str | None
    zone: str | None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A node that is to be placed. stops: how many pods stop on it or may. done: it runs the new version already."""

    name: str
    where: Where
    takes: Takes
    stops: int
    done: bool = False


class Sizes(msgspec.Struct, frozen=True, gc=False):
    """How many nodes the waves may have: the first few ones by their place, all by limit. No wave may have less than one before it."""

    first: tuple[int, ...]
    limit: int

    def at(self, place: int) -> int:
        """The most nodes of the wave at this place, from 0."""
        return min(self.limit, self.first[place]) if place < len(self.first) else self.limit

    def allow(self, numbers: Iterable[int]) -> bool:
        """Whether waves of these numbers of nodes can be put in some order."""
        return all(number <= self.at(place) for place, number in enumerate(sorted(numbers)))


class OpenWave:
    """A wave that is being filled, of one zone and, where that was asked for, one pool."""

    __slots__ = ("items", "used", "where")

    def __init__(self, where: Where) -> None:
        self.where = where
        self.items: list[Item] = []
        self.used: dict[int, int] = {}

    def fits(self, item: Item, rooms: Rooms) -> bool:
        """Whether nothing of what it takes would be too much. What a single node takes cannot be helped, and is let in."""
        return all(not (used := self.used.get(about, 0)) or used + number <= rooms[about].at_once for about, number in item.takes.items())

    def add(self, item: Item) -> None:
        """Takes it in."""
        self.items.append(item)
        for about, number in item.takes.items():
            self.used[about] = self.used.get(about, 0) + number

    def remove(self) -> None:
        """Gives back the last one."""
        for about, number in self.items.pop().takes.items():
            self.used[about] -= number


def order_of(items: Iterable[Item]) -> Mapping[Where, tuple[object, ...]]:
    """The order of pools, and in each of its zones: small ones first, since the first waves are small."""
    items = tuple(items)
    pools, numbers = Counter(item.where.pool for item in items), Counter(item.where for item in items)
    return {
        where: (pools[where.pool], where.pool is None, where.pool or "", number, where.zone is None, where.zone or "")
        for where, number in numbers.items()
    }
