"""What a drain before the upgrade moves, leaves, deletes for good and hangs on, and how it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_plan import container, plan, pod, restarting
from upgradecheck.model.plan import PlannedBudget, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Reason
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.drains import Drain, drain_of

WEB = pod("web-1", restarting())
LOG = pod("log-1", restarting(), workload="DaemonSet/log")
ETCD = pod("etcd-a", restarting(), workload="StaticPod/etcd", source=PodSource.FILE)
BARE = pod("tool", restarting(), workload="Pod/tool")
STORED = pod("cache-1", restarting(), workload="Deployment/cache", local_storage=True)
PLAIN, WITH_DATA = "kubectl drain NODE --ignore-daemonsets", "kubectl drain NODE --ignore-daemonsets --delete-emptydir-data"


ELSEWHERE = pod("elsewhere", node="node-b")


def drain(*pods: PlannedPod, **changes: Any) -> Drain:
    """Of some pods of one node, in a cluster of two."""
    found = drain_of(plan(*pods, ELSEWHERE, **changes))
    assert found is not None
    return found


def test_nothing_is_said_where_nothing_stops_or_no_pod_is_on_a_node() -> None:
    assert drain_of(plan(pod())) is None
    assert drain_of(plan(pod("web", restarting(), node=None, replicas=3))) is None


@pytest.mark.parametrize(
    ("pods", "sentence", "command"),
    [
        pytest.param((WEB,), "The one stop is a move within budgets; none stays.", PLAIN, id="all move"),
        pytest.param((WEB, LOG, ETCD), "1 of 3 stops is a move within budgets; 2 stay: DaemonSets, static pods.", PLAIN,
                     id="some stay"),
        pytest.param((LOG, ETCD, BARE), "A drain moves none of the 3: DaemonSets, static pods, bare pods stay on a drained node.", "",
                     id="none moves"),
        pytest.param((STORED,), "The one stop is a move within budgets; none stays.", WITH_DATA, id="an emptyDir"),
        pytest.param((WEB, pod("x", container("x", Verdict.NOT_COMPARED, reason=Reason.FINISHED), local_storage=True)),
                     "The one stop is a move within budgets; none stays.", PLAIN, id="the emptyDir of what has finished"),
    ],
)  # fmt: skip
def test_what_moves(pods: tuple[PlannedPod, ...], sentence: str, command: str) -> None:
    found = drain(*pods)
    assert (found.sentence, found.command, found.helps) == (sentence, command, bool(command))


WAITING = pod("db-0", restarting(), workload="StatefulSet/db", budgets=("db",))
NONE_MAY_GO = (PlannedBudget("shop", "db", 3, 3),)


@pytest.mark.parametrize(
    ("pods", "sentence", "command"),
    [
        pytest.param((WEB, WAITING), "1 of 2 stops is a move within budgets; 1 waits for one; none stays.", PLAIN, id="some wait"),
        pytest.param((WAITING, LOG), "A drain moves none of the 2; 1 waits for a budget; 1 stays: DaemonSets.", "", id="all wait"),
        pytest.param((pod("two", restarting(), budgets=("db", "x")),), "A drain moves none of the 1; 1 waits for a budget; none stays.", "",
                     id="two budgets"),
    ],
)  # fmt: skip
def test_what_a_budget_holds_up(pods: tuple[PlannedPod, ...], sentence: str, command: str) -> None:
    found = drain(*pods, budgets=NONE_MAY_GO)
    assert (found.sentence, found.command, found.helps) == (sentence, command, bool(command))


def test_one_node_alone_moves_nothing() -> None:
    found = drain_of(plan(WEB, LOG, STORED))
    assert found is not None
    assert found.sentence == "2 of 3 stops would be moves, but the plan shows no other node to go to; 1 stays: DaemonSets."
    assert (found.command, found.helps, len(found.notes)) == ("", False, 1)


def notes(*pods: PlannedPod, **changes: Any) -> list[str]:
    return [f"{said(note.about)}: {said(note.what)}" for note in drain(*pods, **changes).notes]


GUARDED = pod("db-0", restarting(), workload="StatefulSet/db", budgets=("db",))
TWICE = pod("api-1", restarting(), workload="Deployment/api", budgets=("db", "api"))


@pytest.mark.parametrize(
    ("healthy", "expected"),
    [
        pytest.param(3, ["PodDisruptionBudget shop/db: it lets none go, so the eviction of StatefulSet/db waits"],
                     id="none may go"),
        pytest.param(2, ["PodDisruptionBudget shop/db: it lets none go, so the eviction of StatefulSet/db waits"],
                     id="fewer are healthy than wanted"),
        pytest.param(4, [], id="one may go"),
        pytest.param(None, [], id="how many may go is not known"),
    ],
)  # fmt: skip
def test_budgets_that_block(healthy: int | None, expected: list[str]) -> None:
    assert notes(GUARDED, budgets=(PlannedBudget("shop", "db", healthy, 3),)) == expected


def test_a_budget_of_several_workloads_and_a_pod_of_several_budgets() -> None:
    told = notes(GUARDED, TWICE, budgets=(PlannedBudget("shop", "db", 3, 3), PlannedBudget("shop", "api", 3, 1)))
    assert told == [
        "PodDisruptionBudget shop/db: it lets none go, so the eviction of 2 workloads waits",
        "shop Deployment/api: several PodDisruptionBudgets select its pods: such an eviction is refused",
    ]


def test_what_a_drain_ends_for_good() -> None:
    assert notes(WEB, BARE, STORED) == [
        "shop/tool: nothing makes it anew; `--force` deletes for good",
        "shop Deployment/cache: emptyDir: needs `--delete-emptydir-data`, and its data is lost",
    ]
