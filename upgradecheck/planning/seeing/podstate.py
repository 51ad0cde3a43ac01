"""A joined pod as the restarted kubelet finds it: its containers' states from records and status, its sandboxes from the records."""

from __future__ import annotations

from msgspec.structs import replace

from upgradecheck.decisions.comparing import Comparable, Look, look_of
from upgradecheck.decisions.state import ContainerState, PodState
from upgradecheck.model.pod import PodView, RunState, statuses_of
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.joining import JoinedPod, state_of
from upgradecheck.planning.seeing.records import Records


def pod_state(joined: JoinedPod, records: Records) -> PodState:
    """What decisions look at; the containers stand in the order of the spec."""
    traits, sandboxes = joined.spec.facts.traits, records.sandboxes(joined.status)
    older = frozenset(one.sandbox_id for one in sandboxes[1:])
    return PodState(
        restart_policy=traits.restart_policy,
        host_network=traits.host_network,
        containers=tuple(_container(facts, joined, records, older) for facts in joined.spec.facts.containers),
        sandboxes=sandboxes,
    )


def init_done(joined: JoinedPod, records: Records) -> bool:
    """Whether nothing that was seen says that an init container of a pod is still to end."""
    inits = (one for one in joined.spec.facts.containers if one.kind in (ContainerKind.INIT, ContainerKind.SIDECAR))
    return not any(_still_to_end(one, joined, records) for one in inits)


def comparable(joined: JoinedPod, facts: ContainerFacts, kind: ContainerKind, *, init_done: bool) -> Comparable:
    """What of a container tells whether a kubelet to which it is of this kind compares it now."""
    return Comparable(
        kind,
        startup_probe=facts.traits.startup_probe,
        startup_passed=_started(joined.status, facts.name),
        init_done=init_done,
    )


def ever_comparable(joined: JoinedPod, facts: ContainerFacts, *, init_done: bool) -> Comparable:
    """The same for kubelets that ran before: when its startup probe passed, nobody knows."""
    return replace(comparable(joined, facts, facts.kind, init_done=init_done), startup_passed=False)


def look_of_running(joined: JoinedPod, facts: ContainerFacts, step: Step, *, init_done: bool) -> Look:
    """Whether the kubelet that runs, so far as it is known, compared a container of a pod that runs."""
    if step.start is None or facts.kind_before is None:
        return Look.NO
    return look_of(step.start.builds, comparable(joined, facts, facts.kind_before, init_done=init_done))


def _still_to_end(facts: ContainerFacts, joined: JoinedPod, records: Records) -> bool:
    """Whether an init container was seen to run, to have failed, or to wait for its turn.

    One whose record is gone is no sign: had the kubelet looked since, it would run.
    """
    state, exit_code = state_of(records.find(joined.status, facts.name), joined.status, facts.name)
    if state is RunState.EXITED:
        return exit_code not in (0, None)
    return state is not RunState.UNREPORTED and not records.lost(joined.status, facts.name)


def _container(facts: ContainerFacts, joined: JoinedPod, records: Records, older: frozenset[str]) -> ContainerState:
    """older: the sandboxes of the pod that are not its newest."""
    record = records.find(joined.status, facts.name)
    state, exit_code = state_of(record, joined.status, facts.name)
    pruned = state in (RunState.EXITED, RunState.WAITING) and records.lost(joined.status, facts.name)
    if pruned:  # a status may remember it, but the kubelet asks its runtime
        state, exit_code = RunState.WAITING, None
    return ContainerState(
        name=facts.name,
        kind=facts.kind,
        state=state,
        exit_code=exit_code,
        pruned=pruned,
        unlisted=state in (RunState.EXITED, RunState.WAITING) and not pruned and records.hides(joined.status, facts.name),
        startup_probe=facts.traits.startup_probe,
        startup_pending=facts.traits.startup_probe and not _started(joined.status, facts.name),
        restart_policy=facts.traits.restart_policy,
        restart_rules=facts.traits.restart_rules,
        was_init=facts.kind is ContainerKind.SIDECAR and facts.kind_before is ContainerKind.INIT,
        active=record is None or record.sandbox_id not in older,
    )


def _started(status: PodView, name: str) -> bool:
    return any(entry.started is True for entry in statuses_of(status, name))
