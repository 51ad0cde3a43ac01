"""Nodes packed into waves: each into the first that has room for it.

So no node of a later wave fits into an earlier one, which is what a wave's reasons say. Packing vectors into fewest bins is hard in
general; for few nodes ``fewest`` tries all ways, for many two orders are tried: the nodes on which least stops first, which is what one
wants, and those that are hardest to place first, which packs tighter and is taken only where it needs fewer waves.

What is full stays full, so for each thing in each zone it is kept which waves need not be looked at any more: a budget of one over five
thousand nodes would else be asked twelve million times.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.planning.waves.taking import Rooms, Takes

_TRIED_WHOLE = 8


class Item(msgspec.Struct, frozen=True, gc=False):
    """A node that is to be placed. stops: how many containers, or pods, stop on it or may."""

    name: str
    zone: str | None
    takes: Takes
    stops: int


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
    """A wave that is being filled, of one zone."""

    __slots__ = ("items", "used", "zone")

    def __init__(self, zone: str | None) -> None:
        self.zone = zone
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


def packed(items: Sequence[Item], rooms: Rooms, sizes: Sizes) -> list[OpenWave]:
    """The waves in their order; of few nodes as few as there can be."""
    zones = _zones(items)
    easy = sorted(items, key=lambda item: (zones[item.zone], item.stops, item.name))
    hard = sorted(items, key=lambda item: (zones[item.zone], -_hardness(item, rooms), item.name))
    found = min((first_fit(easy, rooms, sizes), first_fit(hard, rooms, sizes)), key=len)
    if len(items) > _TRIED_WHOLE:
        return found
    better = fewest(easy, rooms, sizes, len(found))
    return found if better is None else better


def _zones(items: Iterable[Item]) -> Mapping[str | None, tuple[int, bool, str]]:
    """The order of zones: small ones first, since the first waves are small."""
    numbers = Counter(item.zone for item in items)
    return {zone: (number, zone is None, zone or "") for zone, number in numbers.items()}


def _hardness(item: Item, rooms: Rooms) -> float:
    return sum(min(1.0, number / rooms[about].at_once) if rooms[about].at_once else 1.0 for about, number in item.takes.items())


def first_fit(items: Iterable[Item], rooms: Rooms, sizes: Sizes) -> list[OpenWave]:
    """Each into the first wave that has room."""
    items = tuple(items)
    waves: list[OpenWave] = []
    full = _Full(items, rooms, sizes)
    for item in items:
        mine = full.places[item.zone]
        place = next(
            (place for place in mine[full.before(item) :] if full.has_place(waves, place) and waves[place].fits(item, rooms)), None
        )
        if place is None:
            place = len(waves)
            mine.append(place)
            waves.append(OpenWave(item.zone))
        waves[place].add(item)
        full.note(item, waves, place)
    return waves


class _Full:
    """Which waves of a zone need not be looked at: those that are full of nodes or of something, from the first on.

    places: of each zone its waves. Of a thing a wave is full where not even the node that takes least of it fits in.
    """

    def __init__(self, items: Iterable[Item], rooms: Rooms, sizes: Sizes) -> None:
        self.places: dict[str | None, list[int]] = defaultdict(list)
        self._sizes = sizes
        self._before: dict[tuple[str | None, int | None], int] = defaultdict(int)
        least: dict[int, int] = {}
        for item in items:
            for about, number in item.takes.items():
                least[about] = min(number, least.get(about, number))
        self._most = {about: rooms[about].at_once - number for about, number in least.items()}

    def before(self, item: Item) -> int:
        """How many waves of its zone have no room for it, from the first on."""
        return max(self._before[item.zone, about] for about in (None, *item.takes))

    def has_place(self, waves: Sequence[OpenWave], place: int) -> bool:
        """Whether a wave may have one node more."""
        return len(waves[place].items) < self._sizes.at(place)

    def note(self, item: Item, waves: Sequence[OpenWave], place: int) -> None:
        """That an item was placed there."""
        mine = self.places[item.zone]
        for about in (None, *item.takes):
            number = self._before[item.zone, about]
            if mine[number] == place:
                while number < len(mine) and self._is_full(about, waves, mine[number]):
                    number += 1
                self._before[item.zone, about] = number

    def _is_full(self, about: int | None, waves: Sequence[OpenWave], place: int) -> bool:
        if about is None:
            return not self.has_place(waves, place)
        return waves[place].used.get(about, 0) > max(0, self._most[about])


def fewest(items: Sequence[Item], rooms: Rooms, sizes: Sizes, fewer_than: int) -> list[OpenWave] | None:
    """The fewest waves that hold a few items, all ways tried; None where there are none fewer than so many."""
    groups = min(_partitions(tuple(items), [], rooms, sizes, [fewer_than]), key=len, default=None)
    if groups is None:
        return None
    zones = _zones(items)
    zone_by_zone = sorted(groups, key=lambda group: (zones[group[0].zone], len(group)))
    fit = all(len(group) <= sizes.at(place) for place, group in enumerate(zone_by_zone))
    return settled(zone_by_zone if fit else sorted(zone_by_zone, key=len), rooms, sizes)


def _partitions(
    items: tuple[Item, ...], waves: list[OpenWave], rooms: Rooms, sizes: Sizes, fewer_than: list[int]
) -> Iterator[list[tuple[Item, ...]]]:
    """Ways to part items among waves, each with fewer waves than the one before."""
    if len(waves) >= fewer_than[0]:
        return
    if not items:
        if sizes.allow(len(wave.items) for wave in waves):
            fewer_than[0] = len(waves)
            yield [tuple(wave.items) for wave in waves]
        return
    item, rest = items[0], items[1:]
    fitting = [wave for wave in waves if wave.zone == item.zone and len(wave.items) < sizes.limit and wave.fits(item, rooms)]
    for wave in fitting:
        wave.add(item)
        yield from _partitions(rest, waves, rooms, sizes, fewer_than)
        wave.remove()
    waves.append(OpenWave(item.zone))
    waves[-1].add(item)
    yield from _partitions(rest, waves, rooms, sizes, fewer_than)
    waves.pop()


def settled(groups: Iterable[Sequence[Item]], rooms: Rooms, sizes: Sizes) -> list[OpenWave]:
    """Waves of these, where nodes of later ones have moved into earlier ones that have room."""
    waves = []
    for group in groups:
        waves.append(OpenWave(group[0].zone))
        for item in group:
            waves[-1].add(item)
    for place, wave in enumerate(waves):
        for later in waves[place + 1 :]:
            if later.zone != wave.zone:
                continue
            for item in tuple(later.items):
                if len(wave.items) < sizes.at(place) and wave.fits(item, rooms):
                    _move(item, later, wave)
    return [wave for wave in waves if wave.items]


def _move(item: Item, source: OpenWave, target: OpenWave) -> None:
    source.items.remove(item)
    for about, number in item.takes.items():
        source.used[about] -= number
    target.add(item)
