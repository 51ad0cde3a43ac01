"""What the new kubelet does with one pod at its first sync, up to the comparison of hashes.

Mirrors computePodActions in pkg/kubelet/kuberuntime/kuberuntime_manager.go, computeInitContainerActions in kuberuntime_container.go, and
what SyncPod in pkg/kubelet/kubelet.go does before them. The order counts: a pod whose cgroup is missing is killed before its sandbox is
looked at, a changed sandbox takes the containers along before any hash is, and only what runs is compared.

differs: liveness and startup probes that fail are not foreseen.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.decisions.sandbox import sandbox_changed, starts_anew
from upgradecheck.decisions.state import ContainerState, PodState, is_initialised, next_init, starts_again
from upgradecheck.model.decisions import InitLogic
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind

_RUNS_OR_MAY = (RunState.RUNNING, RunState.UNREPORTED)


class PodActions(msgspec.Struct, frozen=True, gc=False):
    """recreate: why everything in the pod goes. Else left_alone names, for each container whose hash is not looked at, the reason; all
    others are compared. Each of these reasons comes from one step.
    """

    recreate: Reason | None = None
    left_alone: Mapping[str, Reason] = msgspec.field(default_factory=dict)


def compute_pod_actions(pod: PodState, build: KubeletBuild, *, cgroup_missing: bool = False) -> PodActions:
    """The decision on a pod. cgroup_missing: no cgroup is where this kubelet looks for the pod's."""
    if cgroup_missing and pod.app_runs:
        return PodActions(Reason.CGROUP_MISSING)
    changed = sandbox_changed(pod.sandboxes, build.decisions, host_network=pod.host_network)
    if changed is None:
        return PodActions(left_alone=_left_alone(pod, build))
    if another_sandbox_matters(pod, build):
        return PodActions(changed)
    return PodActions(left_alone={one.name: _at_rest(one) for one in pod.containers})


def another_sandbox_matters(pod: PodState, build: KubeletBuild) -> bool:
    """Whether a sandbox that must go takes something along: something of the pod runs, or is to run in another one."""
    return starts_anew(pod, build) or any(one.state is RunState.RUNNING for one in pod.containers)


def _at_rest(container: ContainerState) -> Reason:
    return Reason.FINISHED if container.state is RunState.EXITED else Reason.NOT_RUNNING


def _left_alone(pod: PodState, build: KubeletBuild) -> dict[str, Reason]:
    again = _init_that_runs_again(pod, build)
    found = {}
    for one in pod.containers:
        reason = Reason.INIT_RERUNS if one in again else _not_compared(one, pod, build)
        if reason is not None:
            found[one.name] = reason
    return found


def _init_that_runs_again(pod: PodState, build: KubeletBuild) -> tuple[ContainerState, ...]:
    """Init containers whose records are gone, and that therefore run again though app containers run; the app containers wait meanwhile.

    Up to 1.20. Runtimes lose them to `docker container prune` and the like.
    """
    if build.decisions.init_logic is not InitLogic.NEXT or not pod.app_runs:
        return ()
    coming = next_init(pod)
    return coming if any(one.pruned for one in coming) else ()


def _not_compared(container: ContainerState, pod: PodState, build: KubeletBuild) -> Reason | None:
    """Why the hash of a container is not looked at; None if it is."""
    if container.kind is ContainerKind.EPHEMERAL:
        return _of_ephemeral(container)
    if container.kind is ContainerKind.APP:
        return None if container.state in _RUNS_OR_MAY else _of_app(container, pod, build)
    if container.kind is ContainerKind.INIT:
        return _of_init(container)
    return _of_sidecar(container, pod, build)


def _of_ephemeral(container: ContainerState) -> Reason:
    if container.state in _RUNS_OR_MAY:
        return Reason.KIND_NOT_COMPARED
    return _at_rest(container)


def _of_app(container: ContainerState, pod: PodState, build: KubeletBuild) -> Reason:
    again = starts_again(container, pod, build)
    if again is None:
        return Reason.NOT_RUNNING
    return Reason.WILL_START if again else Reason.FINISHED


def _of_init(container: ContainerState) -> Reason:
    if container.state in _RUNS_OR_MAY:
        return Reason.KIND_NOT_COMPARED
    return Reason.FINISHED if container.succeeded else Reason.NOT_RUNNING


def _of_sidecar(container: ContainerState, pod: PodState, build: KubeletBuild) -> Reason | None:
    """A sidecar that does not run is started, also one that an older kubelet took for a plain init container and let come to its end."""
    if container.state in _RUNS_OR_MAY:
        return None if ContainerKind.SIDECAR in build.schema.kinds_compared else Reason.KIND_NOT_COMPARED
    return Reason.WILL_START if container.was_init or is_initialised(pod, build.decisions) else Reason.NOT_RUNNING
