"""How the nodes of a fleet are parted: who goes first, with whom, and why no more."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_plan import container, unknown
from tests.unit.planning.waves.worlds import NEW, fleet, node, runs_on, suppressed
from upgradecheck.model.plan import Plan, PlannedBudget, PlannedContainer, PlannedNode, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Apart, Wave, WaveKind, WaveObject, WaveReason, WaveRules, WaveStops, WaveWhy
from upgradecheck.planning.waves import with_waves
from upgradecheck.planning.waves.places import POOL_LABELS

CONTROL_PLANE, CANARY, WORKERS = WaveKind
DONE: dict[str, Any] = {"from_version": NEW}


def parted(plan: Plan, **rules: str) -> Plan:
    return with_waves(plan, WaveRules(**rules))


def nodes_of(plan: Plan, kind: WaveKind) -> list[str]:
    return [" ".join(wave.nodes) for wave in plan.waves if wave.kind is kind]


def many(number: int, **changes: str) -> tuple[PlannedNode, ...]:
    return tuple(node(f"n{place:02}", **changes) for place in range(number))


def test_a_wave_as_it_is_told() -> None:
    pods = (runs_on("a", budgets=("pdb",)), runs_on("b", budgets=("pdb",)), runs_on("b", "Deployment/api", unknown()))
    nodes = tuple(node(name, zone="z", pool="p", **DONE) for name in "ab")
    plan = parted(fleet(nodes, pods, PlannedBudget("shop", "pdb", 2, 1)))
    pdb, web = WaveObject("PodDisruptionBudget", "pdb", "shop"), WaveObject("Deployment", "web", "shop")
    reasons = tuple(WaveReason(why, 1, about) for why, about in ((WaveWhy.GROWTH, None), (WaveWhy.REPLICAS, web), (WaveWhy.BUDGET, pdb)))
    assert plan.waves == (
        Wave(1, WORKERS, ("a",), WaveStops(1, 1), "z", reasons),
        Wave(2, WORKERS, ("b",), WaveStops(1, 1, 1, 1), "z"),
    )


def test_control_planes_first_then_canaries_then_workers_that_grow() -> None:
    leading = (node("cp-1", role="control-plane"), node("cp-2", role="master"), node("e-1", role="etcd"))
    plan = parted(fleet((*many(20), *leading), ()))
    assert nodes_of(plan, CONTROL_PLANE) == ["cp-1", "cp-2", "e-1"]
    assert nodes_of(plan, CANARY) == ["n00"]
    assert [len(wave.nodes) for wave in plan.waves if wave.kind is WORKERS] == [2, 5, 12]
    assert [wave.reasons for wave in plan.waves[:4]] == [(WaveReason(WaveWhy.ONE_BY_ONE, 1),)] * 3 + [(WaveReason(WaveWhy.CANARY, 1),)]


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        pytest.param({}, WaveWhy.GROWTH, id="no more canaries at once than the first wave of workers has nodes"),
        pytest.param({"max_per_wave": "2"}, WaveWhy.GROWTH, id="which is less than what was said"),
        pytest.param({"max_per_wave": "1"}, WaveWhy.LIMIT, id="or as much"),
    ],
)
def test_canaries_of_many_pools_are_several_waves(rules: dict[str, str], why: WaveWhy) -> None:
    plan = parted(fleet(tuple(node(f"{pool}-{n}", pool=pool) for pool in "abc" for n in range(2)), ()), **rules)
    assert nodes_of(plan, CANARY) == ["a-0", "b-0", "c-0"]
    assert plan.waves[0].reasons == (WaveReason(WaveWhy.CANARY, 1, WaveObject("NodePool", "a")), WaveReason(why, 2))


def test_the_limit_bounds_all_of_them() -> None:
    plan = parted(fleet(many(12), ()), max_per_wave="4")
    assert [len(wave.nodes) for wave in plan.waves] == [1, 2, 3, 4, 2]
    assert [[reason.why for reason in wave.reasons] for wave in plan.waves[1:]] == [[WaveWhy.GROWTH], [WaveWhy.GROWTH], [WaveWhy.LIMIT], []]


def test_the_canary_is_the_node_whose_failure_costs_least() -> None:
    elsewhere = [runs_on(name, "Deployment/spread", container(), uid=f"s{name}") for name in ("n00", "n01", "n02", "n03")]
    pods = (
        *elsewhere,
        runs_on("n00", "StatefulSet/db", container()),  # runs nowhere else
        runs_on("n01", "Deployment/spread", container(), uid="x", budgets=("tight",)),  # its budget lets none go
        runs_on("n02", "Deployment/spread", container(), uid="y"),  # one pod more than on n03
    )
    assert nodes_of(parted(fleet(many(4), pods, PlannedBudget("shop", "tight", 1, 1))), CANARY) == ["n03"]


def test_of_two_that_cost_as_little_the_one_that_proves_something() -> None:
    pods = (runs_on("n00", "DaemonSet/log", container()), runs_on("n01", "DaemonSet/log"))
    assert nodes_of(parted(fleet(many(2), pods)), CANARY) == ["n01"]


def test_canaries_of_several_pools_share_a_zone_where_they_can() -> None:
    nodes = tuple(
        node(f"{pool}-{zone}-{n}", pool=pool, zone=zone) for pool, zones in (("p", "ab"), ("q", "bc")) for zone in zones for n in range(10)
    )
    assert nodes_of(parted(fleet(nodes, ())), CANARY) == ["p-b-0 q-b-0"]


def test_a_node_at_the_new_version_is_no_canary_and_in_a_wave_all_the_same() -> None:
    plan = parted(fleet((node("a", **DONE), node("b")), ()))
    assert (nodes_of(plan, CANARY), nodes_of(plan, WORKERS)) == (["b"], ["a"])


def test_nodes_at_the_new_version_come_last() -> None:
    nodes = (*(node(f"a{place}", **DONE) for place in range(10)), *(node(f"b{place}") for place in range(10)))
    plan = parted(fleet(nodes, ()))
    assert [" ".join(wave.nodes) for wave in plan.waves] == [
        "b0",
        "b1 b2",
        "b3 b4 b5 b6 b7",
        "a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b8 b9",
    ]


def test_each_pool_and_version_has_a_canary_by_the_label_that_is_named() -> None:
    nodes = tuple(node(name, pool=pool) for name, pool in (("a", "one"), ("b", "one"), ("c", "two"), ("d", "two")))
    assert len(nodes_of(parted(fleet(nodes, ())), CANARY)) == 2
    told = parted(fleet(nodes, ()), by="topology.kubernetes.io/zone")
    assert [one.pool for one in told.nodes] == [None] * 4
    assert len(nodes_of(told, CANARY)) == 1


def test_by_a_label_that_is_named_pool_after_pool_and_canaries_together() -> None:
    nodes = tuple(node(f"{pool}{n}", pool=pool, zone="yz"[n % 2]) for pool, number in (("a", 9), ("b", 3), ("c", 6)) for n in range(number))
    plan = parted(fleet(nodes, ()), by=POOL_LABELS[0])
    assert [(wave.pool, wave.zone, len(wave.nodes)) for wave in plan.waves] == [
        (None, "y", 2),
        (None, "y", 1),
        ("b", "y", 1),
        ("b", "z", 1),
        ("c", "y", 2),
        ("c", "z", 3),
        ("a", "y", 4),
        ("a", "z", 4),
    ]
    assert plan.waves[2].reasons == (
        WaveReason(WaveWhy.POOL, 13, WaveObject("NodePool", "b")),
        WaveReason(WaveWhy.ZONE, 1, WaveObject("Zone", "y")),
    )


def test_a_wave_has_nodes_of_one_zone_small_zones_first() -> None:
    nodes = tuple(node(f"{zone}{n}", zone=zone, **DONE) for zone, number in (("a", 6), ("b", 2), ("c", 4)) for n in range(number))
    plan = parted(fleet(nodes, ()))
    assert [wave.zone for wave in plan.waves] == ["b", "c", "c", "a"]
    assert plan.waves[0].reasons == (WaveReason(WaveWhy.ZONE, 10, WaveObject("Zone", "b")),)


@pytest.mark.parametrize(
    ("what", "together"),
    [
        pytest.param(container(), True, id="nothing stops"),
        pytest.param(unknown(), False, id="what may stop counts as stopping"),
        pytest.param(suppressed(), False, id="what is accepted stops all the same"),
        pytest.param(container(verdict=Verdict.OVERRIDDEN, reason=Reason.HASH_CHANGED), True, id="an override holds it"),
    ],
)
def test_what_counts_as_stopping(what: PlannedContainer, together: bool) -> None:
    pods = tuple(runs_on(name, what=what, budgets=("pdb",)) for name in ("n00", "n01"))
    assert_together(pods, [PlannedBudget("shop", "pdb", 2, 1)], together=together)


@pytest.mark.parametrize(("kind", "source"), [("DaemonSet", PodSource.API), ("StaticPod", PodSource.FILE)])
def test_what_each_node_has_its_own_of_does_not_go_down_as_a_whole_either(kind: str, source: PodSource) -> None:
    pods = tuple(runs_on(name, f"{kind}/ingress", source=source) for name in ("n00", "n01"))
    assert_together(pods, [], together=False)


def test_a_budget_that_nobody_has_looked_at_lets_no_two_nodes_go() -> None:
    pods = tuple(runs_on(name, f"Deployment/{name}", budgets=("pdb",)) for name in ("n00", "n01"))
    assert_together(pods, [PlannedBudget("shop", "pdb")], together=False)
    assert_together(pods, [PlannedBudget("shop", "pdb", 9, 2)], together=True)


def assert_together(pods: tuple[PlannedPod, ...], budgets: list[PlannedBudget], *, together: bool) -> None:
    """Whether two of forty nodes are in one wave, which has room for them."""
    nodes = tuple(node(f"n{place:02}", **DONE) for place in range(40))
    waves = parted(fleet(nodes, pods, *budgets)).waves
    (holding,) = {wave.number for wave in waves if "n00" in wave.nodes}
    assert ("n01" in waves[holding - 1].nodes) is together


def test_a_plan_without_nodes_has_no_waves() -> None:
    assert parted(fleet((), ())).waves == ()


def test_reasons_that_are_too_many_are_counted() -> None:
    pods = tuple(runs_on(name, f"Deployment/app-{app:02}") for name in ("n00", "n01") for app in range(12))
    first = parted(fleet(tuple(node(name, **DONE) for name in ("n00", "n01")), pods)).waves[0]
    assert (len(first.reasons), first.more_reasons) == (8, 5)


NOT_STARTED = Reason.KUBELET_WILL_NOT_START
STUCK: dict[str, Any] = {"obstacle": NOT_STARTED}


def test_where_the_new_kubelet_will_not_start_no_wave_goes() -> None:
    """Least of all as a canary; what runs there keeps its workload up, and nothing of it stops."""
    stays = runs_on("a", what=unknown(reason=NOT_STARTED), verdict=Verdict.UNKNOWN, reason=NOT_STARTED)
    nodes = node("cp", role="control-plane", **STUCK), node("a", stays, **STUCK), node("b"), node("c")
    plan = parted(fleet(nodes, (stays, runs_on("b"), runs_on("c"))))
    assert [(wave.kind, wave.nodes, wave.stops) for wave in plan.waves] == [
        (CANARY, ("b",), WaveStops(1, 1)),
        (WORKERS, ("c",), WaveStops(1, 1)),
    ]
    assert plan.waves_apart == (Apart(NOT_STARTED, ("cp", "a")),)
    assert plan.waves_unsolved == ()


def test_what_is_to_be_mended_is_told_by_its_reason_also_where_the_pods_alone_say_it() -> None:
    removed = Reason.RUNTIME_REMOVED
    runs = runs_on("b", what=unknown(reason=removed), verdict=Verdict.UNKNOWN, reason=removed)
    plan = parted(fleet((node("a", **STUCK), node("b", runs), node("c", **STUCK)), (runs,)))
    assert (plan.waves, plan.waves_apart) == ((), (Apart(NOT_STARTED, ("a", "c")), Apart(removed, ("b",))))
