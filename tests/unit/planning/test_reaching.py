"""What an override can do depends on the runtime: one that is a part of the kubelet is reached by none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import OTHER_UID, UID, Document, node, pod, recorded_by
from tests.builders_plan import container as planned_container
from tests.builders_plan import pod as planned_pod
from tests.unit.planning import world
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import Scope
from upgradecheck.model.runtimes import runtime_name
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.reaching import Reach
from upgradecheck.planning.seeing.joining import Records

NODE = "node-a"
NO_RECORDS = Records((), ())


def with_runtime(runtime: str | None, version: str = "v1.22.17") -> Document:
    made = node(NODE, version)
    made["status"]["nodeInfo"]["containerRuntimeVersion"] = runtime
    return made


def has(runtime: str | None, start: str, target: str, *, container_id: str | None = None, here: Here | None = None) -> bool:
    asked = world.setting(with_runtime(runtime, f"v{start}"), target=target, here=here, scope=Scope(nodes=(NODE,)))
    one = replace(planned_container("app"), container_id=container_id)
    return Reach(asked, NO_RECORDS).has(planned_pod("web-1", one, node=NODE), one)


@pytest.mark.parametrize(
    ("runtime", "container_id", "start", "target", "reached"),
    [
        pytest.param("containerd://1.7.27", None, "1.20.15", "1.22.17", True, id="containerd"),
        pytest.param("cri-o://1.20.0", None, "1.20.15", "1.22.17", True, id="CRI-O"),
        pytest.param("docker://20.10.24", None, "1.20.15", "1.22.17", False, id="docker, whose shim is in both kubelets"),
        pytest.param("docker://20.10.24", None, "1.23.17", "1.24.17", False, id="docker, whose shim is in the old one"),
        pytest.param("docker://20.10.24", None, "1.24.17", "1.23.17", False, id="docker, whose shim is in the new one"),
        pytest.param("docker://24.0.7", None, "1.24.17", "1.27.16", True, id="docker behind cri-dockerd, which is all that is left"),
        pytest.param("rkt://1.30.0", None, "1.9.11", "1.10.13", False, id="rkt, while it was in there"),
        pytest.param("rkt://1.30.0", None, "1.11.10", "1.12.10", True, id="rkt, reached as any other"),
        pytest.param("DOCKER://20.10.24", None, "1.20.15", "1.22.17", False, id="in capitals"),
        pytest.param(None, "docker://c1", "1.20.15", "1.22.17", False, id="by the container's ID"),
        pytest.param("containerd://1.7.27", "docker://c1", "1.20.15", "1.22.17", False, id="by the container's ID, against its Node"),
        pytest.param("docker://20.10.24", "containerd://c1", "1.20.15", "1.22.17", True, id="a container that containerd keeps"),
        pytest.param(None, "c1", "1.20.15", "1.22.17", True, id="nobody tells"),
    ],
)
def test_by_runtime_and_kubelets(runtime: str | None, container_id: str | None, start: str, target: str, *, reached: bool) -> None:
    assert has(runtime, start, target, container_id=container_id) is reached


@pytest.mark.parametrize(
    ("here", "reached"),
    [
        pytest.param(Here(LocalKubelet(NODE), NODE, remote=True), True, id="it answers at an endpoint"),
        pytest.param(Here(LocalKubelet(NODE), NODE), False, id="nothing shows that"),
        pytest.param(Here(LocalKubelet("other"), "other", remote=True), False, id="that of another node does"),
    ],
)
def test_docker_that_is_seen_at_an_endpoint(here: Here, *, reached: bool) -> None:
    assert has("docker://20.10.24", "1.20.15", "1.22.17", here=here) is reached


def test_the_form_of_a_record_tells_too() -> None:
    document = pod()
    (record,) = world.container_records(recorded_by("1.20.15", document))
    asked = world.setting(with_runtime(None, "v1.20.15"), target="1.22.17", scope=Scope(nodes=(NODE,)))
    one = replace(planned_container("app"), container_id=record.container_id)
    for told, reached in ((None, True), ("docker", False)):
        records = Records((replace(record, runtime=told), replace(record, container_id="other", pod_uid=OTHER_UID, runtime="docker")), ())
        assert Reach(asked, records).has(replace(planned_pod("web-1", one, node=NODE), uid=UID), one) is reached


@pytest.mark.parametrize(
    ("text", "name"),
    [("containerd://1.7.2", "containerd"), ("Docker://x", "docker"), ("abc", None), ("", None), (None, None), ("://1", None)],
)
def test_a_runtimes_name(text: str | None, name: str | None) -> None:
    assert runtime_name(text) == name
