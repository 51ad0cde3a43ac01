"""Why each wave is as it is: what keeps the nodes of later waves of its kind out of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from upgradecheck.model.plan import PlannedNode
from upgradecheck.model.waves import WaveObject, WaveReason, WaveWhy
from upgradecheck.planning.waves.filling import OpenWave, Sizes, Where
from upgradecheck.planning.waves.taking import Rooms

_MOST = 8
ZONE = "Zone"
POOL = "NodePool"


def reasons_of(waves: Sequence[OpenWave], rooms: Rooms, sizes: Sizes) -> list[tuple[tuple[WaveReason, ...], int]]:
    """Of each wave, what keeps out the most nodes, first, and how many reasons there are beside."""
    later = _Later()
    found = []
    for place in reversed(range(len(waves))):
        reasons = sorted(_reasons(waves[place], place, later, rooms, sizes), key=_order)
        found.append((tuple(reasons[:_MOST]), max(0, len(reasons) - _MOST)))
        later.add(waves[place])
    return found[::-1]


def _order(reason: WaveReason) -> tuple[int, str, str, str]:
    about = reason.object or WaveObject("", "")
    return -reason.nodes, about.kind, about.namespace or "", about.name


class _Later:
    """The nodes of later waves: how many there are of each zone and pool, and of each thing in it by how much they take."""

    def __init__(self) -> None:
        self.nodes = Counter[Where]()
        self.takes: dict[Where, dict[int, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))

    def add(self, wave: OpenWave) -> None:
        """A wave that is done with."""
        for item in wave.items:
            self.nodes[wave.where] += 1
            for about, number in item.takes.items():
                self.takes[wave.where][about][number] += 1


def _reasons(wave: OpenWave, place: int, later: _Later, rooms: Rooms, sizes: Sizes) -> Iterator[WaveReason]:
    pool, zone = wave.where
    here = later.nodes[wave.where]
    if others := sum(number for where, number in later.nodes.items() if where.pool != pool):
        yield WaveReason(WaveWhy.POOL, others, None if pool is None else WaveObject(POOL, pool))
    if elsewhere := later.nodes.total() - others - here:
        yield WaveReason(WaveWhy.ZONE, elsewhere, None if zone is None else WaveObject(ZONE, zone))
    if here and len(wave.items) >= sizes.at(place):
        yield WaveReason(WaveWhy.LIMIT if sizes.at(place) == sizes.limit else WaveWhy.GROWTH, here)
    taken = later.takes[wave.where]
    for about, used in wave.used.items():
        if used and (out := sum(nodes for number, nodes in taken[about].items() if used + number > rooms[about].at_once)):
            yield WaveReason(rooms[about].why, out, rooms[about].about)


def of_canaries(nodes: Iterable[PlannedNode]) -> tuple[WaveReason, ...]:
    """The pools that a wave of canaries has nodes of."""
    pools: Mapping[str | None, int] = Counter(node.pool for node in nodes)
    named = sorted(pools.items(), key=lambda item: item[0] or "")
    return tuple(WaveReason(WaveWhy.CANARY, number, None if pool is None else WaveObject(POOL, pool)) for pool, number in named)
