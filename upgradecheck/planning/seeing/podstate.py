"""A joined pod as the restarted kubelet finds it: its containers' states from records and status, its sandboxes from the records."""

from __future__ import annotations

from upgradecheck.decisions.state import ContainerState, PodState
from upgradecheck.model.pod import PodView, RunState
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning.seeing.facts import ContainerFacts
from upgradecheck.planning.seeing.joining import JoinedPod, Records, state_of


def pod_state(joined: JoinedPod, records: Records) -> PodState:
    """What decisions look at; the containers stand in the order of the spec."""
    traits, sandboxes = joined.spec.facts.traits, records.sandboxes(joined.status.uid)
    older = frozenset(one.sandbox_id for one in sandboxes[1:])
    return PodState(
        restart_policy=traits.restart_policy,
        host_network=traits.host_network,
        containers=tuple(_container(facts, joined, records, older) for facts in joined.spec.facts.containers),
        sandboxes=sandboxes,
    )


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
        startup_pending=facts.traits.startup_probe and not _started(joined.status, facts.name),
        restart_policy=facts.traits.restart_policy,
        restart_rules=facts.traits.restart_rules,
        was_init=facts.kind is ContainerKind.SIDECAR and facts.kind_before is ContainerKind.INIT,
        active=record is None or record.sandbox_id not in older,
    )


def _started(status: PodView, name: str) -> bool:
    return any(entry.name == name and entry.started is True for entry in status.statuses)
