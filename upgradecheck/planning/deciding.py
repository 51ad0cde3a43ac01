"""One joined pod to a planned one: what holds for the pod as a whole first, then container by container."""

from __future__ import annotations

import re
from dataclasses import dataclass

from upgradecheck.decisions.containers import Decision, not_compared, starting
from upgradecheck.model.plan import (
    SEVERITY,
    Cause,
    CauseKind,
    Computed,
    Evidence,
    Grade,
    PlannedContainer,
    PlannedPod,
    Reason,
    Verdict,
)
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, Recorded, RunState, Workload
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning.examine import ContainerFacts, Step
from upgradecheck.planning.joining import JoinedPod, Records, state_of
from upgradecheck.planning.weighing import Weighed, weigh

_KUBELET_MADE_UID = re.compile(r"[0-9a-fA-F]{32}")
_STAYS_ON_A_DRAINED_NODE = frozenset({"DaemonSet", "Pod", "Node"})


@dataclass(frozen=True, slots=True)
class DecidedPod:
    """A planned pod, and what it says about our schema: recorded hashes that test it, and those that it reproduces."""

    pod: PlannedPod
    recorded: int = 0
    reproduced: int = 0


def decide_pod(joined: JoinedPod, step: Step | None, problem: Reason | None, records: Records) -> DecidedPod:
    """The plan for one pod. step is None if its versions cannot be used, and problem says why."""
    whole = _decide_whole(joined, step, problem)
    if step is None or joined.spec.facts.refused is not None:
        containers: list[PlannedContainer] = _from_statuses(joined, whole or Decision(Verdict.UNKNOWN, Reason.SPEC_REFUSED), records)
        return DecidedPod(_planned(joined, containers, whole))
    containers, recorded, reproduced = [], 0, 0
    for facts in joined.spec.facts.containers:
        record = records.find(joined.status, facts.name)
        weighed, planned = _decide_container(joined, facts, step, record, whole)
        containers.append(planned)
        recorded += weighed.calibrates
        reproduced += weighed.reproduced
    containers += _not_in_spec(joined, records)
    return DecidedPod(_planned(joined, containers, whole), recorded, reproduced)


def _decide_whole(joined: JoinedPod, step: Step | None, problem: Reason | None) -> Decision | None:
    """What decides on the pod before any container is looked at; None if nothing does."""
    status, view = joined.status, joined.spec.view
    if view.source is not PodSource.API and uid_made_by_kubelet(view):
        return Decision(Verdict.UNKNOWN, Reason.STATIC_POD_UID)
    if view.deleting or status.deleting:
        return Decision(Verdict.NOT_COMPARED, Reason.POD_TERMINATING)
    if status.phase in ("Failed", "Succeeded"):
        return Decision(Verdict.NOT_COMPARED, Reason.POD_FINISHED)
    if status.has_status and not (status.node or view.node):
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_SCHEDULED)
    if step is None:
        return Decision(Verdict.UNKNOWN, problem or Reason.VERSION_UNKNOWN)
    if joined.spec.facts.refused is not None:
        return Decision(Verdict.UNKNOWN, Reason.SPEC_REFUSED)
    return None


def uid_made_by_kubelet(view: PodView) -> bool:
    """Whether a static pod's UID is a hash of its spec (32 hex digits), not one that its manifest gives (with dashes)."""
    return bool(_KUBELET_MADE_UID.fullmatch(view.config_hash or view.uid))


def _decide_container(
    joined: JoinedPod, facts: ContainerFacts, step: Step, record: ContainerRecord | None, whole: Decision | None
) -> tuple[Weighed, PlannedContainer]:
    state, exit_code = state_of(record, joined.status, facts.name)
    left_alone = whole or not_compared(state, facts.kind, step.target, exit_code=exit_code)
    weighed = weigh(facts, step, record, state, lossy=joined.lossy)
    if left_alone is None:
        left_alone = starting(weighed.decision, facts.kind, startup_pending=_startup_pending(joined.status, facts.name))
    if left_alone is not None:
        runs = state is RunState.RUNNING and weighed.calibrates
        weighed = Weighed(left_alone, weighed.evidence, runs, runs and weighed.reproduced)
    return weighed, PlannedContainer(
        name=facts.name,
        kind=facts.kind,
        container_id=_container_id(joined.status, record, facts.name),
        verdict=weighed.decision.verdict,
        reason=weighed.decision.reason,
        evidence=weighed.evidence,
        computed=Computed(_only(facts.from_hashes), _only(facts.to_hashes)),
        causes=_causes(weighed, facts),
    )


def _causes(weighed: Weighed, facts: ContainerFacts) -> tuple[Cause, ...]:
    if weighed.decision.reason is Reason.RECORD_ABSENT:
        return (Cause(CauseKind.RECORD_ABSENT),)
    return facts.causes if weighed.decision.verdict in (Verdict.RESTART, Verdict.UNKNOWN) else ()


def _only(hashes: tuple[int, ...]) -> int | None:
    return next(iter(hashes)) if len(hashes) == 1 else None


def _startup_pending(status: PodView, name: str) -> bool:
    return any(entry.name == name and entry.started is False for entry in status.statuses)


def _container_id(status: PodView, record: ContainerRecord | None, name: str) -> str | None:
    if record is not None:
        return record.container_id
    return next((entry.container_id for entry in status.statuses if entry.name == name), None)


def _record_evidence(record: ContainerRecord | None) -> Evidence:
    if record is None:
        return Evidence(Grade.UNKNOWN)
    return Evidence(Grade.RECORDED, record.hash.hash) if isinstance(record.hash, Recorded) else Evidence(Grade.ABSENT)


def _bare(name: str, record: ContainerRecord | None, container_id: str | None, kind: ContainerKind, decision: Decision) -> PlannedContainer:
    """A container whose spec cannot be used: all that is known is that it is there."""
    return PlannedContainer(name, kind, container_id, decision.verdict, decision.reason, _record_evidence(record), Computed())


def _from_statuses(joined: JoinedPod, decision: Decision, records: Records) -> list[PlannedContainer]:
    names = [status.name for status in joined.status.statuses] + [record.name for record in records.of_pod(joined.status.uid)]
    found = []
    for name in dict.fromkeys(names):
        record = records.find(joined.status, name)
        found.append(_bare(name, record, _container_id(joined.status, record, name), ContainerKind.APP, decision))
    return found


def _not_in_spec(joined: JoinedPod, records: Records) -> list[PlannedContainer]:
    known = {facts.name for facts in joined.spec.facts.containers}
    decision = Decision(Verdict.UNKNOWN, Reason.NOT_IN_SPEC)
    return [
        _bare(record.name, record, record.container_id, ContainerKind.APP, decision)
        for record in records.of_pod(joined.status.uid)
        if record.name not in known and record.state is RunState.RUNNING
    ]


def _planned(joined: JoinedPod, containers: list[PlannedContainer], whole: Decision | None) -> PlannedPod:
    view = joined.spec.view
    worst = whole or _worst(containers)
    workload = view.workload or Workload("Pod", view.name)
    return PlannedPod(
        namespace=view.namespace,
        name=view.name,
        uid=view.uid,
        node=view.node or joined.status.node,
        workload=workload,
        source=view.source,
        verdict=worst.verdict,
        reason=worst.reason,
        containers=tuple(containers),
        mirror_uid=joined.mirror_uid,
        drained=view.source is PodSource.API and workload.kind not in _STAYS_ON_A_DRAINED_NODE,
    )


def _worst(containers: list[PlannedContainer]) -> Decision:
    worst = min(containers, key=lambda container: SEVERITY[container.verdict], default=None)
    return Decision(worst.verdict, worst.reason) if worst is not None else Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING)


def decide_unseen_pod(uid: str, records: Records, node: str | None) -> PlannedPod:
    """A pod that only the runtime's list shows: nothing can be said of it, so everything in it is unknown."""
    found, sandbox = records.of_pod(uid), records.sandbox(uid)
    decision = Decision(Verdict.UNKNOWN, Reason.NO_SPEC)
    containers = tuple(_bare(record.name, record, record.container_id, ContainerKind.APP, decision) for record in found)
    origin = found[0] if found else sandbox
    namespace, name = (origin.pod_namespace, origin.pod_name) if origin is not None else ("", uid)
    source = sandbox.source if sandbox is not None and sandbox.source is not None else PodSource.API
    return PlannedPod(
        namespace, name, uid, node, Workload("Pod", name), source, decision.verdict, decision.reason, containers, drained=False
    )
