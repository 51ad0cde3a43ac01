"""As few waves as there can be, for few nodes: all ways are tried, which eight nodes can be parted in 4,140 of.

What is found is settled: nodes move to earlier waves that have room, so that of these too no node fits into an earlier one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upgradecheck.planning.waves.filling import Item, OpenWave, Sizes, order_of
from upgradecheck.planning.waves.taking import Rooms


def fewest(items: Sequence[Item], rooms: Rooms, sizes: Sizes, fewer_than: int) -> list[OpenWave] | None:
    """The fewest waves that hold a few items, all ways tried; None where there are none fewer than so many."""
    search = _Search(rooms, sizes, fewer_than)
    search.place(tuple(items), [])
    if search.found is None:
        return None
    order = order_of(items)
    in_order = sorted(search.found, key=lambda group: (order[group[0].where], len(group)))
    fit = all(len(group) <= sizes.at(place) for place, group in enumerate(in_order))
    return settled(in_order if fit else sorted(in_order, key=len), rooms, sizes)


class _Search:
    """Ways to part items among waves, but for those that cannot have fewer waves than the best so far."""

    def __init__(self, rooms: Rooms, sizes: Sizes, fewer_than: int) -> None:
        self._rooms = rooms
        self._sizes = sizes
        self._fewer_than = fewer_than
        self.found: list[tuple[Item, ...]] | None = None

    def place(self, items: tuple[Item, ...], waves: list[OpenWave]) -> None:
        """Puts the first of the items into each wave that has room, and into one of its own, and the others likewise."""
        if len(waves) >= self._fewer_than:
            return
        if not items:
            self._keep(waves)
            return
        item, rest = items[0], items[1:]
        for wave in waves:
            if wave.where == item.where and len(wave.items) < self._sizes.limit and wave.fits(item, self._rooms):
                wave.add(item)
                self.place(rest, waves)
                wave.remove()
        alone = OpenWave(item.where)
        alone.add(item)
        self.place(rest, [*waves, alone])

    def _keep(self, waves: Sequence[OpenWave]) -> None:
        if self._sizes.allow(len(wave.items) for wave in waves):
            self._fewer_than = len(waves)
            self.found = [tuple(wave.items) for wave in waves]


def settled(groups: Iterable[Sequence[Item]], rooms: Rooms, sizes: Sizes) -> list[OpenWave]:
    """Waves of these, where nodes of later ones have moved into earlier ones that have room."""
    waves = []
    for group in groups:
        waves.append(OpenWave(group[0].where))
        for item in group:
            waves[-1].add(item)
    for place, wave in enumerate(waves):
        for later in waves[place + 1 :]:
            if later.where != wave.where:
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
