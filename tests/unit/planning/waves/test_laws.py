"""The laws of waves, on drawn fleets, judged from the plan alone: nothing of the planner's own counting is believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from tests.unit.planning.waves.worlds import drawn_fleet
from upgradecheck.model.plan import Plan
from upgradecheck.model.waves import UnsolvedWhy, Wave, WaveKind, WaveReason, WaveRules, WaveWhy
from upgradecheck.planning.waves import sizes_of, with_waves
from upgradecheck.planning.waves.places import POOL_LABELS
from upgradecheck.reporting.causes import causes_of
from upgradecheck.reporting.radius import impact_of

seeds = st.integers(0, 2**32)
limits = st.sampled_from([None, "1", "2", "3", "50%"])
sizes = st.sampled_from([8, 14, 50])
labels = st.sampled_from([None, None, POOL_LABELS[0]])
Thing = tuple[str, str, str]


class World:
    """What stops on which node, of what, and how much of it may: counted pod by pod, in the plainest way."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.zones = {node.name: node.zone for node in plan.nodes}
        self.pools = {node.name: node.pool if plan.wave_rules and plan.wave_rules.by else None for node in plan.nodes}
        self.stopping: dict[Thing, Counter[str]] = {}
        running: Counter[Thing] = Counter()
        for pod in plan.pods:
            workload = ("workload", pod.workload.kind, pod.workload.name)
            assert pod.node is not None
            goes = pod.may_stop and pod.node not in apart(plan)
            running[workload] += pod.runs or goes
            for thing in (workload, *(("budget", "", name) for name in pod.budgets)):
                self.stopping.setdefault(thing, Counter())[pod.node] += goes
        allowed = {one.name: one.allowed or 0 for one in plan.budgets}
        self.most = {thing: allowed.get(thing[2], 0) if thing[0] == "budget" else running[thing] - 1 for thing in self.stopping}

    def fit(self, nodes: Collection[str], kind: WaveKind) -> bool:
        """Whether these may be one wave: of one zone and pool, and no more than may stop, but for what a single node stops."""
        places = {(self.zones[node], kind is WaveKind.WORKERS and self.pools[node]) for node in nodes}
        return len(places) <= 1 and not self.exceeded(nodes)

    def exceeded(self, nodes: Collection[str]) -> list[Thing]:
        return [
            thing
            for thing, by_node in self.stopping.items()
            if sum(by_node[node] for node in nodes) > self.most[thing] and sum(by_node[node] > 0 for node in nodes) > 1
        ]


def apart(plan: Plan) -> set[str]:
    """The nodes whose new kubelet will not start."""
    return {node.name for node in plan.nodes if node.obstacle is not None}


def of_kind(plan: Plan, kind: WaveKind) -> list[Wave]:
    return [wave for wave in plan.waves if wave.kind is kind]


def most_of(plan: Plan, kind: WaveKind, limit: str | None) -> list[int]:
    """How many nodes the waves of this kind may have, by their place."""
    workers = sum(not (node.control_plane or node.etcd or node.obstacle) for node in plan.nodes)
    growing = sizes_of(workers, limit)
    return [
        1 if kind is WaveKind.CONTROL_PLANE else growing.at(0 if kind is WaveKind.CANARY else place) for place in range(len(plan.nodes))
    ]


@tried(150)
@given(seed=seeds, limit=limits, by=labels, most_nodes=sizes)
def test_every_node_once_and_nothing_above_what_may_stop(seed: int, limit: str | None, by: str | None, most_nodes: int) -> None:
    plan = with_waves(drawn_fleet(seed, most_nodes), WaveRules(by, limit))
    world = World(plan)
    told = [name for one in plan.waves_apart for name in one.nodes]
    assert sorted(told) == sorted(apart(plan))
    assert sorted([*told, *(name for wave in plan.waves for name in wave.nodes)]) == sorted(node.name for node in plan.nodes)
    assert [wave.number for wave in plan.waves] == list(range(1, len(plan.waves) + 1))
    assert [wave.kind for wave in plan.waves] == sorted((wave.kind for wave in plan.waves), key=list(WaveKind).index)
    for kind in WaveKind:
        for wave, most in zip(of_kind(plan, kind), most_of(plan, kind, limit), strict=False):
            assert world.exceeded(wave.nodes) == []
            assert {world.zones[node] for node in wave.nodes} == {wave.zone}
            assert kind is not WaveKind.WORKERS or {world.pools[node] for node in wave.nodes} == {wave.pool}
            assert len(wave.nodes) <= most


@tried(60)
@given(seed=seeds)
def test_control_planes_and_etcds_go_alone_and_first(seed: int) -> None:
    plan = with_waves(drawn_fleet(seed, 14), WaveRules())
    leading = {node.name for node in plan.nodes if node.control_plane or node.etcd} - apart(plan)
    assert {name for wave in of_kind(plan, WaveKind.CONTROL_PLANE) for name in wave.nodes} == leading
    assert all(len(wave.nodes) == 1 for wave in of_kind(plan, WaveKind.CONTROL_PLANE))


@tried(60)
@given(seed=seeds)
def test_an_etcd_keeps_its_quorum_or_it_is_told_that_none_can(seed: int) -> None:
    plan = with_waves(drawn_fleet(seed, 14), WaveRules())
    members = {pod.node: pod.may_stop for pod in plan.pods if pod.workload.name == "etcd"}
    lost = any(sum(members.get(name, False) for name in wave.nodes) > max(0, len(members) - 1) // 2 for wave in plan.waves)
    assert lost == any(one.why is UnsolvedWhy.ETCD_QUORUM for one in plan.waves_unsolved)
    assert not lost or len(members) < 3


@tried(60)
@given(seed=seeds)
def test_of_each_pool_and_version_that_is_upgraded_one_canary(seed: int) -> None:
    plan = with_waves(drawn_fleet(seed, 14), WaveRules())
    nodes = {node.name: node for node in plan.nodes}
    canaries = Counter((nodes[name].pool, nodes[name].from_version) for wave in of_kind(plan, WaveKind.CANARY) for name in wave.nodes)
    workers = [node for node in plan.nodes if not (node.control_plane or node.etcd or node.done or node.obstacle)]
    assert canaries == Counter({(node.pool, node.from_version) for node in workers})


@tried(60)
@given(seed=seeds, limit=limits, by=labels, most_nodes=sizes)
def test_what_keeps_a_node_of_a_later_wave_out_is_told(seed: int, limit: str | None, by: str | None, most_nodes: int) -> None:
    """So none fits into an earlier wave of its kind, and the reasons of a wave are all that there are."""
    plan = with_waves(drawn_fleet(seed, most_nodes), WaveRules(by, limit))
    world = World(plan)
    for kind in (WaveKind.CANARY, WaveKind.WORKERS):
        waves, most = of_kind(plan, kind), most_of(plan, kind, limit)
        for place, wave in enumerate(waves):
            assert wave.more_reasons == 0
            later = [name for one in waves[place + 1 :] for name in one.nodes]
            assert told(wave) == expected(world, wave, later, full=len(wave.nodes) >= most[place])


def told(wave: Wave) -> Mapping[str, int]:
    return {_what(one): one.nodes for one in wave.reasons if one.why is not WaveWhy.CANARY}


def _what(reason: WaveReason) -> str:
    if reason.why in (WaveWhy.GROWTH, WaveWhy.LIMIT):
        return "size"
    return reason.why.value if reason.why in (WaveWhy.ZONE, WaveWhy.POOL) or reason.object is None else reason.object.name


def expected(world: World, wave: Wave, later: Iterable[str], *, full: bool) -> Mapping[str, int]:
    found = Counter[str]()
    for name in later:
        if wave.kind is WaveKind.WORKERS and world.pools[name] != wave.pool:
            found["pool"] += 1
            continue
        if world.zones[name] != wave.zone:
            found["zone"] += 1
            continue
        found["size"] += full
        out = [thing for thing in world.exceeded([*wave.nodes, name]) if world.stopping[thing][name]]
        assert full or out, f"{name} fits into wave {wave.number}"
        found.update(thing[2] for thing in out)
    return {what: number for what, number in found.items() if number}


@tried(60)
@given(seed=seeds, limit=limits, by=labels)
def test_of_few_nodes_there_are_as_few_waves_as_there_can_be(seed: int, limit: str | None, by: str | None) -> None:
    plan = with_waves(drawn_fleet(seed, 8), WaveRules(by, limit))
    for kind in (WaveKind.CANARY, WaveKind.WORKERS):
        waves = of_kind(plan, kind)
        assert len(waves) == brute_force(World(plan), [name for wave in waves for name in wave.nodes], kind, most_of(plan, kind, limit))


def brute_force(world: World, nodes: list[str], kind: WaveKind, most: list[int]) -> int:
    """The fewest waves that hold these nodes: every group that may be the first, then every one that may follow, and so on."""
    groups = [frozenset(group) for size in range(1, len(nodes) + 1) for group in combinations(nodes, size) if world.fit(group, kind)]
    reached, number = {frozenset[str]()}, 0
    while frozenset(nodes) not in reached:
        reached = {done | group for done in reached for group in groups if not done & group and len(group) <= most[number]}
        number += 1
    return number


@tried(30)
@given(seed=seeds)
def test_the_order_of_pods_and_of_nodes_does_not_matter(seed: int) -> None:
    plan = drawn_fleet(seed, 14)
    turned = type(plan)(**{name: getattr(plan, name) for name in plan.__struct_fields__} | {"pods": plan.pods[::-1]})
    assert with_waves(turned, WaveRules()).waves == with_waves(plan, WaveRules()).waves


@tried(60)
@given(seed=seeds)
def test_budgets_that_a_node_exceeds_are_those_that_the_report_tells(seed: int) -> None:
    """Of which rule UC041 and the report's rows say so; here are also those that it may exceed."""
    plan = with_waves(drawn_fleet(seed, 14), WaveRules())
    told = {one.object.name: one.pods for one in plan.waves_unsolved if one.why is UnsolvedWhy.BUDGET and one.certain}
    impact = impact_of(plan, causes_of(plan))
    assert len(told) == impact.budgets
    hits = [hit for some in impact.hits.values() for hit in some]
    assert told.items() >= {room.name: room.at_once for hit in hits for room in hit.budgets if room.exceeded}.items()


@pytest.mark.parametrize(
    ("workers", "limit", "most"),
    [
        pytest.param(100, None, [10, 25, 100], id="a tenth, a quarter, and the rest"),
        pytest.param(3, None, [1, 1, 3], id="at least one"),
        pytest.param(25, None, [3, 7, 25], id="rounded up"),
        pytest.param(100, "20", [10, 20, 20], id="no more than was said"),
        pytest.param(25, "10%", [2, 2, 2], id="a share that was said is rounded down"),
        pytest.param(5, "1%", [1, 1, 1], id="and is at least one"),
        pytest.param(0, None, [1, 1, 1], id="no workers"),
    ],
)
def test_waves_grow(workers: int, limit: str | None, most: list[int]) -> None:
    assert [sizes_of(workers, limit).at(place) for place in range(3)] == most
