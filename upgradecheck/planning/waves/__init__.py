"""In which waves nodes are upgraded, made of a plan alone, so that a saved one can be parted anew.

Control planes come first and one by one, as kubeadm has them upgraded: no kubelet may be newer than the API servers that it asks, and an
etcd of three loses one member at a time. Then the canaries, then the other workers, zone by zone. A wave has nodes of one zone, so that
what is spread over zones never loses two at once; with ``--wave-by`` it has nodes of one pool, too, unless they are canaries. Waves of
workers grow: a tenth of them, a quarter, and then as many as budgets, workloads and ``--max-per-wave`` allow, so that what nobody has
foreseen meets few nodes first.

Nodes on which nothing stops, and those that run the new version already, are nodes like others: their kubelets are restarted as well.
Those whose new kubelet cannot come up as they are set up are in none (``apart``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec.structs import replace

from upgradecheck.model.plan import Plan, PlannedNode
from upgradecheck.model.waves import Wave, WaveKind, WaveReason, WaveRules, WaveStops, WaveWhy
from upgradecheck.planning.waves.apart import apart_of, names_of
from upgradecheck.planning.waves.canaries import NOTHING, Cost, canaries_of, costs_of
from upgradecheck.planning.waves.filling import Item, OpenWave, Sizes, Where
from upgradecheck.planning.waves.packing import packed
from upgradecheck.planning.waves.places import placed
from upgradecheck.planning.waves.standing import Standing, standing_of
from upgradecheck.planning.waves.taking import Takings, takings_of, together
from upgradecheck.planning.waves.unsolved import unsolved_of
from upgradecheck.planning.waves.why import of_canaries, reasons_of

_NO_STOPS = WaveStops()
_GROWTH = (10, 25)
"""Percent of the workers."""


def with_waves(plan: Plan, rules: WaveRules) -> Plan:
    """The plan with its nodes in waves."""
    parted = replace(
        plan,
        nodes=tuple(placed(plan.nodes, plan.pods, rules.by)),
        wave_rules=None if rules == WaveRules() else rules,
        waves_apart=apart_of(plan),
    )
    standing = standing_of(parted)
    return replace(parted, waves=tuple(_waves(parted, standing, rules)), waves_unsolved=unsolved_of(parted, standing))


def _waves(plan: Plan, standing: Standing, rules: WaveRules) -> Iterator[Wave]:
    takings, costs = takings_of(standing), costs_of(standing)
    apart = names_of(plan.waves_apart)
    going = [node for node in plan.nodes if node.name not in apart]
    leading = [node for node in going if node.control_plane or node.etcd]
    workers = [node for node in going if not (node.control_plane or node.etcd)]
    canaries = canaries_of(workers, costs, takings.stops)
    chosen = {node.name for node in canaries}
    others = [node for node in workers if node.name not in chosen]
    growing = sizes_of(len(workers), rules.max_per_wave)
    first = Sizes((growing.at(0),) * len(canaries), growing.limit)
    made = [*_one_by_one(leading, costs, takings), *_packed(canaries, takings, first, WaveKind.CANARY)]
    made += _packed(others, takings, growing, WaveKind.WORKERS, by_pool=rules.by is not None)
    order = {node.name: place for place, node in enumerate(plan.nodes)}
    for number, wave in enumerate(made, start=1):
        yield replace(wave, number=number, nodes=tuple(sorted(wave.nodes, key=order.__getitem__)))


def sizes_of(workers: int, limit: str | None) -> Sizes:
    """How many nodes waves of workers may have. A share of the workers is rounded up for growth, down for the limit; one may always go."""
    most = max(1, workers)
    if limit is not None:
        share = limit.endswith("%")
        most = min(most, max(1, workers * int(limit[:-1]) // 100 if share else int(limit)))
    return Sizes(tuple(max(1, -(-workers * percent // 100)) for percent in _GROWTH), most)


def _one_by_one(nodes: Iterable[PlannedNode], costs: Mapping[str, Cost], takings: Takings) -> Iterator[Wave]:
    for node in sorted(nodes, key=lambda node: (costs.get(node.name, NOTHING), node.name)):
        stops = takings.stops.get(node.name, _NO_STOPS)
        yield Wave(0, WaveKind.CONTROL_PLANE, (node.name,), stops, node.zone, (WaveReason(WaveWhy.ONE_BY_ONE, 1),))


def _packed(nodes: Sequence[PlannedNode], takings: Takings, sizes: Sizes, kind: WaveKind, *, by_pool: bool = False) -> Iterator[Wave]:
    by_name = {node.name: node for node in nodes}
    waves = packed([_item(node, takings, by_pool=by_pool) for node in nodes], takings.rooms, sizes)
    for wave, (reasons, more) in zip(waves, reasons_of(waves, takings.rooms, sizes), strict=True):
        first = of_canaries(by_name[item.name] for item in wave.items) if kind is WaveKind.CANARY else ()
        yield Wave(
            0,
            kind,
            tuple(item.name for item in wave.items),
            _stops(wave, takings),
            wave.where.zone,
            (*first, *reasons),
            more,
            wave.where.pool,
        )


def _item(node: PlannedNode, takings: Takings, *, by_pool: bool) -> Item:
    stops = takings.stops.get(node.name, _NO_STOPS)
    where = Where(node.pool if by_pool else None, node.zone)
    return Item(node.name, where, takings.by_node.get(node.name, {}), stops.pods + stops.unknown_pods, node.done)


def _stops(wave: OpenWave, takings: Takings) -> WaveStops:
    return together(takings.stops[item.name] for item in wave.items if item.name in takings.stops)
