"""What no order of nodes can help, and what helps instead."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_plan import container, restarting, unknown
from tests.unit.planning.waves.worlds import fleet, node, runs_on, suppressed
from upgradecheck.model.plan import PlannedBudget, PlannedPod, Scope, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveObject, WaveRules, WaveWay
from upgradecheck.planning.waves import with_waves

DRAIN, OVERRIDE, SCALE_UP, SPREAD, READ_AGAIN = WaveWay
WEB, PDB = WaveObject("Deployment", "web", "shop"), WaveObject("PodDisruptionBudget", "pdb", "shop")
KEPT = container()


def unsolved(*pods: PlannedPod, budget: PlannedBudget | None = None, beside: tuple[str, ...] = ("z",), **changes: Any) -> list[Unsolved]:
    """beside: nodes that have none of these pods, and to which a drain moves them."""
    names = sorted({*(one.node or "" for one in pods), *beside})
    plan = fleet(tuple(node(name) for name in names), pods, *([budget] if budget else []), **changes)
    return list(with_waves(plan, WaveRules()).waves_unsolved)


def budgeted(*nodes: str, what: Any = None) -> list[PlannedPod]:
    return [runs_on(name, what=what, budgets=("pdb",), uid=str(number)) for number, name in enumerate(nodes)]


def alone(why: UnsolvedWhy, pods: int, *ways: WaveWay, certain: bool = True, about: WaveObject = WEB) -> Unsolved:
    return Unsolved(why, about, "a", 1, pods, pods, certain, ways)


ONLY, TOGETHER = UnsolvedWhy.SINGLE_REPLICA, UnsolvedWhy.ONE_NODE
JOB, BARE = WaveObject("Job", "j", "shop"), WaveObject("Pod", "p", "shop")


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param([runs_on("a")], [alone(ONLY, 1, DRAIN, OVERRIDE, SCALE_UP)], id="the only pod"),
        pytest.param([runs_on("a"), runs_on("a", uid="2")], [alone(TOGETHER, 2, DRAIN, OVERRIDE, SCALE_UP, SPREAD)], id="all on one node"),
        pytest.param([runs_on("a"), runs_on("b")], [], id="on two nodes"),
        pytest.param([runs_on("a"), runs_on("a", what=KEPT, uid="2")], [], id="one of them runs on"),
        pytest.param([runs_on("a", what=unknown())], [alone(ONLY, 1, DRAIN, SCALE_UP, certain=False)], id="it may stop"),
        pytest.param([runs_on("a", what=restarting(reason=Reason.RECORD_ABSENT))], [alone(ONLY, 1, DRAIN, SCALE_UP)], id="no override holds it"),
        pytest.param([runs_on("a", what=suppressed())], [], id="it is accepted"),
        pytest.param([runs_on("a", "Job/j")], [alone(ONLY, 1, DRAIN, OVERRIDE, about=JOB)], id="a Job has no replicas"),
        pytest.param([runs_on("a", "Pod/p")], [alone(ONLY, 1, OVERRIDE, about=BARE)], id="nothing makes a bare pod anew elsewhere"),
        pytest.param([runs_on("a", "DaemonSet/log")], [], id="each node has its own"),
        pytest.param([runs_on("a", what=container(verdict=Verdict.NOT_COMPARED, reason=Reason.FINISHED))], [], id="what has ended"),
    ],
)  # fmt: skip
def test_workloads(pods: list[PlannedPod], expected: list[Unsolved]) -> None:
    assert unsolved(*pods) == expected


def test_a_drain_is_no_help_where_it_moves_nothing() -> None:
    assert unsolved(runs_on("a"), beside=()) == [alone(ONLY, 1, OVERRIDE, SCALE_UP)]
    single, *_ = unsolved(*budgeted("a"), budget=PlannedBudget("shop", "pdb", 1, 1))
    assert single == alone(ONLY, 1, OVERRIDE, SCALE_UP)


@pytest.mark.parametrize(
    ("nodes", "healthy", "wanted", "expected"),
    [
        pytest.param("ab", 2, 1, [], id="one may go, one goes"),
        pytest.param("aab", 3, 2, [Unsolved(UnsolvedWhy.BUDGET, PDB, "a", 1, 2, 1, True, (DRAIN, OVERRIDE, SCALE_UP, SPREAD))], id="two go at once"),
        pytest.param("ab", 2, 2, [Unsolved(UnsolvedWhy.BUDGET, PDB, "a", 2, 1, 0, True, (OVERRIDE, SCALE_UP))], id="none may go: no drain either"),
        pytest.param("ab", None, None, [Unsolved(UnsolvedWhy.BUDGET_UNKNOWN, PDB, "a", 2, 1, None, False, (READ_AGAIN,))], id="nobody has looked"),
    ],
)  # fmt: skip
def test_budgets(nodes: str, healthy: int | None, wanted: int | None, expected: list[Unsolved]) -> None:
    assert unsolved(*budgeted(*nodes), budget=PlannedBudget("shop", "pdb", healthy, wanted)) == expected


def test_a_budget_that_nothing_stops_of_is_not_told() -> None:
    assert unsolved(*budgeted("a", "b", what=KEPT), budget=PlannedBudget("shop", "pdb")) == []


def test_an_override_that_was_asked_for_and_does_not_hold_is_no_help() -> None:
    assert unsolved(runs_on("a"), overrides={}) == [alone(ONLY, 1, DRAIN, SCALE_UP)]


def test_of_some_nodes_only_nobody_knows_what_runs_elsewhere() -> None:
    assert unsolved(runs_on("a"), scope=Scope(nodes=("a",))) == [alone(ONLY, 1, DRAIN, OVERRIDE, SCALE_UP, certain=False)]


@pytest.mark.parametrize(("members", "told"), [(1, True), (2, True), (3, False), (5, False)])
def test_an_etcd_needs_more_than_half(members: int, told: bool) -> None:
    pods = [runs_on(f"node-{n}", "StaticPod/etcd", source=PodSource.FILE) for n in range(members)]
    etcd = WaveObject("StaticPod", "etcd", "shop")
    expected = [Unsolved(UnsolvedWhy.ETCD_QUORUM, etcd, "node-0", members, 1, members, True, (WaveWay.OVERRIDE, WaveWay.SCALE_UP))]
    assert unsolved(*pods) == (expected if told else [])
