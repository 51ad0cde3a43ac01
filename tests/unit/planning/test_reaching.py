"""What an override can do depends on the runtime: docker that only one of the two kubelets has inside itself is reached by none."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, OTHER_UID, UID, Document, node, pod, recorded_by
from tests.builders_plan import container as planned_container
from tests.builders_plan import pod as planned_pod
from tests.unit.planning import world
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import OverrideRefusal
from upgradecheck.model.runtimes import LAST_DOCKERSHIM, runtime_name
from upgradecheck.planning.asking.here import Here
from upgradecheck.planning.asking.runtimes import with_runtimes
from upgradecheck.planning.asking.steps import plan_steps
from upgradecheck.planning.reaching import Reach
from upgradecheck.planning.seeing.records import Records

NODE = "node-a"
NO_RECORDS = Records((), ())


def with_runtime(runtime: str | None, version: str = "v1.22.17") -> Document:
    made = node(NODE, version)
    made["status"]["nodeInfo"]["containerRuntimeVersion"] = runtime
    return made


def refused(
    runtime: str | None, start: str, target: str, *, container_id: str | None = None, over_cri: bool = False, in_swarm: bool = False
) -> OverrideRefusal | None:
    nodes = world.facts(with_runtime(runtime, f"v{start}"))
    steps = with_runtimes(
        plan_steps(nodes, None, target, CATALOG),
        nodes,
        Here(LocalKubelet(NODE), NODE, over_cri=over_cri, in_swarm=in_swarm),
    )
    one = replace(planned_container("app"), container_id=container_id)
    return Reach(steps, nodes, NO_RECORDS).refusal(planned_pod("web-1", one, node=NODE), one)


@pytest.mark.parametrize(
    ("runtime", "container_id", "start", "target", "reached"),
    [
        pytest.param("containerd://1.7.27", None, "1.20.15", "1.22.17", True, id="containerd"),
        pytest.param("cri-o://1.20.0", None, "1.20.15", "1.22.17", True, id="CRI-O"),
        pytest.param("docker://20.10.24", None, "1.20.15", "1.22.17", True, id="docker, whose shim is in both kubelets: its labels"),
        pytest.param("docker://20.10.24", None, "1.23.17", "1.24.17", False, id="docker, whose shim is in the old one"),
        pytest.param("docker://20.10.24", None, "1.24.17", "1.23.17", False, id="docker, whose shim is in the new one"),
        pytest.param("docker://24.0.7", None, "1.24.17", "1.27.16", True, id="docker behind cri-dockerd, which is all that is left"),
        pytest.param("DOCKER://20.10.24", None, "1.23.17", "1.24.17", False, id="in capitals"),
        pytest.param(None, "docker://c1", "1.23.17", "1.24.17", False, id="by the container's ID"),
        pytest.param("containerd://1.7.27", "docker://c1", "1.23.17", "1.24.17", False, id="by the container's ID, against its Node"),
        pytest.param("docker://20.10.24", "containerd://c1", "1.20.15", "1.22.17", True, id="a container that containerd keeps"),
        pytest.param(None, "c1", "1.20.15", "1.22.17", True, id="nobody tells"),
    ],
)
def test_by_runtime_and_kubelets(runtime: str | None, container_id: str | None, start: str, target: str, *, reached: bool) -> None:
    assert refused(runtime, start, target, container_id=container_id) is (None if reached else OverrideRefusal.OUT_OF_REACH)


@pytest.mark.parametrize("over_cri", [True, False])
def test_docker_that_is_seen_at_an_endpoint(*, over_cri: bool) -> None:
    found = refused("docker://20.10.24", "1.23.17", "1.24.17", over_cri=over_cri)
    assert found is (None if over_cri else OverrideRefusal.OUT_OF_REACH)


@pytest.mark.parametrize(
    ("runtime", "start", "target", "over_cri", "expected"),
    [
        pytest.param("docker://20.10.24", "1.20.15", "1.22.17", False, OverrideRefusal.IN_SWARM, id="its labels cannot be written"),
        pytest.param("docker://20.10.24", "1.20.15", "1.22.17", True, None, id="a proxy before cri-dockerd does not ask for that"),
        pytest.param("docker://24.0.7", "1.24.17", "1.27.16", False, None, id="nor where cri-dockerd is all that is left"),
        pytest.param("docker://20.10.24", "1.23.17", "1.24.17", False, OverrideRefusal.OUT_OF_REACH, id="out of reach in any case"),
        pytest.param("containerd://1.7.27", "1.20.15", "1.22.17", False, None, id="a docker beside the kubelet's runtime"),
    ],
)
def test_docker_in_a_swarm(runtime: str, start: str, target: str, expected: OverrideRefusal | None, *, over_cri: bool) -> None:
    assert refused(runtime, start, target, in_swarm=True, over_cri=over_cri) is expected


def test_a_swarm_is_that_of_the_node_that_was_asked() -> None:
    nodes = world.facts(with_runtime("docker://20.10.24", "v1.20.15"))
    steps = plan_steps(nodes, None, "1.22.17", CATALOG)
    for asked, swarming in ((NODE, True), ("another", False), (None, True)):
        step = with_runtimes(steps, nodes, Here(LocalKubelet(NODE), asked, in_swarm=True)).of(NODE).step
        assert step is not None
        assert step.docker_in_swarm is swarming


def test_the_form_of_a_record_tells_too() -> None:
    document = pod()
    (record,) = world.container_records(recorded_by("1.20.15", document))
    nodes = world.facts(with_runtime(None, "v1.20.15"))
    steps = plan_steps(nodes, None, "1.24.17", CATALOG)
    one = replace(planned_container("app"), container_id=record.container_id)
    for told, reached in ((None, True), ("docker", False)):
        records = Records((replace(record, runtime=told), replace(record, container_id="other", pod_uid=OTHER_UID, runtime="docker")), ())
        assert Reach(steps, nodes, records).refusal(replace(planned_pod("web-1", one, node=NODE), uid=UID), one) is (
            None if reached else OverrideRefusal.OUT_OF_REACH
        )


@pytest.mark.parametrize(
    ("text", "name"),
    [("containerd://1.7.2", "containerd"), ("Docker://x", "docker"), ("abc", None), ("", None), (None, None), ("://1", None)],
)
def test_a_runtimes_name(text: str | None, name: str | None) -> None:
    assert runtime_name(text) == name


def test_the_last_minor_with_a_dockershim_is_that_of_the_facts() -> None:
    builds = {(minor.major, minor.minor): CATALOG.builds_of(minor) for minor in CATALOG.minors()}
    found = [minor for minor, each in builds.items() if any(build.decisions.has_dockershim for build in each)]
    assert max(found) == LAST_DOCKERSHIM
