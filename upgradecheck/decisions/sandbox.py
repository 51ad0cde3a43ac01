"""Whether the new kubelet wants another sandbox for a pod, and whether it then makes one.

Mirrors podSandboxChanged in pkg/kubelet/kuberuntime/kuberuntime_manager.go, from 1.25 on PodSandboxChanged in kuberuntime/util/util.go,
and what computePodActions does with its answer. The first condition that holds decides. PID and IPC mode, sysctls, labels, runtime
class and the image of the sandbox are never compared.

differs: what the evidence does not show counts as unchanged, since the running kubelet tests the same at every sync. A pod without
any sandbox has nothing that could stop, and is not decided on here.
"""

from __future__ import annotations

from collections.abc import Sequence

from upgradecheck.decisions.initialising import was_initialised
from upgradecheck.decisions.state import ContainerState, PodState, RestartPolicy, policy_of
from upgradecheck.model.decisions import DecisionFacts
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import NetworkMode, RunState, SandboxNetwork, SandboxRecord
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind


def sandbox_changed(sandboxes: Sequence[SandboxRecord], facts: DecisionFacts, *, host_network: bool) -> Reason | None:
    """Why the sandbox must go; None if it may stay, or if no sandbox was seen. sandboxes: those of one pod, the newest first."""
    if not sandboxes:
        return None
    if sum(sandbox.ready for sandbox in sandboxes) > 1:
        return Reason.SANDBOXES_READY
    if not sandboxes[0].ready:
        return Reason.SANDBOX_NOT_READY
    network = sandboxes[0].network
    return None if network is None else _network_changed(network, facts, host_network=host_network)


def _network_changed(network: SandboxNetwork, facts: DecisionFacts, *, host_network: bool) -> Reason | None:
    mode = network.mode
    if mode is None and facts.network_mode_absent_is_pod:
        mode = NetworkMode.POD
    if mode is not None and (mode is NetworkMode.NODE) is not host_network:
        return Reason.NETWORK_MODE_CHANGED
    without_address = not network.address and (network.address is not None or not facts.empty_ip_needs_network)
    return Reason.SANDBOX_WITHOUT_ADDRESS if without_address and not host_network else None


def starts_anew(pod: PodState, build: KubeletBuild) -> bool:
    """Whether a pod whose sandbox must go gets another one and starts over; else what still runs in it is killed, and that is all.

    A Never pod starts over only if it never had a container; from 1.20 on (and late patches of 1.17 to 1.19) a pod whose containers have
    all succeeded under OnFailure does not if it was initialised. A container's own Never or Always does not count as that.
    """
    facts = build.decisions
    if pod.restart_policy is RestartPolicy.NEVER:
        return facts.never_needs_statuses and not any(one.state is not RunState.WAITING for one in pod.containers)
    left = any(not _done_once(one, pod, build) for one in pod.of_kind(ContainerKind.APP))
    return left or not (facts.nothing_to_start_needs_no_sandbox and was_initialised(pod, build))


def _done_once(container: ContainerState, pod: PodState, build: KubeletBuild) -> bool:
    """Whether it runs until it succeeds, and has. Mirrors containerSucceeded and the list of containersToStart in computePodActions.

    differs: where nobody saw how it ended, it counts as one that failed.
    """
    if policy_of(container, pod, build) is not RestartPolicy.ON_FAILURE:
        return False
    if container.state is RunState.CREATED:
        return build.decisions.created_has_succeeded
    return container.state is RunState.EXITED and container.exit_code == 0
