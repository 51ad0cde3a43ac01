"""What goes down together: every reach by an example, and all of them on drawn fleets against a count by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders_plan import NEW_ALGORITHM, container, plan, pod, restarting
from upgradecheck.model.plan import GONE, Finding, ObjectRef, Plan, PlannedBudget, PlannedPod, Scope, Severity, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.causes import causes_of
from upgradecheck.reporting.impact_words import duration, heading, least_of, notes_of, where
from upgradecheck.reporting.radius import Hit, Impact, Radius, impact_of

DONE = container("app", Verdict.NOT_COMPARED, reason=Reason.FINISHED)
UNLOOKED = container("app", Verdict.NOT_COMPARED, reason=Reason.VIRTUAL_KUBELET)


def impact(*pods: PlannedPod, **changes: Any) -> Impact:
    made = plan(*pods, **changes)
    return impact_of(made, causes_of(made))


def only(found: Impact) -> Hit:
    ((hit,),) = found.hits.values()
    return hit


def stopped(number: int, node: str | None = "node-a", **changes: Any) -> PlannedPod:
    return pod(f"web-{number}", restarting(), node=node, **changes)


def kept(number: int, node: str = "node-b", **changes: Any) -> PlannedPod:
    return pod(f"web-{number}", node=node, **changes)


@pytest.mark.parametrize(
    ("pods", "radius", "numbers"),
    [
        pytest.param((stopped(1),), Radius.WHOLE, (1, 1, 1), id="a single replica"),
        pytest.param((stopped(1), stopped(2), stopped(3)), Radius.WHOLE, (3, 3, 3), id="all on one node"),
        pytest.param((stopped(1), stopped(2, "node-b")), Radius.SOME, (1, 2, 2), id="one on each node"),
        pytest.param((stopped(1), stopped(2), stopped(3, "node-b")), Radius.SOME, (2, 3, 3), id="the worst node counts"),
        pytest.param((stopped(1), kept(2)), Radius.SOME, (1, 1, 2), id="one goes on elsewhere"),
        pytest.param((stopped(1), kept(2, "node-a")), Radius.SOME, (1, 1, 2), id="one goes on beside it"),
        pytest.param((stopped(1), pod("web-2", DONE)), Radius.WHOLE, (1, 1, 1), id="what has finished serves nobody"),
        pytest.param((stopped(1), pod("web-2", UNLOOKED, node="vk")), Radius.SOME, (1, 1, 2), id="what is not compared runs on"),
        pytest.param((stopped(1, None), stopped(2, None)), Radius.WHOLE, (2, 2, 2), id="on nodes that are not known"),
        pytest.param((stopped(1, None, replicas=4),), Radius.UNPLACED, (4, 4, 4), id="a template of four"),
        pytest.param((stopped(1, None, replicas=1),), Radius.WHOLE, (1, 1, 1), id="a template of one"),
        pytest.param((stopped(1, workload="DaemonSet/log"), stopped(2, "node-b", workload="DaemonSet/log")), Radius.PER_NODE, (1, 2, 2),
                     id="a DaemonSet"),
        pytest.param((stopped(1, workload="DaemonSet/log"),), Radius.PER_NODE, (1, 1, 1), id="a DaemonSet of one node"),
        pytest.param((stopped(1, workload="StaticPod/etcd", source=PodSource.FILE),), Radius.PER_NODE, (1, 1, 1), id="a static pod"),
        pytest.param((pod("x", restarting(), workload="Pod/x"),), Radius.WHOLE, (1, 1, 1), id="a bare pod"),
    ],
)  # fmt: skip
def test_how_far_it_reaches(pods: tuple[PlannedPod, ...], radius: Radius, numbers: tuple[int, int, int]) -> None:
    hit = only(impact(*pods))
    assert (hit.radius, (hit.at_once, hit.stopping, hit.running)) == (radius, numbers)


def test_nothing_that_stops_nothing_is_told() -> None:
    assert impact(kept(1), stopped(2, replicas=0)).hits == {}


def refused(number: int, node: str = "node-a") -> PlannedPod:
    return pod(f"web-{number}", container("app", Verdict.REJECT, reason=Reason.OS), node=node, verdict=Verdict.REJECT)


def test_what_is_refused_is_told_as_such_unless_all_goes_down() -> None:
    assert only(impact(refused(1), kept(2))).radius is Radius.REFUSED
    whole = only(impact(refused(1)))
    assert (whole.radius, list(notes_of(whole, budgets_read=False))) == (Radius.WHOLE, ["REFUSED"])
    some = only(impact(refused(1), stopped(2, "node-b"), kept(3)))
    assert (some.refused, next(iter(notes_of(some, budgets_read=False)))) == (1, "REFUSED 1")


BUDGET = PlannedBudget("shop", "web-pdb", 3, 2)


@pytest.mark.parametrize(
    ("budget", "radius", "note"),
    [
        pytest.param(BUDGET, Radius.SOME, "within web-pdb (1 may go)", id="one may go"),
        pytest.param(replace(BUDGET, wanted=3), Radius.BUDGET, "EXCEEDS web-pdb (1 at once, 0 may go)", id="none may go"),
        pytest.param(replace(BUDGET, wanted=9), Radius.BUDGET, "EXCEEDS web-pdb (1 at once, 0 may go)", id="fewer are healthy than wanted"),
        pytest.param(replace(BUDGET, healthy=None), Radius.SOME, "web-pdb: how many may go is not known", id="a stale status"),
    ],
)
def test_budgets(budget: PlannedBudget, radius: Radius, note: str) -> None:
    found = impact(*(stopped(n, f"node-{n}", budgets=("web-pdb",)) for n in range(3)), budgets=(budget,))
    hit = only(found)
    assert (hit.radius, found.budgets, next(iter(notes_of(hit, budgets_read=True)))) == (radius, int(radius is Radius.BUDGET), note)


def test_a_budget_counts_the_pods_of_all_workloads_that_it_selects() -> None:
    two = (stopped(1, budgets=("web-pdb",)), kept(2), pod("api-1", restarting(), workload="Deployment/api", budgets=("web-pdb",)))
    found = impact(*two, budgets=(BUDGET,))
    assert {hit.workload.name: hit.budgets[0].at_once for hits in found.hits.values() for hit in hits} == {"web": 2, "api": 2}
    assert found.sentence == "1 workload goes down as a whole; 1 PodDisruptionBudget is exceeded."


def test_no_budget_is_said_only_where_budgets_were_read() -> None:
    hit = only(impact(stopped(1), kept(2)))
    assert list(notes_of(hit, budgets_read=True)) == ["no PDB"]
    assert list(notes_of(hit, budgets_read=False)) == []


def test_a_row_tells_what_of_a_pod_stops_how_long_it_is_waited_for_why_and_which_rules_found_it() -> None:
    finding = Finding("UC002", Severity.WARNING, ObjectRef("Deployment", "web", "shop"), "It restarts.", "Drain.")
    mesh = pod("web-1", container(), restarting("mesh"), grace_seconds=3600)
    other = pod("db-0", restarting("db", NEW_ALGORITHM), workload="StatefulSet/db")
    made = plan(mesh, other, findings=(finding,))
    hits = {hit.workload.name: hit for hit in impact_of(made, causes_of(made)).hits[Radius.WHOLE]}
    assert list(notes_of(hits["web"], budgets_read=False)) == ["only mesh", "grace 1h", "[b, UC002]"]
    assert hits["db"].why == ("a",)


@pytest.mark.parametrize(("seconds", "said"), [(0, "0s"), (30, "30s"), (90, "90s"), (120, "2min"), (3600, "1h"), (172_800, "2d")])
def test_durations(seconds: int, said: str) -> None:
    assert duration(seconds) == said


def test_where() -> None:
    spread = only(impact(stopped(1), stopped(2), stopped(3, "node-b"), kept(4, "node-c")))
    assert said(where(spread)) == "2 of 4 on node-a; 3 on 2 nodes"
    assert said(where(spread, node_told=True)) == "2 of 4"
    assert said(where(only(impact(stopped(1), stopped(2, "node-b"))))) == "1 of 2 on 2 nodes"
    assert said(where(only(impact(stopped(1, None))))) == "1 of 1 on an unknown node"
    assert said(where(only(impact(stopped(1, None, replicas=3))))) == "3 pods by its replicas"
    assert least_of([spread]) == "; none loses more than 2 of 4 at once"
    assert least_of([]) == ""


NODES = ("n1", "n2", "n3")


@st.composite
def fleets(draw: st.DrawFn) -> Plan:
    pods = []
    for number in range(draw(st.integers(1, 14))):
        verdict = draw(st.sampled_from((*GONE, Verdict.SAFE, Verdict.UNKNOWN)))
        names = draw(st.sets(st.sampled_from(("p", "q"))))
        one = pod(f"pod-{number}", container(verdict=verdict), node=draw(st.sampled_from(NODES)), budgets=tuple(sorted(names)),
                  workload=draw(st.sampled_from(("Deployment/a", "Deployment/b", "StatefulSet/c"))), verdict=verdict)  # fmt: skip
        pods.append(one)
    budgets = [PlannedBudget("shop", name, draw(st.none() | st.integers(0, 6)), draw(st.integers(0, 6))) for name in ("p", "q")]
    return plan(*pods, budgets=tuple(budgets))


@given(fleet=fleets())
def test_drawn_fleets_against_a_count_by_hand(fleet: Plan) -> None:
    found = impact_of(fleet, causes_of(fleet))
    down = {one.name for one in fleet.pods if one.verdict in GONE}
    over = set()
    for budget in fleet.budgets:
        for node in NODES:
            lost = sum(one.node == node and one.name in down and budget.name in one.budgets for one in fleet.pods)
            if budget.healthy is not None and budget.wanted is not None and lost > max(0, budget.healthy - budget.wanted):
                over.add(budget.name)
    whole, exceeding = set(), set()
    for workload in {one.workload for one in fleet.pods}:
        all_of = [one for one in fleet.pods if one.workload == workload]
        if any(all(one.node == node and one.name in down for one in all_of) for node in NODES):
            whole.add(workload)
        elif any(over & set(one.budgets) for one in all_of if one.name in down):
            exceeding.add(workload)
    assert found.budgets == len(over)
    assert {hit.workload for hit in found.hits.get(Radius.WHOLE, ())} == whole
    assert {hit.workload for hit in found.hits.get(Radius.BUDGET, ())} == exceeding
    assert sum(hit.stopping for hits in found.hits.values() for hit in hits) == len(down)
    for hits in found.hits.values():
        for hit in hits:
            most = max(sum(one.node == node and one.name in down and one.workload == hit.workload for one in fleet.pods) for node in NODES)
            assert hit.at_once == most


def test_all_of_a_workload_are_all_that_are_in_scope() -> None:
    assert heading(Radius.WHOLE, Scope(namespaces=("shop",)))[1].endswith("nothing serves meanwhile")
    for scope in (Scope(nodes=("node-a",)), Scope(selector="app=web"), Scope(node_selector="pool=a")):
        assert heading(Radius.WHOLE, scope)[1].endswith("; of the pods in scope")


def accepted(number: int, node: str = "node-a") -> PlannedPod:
    told: dict[str, Any] = {"verdict": Verdict.SUPPRESSED, "would_be": Verdict.RESTART, "ignored_by": 1}
    return pod(f"web-{number}", replace(restarting(), **told), node=node, **told)


def test_a_workload_of_which_all_that_stops_is_accepted_is_not_told() -> None:
    assert impact(accepted(1), accepted(2)).hits == {}
    assert impact(accepted(1), kept(2)).hits == {}


def test_of_another_what_is_accepted_goes_down_with_the_rest() -> None:
    hit = only(impact(accepted(1), stopped(2)))
    assert (hit.radius, hit.at_once, hit.stopping, hit.running, hit.containers) == (Radius.WHOLE, 2, 2, 2, ())
    budgets = (PlannedBudget("shop", "web", healthy=2, wanted=1),)
    both = (replace(one, budgets=("web",)) for one in (accepted(1), accepted(2)))
    assert impact(*both, budgets=budgets).budgets == 1
