"""How predictions are held against what came."""

from typing import Any

import pytest

from tests.lab.comparing import Pair, compared, compared_pods, fate


@pytest.mark.parametrize(
    ("predicted", "came", "wrong"),
    [
        pytest.param("safe", "kept", None, id="hoped for, and stayed"),
        pytest.param("safe", "restarted", "missed", id="hoped for, and restarted"),
        pytest.param("not-compared", "not-running", None, id="had exited"),
        pytest.param("not-compared", "kept", None, id="runs, of a kind that is not compared"),
        pytest.param("not-compared", "recreated-with-pod", "missed", id="not compared, and gone with its pod"),
        pytest.param("restart", "restarted", None, id="foretold"),
        pytest.param("restart", "kept", "false alarm", id="foretold, and stayed"),
        pytest.param("restart", "recreated-with-pod", "other fate", id="stopped, but otherwise"),
        pytest.param("not-compared", "finished", None, id="a sidecar whose pod is done"),
        pytest.param("reject", "kept", "false alarm", id="to be refused, and stayed"),
        pytest.param("reject", "removed", None, id="its manifest is refused"),
        pytest.param("unknown", "restarted", None, id="unknown is neither right nor wrong"),
        pytest.param("absent", "kept", "missed", id="a container that the plan has not"),
    ],
)
def test_what_is_wrong(predicted: str, came: str, wrong: str | None) -> None:
    assert Pair("default/p/c", "u1", "app", predicted, "", came).wrong == wrong


@pytest.mark.parametrize(
    ("predicted", "pod_came", "wrong"),
    [
        pytest.param("recreate", "recreated", None, id="had ended, and its pod was replaced"),
        pytest.param("recreate", "kept", "false alarm", id="had ended, and its pod stayed"),
        pytest.param("reject", "removed", None, id="had ended, and its pod is gone"),
        pytest.param("not-compared", "recreated", None, id="had ended, which is all that was said"),
        pytest.param("restart", "restarted", None, id="had ended, and others of its pod were restarted"),
    ],
)
def test_what_did_not_run_shares_the_fate_of_its_pod(predicted: str, pod_came: str, wrong: str | None) -> None:
    assert Pair("default/p/c", "u1", "app", predicted, "", "not-running", pod_came).wrong == wrong


def container(**changed: Any) -> dict[str, Any]:
    base = {"namespace": "n", "pod": "p", "uid": "u1", "container": "c", "kind": "app", "state_before": "running", "outcome": "kept"}
    return {**base, **changed}


def pod(**changed: Any) -> dict[str, Any]:
    base = {"namespace": "n", "pod": "p", "source": "api", "uid_before": "u1", "uid_after": "u1", "sandbox": "kept"}
    return {**base, "phase_before": "Running", "phase_after": "Running", **changed}


@pytest.mark.parametrize(
    ("changed", "outcomes", "came"),
    [
        pytest.param({}, ["kept", "not-running"], "kept", id="nothing was stopped"),
        pytest.param({}, ["kept", "restarted"], "restarted", id="one of its containers was"),
        pytest.param({"sandbox": "new"}, ["recreated-with-pod"], "recreated", id="another sandbox"),
        pytest.param({"sandbox": "new"}, ["not-running"], "recreated", id="another sandbox for what had ended"),
        pytest.param({"sandbox": "stopped", "phase_after": "Failed"}, ["rejected"], "rejected", id="refused while it ran"),
        pytest.param({"sandbox": "stopped", "phase_after": "Failed"}, ["not-running"], "rejected", id="refused, and nothing of it ran"),
        pytest.param({"uid_after": None}, ["removed"], "removed", id="not there any more"),
        pytest.param(
            {"sandbox": "none", "phase_before": "Failed", "phase_after": "Failed"}, [], "not-running", id="refused by the old one"
        ),
        pytest.param({"phase_after": "Succeeded"}, ["finished", "not-running"], "finished", id="done"),
    ],
)
def test_the_fate_of_a_pod(changed: dict[str, Any], outcomes: list[str], came: str) -> None:
    containers = [container(container=f"c{number}", outcome=outcome) for number, outcome in enumerate(outcomes)]
    assert fate(pod(**changed), {"containers": containers}) == came


PLAN = {
    "pods": [
        {
            "uid": "u1",
            "verdict": "restart",
            "reason": "hash_changed",
            "containers": [{"name": "c", "verdict": "safe", "reason": "hash_equal"}],
        }
    ]
}


def test_containers_are_matched_by_uid_and_name() -> None:
    observed = {"containers": [container(), container(uid="u2")], "pods": [pod()]}
    assert compared(PLAN, observed) == (
        Pair("n/p/c", "u1", "app", "safe", "hash_equal", "kept", "kept"),
        Pair("n/p/c", "u2", "app", "absent", "", "kept", ""),
    )


def test_what_had_ended_and_is_left_of_an_earlier_pod_is_not_compared() -> None:
    left = container(uid="u0", state_before="exited", outcome="not-running")
    assert compared(PLAN, {"containers": [left], "pods": [pod()]}) == ()


def test_pods_are_matched_by_the_uid_that_the_old_kubelet_knew() -> None:
    observed = {
        "containers": [container(outcome="restarted"), container(pod="job", uid="u2", state_before="exited", outcome="not-running")],
        "pods": [pod(), pod(pod="job", uid_before="u2", uid_after="u2"), pod(pod="later", uid_before=None, sandbox="new")],
    }
    assert compared_pods(PLAN, observed) == (
        Pair("n/p", "u1", "pod", "restart", "hash_changed", "restarted"),
        Pair("n/job", "u2", "pod", "absent", "", "not-running", ran=False),
    )


def test_nothing_is_missed_by_not_comparing_a_pod_of_which_nothing_ran() -> None:
    assert [Pair("n/job", "u2", "pod", "not-compared", "", "recreated", ran=ran).wrong for ran in (False, True)] == [None, "missed"]
