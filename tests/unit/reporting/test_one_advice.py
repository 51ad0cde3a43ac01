"""Finding, rows, NEXT and explain say one thing: which budgets are exceeded, whether a drain helps, and whether an override may."""

from __future__ import annotations

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
from upgradecheck.model.plan import Evidence, Grade, OverrideRefusal, Plan, PlannedPod, Verdict
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
    helped = [helps(one, Way.DRAIN) for one in fleet.pods if one.stops]
    assert ("Drain each node" in steps_of(fleet)) is any(helped)


STATIC = replace(pod("etcd", restarting()), source=PodSource.FILE)
LOG = pod("log", restarting(), workload="DaemonSet/log")
BARE = pod("tool", restarting(), workload="Pod/tool")


@pytest.mark.parametrize("stays", [STATIC, LOG, BARE], ids=lambda one: str(one.name))
def test_nobody_proposes_a_drain_that_moves_nothing(stays: PlannedPod) -> None:
    assert not helps(stays, Way.DRAIN)
    assert "Drain each node" not in steps_of(plan(stays))


def helps(one: PlannedPod, way: Way, chance: Chance | None = None) -> bool:
    """Whether explain says so of a container of it."""
    return any(each.way is way and each.possible for planned in one.containers for each in ways(one, planned, (), chance))


@pytest.mark.parametrize(
    ("grade", "refusal", "proposed"),
    [
        pytest.param(Grade.RECORDED, None, "--override` shows which", id="on record"),
        pytest.param(Grade.INFERRED, OverrideRefusal.NO_RECORD, "An override needs the hashes on record", id="by survival"),
        pytest.param(Grade.ESTIMATED, OverrideRefusal.NO_RECORD, "An override needs the hashes on record", id="by a word"),
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
