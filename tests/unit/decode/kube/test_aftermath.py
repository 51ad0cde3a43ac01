"""How a pod fares and how its containers ended, out of its status as real kubelets write it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import pod
from upgradecheck.decode.kube.aftermath import pod_now
from upgradecheck.model.aftermath import ContainerNow, PodNow, Termination
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Origin, RunState
from upgradecheck.model.times import from_rfc3339
from upgradecheck.reading.pod import ReadPod

FROM, TO = "2026-03-01T10:00:00Z", "2026-03-01T11:00:00Z"
OVER = {"exitCode": 137, "reason": "OOMKilled", "startedAt": FROM, "finishedAt": TO, "containerID": "containerd://old"}
ENDED = Termination(137, "OOMKilled", "old", from_rfc3339(TO))


def read(**status: Any) -> PodNow:
    document = pod()
    document["status"] = {"phase": "Running", **status}
    one = ReadPod(json.dumps(document).encode(), Origin("pods.json"))
    return pod_now(one.view, one.raw)


def container(**told: Any) -> dict[str, Any]:
    return {"name": "app", "containerID": "containerd://new", "restartCount": 2, **told}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(
            container(state={"running": {"startedAt": TO}}, lastState={"terminated": OVER}),
            ContainerNow("app", "new", RunState.RUNNING, from_rfc3339(TO), 2, last=ENDED),
            id="it runs again",
        ),
        pytest.param(
            container(state={"terminated": OVER}), ContainerNow("app", "new", RunState.EXITED, from_rfc3339(FROM), 2, ended=ENDED), id="it has ended"
        ),
        pytest.param(
            container(state={"waiting": {"reason": "CrashLoopBackOff"}}, lastState={"terminated": OVER}),
            ContainerNow("app", "new", RunState.WAITING, None, 2, last=ENDED),
            id="it waits to be started anew",
        ),
        pytest.param(
            container(state={"waiting": {"reason": "Blocked"}}), ContainerNow("app", "new", RunState.WAITING, None, 2, blocked=True), id="it may not run"
        ),
        pytest.param(
            {"name": "app", "state": {"terminated": {"exitCode": 0, "startedAt": None, "finishedAt": "0001-01-01T00:00:00Z"}}},
            ContainerNow("app", None, RunState.EXITED, ended=Termination(0)),
            id="times that are none",
        ),
        pytest.param({"name": "app"}, ContainerNow("app", None, RunState.WAITING), id="nothing is told"),
    ],
)  # fmt: skip
def test_a_container(told: dict[str, Any], expected: ContainerNow) -> None:
    assert read(containerStatuses=[told]).containers == (expected,)


def test_all_kinds_and_what_is_null() -> None:
    found = read(initContainerStatuses=[container(name="init")], containerStatuses=[None, {}], ephemeralContainerStatuses=None)
    assert [one.name for one in found.containers] == ["init"]


def test_a_pod() -> None:
    found = read(phase="Failed", reason="Evicted", message="The node was low on resource: memory. ")
    assert (found.phase, found.reason, found.message) == ("Failed", "Evicted", "The node was low on resource: memory. ")
    assert (found.namespace, found.node) == ("shop", "worker-1")


@pytest.mark.parametrize("status", [{"reason": 1}, {"containerStatuses": {}}, {"containerStatuses": [{"name": "a", "lastState": []}]}])
def test_what_has_a_wrong_type_is_refused(status: dict[str, Any]) -> None:
    with pytest.raises(SpecRefused):
        read(**status)
