"""Pods of one node, which compete for its room and ports; AppArmor, which only pods in phase Pending are asked for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.decisions.admission.asking import Document, asks, build, node, pod, tell, with_metadata
from upgradecheck.model.kubelet import KubeletBuild

READY = {"type": "Ready", "status": "True", "message": "kubelet is posting ready status"}
READY_WITH_APPARMOR = {**READY, "message": "kubelet is posting ready status. AppArmor enabled"}
CRITICAL = 2_000_000_000


def wants(name: str, cpu: str = "1", *, second: int = 0, **spec: Any) -> Document:
    return pod(name, second=second, containers=[asks({"cpu": cpu})], **spec)


def sidecar(cpu: str, **fields: Any) -> Document:
    return asks({"cpu": cpu}, name="mesh", restartPolicy="Always", **fields)


A, B, C = wants("a", second=1), wants("b", second=2), wants("c", second=3)


@pytest.mark.parametrize(
    ("version", "pods", "static", "expected"),
    [
        pytest.param("1.30.14", (A, B), (), {"a": "admitted", "b": "admitted"}, id="all fit"),
        pytest.param("1.30.14", (C, A, B), (), {"a": "admitted", "b": "admitted", "c": "OutOfcpu"}, id="the youngest does not"),
        pytest.param(
            "1.30.14",
            (A, wants("b", "2", second=2), C),
            (),
            {"a": "admitted", "b": "OutOfcpu", "c": "admitted"},
            id="who is refused takes no room",
        ),
        pytest.param(
            "1.22.4", (A, wants("b", "2", second=2), C), (), {"a": "admitted", "b": "OutOfcpu", "c": "OutOfcpu"}, id="but does up to 1.22.4"
        ),
        pytest.param(
            "1.22.5", (A, wants("b", "2", second=2), C), (), {"a": "admitted", "b": "OutOfcpu", "c": "admitted"}, id="fixed in 1.22.5"
        ),
        pytest.param(
            "1.30.14",
            (A, wants("b", second=2), wants("c", second=2)),
            (),
            {"a": "admitted", "b": "admitted", "c": "OutOfcpu?"},
            id="of one second, nobody knows which",
        ),
        pytest.param(
            "1.30.14",
            (wants("b", "3", second=2), wants("c", "3", second=2)),
            (),
            {"b": "OutOfcpu", "c": "OutOfcpu"},
            id="neither would fit alone",
        ),
        pytest.param("1.30.14", (A, B), (wants("s"),), {"s": "admitted", "a": "admitted", "b": "OutOfcpu"}, id="static pods come first"),
        pytest.param(
            "1.16.15",
            (A, B),
            (wants("s"),),
            {"s": "admitted", "a": "admitted", "b": "OutOfcpu?"},
            id="or may not, where nobody waits for the Node",
        ),
        pytest.param(
            "1.30.14", (wants("old", "2", phase="Succeeded"), B), (), {"b": "admitted"}, id="a finished pod takes no room and is not told"
        ),
        pytest.param(
            "1.22.4", (wants("old", "2", phase="Succeeded"), B), (), {"old": "admitted", "b": "OutOfcpu"}, id="but does up to 1.22.4"
        ),
        pytest.param("1.21.14", (wants("old", "2", phase="Failed"), B), (), {"b": "admitted"}, id="and does not up to 1.21"),
        pytest.param(
            "1.30.14",
            (),
            (wants("s", "3"),),
            {"s": "UnexpectedAdmissionError"},
            id="a static pod that is too large: nothing to stop for it",
        ),
        pytest.param("1.16.15", (), (wants("s", "3"),), {"s": "UnexpectedAdmissionError"}, id="from 1.16 on"),
        pytest.param("1.15.12", (), (wants("s", "3"),), {"s": "OutOfcpu"}, id="before, static pods are not critical"),
        pytest.param(
            "1.30.14",
            (A, B, wants("crit", second=3, priority=CRITICAL)),
            (),
            {"a": "Preempting?", "b": "Preempting?", "crit": "admitted"},
            id="one of two alike is stopped for a critical pod",
        ),
        pytest.param(
            "1.10.13",
            (A, B, wants("crit", second=3, priority=CRITICAL)),
            (),
            {"a": "admitted", "b": "admitted", "crit": "OutOfcpu"},
            id="not up to 1.10",
        ),
        pytest.param(
            "1.11.4",
            (A, B, wants("crit", second=3, priority=CRITICAL)),
            (),
            {"a": "Preempting?", "b": "Preempting?", "crit": "admitted"},
            id="from 1.11.4 on, by default",
        ),
        pytest.param(
            "1.30.14",
            (A, B, wants("crit", second=3, priority=CRITICAL, nodeSelector={"pool": "red"})),
            (),
            {"a": "admitted", "b": "admitted", "crit": "NodeAffinity"},
            id="nothing is stopped for what is refused anyway",
        ),
        pytest.param(
            "1.22.17",
            (pod("o", second=1, containers=[asks({})], overhead={"cpu": "1500m"}), wants("crit", second=3, priority=CRITICAL)),
            (),
            {"o": "admitted", "crit": "UnexpectedAdmissionError"},
            id="overhead alone is not counted as freed",
        ),
        pytest.param(
            "1.22.17",
            (wants("o", "100m", second=1, overhead={"cpu": "1500m"}), wants("crit", second=3, priority=CRITICAL)),
            (),
            {"o": "Preempting?", "crit": "admitted"},
            id="but beside a request it is",
        ),
        pytest.param(
            "1.34.10",
            (wants("o", "1500m", second=1, resources={"requests": {"memory": "1Mi"}}), wants("crit", second=3, priority=CRITICAL)),
            (),
            {"o": "admitted", "crit": "UnexpectedAdmissionError"},
            id="of a pod with resources of its own only these are",
        ),
    ],
)
def test_room(version: str, pods: tuple[Document, ...], static: tuple[Document, ...], expected: dict[str, str]) -> None:
    assert tell(version, *pods, static=static) == expected


def test_a_static_pod_has_no_time_of_creation_so_several_compete_in_an_unknown_order() -> None:
    one, two, three = (with_metadata(wants(name), creationTimestamp=None) for name in "xyz")
    assert tell("1.30.14", static=(one, two, three)) == {"x": "admitted", "y": "admitted", "z": "UnexpectedAdmissionError?"}


@pytest.mark.parametrize(
    ("document", "by_version"),
    [
        pytest.param(
            pod("a", containers=[asks({"cpu": "1500m"}), asks({"cpu": "1"}, name="b")]),
            {"1.8.15": "OutOfcpu", "1.37.1": "OutOfcpu"},
            id="app containers add up",
        ),
        pytest.param(
            pod("a", containers=[asks({"cpu": "1"})], initContainers=[asks({"cpu": "2"}, name="i")]),
            {"1.8.15": "admitted", "1.37.1": "admitted"},
            id="an init container runs alone",
        ),
        pytest.param(
            pod("a", initContainers=[asks({"cpu": "3"}, name="i")]), {"1.8.15": "OutOfcpu", "1.37.1": "OutOfcpu"}, id="and may be too large"
        ),
        pytest.param(
            pod("a", containers=[asks({"cpu": "1500m"})], initContainers=[sidecar("1")]),
            {"1.27.16": "admitted", "1.29.0": "OutOfcpu", "1.37.1": "OutOfcpu"},
            id="a sidecar runs beside the app",
        ),
        pytest.param(
            pod("a", initContainers=[sidecar("1500m"), asks({"cpu": "1"}, name="i")]),
            {"1.27.16": "admitted", "1.29.0": "OutOfcpu"},
            id="and beside init containers after it",
        ),
        pytest.param(
            pod("a", initContainers=[asks({"cpu": "1"}, name="i"), sidecar("1500m")]),
            {"1.29.0": "admitted"},
            id="not beside those before it",
        ),
        pytest.param(
            pod("a", containers=[asks({"cpu": "1500m"})], overhead={"cpu": "1"}),
            {
                "1.15.12": "admitted",
                "1.16.15": "admitted",
                "1.17.17": "admitted",
                "1.18.0": "OutOfcpu",
                "1.24.0": "OutOfcpu",
                "1.37.1": "OutOfcpu",
            },
            id="overhead, by the default of its gate, from 1.24 on without one",
        ),
        pytest.param(
            pod("a", containers=[asks({"cpu": "1"})], resources={"requests": {"cpu": "3"}}),
            {"1.31.14": "admitted", "1.33.13": "admitted", "1.34.0": "OutOfcpu", "1.37.1": "OutOfcpu"},
            id="pod-level requests stand for those of containers",
        ),
        pytest.param(
            pod("a", containers=[asks({"memory": "2147483647.5"}), asks({"memory": "2147483648.5"}, name="b")]),
            {"1.26.15": "OutOfmemory", "1.27.0": "admitted"},
            id="rounded container by container up to 1.26, the sum only from 1.27 on",
        ),
    ],
)
def test_what_a_pod_requests(document: Document, by_version: dict[str, str]) -> None:
    assert {version: tell(version, document)["a"] for version in by_version} == by_version


def test_init_containers_of_others_count_from_1_16_10_on() -> None:
    first, second = pod("a", second=1, initContainers=[asks({"cpu": "2"}, name="i")]), B
    versions = {
        "1.15.12": "admitted",
        "1.16.9": "admitted",
        "1.16.10": "OutOfcpu",
        "1.17.5": "admitted",
        "1.17.6": "OutOfcpu",
        "1.18.3": "OutOfcpu",
    }
    assert {version: tell(version, first, second)["b"] for version in versions} == versions


def test_who_asks_for_no_cpu_fits_a_node_without_any_from_1_28_on() -> None:
    shown = node(allocatable={"cpu": "0", "memory": "1Gi", "pods": "9"})
    only_memory = pod("a", containers=[asks({"memory": "1"})])
    assert [tell(version, only_memory, on=node(allocatable={"cpu": "-1", "memory": "1Gi"}))["a"] for version in ("1.27.16", "1.28.0")] == [
        "OutOfcpu",
        "admitted",
    ]
    assert tell("1.27.16", only_memory, on=shown) == {"a": "admitted"}


def test_too_many_pods() -> None:
    assert tell("1.30.14", pod("a", second=1), pod("b", second=2), on=node(allocatable={"pods": "1"})) == {
        "a": "admitted",
        "b": "OutOfpods",
    }


def listening(name: str, second: int, port: int = 80, *, kind: str = "containers", **fields: Any) -> Document:
    container = {"name": "c", "image": "i", "ports": [{"containerPort": port, "hostPort": port, **fields}]}
    if kind == "initContainers":
        container["restartPolicy"] = "Always"
    spec: Document = {kind: [container]}
    return pod(name, second=second, **spec)


@pytest.mark.parametrize(
    ("first", "second", "by_version"),
    [
        pytest.param(
            listening("a", 1),
            listening("b", 2),
            {"1.8.15": "PodFitsHostPorts", "1.17.17": "PodFitsHostPorts", "1.18.0": "NodePorts", "1.37.1": "NodePorts"},
            id="the same port",
        ),
        pytest.param(
            listening("a", 1),
            listening("b", 2, protocol="UDP"),
            {"1.8.15": "PodFitsHostPorts", "1.9.11": "admitted", "1.37.1": "admitted"},
            id="another protocol",
        ),
        pytest.param(
            listening("a", 1, hostIP="10.0.0.1"),
            listening("b", 2, hostIP="10.0.0.2"),
            {"1.8.15": "PodFitsHostPorts", "1.9.11": "admitted"},
            id="another address",
        ),
        pytest.param(
            listening("a", 1),
            listening("b", 2, hostIP="10.0.0.2"),
            {"1.9.11": "PodFitsHostPorts", "1.37.1": "NodePorts"},
            id="all addresses and one of them",
        ),
        pytest.param(
            listening("a", 1),
            listening("b", 2, kind="initContainers"),
            {"1.29.0": "admitted", "1.33.5": "admitted", "1.33.6": "NodePorts", "1.34.0": "NodePorts"},
            id="a sidecar's port",
        ),
    ],
)
def test_host_ports(first: Document, second: Document, by_version: dict[str, str]) -> None:
    assert {version: tell(version, first, second)["b"] for version in by_version} == by_version


def profiled(value: str, **fields: Any) -> Document:
    return with_metadata(pod("a", **fields), annotations={"container.apparmor.security.beta.kubernetes.io/app": value})


def apparmor(
    kubelet: KubeletBuild | str, document: Document, *, ready: Document = READY, running: str | None = "1.22.17", static: bool = True
) -> str:
    shown = node(conditions=[ready])
    found = tell(kubelet, on=shown, static=(document,), running=running) if static else tell(kubelet, document, on=shown, running=running)
    return found["a"]


def test_apparmor_of_a_static_pod() -> None:
    """It is Pending to a restarted kubelet, whatever runs."""
    default, unconfined, localhost = profiled("runtime/default"), profiled("unconfined"), profiled("localhost/mine")
    assert apparmor("1.30.14", default) == "AppArmor"
    assert apparmor("1.30.14", unconfined) == "admitted"
    assert apparmor("1.8.15", unconfined) == "AppArmor"
    assert apparmor("1.30.14", default, running=None) == "AppArmor?"
    assert apparmor("1.31.0", default, running="1.30.14") == "AppArmor?", "1.30 no longer says whether the host has it"
    assert apparmor("1.30.14", default, ready=READY_WITH_APPARMOR) == "admitted"
    assert apparmor("1.23.17", localhost, ready=READY_WITH_APPARMOR) == "AppArmor?"
    assert apparmor("1.24.0", localhost, ready=READY_WITH_APPARMOR) == "admitted"
    assert apparmor("1.24.0", profiled("localhost/"), ready=READY_WITH_APPARMOR) == "AppArmor"
    assert apparmor(build("1.30.14", AppArmor=False), default, ready=READY_WITH_APPARMOR) == "AppArmor"


def test_apparmor_by_field_is_seen_from_1_30_on() -> None:
    document = pod("a", securityContext={"appArmorProfile": {"type": "RuntimeDefault"}})
    assert [apparmor(version, document) for version in ("1.29.15", "1.30.0", "1.37.1")] == ["admitted", "AppArmor", "AppArmor"]
    assert apparmor("1.30.0", pod("a", securityContext={"appArmorProfile": {"type": "Unconfined"}})) == "admitted"


def test_apparmor_of_a_pod_of_the_api_server_is_asked_only_while_it_is_pending() -> None:
    running, pending = profiled("runtime/default"), profiled("runtime/default", phase="Pending")
    assert [apparmor(version, running, static=False) for version in ("1.30.14", "1.31.0")] == ["admitted", "admitted"]
    assert apparmor("1.30.14", pending, static=False) == "admitted", "nothing of it runs, and it stays Pending as it was"
    assert apparmor("1.31.0", pending, static=False) == "AppArmor", "from 1.31 on it fails"
