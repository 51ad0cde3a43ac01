"""Events of kubelets: what each tells, in the words of every version, in both APIs; everything else tells nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.lab.run import RECORDED
from upgradecheck.decode.kube.events import kubelet_event
from upgradecheck.model.aftermath import EventKind, KubeletEvent
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.times import from_rfc3339

FIRST, LAST = "2026-03-01T10:00:00Z", "2026-03-01T10:05:00Z"
ABOUT = {"kind": "Pod", "namespace": "shop", "name": "web-1", "uid": "u1", "fieldPath": "spec.containers{app}"}
BASE = {
    "apiVersion": "v1",
    "kind": "Event",
    "metadata": {"name": "web-1.17", "namespace": "shop"},
    "involvedObject": ABOUT,
    "reason": "Killing",
    "message": "Container app definition changed, will be restarted",
    "source": {"component": "kubelet", "host": "node-a"},
    "firstTimestamp": FIRST,
    "lastTimestamp": LAST,
    "eventTime": None,
}
TOLD = KubeletEvent(EventKind.DEFINITION, "shop", "web-1.17", "web-1", "u1", "app", from_rfc3339(FIRST), from_rfc3339(LAST))


def read(**changes: Any) -> KubeletEvent | None:
    return kubelet_event(json.dumps({key: value for key, value in {**BASE, **changes}.items() if value != "-"}).encode())


def test_an_event() -> None:
    assert read() == TOLD


@pytest.mark.parametrize(
    ("reason", "message", "expected"),
    [
        ("Killing", "Container app definition changed, will be restarted", EventKind.DEFINITION),
        ("Killing", "Init container mesh definition changed", EventKind.DEFINITION),
        (
            "Killing",
            "Killing container with id docker://app:Container spec hash changed (1 vs 2).. Container will be killed and recreated.",
            EventKind.DEFINITION,
        ),
        ("Killing", "Container app failed liveness probe, will be restarted", EventKind.PROBE),
        ("Killing", "Container app failed startup probe, will be restarted", EventKind.PROBE),
        (
            "Killing",
            "Killing container with id docker://app:Container failed liveness probe.. Container will be killed and recreated.",
            EventKind.PROBE,
        ),
        ("Killing", "Stopping container app", None),
        ("SandboxChanged", "Pod sandbox changed, it will be killed and re-created.", EventKind.SANDBOX),
        ("Evicted", "The node was low on resource: memory. ", EventKind.EVICTED),
        ("Evicted", "The node had condition: [MemoryPressure]. ", EventKind.REFUSED),
        ("OutOfcpu", "Node didn't have enough resource: cpu, requested: 9, used: 0, capacity: 1", EventKind.REFUSED),
        ("NodeAffinity", "Predicate NodeAffinity failed", EventKind.REFUSED),
        ("UnexpectedAdmissionError", "Allocate failed due to no healthy devices present", EventKind.REFUSED),
        ("TopologyAffinityError", "Resources cannot be allocated with Topology locality", EventKind.REFUSED),
        ("PodLevelResourcesNotSupported", "Pod uses pod-level resources", EventKind.REFUSED),
        ("Preempting", "Preempted in order to admit critical pod", EventKind.PREEMPTED),
        ("Starting", "Starting kubelet.", None),
        ("BackOff", "Back-off restarting failed container", None),
    ],
)
def test_what_it_tells_of_a_pod(reason: str, message: str, expected: EventKind | None) -> None:
    found = read(reason=reason, message=message)
    assert (None if found is None else found.kind) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"reason": "Rebooted", "message": "Node node-a has been rebooted, boot id: 6f1c"}, EventKind.REBOOTED, id="rebooted"),
        pytest.param({"reason": "Starting", "message": "Starting kubelet."}, EventKind.STARTING, id="its kubelet was started"),
        pytest.param({"reason": "Starting", "source": {"component": "kube-proxy"}}, None, id="its kube-proxy was"),
        pytest.param({"reason": "NodeReady"}, None, id="something else"),
    ],
)
def test_what_it_tells_of_a_node(changes: dict[str, Any], expected: EventKind | None) -> None:
    found = read(involvedObject={"kind": "Node", "name": "node-a", "uid": "node-a"}, **changes)
    assert (None if found is None else (found.kind, found.about)) == (None if expected is None else (expected, "node-a"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("spec.initContainers{mesh}", "mesh"),
        ("spec.ephemeralContainers{debug}", "debug"),
        ("spec.containers{}", None),
        ("", None),
        ("spec.containers[0]", None),
    ],
)
def test_the_container_that_it_is_about(path: str, expected: str | None) -> None:
    found = read(involvedObject={**ABOUT, "fieldPath": path})
    assert found is not None
    assert found.container == expected


def test_events_of_the_newer_api() -> None:
    newer = {
        "involvedObject": "-",
        "message": "-",
        "source": "-",
        "firstTimestamp": "-",
        "lastTimestamp": "-",
        "regarding": ABOUT,
        "note": BASE["message"],
        "reportingController": "kubelet",
        "eventTime": "2026-03-01T10:00:00.000000Z",
        "series": {"count": 2, "lastObservedTime": "2026-03-01T10:05:00.000000Z"},
    }
    assert read(**newer) == TOLD
    assert read(**{**newer, "series": "-", "deprecatedLastTimestamp": LAST}) == TOLD


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"lastTimestamp": None}, (FIRST, FIRST), id="one time"),
        pytest.param({"firstTimestamp": None}, (LAST, LAST), id="the other"),
        pytest.param({"firstTimestamp": None, "lastTimestamp": "soon"}, (None, None), id="none that can be read"),
    ],
)
def test_its_times(changes: dict[str, Any], expected: tuple[str | None, str | None]) -> None:
    found = read(**changes)
    assert found is not None
    assert (found.first, found.last) == tuple(None if text is None else from_rfc3339(text) for text in expected)


@pytest.mark.parametrize(
    "changes",
    [{"source": {"component": "deployment-controller"}}, {"involvedObject": None}, {"involvedObject": {"kind": "Pod"}}, {"reason": None}],
)
def test_what_tells_nothing(changes: dict[str, Any]) -> None:
    assert read(**changes) is None


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"reason": 1}', b'{"involvedObject": "web"}'])
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(SpecRefused):
        kubelet_event(raw)


def test_what_real_kubelets_said_is_known() -> None:
    """The messages of containers that the lab saw being killed for their hash."""
    said = {
        one["message"]
        for folder in RECORDED.iterdir()
        for one in json.loads((folder / "observed.json").read_text())["containers"]
        if one["outcome"] == "restarted" and "changed" in one.get("message", "")
    }
    assert said
    for message in said:
        found = read(message=message)
        assert found is not None
        assert found.kind is EventKind.DEFINITION
