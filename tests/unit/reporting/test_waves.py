"""What is said of waves: how many, why so few nodes, and what no order of nodes helps."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders_plan import PLANS, mixed, nothing_restarts
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveObject, WaveReason, WaveRules, WaveStops, WaveWay, WaveWhy
from upgradecheck.planning.waves import with_waves
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.waves import reason_of, stops_of, told_unsolved, told_waves

PDB, WEB = WaveObject("PodDisruptionBudget", "web", "shop"), WaveObject("Deployment", "web", "shop")


def test_how_many_there_are() -> None:
    told = told_waves(PLANS["in-waves"])
    assert told is not None
    assert told.sentence == (
        "7 waves: 1 of the control plane, a node each; 2 of canaries; 4 of workers, a node each. "
        "No order of nodes helps 2 workloads and 1 PodDisruptionBudget."
    )


def test_where_all_is_well_nothing_more_is_said() -> None:
    told = told_waves(with_waves(nothing_restarts(), WaveRules()))
    assert told is not None
    assert told.sentence == "2 waves: 1 of canaries; 1 of workers, a node each."


def test_of_a_single_node_and_of_a_plan_without_waves_nothing_is_said() -> None:
    alone = replace(mixed(), nodes=mixed().nodes[:1])
    assert [told_waves(plan) for plan in (mixed(), with_waves(alone, WaveRules()))] == [None, None]


@pytest.mark.parametrize(
    ("stops", "words"),
    [
        pytest.param(WaveStops(), "nothing stops", id="nothing"),
        pytest.param(WaveStops(1, 1), "1 container of 1 pod stops", id="one"),
        pytest.param(WaveStops(2, 3, 1, 1), "3 containers of 2 pods stop; 1 pod may stop", id="some that are not known"),
        pytest.param(WaveStops(2), "2 pods stop", id="pods whose containers are not known"),
    ],
)
def test_what_stops(stops: WaveStops, words: str) -> None:
    assert stops_of(stops) == words


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (WaveReason(WaveWhy.CANARY, 1, WaveObject("NodePool", "big")), "canary of pool big"),
        (WaveReason(WaveWhy.CANARY, 2, WaveObject("NodePool", "big")), "2 canaries of pool big"),
        (WaveReason(WaveWhy.CANARY, 1), "canary"),
        (WaveReason(WaveWhy.ONE_BY_ONE, 1), "nodes of the control plane and of etcd go one by one"),
        (WaveReason(WaveWhy.BUDGET, 3, PDB), "PodDisruptionBudget shop/web keeps 3 later nodes out"),
        (
            WaveReason(WaveWhy.BUDGET_UNKNOWN, 1, PDB),
            "PodDisruptionBudget shop/web keeps 1 later node out, since how many of its pods may go is not known",
        ),
        (WaveReason(WaveWhy.REPLICAS, 1, WEB), "Deployment shop/web keeps 1 later node out, or nothing of it would run"),
        (WaveReason(WaveWhy.ZONE, 2, WaveObject("Zone", "a")), "zone a alone: 2 later nodes are elsewhere"),
        (WaveReason(WaveWhy.ZONE, 1), "nodes without a zone alone: 1 later node is elsewhere"),
        (WaveReason(WaveWhy.POOL, 2, WaveObject("NodePool", "big")), "pool big alone: 2 later nodes are in others"),
        (WaveReason(WaveWhy.POOL, 1), "nodes without a pool alone: 1 later node is in others"),
        (WaveReason(WaveWhy.GROWTH, 9), "the first waves are small: this keeps 9 later nodes out"),
        (WaveReason(WaveWhy.LIMIT, 9), "--max-per-wave keeps 9 later nodes out"),
    ],
    ids=str,
)
def test_reasons(reason: WaveReason, words: str) -> None:
    assert said(reason_of(reason)) == words


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Unsolved(UnsolvedWhy.SINGLE_REPLICA, WEB, "a", 1, 1, 1, True), "its only pod stops on a"),
        (Unsolved(UnsolvedWhy.SINGLE_REPLICA, WEB, "a", 1, 1, 1, False), "its only pod may stop on a"),
        (Unsolved(UnsolvedWhy.ONE_NODE, WEB, "a", 1, 3, 3, True), "all its 3 pods stop together on a"),
        (Unsolved(UnsolvedWhy.BUDGET, PDB, "a", 4, 2, 1, True), "2 pods of it stop together on a, the worst of 4; 1 may go"),
        (Unsolved(UnsolvedWhy.BUDGET, PDB, "a", 1, 1, 0, True), "1 pod of it stops on a; 0 may go"),
        (Unsolved(UnsolvedWhy.BUDGET_UNKNOWN, PDB, "a", 1, 1, None, False), "how many may go is not known; 1 pod of it may stop on a"),
        (
            Unsolved(UnsolvedWhy.ETCD_QUORUM, WEB, "a", 2, 1, 2, True),
            "1 of 2 members stops on a, the worst of 2; without it there is no quorum",
        ),
    ],
    ids=str,
)
def test_what_no_order_helps(one: Unsolved, words: str) -> None:
    assert said(told_unsolved(one).what) == words


def test_what_helps_instead() -> None:
    one = Unsolved(UnsolvedWhy.ONE_NODE, WEB, "a", 1, 3, 3, True, tuple(WaveWay))
    told = told_unsolved(one)
    assert said(told.about) == "Deployment shop/web"
    assert told.ways == (
        "drain the node first, or an override, or more replicas, or its pods on more nodes, or read it again once its controller has looked"
    )
