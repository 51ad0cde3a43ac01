"""A template stands for as many pods as its workload makes, and the gate counts them."""

from __future__ import annotations

import pytest

from tests.builders_plan import container, pod
from tests.builders_plan import plan as plan_of
from upgradecheck.model.plan import PlannedPod, Verdict
from upgradecheck.model.pod import Replicas
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.replicas import counted
from upgradecheck.reporting.report import report_of

RESTARTS = DecidedPod(pod("web", container("app", Verdict.RESTART), container("log", Verdict.SAFE), verdict=Verdict.RESTART))


@pytest.mark.parametrize(
    ("replicas", "nodes", "expected"),
    [
        pytest.param(Replicas(3), 5, 3, id="as many as are said"),
        pytest.param(Replicas(1, per_node=True), 5, 5, id="one on each node"),
        pytest.param(Replicas(1, per_node=True), 0, 1, id="of which none is known"),
    ],
)
def test_how_many(replicas: Replicas, nodes: int, expected: int) -> None:
    found = counted(RESTARTS, replicas, nodes).pod
    assert (found.replicas, found.number, found.verdict) == (expected, expected, Verdict.RESTART)


def test_none_are_not_compared() -> None:
    found = counted(RESTARTS, Replicas(0), 5).pod
    assert (found.replicas, found.verdict, found.reason) == (0, Verdict.NOT_COMPARED, Reason.NO_REPLICAS)
    assert {(one.verdict, one.reason) for one in found.containers} == {(Verdict.NOT_COMPARED, Reason.NO_REPLICAS)}


def planned(replicas: int) -> PlannedPod:
    return counted(RESTARTS, Replicas(replicas), 0).pod


@pytest.mark.parametrize(
    ("replicas", "allowed", "code"), [(3, "2", 2), (3, "3", 0), (3, "50%", 0), (3, "49%", 2), (1, "1", 0), (0, "0", 0)]
)
def test_the_gate_counts_them(replicas: int, allowed: str, code: int) -> None:
    assert plan_of(planned(replicas), limits=GateLimits(max_restarts=allowed)).exit_code == code


def test_the_report_counts_them() -> None:
    plan = plan_of(planned(3))
    (section,) = report_of(plan).sections.gone
    (group,) = section.groups
    assert (plan.summary.containers[Verdict.RESTART], plan.summary.pods[Verdict.RESTART]) == (3, 3)
    assert (section.number, group.replicas, group.fates[0].number) == (3, 3, 3)
    assert report_of(plan).answer.sentence.startswith("3 containers in 3 pods will be killed")
