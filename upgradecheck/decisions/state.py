"""A pod as a restarted kubelet finds it, and the small questions that its decisions ask of it.

Mirrors ShouldContainerBeRestarted in pkg/kubelet/container/helpers.go, from 1.34 on with ContainerShouldRestart in pkg/api/v1/pod/util.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import RunState, SandboxRecord
from upgradecheck.model.schema import ContainerKind

CONTAINER_RESTART_RULES = "ContainerRestartRules"
RESTART_ALL = "RestartAllContainersOnContainerExits"
RUNS_OR_MAY = (RunState.RUNNING, RunState.UNREPORTED)


class RestartPolicy(Enum):
    """Of a pod, or (1.34 on) of a container in it."""

    ALWAYS = "Always"
    ON_FAILURE = "OnFailure"
    NEVER = "Never"


class RuleAction(Enum):
    """What a container's rule on its exit code asks for; RESTART_ALL is of every container of the pod."""

    RESTART = "Restart"
    RESTART_ALL = "RestartAllContainers"


class RestartRule(msgspec.Struct, frozen=True, gc=False):
    """A rule of a container that has a restart policy of its own. among: it holds for these exit codes; else for all others."""

    action: RuleAction | None
    codes: tuple[int, ...]
    among: bool = True

    def matches(self, exit_code: int) -> bool:
        return (exit_code in self.codes) is self.among


class ContainerState(msgspec.Struct, frozen=True, gc=False):
    """One container of the spec and what became of it.

    state is WAITING where nothing of it is left; pruned says whether that was seen in the runtime's list. unlisted: that list shows other
    containers of its pod and none anywhere that has ended, so that it tells nothing of this one. startup_probe: it has one;
    startup_pending: it has not passed. restart_policy is the container's own; restart_rules: the rules by exit code beside it.
    was_init: to the old version it was an init container, whatever it is now. active: it is in the pod's newest sandbox, as far as seen.
    """

    name: str
    kind: ContainerKind
    state: RunState
    exit_code: int | None = None
    pruned: bool = False
    unlisted: bool = False
    startup_probe: bool = False
    startup_pending: bool = False
    restart_policy: RestartPolicy | None = None
    restart_rules: tuple[RestartRule, ...] = ()
    was_init: bool = False
    active: bool = True


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

    @property
    def app_may_run(self) -> bool:
        """Whether an app container runs, or nothing tells."""
        return any(one.state in RUNS_OR_MAY for one in self.of_kind(ContainerKind.APP))


def policy_of(container: ContainerState, pod: PodState, build: KubeletBuild) -> RestartPolicy:
    """The restart policy that counts for a container: its own where this kubelet heeds it."""
    own = container.restart_policy if build.feature_gate(CONTAINER_RESTART_RULES) else None
    return own or pod.restart_policy


def starts_again(container: ContainerState, pod: PodState, build: KubeletBuild) -> bool | None:
    """Whether a container that does not run is started; None if that hangs on what nobody saw.

    That is an exit code, or whether it has ever started.
    """
    if container.state not in (RunState.EXITED, RunState.STOPPED):
        return True
    if container.exit_code is None or container.state is RunState.STOPPED:
        possible = {_by_policy(container, pod, build, failed=failed) for failed in (False, True)}
        possible |= {True} if container.state is RunState.STOPPED else set()
        return possible.pop() if len(possible) == 1 and not _heeded(container, build) else None
    action = _matching(container, container.exit_code, build)
    if action is RuleAction.RESTART or (action is RuleAction.RESTART_ALL and build.feature_gate(RESTART_ALL)):
        return True
    return _by_policy(container, pod, build, failed=container.exit_code != 0)


def restarts_all(pod: PodState, build: KubeletBuild) -> bool | None:
    """Whether a container that has ended makes this kubelet restart all of its pod; None if that hangs on an exit code that nobody saw.

    Mirrors ShouldAllContainersRestart in pkg/kubelet/container/helpers.go (1.35 on, behind a gate).
    """
    if not build.feature_gate(RESTART_ALL):
        return False
    answers = {_asks_for_all(one, build) for one in pod.containers if one.state is RunState.EXITED}
    return True if True in answers else None if None in answers else False


def _asks_for_all(container: ContainerState, build: KubeletBuild) -> bool | None:
    if not any(rule.action is RuleAction.RESTART_ALL for rule in container.restart_rules):
        return False
    return None if container.exit_code is None else _matching(container, container.exit_code, build) is RuleAction.RESTART_ALL


def _heeded(container: ContainerState, build: KubeletBuild) -> tuple[RestartRule, ...]:
    """The rules that count: those of a container with a policy of its own, where this kubelet knows them."""
    known = container.restart_policy is not None and build.feature_gate(CONTAINER_RESTART_RULES)
    return container.restart_rules if known else ()


def _matching(container: ContainerState, exit_code: int, build: KubeletBuild) -> RuleAction | None:
    """What the first rule asks for that an exit code matches. Mirrors FindMatchingContainerRestartRule in pkg/api/v1/pod/util.go."""
    return next((rule.action for rule in _heeded(container, build) if rule.matches(exit_code)), None)


def _by_policy(container: ContainerState, pod: PodState, build: KubeletBuild, *, failed: bool) -> bool:
    policy = policy_of(container, pod, build)
    return policy is RestartPolicy.ALWAYS or (policy is RestartPolicy.ON_FAILURE and failed)
