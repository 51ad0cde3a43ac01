"""Containers that no usable spec tells of: in the records of the runtime or a status alone. That they are there is all that is known."""

from __future__ import annotations

from upgradecheck.decisions.containers import Decision
from upgradecheck.decode.kube.workloads import static_pod
from upgradecheck.model.plan import (
    Computed,
    Evidence,
    Grade,
    PlannedContainer,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, Recorded, RunState, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName
from upgradecheck.planning.before import before
from upgradecheck.planning.containers import container_id_of
from upgradecheck.planning.seeing.joining import JoinedPod
from upgradecheck.planning.seeing.records import Records
from upgradecheck.reading.identity import Identity


def _record_evidence(record: ContainerRecord | None) -> Evidence:
    if record is None:
        return Evidence(Grade.UNKNOWN)
    return Evidence(Grade.RECORDED, record.hash.hash) if isinstance(record.hash, Recorded) else Evidence(Grade.ABSENT)


def _bare(
    name: str, status: PodView | None, record: ContainerRecord | None, container_id: str | None, decision: Decision
) -> PlannedContainer:
    """A container whose spec cannot be used: all that is known is that it is there."""
    was = before(status, record, name)
    return PlannedContainer(
        name,
        ContainerKind.APP,
        container_id,
        decision.verdict,
        decision.reason,
        _record_evidence(record),
        Computed(),
        decided_at=decision.at,
        state=was.state,
        started_at=was.started_at,
        restart_count=was.restart_count,
    )


def from_statuses(joined: JoinedPod, decision: Decision, records: Records) -> list[PlannedContainer]:
    """Every container that a status or the runtime shows, where the spec tells of none: the pod's decision is each one's."""
    names = [status.name for status in joined.status.statuses] + [record.name for record in records.of_pod(joined.status)]
    found = []
    for name in dict.fromkeys(names):
        record = records.find(joined.status, name)
        found.append(_bare(name, joined.status, record, container_id_of(joined.status, record, name), decision))
    return found


def not_in_spec(joined: JoinedPod, records: Records) -> list[PlannedContainer]:
    """Containers that run, and that the spec does not hold."""
    known = {facts.name for facts in joined.spec.facts.containers}
    lost = Decision(Verdict.UNKNOWN, Reason.NOT_IN_SPEC, read_at(joined))
    decisions = {RunState.RUNNING: lost, RunState.UNKNOWN: Decision(Verdict.UNKNOWN, Reason.STATE_UNKNOWN)}
    found = [
        _bare(record.name, joined.status, record, record.container_id, decisions[record.state])
        for record in records.of_pod(joined.status)
        if record.name not in known and record.state in decisions
    ]
    known.update(record.name for record in records.of_pod(joined.status))
    return found + [
        _bare(status.name, joined.status, None, status.container_id, lost)
        for status in joined.status.statuses
        if status.name not in known and status.state is RunState.RUNNING
    ]


def read_at(joined: JoinedPod) -> StepName | None:
    """Where a kubelet gets the spec, if not from the API."""
    return None if joined.spec.view.source is PodSource.API else StepName.MANIFEST


def decide_unseen_pod(pod: Identity, records: Records, node: str | None) -> PlannedPod:
    """A pod that only the runtime's list shows: nothing can be said of it, so everything in it is unknown, unless all of it has ended."""
    found, sandboxes = records.of_pod(pod), records.sandboxes(pod)
    sandbox = next(iter(sandboxes), None)
    ended = not any(one.ready for one in sandboxes) and all(record.state is RunState.EXITED for record in found)
    decision = Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING) if ended else Decision(Verdict.UNKNOWN, Reason.NO_SPEC)
    containers = tuple(_bare(record.name, None, record, record.container_id, decision) for record in found)
    source = sandbox.source if sandbox is not None and sandbox.source is not None else PodSource.API
    workload = Workload("Pod", pod.name) if source is PodSource.API else static_pod(pod.name, node)
    return PlannedPod(pod.namespace, pod.name, pod.uid, node, workload, source, decision.verdict, decision.reason, containers)
