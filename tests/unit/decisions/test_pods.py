"""What a restarted kubelet does with one pod, for each reason at the first and the last version of its range (computePodActions)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from tests.builders import kubelet
from upgradecheck.decisions.pods import PodActions, compute_pod_actions
from upgradecheck.decisions.state import ContainerState, PodState, RestartPolicy, RestartRule, RuleAction
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


def stopped(name: str) -> ContainerState:
    """One that does not run, of which nothing tells whether it has ever started."""
    return ContainerState(name, APP, RunState.STOPPED)


def left(**reasons: Reason) -> PodActions:
    return PodActions(left_alone=reasons)


WEB = pod(running("app"))
JOB = pod(exited("app"), policy=ON_FAILURE)
ONCE = pod(exited("app"), policy=NEVER)
INITIALISED = pod(exited("first", kind=INIT), exited("second", kind=INIT), running("app"))
PRUNED = pod(pruned("first"), pruned("second"), running("app"))

NOT_RUNNING, FINISHED, WILL_START = Reason.NOT_RUNNING, Reason.FINISHED, Reason.WILL_START
STATE_UNKNOWN = Reason.STATE_UNKNOWN
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
ON_42 = RestartRule(RuleAction.RESTART, (42,))
BY_EXIT_CODE = replace(exited("app", 42), restart_policy=NEVER, restart_rules=(ON_42,))


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
        pytest.param(
            pod(ContainerState("app", APP, RunState.UNKNOWN)), "1.37.1", left(app=STATE_UNKNOWN), id="one of unknown state is killed first"
        ),
        pytest.param(pod(stopped("app")), "1.23.17", left(app=WILL_START), id="Always starts also what docker's list calls created"),
        pytest.param(
            pod(stopped("app"), policy=NEVER), "1.23.17", left(app=NOT_RUNNING), id="Never starts it unless it has failed to start"
        ),
        pytest.param(RULED, "1.33.13", left(app=WILL_START), id="1.33 does not know a container's own policy"),
        pytest.param(RULED, "1.34.10", left(app=WILL_START), id="1.34 has it behind a gate that is off"),
        pytest.param(RULED, "1.35.8", left(app=FINISHED), id="1.35 goes by it"),
        pytest.param(pod(BY_EXIT_CODE), "1.34.10", left(app=WILL_START), id="1.34 does not go by rules by exit code either"),
        pytest.param(pod(BY_EXIT_CODE), "1.35.8", left(app=WILL_START), id="1.35 does: the code has a rule"),
        pytest.param(pod(replace(BY_EXIT_CODE, exit_code=1)), "1.35.8", left(app=FINISHED), id="it has none"),
        pytest.param(
            pod(replace(BY_EXIT_CODE, exit_code=1, restart_rules=(replace(ON_42, among=False),))),
            "1.35.8",
            left(app=WILL_START),
            id="a rule for all codes but one",
        ),
        pytest.param(pod(replace(BY_EXIT_CODE, exit_code=None)), "1.35.8", left(app=NOT_RUNNING), id="nobody saw the code"),
        pytest.param(
            pod(replace(BY_EXIT_CODE, restart_policy=None)), "1.35.8", left(app=WILL_START), id="rules without a policy of its own are none"
        ),
        pytest.param(pod(waiting("dbg", EPHEMERAL), running("app")), "1.37.1", left(dbg=WILL_START), id="an ephemeral one is started once"),
        pytest.param(
            pod(waiting("dbg", EPHEMERAL), running("app")), "1.22.17", left(dbg=NOT_RUNNING), id="not by 1.22, where its gate is off"
        ),
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
        pytest.param(FAILED, "1.37.1", {"first": WILL_START, "app": WILL_START}, id="a failed one is started again"),
        pytest.param(
            pod(ContainerState("first", INIT, RunState.CREATED), waiting("app")),
            "1.29.8",
            {"first": NOT_RUNNING, "app": WILL_START},
            id="one that was only created is left by 1.29.8",
        ),
        pytest.param(
            pod(ContainerState("first", INIT, RunState.CREATED), waiting("app")),
            "1.29.9",
            {"first": WILL_START, "app": WILL_START},
            id="1.29.9 starts it again",
        ),
        pytest.param(
            pod(exited("first", kind=INIT), waiting("second", INIT), waiting("app")),
            "1.8.15",
            {"first": FINISHED, "second": WILL_START, "app": WILL_START},
            id="the next one is started",
        ),
        pytest.param(
            pod(running("first", INIT), waiting("second", INIT), waiting("app")),
            "1.20.15",
            {"first": Reason.KIND_NOT_COMPARED, "second": NOT_RUNNING, "app": WILL_START},
            id="one that runs is not done",
        ),
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
PROBED = pod(replace(running("mesh", SIDECAR), startup_probe=True), running("app"))
BECAME = pod(replace(exited("mesh", 0, SIDECAR), was_init=True), running("app"))


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(MESH, "1.28.15", left(mesh=Reason.KIND_NOT_COMPARED), id="1.28 does not compare sidecars"),
        pytest.param(MESH, "1.31.14", left(mesh=Reason.KIND_NOT_COMPARED), id="1.31 does not"),
        pytest.param(MESH, "1.32.0", keep_all(), id="1.32 compares them"),
        pytest.param(MESH, "1.37.1", keep_all(), id="1.37 does"),
        pytest.param(PROBED, "1.34.1", keep_all(), id="with a startup probe, too"),
        pytest.param(PROBED, "1.35.3", left(mesh=Reason.STARTUP_PROBE_FORGOTTEN), id="but for 1.35.0 to 1.35.3"),
        pytest.param(PROBED, "1.35.4", keep_all(), id="1.35.4 does again"),
        pytest.param(
            replace(PROBED, containers=(PROBED.containers[0], exited("app", 1))),
            "1.35.3",
            left(mesh=Reason.STARTUP_PROBE_FORGOTTEN, app=NOT_RUNNING),
            id="which start no app container behind it, once all have ended",
        ),
        pytest.param(
            replace(PROBED, containers=(*PROBED.containers, exited("other", 1))),
            "1.35.3",
            left(mesh=Reason.STARTUP_PROBE_FORGOTTEN, other=WILL_START),
            id="one that runs proves that it had started",
        ),
        pytest.param(
            replace(PROBED, containers=(PROBED.containers[0], exited("last", 0, INIT), exited("app", 1))),
            "1.35.3",
            left(mesh=Reason.STARTUP_PROBE_FORGOTTEN, last=FINISHED, app=WILL_START),
            id="so does an init container behind it that has ended",
        ),
        pytest.param(pod(exited("mesh", 1, SIDECAR), running("app")), "1.29.15", left(mesh=WILL_START), id="one that ended is started"),
        pytest.param(BECAME, "1.29.0", left(mesh=WILL_START), id="an init container to the old version is started as a sidecar"),
        pytest.param(BECAME, "1.37.1", left(mesh=WILL_START), id="by 1.37 too"),
        pytest.param(
            pod(waiting("first", INIT), waiting("mesh", SIDECAR), waiting("app")),
            "1.30.14",
            left(first=WILL_START, mesh=NOT_RUNNING, app=WILL_START),
            id="before its turn has come it waits",
        ),
        pytest.param(
            pod(exited("first", kind=INIT), waiting("mesh", SIDECAR), waiting("app")),
            "1.30.14",
            left(first=FINISHED, mesh=WILL_START, app=WILL_START),
            id="then it is started",
        ),
    ],
)
def test_sidecars(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(state, build(version)) == expected


SIDECAR_OF_DONE = pod(running("mesh", SIDECAR), replace(exited("app", 1), restart_policy=NEVER))
SIDECAR_BY_CODE = pod(running("mesh", SIDECAR), replace(BY_EXIT_CODE, exit_code=1))
NEVER_JOB = pod(running("mesh", SIDECAR), exited("app"), policy=NEVER)
DEBUGGED = pod(exited("app"), running("dbg", EPHEMERAL), policy=ON_FAILURE)
ENDS, INIT_FAILED, MAY_END = recreate(Reason.POD_ENDS), recreate(Reason.INIT_FAILED), Reason.POD_MAY_END
NOT_KIND = Reason.KIND_NOT_COMPARED
ALL_AGAIN = pod(
    running("app"),
    replace(exited("aide", 3), restart_policy=NEVER, restart_rules=(RestartRule(RuleAction.RESTART_ALL, (3,)),)),
)


def may_end(**reasons: Reason) -> PodActions:
    return replace(left(**reasons), open=MAY_END)


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(SIDECAR_OF_DONE, "1.33.13", left(app=WILL_START), id="1.33 starts the app by the pod's policy"),
        pytest.param(SIDECAR_OF_DONE, "1.34.10", left(app=WILL_START), id="1.34 too"),
        pytest.param(SIDECAR_OF_DONE, "1.35.0", ENDS, id="by 1.35 the app is done for good, and the sidecar goes with it"),
        pytest.param(SIDECAR_OF_DONE, "1.37.1", ENDS, id="in 1.37 too"),
        pytest.param(NEVER_JOB, "1.29.15", ENDS, id="the sidecar of a Never pod that is done"),
        pytest.param(NEVER_JOB, "1.36.4", ENDS, id="in 1.36 too"),
        pytest.param(
            pod(running("mesh", SIDECAR), exited("app"), running("other"), policy=NEVER),
            "1.36.4",
            left(app=FINISHED),
            id="another app container runs",
        ),
        pytest.param(DEBUGGED, "1.16.15", ENDS, id="a debug container does not keep a pod"),
        pytest.param(DEBUGGED, "1.37.1", ENDS, id="nor in 1.37"),
        pytest.param(SIDECAR_BY_CODE, "1.35.8", ENDS, id="no rule has the exit code"),
        pytest.param(pod(running("mesh", SIDECAR), BY_EXIT_CODE), "1.35.8", left(app=WILL_START), id="a rule has it"),
        pytest.param(
            pod(running("mesh", SIDECAR), replace(BY_EXIT_CODE, exit_code=None)),
            "1.35.8",
            may_end(app=NOT_RUNNING),
            id="rules, and nobody saw how it ended",
        ),
        pytest.param(
            pod(running("mesh", SIDECAR), exited("app", None), policy=ON_FAILURE),
            "1.30.14",
            may_end(mesh=NOT_KIND, app=NOT_RUNNING),
            id="OnFailure, and nobody saw how it ended",
        ),
        pytest.param(
            pod(running("mesh", SIDECAR), exited("app", None), policy=NEVER), "1.30.14", ENDS, id="Never ends it, however it ended"
        ),
        pytest.param(pod(exited("app"), policy=NEVER), "1.37.1", left(app=FINISHED), id="of a pod that has ended nothing is stopped"),
        pytest.param(
            pod(exited("first", 1, INIT), running("app"), policy=NEVER),
            "1.20.15",
            INIT_FAILED,
            id="up to 1.20 a failed init container ends it",
        ),
        pytest.param(
            pod(exited("first", 1, INIT), running("app"), policy=NEVER),
            "1.21.14",
            left(first=NOT_RUNNING),
            id="from 1.21 on the app proves it",
        ),
        pytest.param(
            pod(running("first", INIT), exited("second", 1, INIT), ContainerState("app", APP, RunState.UNKNOWN), policy=NEVER),
            "1.37.1",
            left(first=Reason.KIND_NOT_COMPARED, second=NOT_RUNNING, app=STATE_UNKNOWN),
            id="an app container of whatever state has started, for 1.37",
        ),
        pytest.param(
            pod(ContainerState("first", INIT, RunState.UNKNOWN), running("app"), policy=NEVER),
            "1.14.10",
            INIT_FAILED,
            id="one of unknown state has failed",
        ),
        pytest.param(
            pod(ContainerState("first", INIT, RunState.UNKNOWN), running("app"), policy=NEVER),
            "1.13.12",
            left(first=STATE_UNKNOWN),
            id="up to 1.13 it has not, and is started again, killed before",
        ),
        pytest.param(
            pod(exited("first", None, INIT), running("app"), policy=NEVER),
            "1.20.15",
            left(first=NOT_RUNNING),
            id="that the app runs shows that it succeeded, whoever saw it",
        ),
        pytest.param(
            pod(running("mesh", SIDECAR), exited("last", 1, INIT), waiting("app"), policy=NEVER),
            "1.30.14",
            INIT_FAILED,
            id="a sidecar goes with the init container behind it that failed",
        ),
        pytest.param(
            pod(running("mesh", SIDECAR), exited("last", None, INIT), waiting("app"), policy=NEVER),
            "1.30.14",
            may_end(mesh=NOT_KIND, last=NOT_RUNNING, app=WILL_START),
            id="nobody saw whether it failed",
        ),
        pytest.param(
            pod(running("mesh", SIDECAR), exited("last", 1, INIT), exited("app", 0), policy=NEVER),
            "1.28.1",
            ENDS,
            id="1.28 takes an app container that has ended for proof, and ends the pod for its sake",
        ),
        pytest.param(ALL_AGAIN, "1.35.8", left(aide=FINISHED), id="1.35 has rules for the whole pod behind a gate"),
        pytest.param(
            ALL_AGAIN, "1.36.4", replace(left(aide=WILL_START), restarts=Reason.RESTARTS_ALL), id="1.36 restarts all that runs in its pod"
        ),
    ],
)
def test_the_last_step(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(state, build(version)) == expected


OWN_NEVER = pod(replace(exited("app"), restart_policy=NEVER))
OWN_ON_FAILURE = pod(replace(exited("app"), restart_policy=ON_FAILURE))
CREATED = pod(ContainerState("app", APP, RunState.CREATED), policy=ON_FAILURE)


@pytest.mark.parametrize(
    ("state", "version", "expected"),
    [
        pytest.param(OWN_NEVER, "1.36.4", recreate(NOT_READY), id="a container's own Never runs a second time in another sandbox"),
        pytest.param(OWN_ON_FAILURE, "1.36.4", left(app=FINISHED), id="its own OnFailure does not"),
        pytest.param(OWN_ON_FAILURE, "1.33.13", recreate(NOT_READY), id="1.33 goes by the pod's"),
        pytest.param(CREATED, "1.30.14", left(app=NOT_RUNNING), id="up to 1.31 one that was only created has succeeded"),
        pytest.param(CREATED, "1.31.14", left(app=NOT_RUNNING), id="1.31 is the last"),
        pytest.param(CREATED, "1.32.0", recreate(NOT_READY), id="from 1.32 on it has not"),
        pytest.param(CREATED, "1.16.15", recreate(NOT_READY), id="1.16 makes another sandbox anyhow"),
    ],
)
def test_what_is_started_in_another_sandbox(state: PodState, version: str, expected: PodActions) -> None:
    assert compute_pod_actions(in_sandboxes(state, DEAD), build(version)) == expected


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
    assert compute_pod_actions(state, build(version), cgroup_gone=Reason.CGROUP_MISSING) == expected
