"""What a restarted kubelet does with one pod, for each reason at the first and the last version of its range (computePodActions)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.pods import PodActions, compute_pod_actions
from upgradecheck.decisions.state import ContainerState, PodState, RestartPolicy
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NetworkMode, Origin, PodSource, RunState, SandboxNetwork, SandboxRecord
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind

APP, INIT, SIDECAR, EPHEMERAL = ContainerKind.APP, ContainerKind.INIT, ContainerKind.SIDECAR, ContainerKind.EPHEMERAL
ALWAYS, ON_FAILURE, NEVER = RestartPolicy.ALWAYS, RestartPolicy.ON_FAILURE, RestartPolicy.NEVER

READY = SandboxRecord("s1", "uid", "shop", "web", 0, True, 10, PodSource.API, None, Origin("crictl-pods.json"))
DEAD = replace(READY, ready=False)
OLDER = replace(READY, sandbox_id="s0", created_at=5)


def build(version: str) -> KubeletBuild:
    (found,) = kubelet(version).builds
    return found


def running(name: str, kind: ContainerKind = APP) -> ContainerState:
    return ContainerState(name, kind, RunState.RUNNING)


def exited(name: str, code: int | None = 0, kind: ContainerKind = APP) -> ContainerState:
    return ContainerState(name, kind, RunState.EXITED, code)


def waiting(name: str, kind: ContainerKind = APP) -> ContainerState:
    return ContainerState(name, kind, RunState.WAITING)


def pruned(name: str, kind: ContainerKind = INIT) -> ContainerState:
    return replace(waiting(name, kind), pruned=True)


def pod(*containers: ContainerState, policy: RestartPolicy = ALWAYS, host_network: bool = False) -> PodState:
    return PodState(policy, host_network, containers, (READY,))


def in_sandboxes(state: PodState, *sandboxes: SandboxRecord) -> PodState:
    return replace(state, sandboxes=sandboxes)


def in_network(state: PodState, mode: NetworkMode | None, address: str | None) -> PodState:
    return in_sandboxes(state, replace(READY, network=SandboxNetwork(mode, address)))


def keep_all() -> PodActions:
    return PodActions()


def recreate(reason: Reason) -> PodActions:
    return PodActions(reason)


def left(**reasons: Reason) -> PodActions:
    return PodActions(left_alone=reasons)


WEB = pod(running("app"))
JOB = pod(exited("app"), policy=ON_FAILURE)
ONCE = pod(exited("app"), policy=NEVER)
INITIALISED = pod(exited("first", kind=INIT), exited("second", kind=INIT), running("app"))
PRUNED = pod(pruned("first"), pruned("second"), running("app"))

NOT_RUNNING, FINISHED, WILL_START = Reason.NOT_RUNNING, Reason.FINISHED, Reason.WILL_START
NOT_READY, NO_ADDRESS, MODE = Reason.SANDBOX_NOT_READY, Reason.SANDBOX_WITHOUT_ADDRESS, Reason.NETWORK_MODE_CHANGED


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(WEB, "1.8.15", keep_all(), id="nothing changed, nothing happens"),
        pytest.param(WEB, "1.37.1", keep_all(), id="nor in the newest"),
        pytest.param(in_sandboxes(WEB), "1.37.1", keep_all(), id="no sandbox was seen, so it counts as unchanged"),
        pytest.param(in_sandboxes(WEB, DEAD), "1.8.15", recreate(NOT_READY), id="the newest sandbox is not ready"),
        pytest.param(in_sandboxes(WEB, DEAD), "1.37.1", recreate(NOT_READY), id="nor is it for 1.37"),
        pytest.param(in_sandboxes(WEB, DEAD, OLDER), "1.30.14", recreate(NOT_READY), id="an older one that is ready does not help"),
        pytest.param(in_sandboxes(WEB, READY, OLDER), "1.30.14", recreate(Reason.SANDBOXES_READY), id="two are ready"),
        pytest.param(in_sandboxes(WEB, READY, replace(OLDER, ready=False)), "1.30.14", keep_all(), id="a dead older one is no matter"),
        pytest.param(in_network(WEB, NetworkMode.POD, "10.0.0.7"), "1.37.1", keep_all(), id="own network with an address"),
        pytest.param(
            in_network(WEB, NetworkMode.NODE, "10.0.0.7"), "1.8.15", recreate(MODE), id="the node's network, and the spec wants its own"
        ),
        pytest.param(
            in_network(pod(running("app"), host_network=True), NetworkMode.NODE, ""),
            "1.37.1",
            keep_all(),
            id="host network needs no address",
        ),
        pytest.param(
            in_network(pod(running("app"), host_network=True), None, ""), "1.9.11", keep_all(), id="no options: unchanged up to 1.9"
        ),
        pytest.param(
            in_network(pod(running("app"), host_network=True), None, ""),
            "1.10.13",
            recreate(MODE),
            id="no options: own network from 1.10 on",
        ),
        pytest.param(in_network(WEB, NetworkMode.POD, ""), "1.8.15", recreate(NO_ADDRESS), id="the address is gone"),
        pytest.param(in_network(WEB, NetworkMode.POD, ""), "1.37.1", recreate(NO_ADDRESS), id="the address is gone for 1.37"),
        pytest.param(
            in_network(WEB, NetworkMode.POD, None), "1.24.17", recreate(NO_ADDRESS), id="no network part is no address up to 1.24"
        ),
        pytest.param(in_network(WEB, NetworkMode.POD, None), "1.25.16", keep_all(), id="from 1.25 on it says nothing"),
    ],
)
def test_sandbox(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(state, build(version)) == expected


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(pod(exited("app")), "1.37.1", recreate(NOT_READY), id="Always starts over"),
        pytest.param(pod(exited("app", 1), policy=ON_FAILURE), "1.37.1", recreate(NOT_READY), id="OnFailure starts over after a failure"),
        pytest.param(JOB, "1.8.15", recreate(NOT_READY), id="OnFailure, all succeeded: starts over up to 1.17.14"),
        pytest.param(JOB, "1.17.14", recreate(NOT_READY), id="1.17.14 is the last of its line"),
        pytest.param(JOB, "1.17.15", left(app=FINISHED), id="OnFailure, all succeeded: done from 1.17.15 on"),
        pytest.param(JOB, "1.18.12", recreate(NOT_READY), id="1.18.12 starts over"),
        pytest.param(JOB, "1.18.13", left(app=FINISHED), id="1.18.13 does not"),
        pytest.param(JOB, "1.19.3", recreate(NOT_READY), id="1.19.3 starts over"),
        pytest.param(JOB, "1.19.4", left(app=FINISHED), id="1.19.4 does not"),
        pytest.param(JOB, "1.37.1", left(app=FINISHED), id="1.37 does not"),
        pytest.param(pod(exited("app", None), policy=ON_FAILURE), "1.37.1", recreate(NOT_READY), id="nobody saw how it ended"),
        pytest.param(ONCE, "1.8.15", left(app=FINISHED), id="Never with a container that ran is done"),
        pytest.param(ONCE, "1.37.1", left(app=FINISHED), id="so it is in 1.37"),
        pytest.param(pod(running("app"), policy=NEVER), "1.37.1", recreate(NOT_READY), id="Never: what runs dies and stays dead"),
        pytest.param(
            pod(waiting("app"), policy=NEVER), "1.13.7", left(app=NOT_RUNNING), id="Never without container: nothing up to 1.13.7"
        ),
        pytest.param(
            pod(waiting("app"), policy=NEVER), "1.13.8", recreate(NOT_READY), id="Never without container: tried again from 1.13.8"
        ),
        pytest.param(pod(waiting("app"), policy=NEVER), "1.14.3", left(app=NOT_RUNNING), id="not by 1.14.3"),
        pytest.param(pod(waiting("app"), policy=NEVER), "1.14.4", recreate(NOT_READY), id="by 1.14.4"),
        pytest.param(pod(waiting("app"), policy=NEVER), "1.15.0", left(app=NOT_RUNNING), id="not by 1.15.0"),
        pytest.param(pod(waiting("app"), policy=NEVER), "1.15.1", recreate(NOT_READY), id="by 1.15.1"),
    ],
)
def test_a_pod_whose_sandbox_is_dead(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(in_sandboxes(state, DEAD), build(version)) == expected


RULED = pod(replace(exited("app", 1), restart_policy=NEVER))
BY_EXIT_CODE = pod(replace(exited("app", 1), restart_rules=True))


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(pod(exited("app")), "1.8.15", left(app=WILL_START), id="Always starts it"),
        pytest.param(pod(exited("app", 1), policy=ON_FAILURE), "1.37.1", left(app=WILL_START), id="OnFailure starts it after a failure"),
        pytest.param(JOB, "1.37.1", left(app=FINISHED), id="OnFailure leaves it after success"),
        pytest.param(
            pod(exited("app", None), policy=ON_FAILURE), "1.37.1", left(app=NOT_RUNNING), id="OnFailure, and nobody saw how it ended"
        ),
        pytest.param(pod(exited("app", 1), policy=NEVER), "1.37.1", left(app=FINISHED), id="Never leaves it"),
        pytest.param(pod(waiting("app"), policy=NEVER), "1.37.1", left(app=WILL_START), id="one that never ran is started"),
        pytest.param(pod(ContainerState("app", APP, RunState.UNKNOWN)), "1.37.1", left(app=WILL_START), id="one of unknown state too"),
        pytest.param(RULED, "1.33.13", left(app=WILL_START), id="1.33 does not know a container's own policy"),
        pytest.param(RULED, "1.34.10", left(app=WILL_START), id="1.34 has it behind a gate that is off"),
        pytest.param(RULED, "1.35.8", left(app=FINISHED), id="1.35 goes by it"),
        pytest.param(BY_EXIT_CODE, "1.35.8", left(app=NOT_RUNNING), id="rules by exit code are not told here"),
        pytest.param(
            pod(exited("dbg", 0, EPHEMERAL), running("app")), "1.37.1", left(dbg=FINISHED), id="an ephemeral one is never started again"
        ),
        pytest.param(pod(running("dbg", EPHEMERAL), running("app")), "1.16.15", left(dbg=Reason.KIND_NOT_COMPARED), id="nor ever compared"),
    ],
)
def test_containers_that_do_not_run(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(state, build(version)) == expected


DONE = {"first": FINISHED, "second": FINISHED}
AGAIN = {"first": Reason.INIT_RERUNS, "second": Reason.INIT_RERUNS}
FAILED = pod(exited("first", 1, INIT), waiting("app"))


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(INITIALISED, "1.8.15", DONE, id="init containers that are done are left"),
        pytest.param(INITIALISED, "1.37.1", DONE, id="in 1.37 too"),
        pytest.param(PRUNED, "1.8.15", AGAIN, id="their records are gone: they run again"),
        pytest.param(PRUNED, "1.20.15", AGAIN, id="1.20 is the last to do so"),
        pytest.param(PRUNED, "1.21.14", {"first": NOT_RUNNING, "second": NOT_RUNNING}, id="from 1.21 on a running app container is proof"),
        pytest.param(PRUNED, "1.37.1", {"first": NOT_RUNNING, "second": NOT_RUNNING}, id="in 1.37 too"),
        pytest.param(
            pod(exited("first", kind=INIT), pruned("second"), running("app")),
            "1.20.15",
            {"first": FINISHED, "second": Reason.INIT_RERUNS},
            id="only those behind the last one on record",
        ),
        pytest.param(
            pod(pruned("first"), exited("second", kind=INIT), running("app")),
            "1.20.15",
            {"first": NOT_RUNNING, "second": FINISHED},
            id="the last one on record is enough",
        ),
        pytest.param(FAILED, "1.37.1", {"first": NOT_RUNNING, "app": WILL_START}, id="a failed one is not finished"),
        pytest.param(
            pod(running("first", INIT), waiting("app")),
            "1.37.1",
            {"first": Reason.KIND_NOT_COMPARED, "app": WILL_START},
            id="one that runs is not compared",
        ),
    ],
)
def test_init_containers(state: PodState, version: str, expected: Mapping[str, Reason]) -> None:
    assert compute_pod_actions(state, build(version)) == PodActions(left_alone=expected)


MESH = pod(running("mesh", SIDECAR), running("app"))
BECAME = pod(replace(exited("mesh", 0, SIDECAR), was_init=True), running("app"))


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(MESH, "1.28.15", left(mesh=Reason.KIND_NOT_COMPARED), id="1.28 does not compare sidecars"),
        pytest.param(MESH, "1.31.14", left(mesh=Reason.KIND_NOT_COMPARED), id="1.31 does not"),
        pytest.param(MESH, "1.32.0", keep_all(), id="1.32 compares them"),
        pytest.param(MESH, "1.37.1", keep_all(), id="1.37 does"),
        pytest.param(pod(exited("mesh", 1, SIDECAR), running("app")), "1.29.15", left(mesh=WILL_START), id="one that ended is started"),
        pytest.param(BECAME, "1.29.0", left(mesh=WILL_START), id="an init container to the old version is started as a sidecar"),
        pytest.param(BECAME, "1.37.1", left(mesh=WILL_START), id="by 1.37 too"),
        pytest.param(
            pod(waiting("first", INIT), waiting("mesh", SIDECAR), waiting("app")),
            "1.30.14",
            left(first=NOT_RUNNING, mesh=NOT_RUNNING, app=WILL_START),
            id="before its turn has come it waits",
        ),
    ],
)
def test_sidecars(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(state, build(version)) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        pytest.param(in_sandboxes(WEB, DEAD), recreate(Reason.CGROUP_MISSING), id="the cgroup goes before the sandbox"),
        pytest.param(pod(running("app"), policy=NEVER), recreate(Reason.CGROUP_MISSING), id="Never is killed and stays dead"),
        pytest.param(pod(exited("app"), policy=ON_FAILURE), left(app=FINISHED), id="without a running app container it is a first sync"),
        pytest.param(pod(running("mesh", SIDECAR), exited("app")), left(app=WILL_START), id="a running sidecar does not count"),
    ],
)
@pytest.mark.parametrize("version", ["1.32.13", "1.37.1"])
def test_a_pod_without_its_cgroup(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(state, build(version), cgroup_missing=True) == expected
