"""Finding, rows, NEXT and explain say one thing: which budgets are exceeded, whether a drain helps, and whether an override may."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.builders_plan import container, plan, pod, restarting
from tests.unit.reporting.test_radius import fleets
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.explaining.ways import ways
from upgradecheck.hazards import Upgrade
from upgradecheck.hazards.rules import uc041
from upgradecheck.model.budget import Budget
from upgradecheck.model.draining import Draining, Hindrance, is_alone
from upgradecheck.model.plan import Evidence, Grade, OverrideRefusal, Plan, PlannedBudget, PlannedPod, Scope, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.model.remedies import Way
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.overriding import Chance
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.report import report_of

TARGET = KubeletEnd(as_version("1.31.0"), CATALOG.builds(as_version("1.31.0")))


def steps_of(found: Plan) -> str:
    return "\n".join(map(said, report_of(found).next_steps))


@given(fleet=fleets())
def test_a_budget_is_exceeded_by_the_finding_where_it_is_by_the_rows(fleet: Plan) -> None:
    budgets = tuple(Budget(one.namespace, one.name, None, one.healthy, one.wanted) for one in fleet.budgets)
    findings = uc041.findings(Upgrade(starts=(), target=TARGET, pods=fleet.pods, facts=Facts(budgets=budgets)))
    impact = report_of(fleet).impact
    rows = {room.name for hits in impact.hits.values() for hit in hits for room in hit.budgets if room.exceeded}
    assert {finding.object.name for finding in findings} == rows
    assert impact.budgets == len(rows)


@given(fleet=fleets())
def test_a_drain_is_proposed_where_explain_says_of_something_that_it_helps(fleet: Plan) -> None:
    draining = Draining(fleet)
    helped = [helps(one, Way.DRAIN, hindrance=draining.hindrance(one)) for one in fleet.pods if one.stops]
    assert ("Drain each node" in steps_of(fleet)) is any(helped)


STATIC = replace(pod("etcd", restarting()), source=PodSource.FILE)
LOG = pod("log", restarting(), workload="DaemonSet/log")
OTHER = pod("other", node="node-b")
BARE = pod("tool", restarting(), workload="Pod/tool")


@pytest.mark.parametrize("stays", [STATIC, LOG, BARE], ids=lambda one: str(one.name))
def test_nobody_proposes_a_drain_that_moves_nothing(stays: PlannedPod) -> None:
    assert not helps(stays, Way.DRAIN, hindrance=Draining(plan(stays, OTHER)).hindrance(stays))
    assert "Drain each node" not in steps_of(plan(stays, OTHER))


WEB = pod("web", restarting(), budgets=("web",))
LETS_ONE_GO, LETS_NONE_GO = (Budget("shop", "web", None, healthy, 1) for healthy in (2, 1))


@pytest.mark.parametrize(
    ("others", "budget", "drain", "remedy"),
    [
        pytest.param((OTHER,), LETS_ONE_GO, True, None, id="it can go"),
        pytest.param((), LETS_ONE_GO, False, None, id="nowhere to go"),
        pytest.param((OTHER,), LETS_NONE_GO, False, "Scale the workload up first", id="its budget lets none go"),
        pytest.param((), LETS_NONE_GO, False, "Scale the workload over another node", id="neither"),
    ],
)
def test_a_drain_is_advised_where_it_moves_something(
    others: tuple[PlannedPod, ...], budget: Budget, drain: bool, remedy: str | None
) -> None:
    """By the finding, NEXT, the drain's command and explain alike."""
    found = plan(WEB, *others, budgets=(PlannedBudget("shop", "web", budget.healthy, budget.wanted),))
    told = report_of(found)
    assert told.drain is not None
    assert (bool(told.drain.command), told.drain.helps) == (drain, drain)
    assert ("Drain each node" in steps_of(found)) is drain
    assert helps(WEB, Way.DRAIN, hindrance=Draining(found).hindrance(WEB)) is drain
    alone = is_alone(found.nodes, found.scope)
    findings = [*uc041.findings(Upgrade(starts=(), target=TARGET, pods=found.pods, facts=Facts(budgets=(budget,)), alone=alone))]
    assert [one.remedy.startswith(remedy) for one in findings if remedy] == [True] * (remedy is not None)
    assert not any("Drain" in one.remedy for one in findings)


@pytest.mark.parametrize("narrowed", [{"nodes": ("node-a",)}, {"node_selector": "pool=blue"}], ids=str)
def test_a_scope_of_nodes_says_nothing_of_the_others(narrowed: dict[str, Any]) -> None:
    assert "Drain each node" in steps_of(plan(pod("web", restarting()), scope=Scope(**narrowed)))
    assert "Drain each node" not in steps_of(plan(pod("web", restarting())))


def helps(one: PlannedPod, way: Way, chance: Chance | None = None, hindrance: Hindrance | None = None) -> bool:
    """Whether explain says so of a container of it."""
    return any(each.way is way and each.possible for planned in one.containers for each in ways(planned, (), chance, hindrance))


@pytest.mark.parametrize(
    ("grade", "refusal", "proposed"),
    [
        pytest.param(Grade.RECORDED, None, "--override` shows which", id="on record"),
        pytest.param(Grade.INFERRED, OverrideRefusal.NO_RECORD, "says what to dump for `--override`", id="by survival"),
        pytest.param(Grade.ESTIMATED, OverrideRefusal.NO_RECORD, "says what to dump for `--override`", id="by a word"),
    ],
)
def test_an_override_is_proposed_where_explain_says_that_it_may_hold(grade: Grade, refusal: OverrideRefusal | None, proposed: str) -> None:
    one = pod("web", replace(restarting(), evidence=Evidence(grade)))
    assert helps(one, Way.OVERRIDE, Chance(refusal)) is (refusal is None)
    assert proposed in steps_of(plan(one))


@pytest.mark.parametrize("verdict", [Verdict.RECREATE, Verdict.REJECT, Verdict.SAFE])
def test_nobody_proposes_an_override_of_what_no_hash_decides(verdict: Verdict) -> None:
    one = pod("web", container(verdict=verdict, reason=Reason.SANDBOX_NOT_READY), verdict=verdict)
    assert not helps(one, Way.OVERRIDE, Chance(None))
    assert "verride" not in steps_of(plan(one))


@pytest.mark.parametrize("replicas", [None, 3])
def test_records_are_asked_for_where_a_pod_may_be_on_record(replicas: int | None) -> None:
    """Of a template alone, no record can be told to be its."""
    estimated = replace(restarting(), evidence=Evidence(Grade.ESTIMATED))
    found = plan(replace(pod("web", estimated, workload="Deployment/web"), replicas=replicas))
    assert ("crictl ps" in steps_of(found)) is (replicas is None)
