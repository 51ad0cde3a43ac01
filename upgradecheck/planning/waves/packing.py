"""Nodes packed into waves: each into the first that has room for it.

So no node of a later wave fits into an earlier one, which is what a wave's reasons say. Packing vectors into fewest bins is hard in
general; for few nodes ``fewest`` tries all ways, for many two orders are tried: the nodes on which least stops first, which is what one
wants, and those that are hardest to place first, which packs tighter and is taken only where it needs fewer waves. Nodes that run the new
version already come last in both: nobody waits for them.

What is full stays full, so for each thing in each zone it is kept which waves need not be looked at any more: a budget of one over five
thousand nodes would else be asked twelve million times.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from upgradecheck.planning.waves.fewest import fewest
from upgradecheck.planning.waves.filling import Item, OpenWave, Sizes, Where, order_of
from upgradecheck.planning.waves.taking import Rooms

_TRIED_WHOLE = 8


def packed(items: Sequence[Item], rooms: Rooms, sizes: Sizes) -> list[OpenWave]:
    """The waves in their order; of few nodes as few as there can be."""
    order = order_of(items)
    easy = sorted(items, key=lambda item: (order[item.where], item.done, item.stops, item.name))
    hard = sorted(items, key=lambda item: (order[item.where], item.done, -_hardness(item, rooms), item.name))
    found = min((first_fit(easy, rooms, sizes), first_fit(hard, rooms, sizes)), key=len)
    if len(items) > _TRIED_WHOLE:
        return found
    better = fewest(easy, rooms, sizes, len(found))
    return found if better is None else better


def _hardness(item: Item, rooms: Rooms) -> float:
    return sum(min(1.0, number / rooms[about].at_once) if rooms[about].at_once else 1.0 for about, number in item.takes.items())


def first_fit(items: Iterable[Item], rooms: Rooms, sizes: Sizes) -> list[OpenWave]:
    """Each into the first wave that has room."""
    items = tuple(items)
    waves: list[OpenWave] = []
    full = _Full(items, rooms, sizes)
    for item in items:
        mine = full.places[item.where]
        place = next(
            (place for place in mine[full.before(item) :] if full.has_place(waves, place) and waves[place].fits(item, rooms)), None
        )
        if place is None:
            place = len(waves)
            mine.append(place)
            waves.append(OpenWave(item.where))
        waves[place].add(item)
        full.note(item, waves, place)
    return waves


class _Full:
    """Which waves of a zone (and pool) need not be looked at: those that are full of nodes or of something, from the first on.

    places: of each zone its waves. Of a thing a wave is full where not even the node that takes least of it fits in.
    """

    def __init__(self, items: Iterable[Item], rooms: Rooms, sizes: Sizes) -> None:
        self.places: dict[Where, list[int]] = defaultdict(list)
        self._sizes = sizes
        self._before: dict[tuple[Where, int | None], int] = defaultdict(int)
        least: dict[int, int] = {}
        for item in items:
            for about, number in item.takes.items():
                least[about] = min(number, least.get(about, number))
        self._most = {about: rooms[about].at_once - number for about, number in least.items()}

    def before(self, item: Item) -> int:
        """How many waves of its zone have no room for it, from the first on."""
        return max(self._before[item.where, about] for about in (None, *item.takes))

    def has_place(self, waves: Sequence[OpenWave], place: int) -> bool:
        """Whether a wave may have one node more."""
        return len(waves[place].items) < self._sizes.at(place)

    def note(self, item: Item, waves: Sequence[OpenWave], place: int) -> None:
        """That an item was placed there."""
        mine = self.places[item.where]
        for about in (None, *item.takes):
            number = self._before[item.where, about]
            if mine[number] == place:
                while number < len(mine) and self._is_full(about, waves, mine[number]):
                    number += 1
                self._before[item.where, about] = number

    def _is_full(self, about: int | None, waves: Sequence[OpenWave], place: int) -> bool:
        if about is None:
            return not self.has_place(waves, place)
        return waves[place].used.get(about, 0) > max(0, self._most[about])
