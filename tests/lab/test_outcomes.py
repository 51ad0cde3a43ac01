"""What the lab makes of an endpoint's events: each outcome once, with the smallest story that has it."""

from typing import Any

import pytest

from tests.lab.outcomes import Story, latest, observed

Json = dict[str, Any]
OLD_ID, NEW_ID = "a" * 64, "b" * 64


def record(identity: str = OLD_ID, **changed: Any) -> Json:
    labels = {"pod.namespace": "default", "pod.name": "p-node-1", "pod.uid": "u1", "container.name": "c"}
    base = {
        "id": identity,
        "podSandboxId": "s1",
        "state": "CONTAINER_RUNNING",
        "createdAt": "1",
        "labels": {f"io.kubernetes.{key}": value for key, value in labels.items()},
        "annotations": {"io.kubernetes.container.hash": "1a"},
    }
    return {**base, **changed}


def event(what: str, **changed: Any) -> Json:
    return {"event": what, "sandbox": "s1", "namespace": "default", "pod": "p-node-1", "uid": "u1", **changed}


def story(**changed: Any) -> Story:
    base: Json = {"versions": ("1.20.15", "1.22.17"), "records": [record()], "sandboxes": [SANDBOX], "before": {"items": [POD]}}
    return Story(**{**base, "after": {"items": [POD]}, "sandboxes_after": [SANDBOX], **changed})


STOPPED = event("stop", container=OLD_ID, name="c", hash="1a")
MADE = event("create", container=NEW_ID, name="c", hash="2b")
POD: Json = {
    "metadata": {"namespace": "default", "name": "p-node-1", "uid": "u1"},
    "spec": {"containers": [{"name": "c"}]},
    "status": {"phase": "Running"},
}
FAILED = {**POD, "status": {"phase": "Failed"}}
BLOCKED = {**POD, "status": {"phase": "Pending", "reason": "AppArmor"}}
DONE = {**POD, "status": {"phase": "Succeeded"}}
SANDBOX = {"id": "s1", "metadata": {"namespace": "default", "name": "p-node-1", "uid": "u1"}, "state": "SANDBOX_READY"}
ANNOUNCED_120 = f'I1121 kuberuntime_manager.go:620] Container "c" ({{"containerd" "{OLD_ID}"}}) of pod p-node-1_default(u1): Container c definition changed, will be restarted'
ANNOUNCED_122 = (
    f'I1121 "Message for Container of pod" containerName="c" containerStatusID={{Type:containerd ID:{OLD_ID}}} pod="default/p-node-1" '
    'containerMessage="Container c definition changed, will be restarted"'
)
SAID = {"message": "Container c definition changed, will be restarted"}


@pytest.mark.parametrize(
    ("events", "after", "log", "expected"),
    [
        pytest.param([], POD, "", {"outcome": "kept"}, id="nobody stopped it"),
        pytest.param([STOPPED, MADE], POD, "", {"outcome": "restarted", "hash_after": "2b"}, id="another one in its sandbox"),
        pytest.param(
            [STOPPED, MADE], POD, ANNOUNCED_120, {"outcome": "restarted", "hash_after": "2b", **SAID}, id="announced as up to 1.20"
        ),
        pytest.param(
            [STOPPED, MADE], POD, ANNOUNCED_122, {"outcome": "restarted", "hash_after": "2b", **SAID}, id="announced as from 1.21 on"
        ),
        pytest.param([STOPPED], POD, ANNOUNCED_122, {"outcome": "restarted", **SAID}, id="announced, and the new one could not be made"),
        pytest.param(
            [STOPPED, event("run-sandbox", sandbox="s2", uid="u2"), {**MADE, "sandbox": "s2", "uid": "u2"}],
            POD,
            "",
            {"outcome": "recreated-with-pod", "hash_after": "2b"},
            id="a pod of its name and another UID",
        ),
        pytest.param(
            [STOPPED, event("run-sandbox", sandbox="s2")],
            POD,
            "",
            {"outcome": "recreated-with-pod"},
            id="a new sandbox, and nothing in it yet",
        ),
        pytest.param(
            [STOPPED, MADE, event("run-sandbox", sandbox="s2")],
            POD,
            "",
            {"outcome": "recreated-with-pod", "hash_after": "2b"},
            id="one more in the old sandbox, while the pod is killed for want of its cgroup",
        ),
        pytest.param([STOPPED], FAILED, "", {"outcome": "rejected"}, id="its pod is Failed"),
        pytest.param([STOPPED], BLOCKED, "", {"outcome": "rejected"}, id="its pod is said to be one that may not run"),
        pytest.param([STOPPED], DONE, "", {"outcome": "finished"}, id="its pod is done"),
        pytest.param([STOPPED], POD, "", {"outcome": "removed"}, id="nothing of it came back"),
    ],
)
def test_the_fate_of_a_running_container(events: list[Json], after: Json, log: str, expected: Json) -> None:
    found = observed(story(events=tuple(events), after={"items": [after]}, log=log))
    told = {
        "namespace": "default",
        "pod": "p-node-1",
        "uid": "u1",
        "container": "c",
        "kind": "app",
        "state_before": "running",
        "recorded_hash": "1a",
    }
    assert found["containers"] == [{**told, **expected}]
    assert (found["from"], found["to"], found["new"]) == ("1.20.15", "1.22.17", [])


def test_an_exited_container_is_not_running_and_what_is_made_of_it_is_told() -> None:
    exited = record(state="CONTAINER_EXITED")
    rerun = event("create", container="c" * 64, name="pruned", hash="3c")
    found = observed(story(records=[exited], events=(MADE, rerun)))
    assert [(one["state_before"], one["outcome"], one["again"]) for one in found["containers"]] == [("exited", "not-running", True)]
    assert found["new"] == [{"namespace": "default", "pod": "p-node-1", "uid": "u1", "container": "pruned"}]


def test_the_newest_attempt_is_the_container() -> None:
    older, newer = record("a" * 64, createdAt="9"), record("b" * 64, createdAt="10")
    assert latest([newer, older]) == latest([older, newer]) == (newer,)


def test_an_init_container_that_restarts_always_is_a_sidecar() -> None:
    spec = {"containers": [{"name": "main"}], "initContainers": [{"name": "c", "restartPolicy": "Always"}]}
    found = observed(story(before={"items": [{**POD, "spec": spec}]}))
    assert found["containers"][0]["kind"] == "sidecar"


def with_uid(uid: str) -> Json:
    return {**POD, "metadata": {**POD["metadata"], "uid": uid}}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param({}, {}, id="left alone"),
        pytest.param(
            {"events": (event("run-sandbox", sandbox="s2", uid="u2"),), "after": {"items": [with_uid("u2")]}},
            {"uid_after": "u2", "sandbox": "new"},
            id="another UID, another sandbox",
        ),
        pytest.param(
            {"after": {"items": []}, "sandboxes_after": []}, {"uid_after": None, "sandbox": "stopped", "phase_after": None}, id="gone"
        ),
        pytest.param(
            {"after": {"items": [FAILED]}, "sandboxes_after": [{**SANDBOX, "state": "SANDBOX_NOTREADY"}]},
            {"sandbox": "stopped", "phase_after": "Failed"},
            id="refused",
        ),
        pytest.param({"sandboxes": [], "sandboxes_after": []}, {"sandbox": "none"}, id="it never had a sandbox"),
        pytest.param(
            {"api_before": {"items": [FAILED]}, "api_after": {"items": [DONE]}},
            {"phase_before": "Failed", "phase_after": "Succeeded"},
            id="an API server has the last word on phases",
        ),
        pytest.param({"before": {"items": []}}, {"uid_before": None, "phase_before": None}, id="only the new kubelet takes it"),
    ],
)
def test_what_became_of_a_pod(changed: Json, expected: Json) -> None:
    told = {"namespace": "default", "pod": "p-node-1", "source": "api", "uid_before": "u1", "uid_after": "u1", "sandbox": "kept"}
    assert observed(story(**changed))["pods"] == [{**told, "phase_before": "Running", "phase_after": "Running", **expected}]
