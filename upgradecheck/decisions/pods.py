"""What the new kubelet does with one pod at its first sync, up to the comparison of hashes.

Mirrors computePodActions in pkg/kubelet/kuberuntime/kuberuntime_manager.go, computeInitContainerActions in kuberuntime_container.go, and
what SyncPod in pkg/kubelet/kubelet.go does before them. The order counts: a pod whose cgroup is missing is killed before its sandbox is
looked at, a changed sandbox takes the containers along before any hash is, and only what runs is compared. Last, a pod of which no app
container is kept or started is killed, with its sidecars and debug containers, and does not come back: since who runs with another hash is
started again, that hangs on no hash.

differs: liveness and startup probes that fail are not foreseen.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.decisions.comparing import startup_of
from upgradecheck.decisions.initialising import InitProgress, init_progress
from upgradecheck.decisions.sandbox import sandbox_changed, starts_anew
from upgradecheck.decisions.state import RUNS_OR_MAY, ContainerState, PodState, restarts_all, starts_again
from upgradecheck.model.decisions import InitLogic, SidecarStartup
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind

_EPHEMERAL_CONTAINERS = "EphemeralContainers"


class PodActions(msgspec.Struct, frozen=True, gc=False):
    """recreate: why everything in the pod goes. Else left_alone names, for each container whose hash is not looked at, the reason; all
    others are compared. Each of these reasons comes from one step.

    restarts: why all that runs is killed and started again in its sandbox. open: why it is not known whether what runs is killed; of a
    container whose hash says that it is restarted anyway, that stands.
    """

    recreate: Reason | None = None
    left_alone: Mapping[str, Reason] = msgspec.field(default_factory=dict)
    restarts: Reason | None = None
    open: Reason | None = None


def compute_pod_actions(pod: PodState, build: KubeletBuild, *, cgroup_gone: Reason | None = None) -> PodActions:
    """The decision on a pod. cgroup_gone: why no cgroup is where this kubelet looks for the pod's; None if it is there."""
    if cgroup_gone is not None and pod.app_may_run:
        return PodActions(cgroup_gone)
    changed = sandbox_changed(pod.sandboxes, build.decisions, host_network=pod.host_network)
    if changed is None:
        return _in_its_sandbox(pod, build)
    if another_sandbox_matters(pod, build):
        return PodActions(changed)
    return PodActions(left_alone={one.name: _at_rest(one) for one in pod.containers})


def another_sandbox_matters(pod: PodState, build: KubeletBuild) -> bool:
    """Whether a sandbox that must go takes something along: something of the pod runs, or is to run in another one."""
    return starts_anew(pod, build) or _something_runs(pod)


def ends(pod: PodState, build: KubeletBuild, init: InitProgress) -> bool | None:
    """Whether a pod is killed for good, since no app container of it is kept or started; None if that hangs on an unseen exit code."""
    if init.ends_pod is not False:
        return init.ends_pod
    apps = pod.of_kind(ContainerKind.APP)
    if not init.done or any(one.state in RUNS_OR_MAY for one in apps):
        return False
    again = {starts_again(one, pod, build) for one in apps}
    return False if True in again else None if None in again else True


def _something_runs(pod: PodState) -> bool:
    return any(one.state is RunState.RUNNING for one in pod.containers)


def _in_its_sandbox(pod: PodState, build: KubeletBuild) -> PodActions:
    init = init_progress(pod, build)
    left_alone = _left_alone(pod, build, init)
    if not _something_runs(pod):
        return PodActions(left_alone=left_alone)
    together = restarts_all(pod, build)
    if together:
        return PodActions(left_alone=left_alone, restarts=Reason.RESTARTS_ALL)
    ended = ends(pod, build, init)
    if ended:
        return PodActions(Reason.INIT_FAILED if init.ends_pod else Reason.POD_ENDS)
    return PodActions(left_alone=left_alone, open=Reason.POD_MAY_END if ended is None or together is None else None)


def _at_rest(container: ContainerState) -> Reason:
    if container.state is RunState.UNKNOWN:
        return Reason.STATE_UNKNOWN
    return Reason.FINISHED if container.state is RunState.EXITED else Reason.NOT_RUNNING


def _left_alone(pod: PodState, build: KubeletBuild, init: InitProgress) -> dict[str, Reason]:
    found = {one.name: _not_compared(one, pod, build, init) for one in pod.containers}
    if build.decisions.init_logic is InitLogic.NEXT and pod.app_runs:
        found |= _running_again(pod, init)
    return {name: reason for name, reason in found.items() if reason is not None}


def _running_again(pod: PodState, init: InitProgress) -> Mapping[str, Reason]:
    """Init containers whose records are gone, and that therefore run again though app containers run; the app containers wait meanwhile.

    Up to 1.20. Runtimes lose them to `docker container prune` and the like. Those behind the first of them follow it.
    """
    inits = pod.of_kind(ContainerKind.INIT, ContainerKind.SIDECAR)
    first = next((index for index, one in enumerate(inits) if one.name in init.starts), len(inits))
    coming = inits[first:]
    if any(one.pruned for one in coming):
        return {one.name: Reason.INIT_RERUNS for one in coming}
    if inits and inits[-1].unlisted:
        return {one.name: Reason.INIT_MAY_RERUN for one in inits if one.unlisted}
    return {one.name: Reason.NOT_RUNNING for one in coming if one.state is RunState.WAITING}


def _not_compared(container: ContainerState, pod: PodState, build: KubeletBuild, init: InitProgress) -> Reason | None:
    """Why the hash of a container is not looked at; None if it is."""
    if container.state is RunState.UNKNOWN:
        return Reason.STATE_UNKNOWN if _is_killed(container, init) else Reason.NOT_RUNNING
    runs = container.state in RUNS_OR_MAY
    match container.kind:
        case ContainerKind.APP:
            return None if runs else _of_app(container, pod, build)
        case ContainerKind.SIDECAR if runs and ContainerKind.SIDECAR in build.schema.kinds_compared:
            return Reason.STARTUP_PROBE_FORGOTTEN if forgets_startup(container, build) else None
        case ContainerKind.EPHEMERAL:
            starts = container.state is RunState.WAITING and _starts_ephemeral(build)
        case _:
            starts = container.name in init.starts
    if runs:
        return Reason.KIND_NOT_COMPARED
    if starts or (container.kind is ContainerKind.SIDECAR and container.was_init):
        return Reason.WILL_START
    done = container.kind is ContainerKind.EPHEMERAL or (container.kind is ContainerKind.INIT and container.exit_code == 0)
    return _at_rest(container) if done else Reason.NOT_RUNNING


def _is_killed(container: ContainerState, init: InitProgress) -> bool:
    """Whether a container of which the runtime does not know whether it runs is started, hence killed before that, or goes with its pod.

    Plain init containers behind which something has begun are not looked at, and debug containers never. Up to 1.13 none is killed first.
    """
    if container.kind is ContainerKind.INIT:
        return container.name in init.starts or init.ends_pod is not False
    return container.kind is not ContainerKind.EPHEMERAL


def forgets_startup(container: ContainerState, build: KubeletBuild) -> bool:
    """Whether this kubelet, started while the sidecar runs, never gets a result of its startup probe."""
    return (
        container.kind is ContainerKind.SIDECAR
        and container.startup_probe
        and container.state in RUNS_OR_MAY
        and startup_of(build) is SidecarStartup.NEVER_COMPARED
    )


def _waits_for_ever(pod: PodState, build: KubeletBuild) -> bool:
    """Whether app containers wait for a sidecar that this kubelet never takes for started; one of them that is there proves that it was."""
    inits = pod.of_kind(ContainerKind.INIT, ContainerKind.SIDECAR)
    begun = any(one.state in (RunState.RUNNING, RunState.CREATED) for one in pod.of_kind(ContainerKind.APP))
    return bool(inits) and forgets_startup(inits[-1], build) and not begun


def _of_app(container: ContainerState, pod: PodState, build: KubeletBuild) -> Reason:
    again = starts_again(container, pod, build)
    if again is None or (again and _waits_for_ever(pod, build)):
        return Reason.NOT_RUNNING
    return Reason.WILL_START if again else Reason.FINISHED


def _starts_ephemeral(build: KubeletBuild) -> bool:
    """Whether this kubelet starts ephemeral containers: from 1.25 on without a gate."""
    return build.feature_gate(_EPHEMERAL_CONTAINERS)
