"""Devices, extended resources, local storage and docker's version when a kubelet starts: by version, and by what of the pod is seen to run."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import raw
from tests.unit.decisions.admission.asking import asks, build, node, pod, request, tell, told
from upgradecheck.decisions.admission import admit
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.pod import Origin

GPU = {"example.com/gpu": "1"}
REFUSED, ADMITTED = "UnexpectedAdmissionError?", "admitted"


def holds(name: str = "app") -> dict[str, Any]:
    return {"name": name, "image": "i", "resources": {"requests": GPU, "limits": GPU}}


def found(version: str, document: Any, *, at_rest: tuple[str, ...] = (), doubled: tuple[str, ...] = ()) -> str:
    kubelet = build(version)
    asked = replace(request(document, kubelet), at_rest=at_rest, doubled=doubled)
    return told(admit([asked], node_facts(raw(node()), Origin("nodes.json")), kubelet)["web"])


@pytest.mark.parametrize(
    ("version", "runs", "beside_an_older_one", "at_rest"),
    [
        pytest.param("1.25.9", ADMITTED, ADMITTED, ADMITTED, id="1.25.9 does not look at what is on record as given"),
        pytest.param("1.25.10", REFUSED, REFUSED, REFUSED, id="1.25.10 does, whatever runs"),
        pytest.param("1.25.13", REFUSED, REFUSED, REFUSED, id="1.25.13 is the last"),
        pytest.param("1.25.14", ADMITTED, REFUSED, REFUSED, id="1.25.14 leaves alone what it finds running"),
        pytest.param("1.26.4", ADMITTED, ADMITTED, ADMITTED, id="1.26.4"),
        pytest.param("1.26.5", REFUSED, REFUSED, REFUSED, id="1.26.5"),
        pytest.param("1.26.9", ADMITTED, REFUSED, REFUSED, id="1.26.9"),
        pytest.param("1.27.2", REFUSED, REFUSED, REFUSED, id="1.27.2"),
        pytest.param("1.27.6", ADMITTED, REFUSED, REFUSED, id="1.27.6"),
        pytest.param("1.28.0", ADMITTED, REFUSED, REFUSED, id="1.28"),
        pytest.param("1.34.5", ADMITTED, REFUSED, REFUSED, id="1.34.5 may find the older record"),
        pytest.param("1.34.6", ADMITTED, REFUSED, REFUSED, id="1.34.6 too: the change is in 1.34.7's log"),
        pytest.param("1.34.7", ADMITTED, ADMITTED, REFUSED, id="1.34.7 looks at all of them"),
        pytest.param("1.35.3", ADMITTED, REFUSED, REFUSED, id="1.35.3 may find the older record"),
        pytest.param("1.35.4", ADMITTED, ADMITTED, REFUSED, id="1.35.4 looks at all of them"),
        pytest.param("1.37.1", ADMITTED, ADMITTED, REFUSED, id="1.37 still refuses for what does not run"),
    ],
)
def test_a_device(version: str, runs: str, beside_an_older_one: str, at_rest: str) -> None:
    held = pod(containers=[holds()])
    assert (found(version, held), found(version, held, doubled=("app",)), found(version, held, at_rest=("app",))) == (
        runs,
        beside_an_older_one,
        at_rest,
    )


def test_an_init_container_that_is_done_counts_too() -> None:
    held = pod(initContainers=[holds("check")], containers=[holds()])
    assert (found("1.36.4", held, at_rest=("check",)), found("1.36.4", held)) == (REFUSED, ADMITTED)


def test_what_does_not_hold_a_device_is_no_matter() -> None:
    assert found("1.36.4", pod(containers=[holds(), {"name": "log", "image": "i"}]), at_rest=("log",)) == ADMITTED


@pytest.mark.parametrize(
    ("resource", "by_version"),
    [
        pytest.param(
            "example.com/gpu",
            {
                "1.10.6": ADMITTED,
                "1.10.7": "OutOfexample.com/gpu?",
                "1.14.8": "OutOfexample.com/gpu?",
                "1.14.9": ADMITTED,
                "1.15.0": ADMITTED,
            },
            id="extended resources are set to 0 at registration, 1.10.7 to 1.14.8",
        ),
        pytest.param(
            "ephemeral-storage",
            {"1.12.10": "OutOfephemeral-storage?", "1.13.5": "OutOfephemeral-storage?", "1.13.6": ADMITTED, "1.37.1": ADMITTED},
            id="ephemeral storage is not there yet, to 1.13.5",
        ),
        pytest.param("memory", {"1.12.10": ADMITTED}, id="memory is"),
    ],
)
def test_what_a_node_has_when_it_registers(resource: str, by_version: dict[str, str]) -> None:
    held = pod(containers=[asks({resource: "1"})])
    assert {version: tell(version, held)["web"] for version in by_version} == by_version


FORBIDS = {"name": "app", "image": "i", "securityContext": {"allowPrivilegeEscalation": False}}
UNMASKED = {"name": "app", "image": "i", "securityContext": {"procMount": "Unmasked"}}
DOCKER = {"nodeInfo": {"operatingSystem": "linux", "containerRuntimeVersion": "docker://20.10.24"}}
CONTAINERD = {"nodeInfo": {"operatingSystem": "linux", "containerRuntimeVersion": "containerd://1.6.8"}}


@pytest.mark.parametrize(
    ("container", "status", "over_cri", "version", "static", "expected"),
    [
        pytest.param(FORBIDS, DOCKER, True, "1.23.17", True, "NoNewPrivs", id="docker over CRI, a static pod (seen)"),
        pytest.param(FORBIDS, DOCKER, True, "1.24.17", True, ADMITTED, id="1.24 does not ask"),
        pytest.param(FORBIDS, DOCKER, False, "1.23.17", True, "NoNewPrivs?", id="nothing tells how docker is spoken to"),
        pytest.param(FORBIDS, CONTAINERD, False, "1.23.17", True, ADMITTED, id="containerd is not asked"),
        pytest.param(FORBIDS, DOCKER, True, "1.23.17", False, ADMITTED, id="a running pod of the API is not asked"),
        pytest.param(UNMASKED, DOCKER, True, "1.12.10", True, "ProcMount", id="procMount from 1.12 on"),
        pytest.param(UNMASKED, DOCKER, True, "1.23.17", True, "ProcMount", id="to 1.23"),
        pytest.param({"name": "app", "image": "i"}, DOCKER, True, "1.23.17", True, ADMITTED, id="neither is set"),
    ],
)
def test_a_runtime_that_calls_itself_docker(
    container: dict[str, Any], status: dict[str, Any], over_cri: bool, version: str, static: bool, expected: str
) -> None:
    kubelet, facts = build(version), node_facts(raw(node(**status)), Origin("nodes.json"))
    asked = request(pod(containers=[container]), kubelet, static=static)
    assert told(admit([asked], facts, kubelet, docker_over_cri=over_cri)["web"]) == expected
