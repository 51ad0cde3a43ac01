"""How far a restarted kubelet finds that the init containers of a pod have come, and which of them it starts.

Two functions of upstream's do that, in pkg/kubelet/kuberuntime/kuberuntime_container.go: findNextInitContainerToRun (up to 1.33) and
computeInitContainerActions (1.28 on), which knows sidecars. An init container that failed under restart policy Never ends the pod: up to
1.20 also one whose app containers run.

differs: an init container that was killed for want of memory counts as failed there (1.28 on) even if it exited with 0; no record
shows that. Probes that fail are not foreseen.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decisions.comparing import startup_of
from upgradecheck.decisions.state import RUNS_OR_MAY, ContainerState, PodState, RestartPolicy, policy_of, starts_again
from upgradecheck.model.decisions import DecisionFacts, InitLogic, SidecarStartup
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import RunState
from upgradecheck.model.schema import ContainerKind

_LEGACY_SIDECARS = "LegacySidecarContainers"
_SIDECARS = "SidecarContainers"
_BEGUN = (RunState.CREATED, RunState.RUNNING, RunState.EXITED)


class InitProgress(msgspec.Struct, frozen=True, gc=False):
    """done: nothing is left to do before the app containers. starts: the init containers and sidecars that are started now, by name.

    ends_pod: one has failed that must not run again, so that the whole pod is killed; None if nobody saw how it ended, and that counts.
    """

    done: bool
    starts: tuple[str, ...] = ()
    ends_pod: bool | None = False


_DONE = InitProgress(done=True)
_ENDS = InitProgress(done=False, ends_pod=True)


def init_progress(pod: PodState, build: KubeletBuild) -> InitProgress:
    """What this kubelet finds of a pod's init containers. A pod of which nothing was reported counts as one that runs."""
    inits = pod.of_kind(ContainerKind.INIT, ContainerKind.SIDECAR)
    if not inits or all(one.state is RunState.UNREPORTED for one in pod.containers):
        return _DONE
    logic = init_logic(pod, build)
    if logic is InitLogic.ACTIONS:
        return _InitActions(pod, build, inits).found()
    if logic is InitLogic.NEXT_UNLESS_APP_RUNS and pod.app_runs:
        return _DONE
    return _next_to_run(pod, build, inits)


def init_logic(pod: PodState, build: KubeletBuild) -> InitLogic:
    """Which way counts for one pod: never ACTIONS_FOR_SIDECARS."""
    facts = build.decisions
    logic = facts.init_logic
    if facts.actions_need_gate and not build.feature_gate(_SIDECARS):
        return InitLogic.NEXT_UNLESS_APP_RUNS
    if logic is InitLogic.ACTIONS_FOR_SIDECARS or (logic is InitLogic.ACTIONS and build.feature_gate(_LEGACY_SIDECARS)):
        return InitLogic.ACTIONS if pod.of_kind(ContainerKind.SIDECAR) else InitLogic.NEXT_UNLESS_APP_RUNS
    return logic


def was_initialised(pod: PodState, build: KubeletBuild) -> bool:
    """Whether this kubelet takes a pod whose sandbox must go for one that was initialised in it.

    Mirrors computePodActions: findNextInitContainerToRun or HasAnyRegularContainerCreated.
    """
    if init_logic(pod, build) is InitLogic.ACTIONS:
        return any(one.state in _BEGUN for one in pod.of_kind(ContainerKind.APP))
    return init_progress(pod, build).done


def _next_to_run(pod: PodState, build: KubeletBuild, inits: tuple[ContainerState, ...]) -> InitProgress:
    """Mirrors findNextInitContainerToRun, and what computePodActions does with its answer."""
    never = pod.restart_policy is RestartPolicy.NEVER
    for one in reversed(inits):
        if _has_failed(one, build.decisions):
            return _ENDS if never else InitProgress(done=False, starts=(one.name,))
    # That an app container has begun shows that those before it succeeded, whoever saw it.
    begun = any(one.state in _BEGUN for one in pod.of_kind(ContainerKind.APP))
    unseen = never and not begun and any(_has_failed(one, build.decisions) is None for one in inits)
    for index in range(len(inits) - 1, -1, -1):
        if inits[index].state is RunState.RUNNING:
            return InitProgress(done=False, ends_pod=None if unseen else False)
        if inits[index].state is RunState.EXITED:
            coming = tuple(one.name for one in inits[index + 1 : index + 2])
            return InitProgress(done=not coming, starts=coming, ends_pod=None if unseen else False)
    return InitProgress(done=False, starts=(inits[0].name,))


def _has_failed(container: ContainerState, facts: DecisionFacts) -> bool | None:
    """Mirrors isInitContainerFailed in pkg/kubelet/kuberuntime/helpers.go; None if nobody saw how it ended."""
    if container.state is RunState.EXITED:
        return None if container.exit_code is None else container.exit_code != 0
    return facts.unknown_init_failed and container.state is RunState.UNKNOWN


class _InitActions:
    """Mirrors computeInitContainerActions: init containers from the last to the first, since those that are done may be gone."""

    def __init__(self, pod: PodState, build: KubeletBuild, inits: tuple[ContainerState, ...]) -> None:
        self._pod, self._build, self._facts, self._inits = pod, build, build.decisions, inits
        self._starts: list[int] = []
        self._done = self._app_has_begun()
        self._ends_pod: bool | None = False

    def found(self) -> InitProgress:
        before = self._done  # whether something behind the one at hand shows that it is done
        for index in range(len(self._inits) - 1, -1, -1):
            one = self._inits[index]
            sidecar = one.kind is ContainerKind.SIDECAR
            if self._state(one) is RunState.WAITING:
                if before and sidecar:
                    self._starts.append(index)
                continue
            if before and not sidecar:
                continue
            if self._looked_at(index, one, before=before):
                return _ENDS
            before = True
        if not before:
            self._starts.append(0)
        starts = tuple(self._inits[index].name for index in sorted(set(self._starts)))
        return InitProgress(self._done, starts, self._ends_pod)

    def _app_has_begun(self) -> bool:
        # From 1.37 on HasAnyActiveRegularContainerStarted asks, for which any that the runtime lists has started, whatever its state.
        apps = self._pod.of_kind(ContainerKind.APP)
        if self._facts.only_active_counts:
            return any(one.active and one.state in (*_BEGUN, RunState.UNKNOWN) for one in apps)
        begun = _BEGUN if self._facts.exited_app_initialises else (RunState.CREATED, RunState.RUNNING)
        return any(one.state in begun for one in apps)

    def _state(self, container: ContainerState) -> RunState:
        elsewhere = self._facts.only_active_counts and not container.active
        return RunState.WAITING if elsewhere else container.state

    def _looked_at(self, index: int, one: ContainerState, *, before: bool) -> bool:
        """What is done about one of which there is something; whether it ends the pod."""
        sidecar = one.kind is ContainerKind.SIDECAR
        if one.state is RunState.CREATED:
            if self._facts.created_init_starts:
                self._starts.append(index)
        elif one.state in RUNS_OR_MAY:
            if sidecar and not self._waits_for_startup(one):
                self._initialised(index, before=before)
        elif sidecar:
            self._starts.append(index)
        elif one.state is RunState.EXITED:
            return self._ended(index, one)
        else:
            if policy_of(one, self._pod, self._build) is RestartPolicy.NEVER:
                return True
            self._starts.append(index)
        return False

    def _waits_for_startup(self, one: ContainerState) -> bool:
        """Whether a sidecar that runs does not count as started yet, or never will."""
        match startup_of(self._build):
            case SidecarStartup.WAITS:
                return one.startup_pending
            case SidecarStartup.NEVER_COMPARED:
                return one.startup_probe
            case SidecarStartup.COUNTS_AS_PASSED:
                return False

    def _ended(self, index: int, one: ContainerState) -> bool:
        """A plain init container that has ended, and that nothing behind it proves done."""
        failed = _has_failed(one, self._facts)
        if failed:
            if not starts_again(one, self._pod, self._build):
                return True
            self._starts.append(index)
            return False
        self._initialised(index, before=False)
        if failed is None and policy_of(one, self._pod, self._build) is RestartPolicy.NEVER:
            self._ends_pod = None
        return False

    def _initialised(self, index: int, *, before: bool) -> None:
        """The last one makes the pod initialised, another one the next of them start."""
        if index == len(self._inits) - 1:
            self._done = True
        elif not before:
            self._starts.append(index + 1)
