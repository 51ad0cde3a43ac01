"""A pod as a restarted kubelet finds it, and the small questions that its decisions ask of it.

Mirrors ShouldContainerBeRestarted in pkg/kubelet/container/helpers.go and findNextInitContainerToRun in
pkg/kubelet/kuberuntime/kuberuntime_container.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from upgradecheck.model.decisions import DecisionFacts, InitLogic
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import RunState, SandboxRecord
from upgradecheck.model.schema import ContainerKind

CONTAINER_RESTART_RULES = "ContainerRestartRules"


class RestartPolicy(Enum):
    """Of a pod, or (1.34 on) of a container in it."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


class ContainerState(msgspec.Struct, frozen=True, gc=False):
    """One container of the spec and what became of it.

    state is WAITING where nothing of it is left; recorded says whether that was seen in the runtime's list. startup_probe: it has
    one; startup_pending: it has not passed. restart_policy is the container's own; restart_rules: it has rules by exit code, too.
    was_init: to the old version it was an init container, whatever it is now.
    """

    name: str
    kind: ContainerKind
    state: RunState
    exit_code: int | None = None
    pruned: bool = False
    startup_probe: bool = False
    startup_pending: bool = False
    restart_policy: RestartPolicy | None = None
    restart_rules: bool = False
    was_init: bool = False

    @property
    def succeeded(self) -> bool:
        return self.state is RunState.EXITED and self.exit_code == 0


class PodState(msgspec.Struct, frozen=True, gc=False):
    """A pod's spec as far as decisions ask for it, its containers in spec order, and its sandboxes, the newest first."""

    restart_policy: RestartPolicy
    host_network: bool
    containers: tuple[ContainerState, ...]
    sandboxes: Sequence[SandboxRecord] = ()

    def of_kind(self, *kinds: ContainerKind) -> tuple[ContainerState, ...]:
        """The containers of these kinds."""
        return tuple(one for one in self.containers if one.kind in kinds)

    @property
    def app_runs(self) -> bool:
        """Whether an app container runs."""
        return any(one.state is RunState.RUNNING for one in self.of_kind(ContainerKind.APP))


def starts_again(container: ContainerState, pod: PodState, build: KubeletBuild) -> bool | None:
    """Whether a container that does not run is started; None if that hangs on an exit code that nobody saw, or on rules by exit code."""
    if container.state is not RunState.EXITED:
        return True
    policy = pod.restart_policy
    if build.feature_gate(CONTAINER_RESTART_RULES):
        if container.restart_rules:
            return None
        policy = container.restart_policy or policy
    if policy is RestartPolicy.ON_FAILURE:
        return None if container.exit_code is None else container.exit_code != 0
    return policy is RestartPolicy.ALWAYS


def next_init(pod: PodState) -> tuple[ContainerState, ...]:
    """The init containers that findNextInitContainerToRun would still run, judging by their own records; none if all is done.

    A failed one comes again with those behind it; else those behind the last that is done or runs, so that all run again where every
    record was pruned.
    """
    inits = pod.of_kind(ContainerKind.INIT, ContainerKind.SIDECAR)
    for index in range(len(inits) - 1, -1, -1):
        if inits[index].state is RunState.EXITED and inits[index].exit_code not in (0, None):
            return inits[index:]
    for index in range(len(inits) - 1, -1, -1):
        if inits[index].state in (RunState.RUNNING, RunState.EXITED):
            return inits[index + 1 :]
    return inits


def is_initialised(pod: PodState, facts: DecisionFacts) -> bool:
    """Whether this kubelet finds that nothing is left to do before the app containers."""
    if facts.init_logic is InitLogic.NEXT:
        return not next_init(pod)
    if facts.init_logic is InitLogic.NEXT_UNLESS_APP_RUNS:
        return pod.app_runs or not next_init(pod)
    return any(one.state is not RunState.WAITING for one in pod.of_kind(ContainerKind.APP)) or not next_init(pod)
