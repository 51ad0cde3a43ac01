"""How a node is upgraded, and why; what keeps it from being."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import upgradecheck
from tests.builders import CATALOG
from tests.builders_plan import container, plan, pod, restarting, unknown
from tests.unit.contract.saved import saved
from tests.unit.explaining.runbook.books import HELD, NOT_STARTED, STATIC, beside, blocked, book, fences, on_runtime, typed
from upgradecheck.contract.v1.plan_reading import SavedPlan
from upgradecheck.explaining.runbook.choosing import Choice, choices
from upgradecheck.explaining.runbook.typing import back
from upgradecheck.explaining.runbook.way_back import Back, way_back
from upgradecheck.model.plan import Finding, ObjectRef, PlannedBudget, PlannedPod, Severity, Verdict
from upgradecheck.model.reasons import CANNOT_COME_UP, Reason

PACKAGE = Path(upgradecheck.__file__).parent
MEND = "the new kubelet does not start there as it is set up (UC031, UC032): mend that first, and plan again"
BUDGETS = (PlannedBudget("shop", "none", 1, 1), PlannedBudget("shop", "one", 2, 1), PlannedBudget("shop", "two", 2, 1))


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param([pod("a")], (Choice.IN_PLACE, "nothing stops there"), id="nothing stops"),
        pytest.param([pod("a", restarting())], (Choice.DRAIN, "1 of 1 stop becomes a move within budgets"), id="a drain moves it"),
        pytest.param([pod("a", restarting()), pod("b", restarting(), workload="DaemonSet/log")],
                     (Choice.DRAIN, "1 of 2 stops becomes a move within budgets; 1 stays and ends all the same"), id="and leaves another"),
        pytest.param([pod("a", restarting(), **STATIC)], (Choice.IN_PLACE, "a drain moves none of 1 stop: static pods"), id="a drain moves nothing"),
        pytest.param([pod("a", unknown())], (Choice.DRAIN, "of 1 container that a drain would move it cannot be told"), id="nobody knows"),
        pytest.param([pod("a", unknown(), **STATIC)], (Choice.IN_PLACE, "a drain moves none of 1 that cannot be told: static pods"), id="nor moves it"),
        pytest.param([pod("a", HELD), pod("b", restarting())],
                     (Choice.OVERRIDE, "an override holds 1 container that would restart; 1 more ends all the same"), id="overrides were asked for"),
        pytest.param([pod("a", unknown(reason=Reason.RUNTIME_REMOVED), reason=Reason.RUNTIME_REMOVED)],
                     (Choice.REPLACE, "the new kubelet cannot use its runtime as it is (UC033): mend that first, or replace the node"), id="no runtime"),
        pytest.param([pod("a", restarting(), budgets=("none",))],
                     (Choice.DRAIN, "none of 1 stop becomes a move as things are; 1 waits for a budget"), id="a budget lets none go"),
        pytest.param([pod("a", restarting(), budgets=("none",)), pod("b", restarting(), budgets=("one",))],
                     (Choice.DRAIN, "1 of 2 stops becomes a move within budgets; 1 waits for one"), id="and another lets one"),
        pytest.param([pod("a", restarting(), budgets=("one", "two"))],
                     (Choice.DRAIN, "none of 1 stop becomes a move as things are; 1 waits for a budget"), id="several budgets select it"),
        pytest.param([pod("a", unknown(reason=NOT_STARTED), reason=NOT_STARTED)], (Choice.MEND, MEND), id="said of its pods alone"),
    ],
)  # fmt: skip
def test_what_is_chosen_for_a_node(pods: list[PlannedPod], expected: tuple[Choice, str]) -> None:
    found, _ = choices(beside(plan(*pods, budgets=BUDGETS)))
    assert (found.choice, found.why) == expected


def test_a_lone_node_has_nowhere_to_drain_to() -> None:
    (found,) = choices(plan(pod("a", restarting())))
    assert found.why == "1 of 1 stop would be a move, but the plan shows no other node to go to"


def test_the_eviction_that_waits_is_told_of_where_it_is_typed() -> None:
    text = book(beside(plan(pod("a", restarting(), budgets=("none",)), budgets=BUDGETS)))
    assert "The drain waits, and fails after its timeout, while the PodDisruptionBudgets `shop/none` let none go of `shop/a`." in text
    assert "The drain waits" not in book(beside(plan(pod("a", restarting(), budgets=("one",)), budgets=BUDGETS)))


@pytest.mark.parametrize("reason", [one for one in Reason if one in CANNOT_COME_UP])
def test_a_kubelet_that_cannot_come_up_gets_no_command_either_way(reason: Reason) -> None:
    for what in (blocked(reason, pod("a")), blocked(reason, pod("a", restarting())), blocked(reason, pod("a", HELD))):
        (found,) = choices(what)
        assert (typed(what), [*back(found, what)], found.obstacle) == ([], [], reason)
        assert way_back(what, CATALOG).numbers == {Back.UNKNOWN: 1}


def test_nothing_is_installed_on_a_virtual_kubelet() -> None:
    what = plan(pod("a", container(verdict=Verdict.NOT_COMPARED, reason=Reason.VIRTUAL_KUBELET), reason=Reason.VIRTUAL_KUBELET))
    (found,) = choices(what)
    assert (found.choice, typed(what), [*back(found, what)]) == (Choice.NONE, [], [])


def test_the_finding_stands_where_the_node_would_have_been_upgraded() -> None:
    uc032 = Finding("UC032", Severity.ERROR, ObjectRef("Kubelet", "1.30.14"), "kubelet.env sets flag --gone.", "Take --gone out.")
    text = book(blocked(NOT_STARTED, pod("a", unknown()), findings=(uc032,)))
    assert f"| not yet: mend first | {MEND} | `node-a` |" in text
    told = text.partition("### `node-a`: not yet: mend first")[2].partition("\n## ")[0]
    assert "- UC032: kubelet.env sets flag --gone. Take --gone out." in told
    assert "No workload is known to lose a pod; of 1 container in 1 pod it cannot be told." in text
    assert "systemctl" not in text.partition("## 7.")[2]


def test_every_obstacle_that_planning_knows_keeps_a_kubelet_down() -> None:
    told = {name for file in (PACKAGE / "planning").rglob("*.py") for name in re.findall(r"obstacle ?= ?Reason\.(\w+)", file.read_text())}
    assert told == {reason.name for reason in CANNOT_COME_UP}


def test_a_saved_plan_knows_which_kubelet_does_not_start() -> None:
    assert SavedPlan(saved(blocked(NOT_STARTED, pod("a")))).plan().nodes[0].obstacle is NOT_STARTED


def test_what_is_not_known_of_cgroups_is_looked_at_first() -> None:
    remedy = "`stat -fc %T /sys/fs/cgroup` on a node says cgroup2fs for version 2."
    unseen = Finding("UC032", Severity.INFO, ObjectRef("Kubelet", "1.35.2"), "It does not start on cgroup v1.", remedy)
    text = book(plan(pod("a"), findings=(unseen,)))
    assert "### Whether the new kubelet starts" in text
    assert "stat -fc %T /sys/fs/cgroup  # cgroup2fs: it is well; tmpfs: do not upgrade this node yet\n" in fences(text)
    assert "stat -fc" not in book(plan(pod("a")))


def test_what_verify_says_of_a_drained_node_is_no_reason_to_stop() -> None:
    drained, stays = book(plan(pod("a", restarting()))), book(plan(pod("a")))
    expected = "3 on a drained node, and all that it names is pods that were replaced: expected"
    assert (expected in drained, expected in stays) == (True, False)


def test_nothing_is_typed_on_a_node_that_is_there_already() -> None:
    there = on_runtime(plan(pod("a", restarting())), "containerd://1.7.2", start="1.30.14")
    (found,) = choices(there)
    assert (found.choice, typed(there), [*back(found, there)]) == (Choice.DONE, [], [])


def test_a_step_that_the_policy_does_not_cover_has_its_path_named() -> None:
    skew = Finding("UC040", Severity.INFO, ObjectRef("Kubelet", "1.22.17 → 1.30.14"), "It is too long a step.", "Go in smaller ones.")
    assert "upgradecheck path --from 1.22.17 --to 1.30.14\n" in "".join(fences(book(plan(pod("a"), findings=(skew,)))))
