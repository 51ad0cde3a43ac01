"""One container of a joined pod to a planned one: whether its hash is looked at, what that says, then its resources and its pod."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.comparing import Look, look_of
from upgradecheck.decisions.containers import Decision, KubeletEnd
from upgradecheck.decisions.pods import PodActions, compute_pod_actions
from upgradecheck.decisions.qos import heeds_pod_resources, knows_pod_resources, may_hide_its_class
from upgradecheck.decisions.resizing import resize_action
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    Cause,
    CauseKind,
    Computed,
    Evidence,
    Grade,
    PlannedContainer,
    Verdict,
)
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, RunState, status_of
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName, first_step
from upgradecheck.planning.before import before
from upgradecheck.planning.evidence.lives import Birth, Deduced
from upgradecheck.planning.evidence.past import Lived, birth_of
from upgradecheck.planning.evidence.weighing import DISPUTED, UNPLACED, Weighed, weigh
from upgradecheck.planning.overriding import IN_FORCE
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.joining import JoinedPod, state_of
from upgradecheck.planning.seeing.podstate import comparable, ever_comparable, look_of_running, pod_state
from upgradecheck.planning.seeing.records import Records


class Case(msgspec.Struct, frozen=True):
    """A pod, its step, the runtime's records, and what each kubelet that the new version can be does with it.

    init_done: nothing that was seen says that an init container is still to end.
    """

    joined: JoinedPod
    step: Step
    records: Records
    actions: tuple[PodActions, ...]
    past: Lived | Reason | None = None
    init_done: bool = True

    @property
    def static(self) -> bool:
        return self.joined.spec.view.source is not PodSource.API


def actions_on(joined: JoinedPod, step: Step, records: Records) -> tuple[PodActions, ...]:
    """What each kubelet that the new version can be does with the pod."""
    state = pod_state(joined, records)
    gone = cgroup_gone(joined, step)
    return tuple(compute_pod_actions(state, build, cgroup_gone=gone) for build in step.target.builds)


def cgroup_gone(joined: JoinedPod, step: Step) -> Reason | None:
    """Why no cgroup of the pod is where the new kubelet looks for it: the configuration goes before the pod's class."""
    if step.cgroups_move:
        return Reason.CGROUPS_MOVE
    return Reason.CGROUP_MISSING if joined.spec.facts.traits.moves and step.cgroups_per_qos else None


def cgroup_in_doubt(joined: JoinedPod, step: Step) -> Decision | None:
    """Why nothing tells whether a static pod's cgroup is where the new kubelet looks: only the running one's view of it was seen."""
    if not (joined.lossy and step.cgroups_per_qos) or joined.spec.view.source is PodSource.API:
        return None
    seen_by = None if step.start is None else step.start.builds
    if joined.read_alike and not any(map(knows_pod_resources, seen_by or ())):
        return None  # the running kubelet knows no such field, and the new one sees no other fields than it
    if joined.pictured:
        hidden = _picture_hides_its_class(joined, step)
    else:
        hidden = any(may_hide_its_class(seen_by, build, mirrored=False) for build in step.target.builds)
    return Decision(Verdict.UNKNOWN, Reason.POD_RESOURCES_UNSEEN) if hidden else None


def _picture_hides_its_class(joined: JoinedPod, step: Step) -> bool:
    """Whether a mirror pod may lack resources that make its pod's class: its status tells, else the API server through which it was seen.

    Of a pod whose class is the one that is shown, a kubelet with the same rules finds that class, heeding hidden resources or without them.
    """
    start, target = (() if step.start is None else step.start.builds), step.target.builds
    heeding = [build for build in target if heeds_pod_resources(build)]
    told = joined.spec.facts.traits.told_class
    if told is not None and (not told or len({build.admission.qos_rule for build in (*start, *heeding)}) == 1):
        return bool(heeding) and not told
    seen_by = None if not start or step.api_from is None else (*start, step.api_from)
    return any(may_hide_its_class(seen_by, build, mirrored=True) for build in heeding)


def agreed(verdict: Verdict, reasons: set[Reason | None]) -> Decision | None:
    """The decision of all kubelets that the new version can be; where they part, the first step at which one of them decides."""
    if len(reasons) > 1:
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, first_step(one.step for one in reasons if one is not None))
    (reason,) = reasons
    return Decision(verdict, reason) if reason is not None else None


def decide_container(case: Case, facts: ContainerFacts, whole: Decision | None) -> tuple[Weighed, PlannedContainer]:
    """What the evidence on a container is worth, and the container as planned. whole: what decides on its pod as a whole."""
    status = case.joined.status
    record = case.records.find(status, facts.name)
    state, _ = state_of(record, status, facts.name)
    told = told_by(case.past, case.joined, facts, case.records, state, init_done=case.init_done)
    look = look_of_running(case.joined, facts, case.step, init_done=case.init_done)
    resources = case.joined.spec.facts.traits.resources
    weighed = weigh(
        facts,
        case.step,
        record,
        state,
        lossy=case.joined.hides,
        pictured=case.joined.pictured,
        static=case.static,
        look=look,
        resources=resources,
        told=told,
    )
    if case.records.in_doubt(status, facts.name):
        record, weighed = None, UNPLACED
    elif record is not None and case.records.disputes(record):
        weighed = DISPUTED
    unlike = _may_be_a_sidecar(case, facts, state)
    decision = whole or (weighed.decision if weighed is UNPLACED else unlike or _left_alone(case.actions, facts.name))
    runs = decision is None or (state is RunState.RUNNING and weighed.calibrates)
    decision = decision or _compared(case, facts, weighed.decision)
    decision = decision if whole is not None else _with_its_pod(case.actions, decision, state)
    in_force = decision.verdict is Verdict.SAFE and _held(facts, record)
    decision = replace(decision, verdict=Verdict.OVERRIDDEN) if in_force else decision
    left_open = decision == weighed.decision and decision.verdict is Verdict.UNKNOWN
    weighed = replace(weighed, decision=decision, calibrates=runs and weighed.calibrates, reproduced=runs and weighed.reproduced)
    was = before(status, record, facts.name)
    shown = _shown(weighed.evidence, facts, case.step)
    return weighed, PlannedContainer(
        name=facts.name,
        kind=facts.kind,
        container_id=container_id_of(status, record, facts.name),
        verdict=decision.verdict,
        reason=decision.reason,
        evidence=shown,
        computed=_computed(facts, case.step),
        causes=_causes(weighed, facts),
        override=IN_FORCE if in_force else None,
        facts=weighed.facts if left_open else (),
        decided_at=decision.at,
        state=was.state,
        started_at=was.started_at,
        restart_count=was.restart_count,
    )


def _may_be_a_sidecar(case: Case, facts: ContainerFacts, state: RunState) -> Decision | None:
    """Why it is open whether an init container's hash is looked at: it runs beside app containers, which only a sidecar does.

    What the spec was seen through has dropped the container's restartPolicy then. A kubelet without sidecars may run one again beside them.
    """
    if facts.kind is not ContainerKind.INIT or state is not RunState.RUNNING or not (case.joined.hides or case.joined.pictured):
        return None
    start = () if case.step.start is None else case.step.start.classes
    knows = all(ContainerKind.SIDECAR in hash_class.schema.kinds_known for hash_class in start)
    if not knows or case.step.target.never_compares(ContainerKind.SIDECAR):
        return None
    apps = (one.name for one in case.joined.spec.facts.containers if one.kind is ContainerKind.APP)
    status = case.joined.status
    if any(state_of(case.records.find(status, name), status, name)[0] is RunState.RUNNING for name in apps):
        return Decision(Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY)
    return None


def _held(facts: ContainerFacts, record: ContainerRecord | None) -> bool:
    """Whether an override in force keeps it, and without that another hash would restart it."""
    return record is not None and record.natural is not None and record.natural.hash not in facts.to_hashes


def told_by(
    past: Lived | Reason | None, joined: JoinedPod, facts: ContainerFacts, records: Records, state: RunState, *, init_done: bool
) -> Deduced | Reason | None:
    """What its node's history says of a container: what it carries, or why that is open; None where no checkpoint concerns it."""
    if not isinstance(past, Lived):
        return past
    if state is not RunState.RUNNING:
        return None
    if joined.spec.facts.past is not past.past:  # the spec alone does not name the node
        return Reason.HISTORY_NOT_COMPUTABLE
    record = records.find(joined.status, facts.name)
    birth = birth_in(joined, facts, record)
    if birth is None:
        return Reason.HISTORY_NO_START
    ever = ever_comparable(joined, facts, init_done=init_done)
    return past.deduce(birth, facts.written, ever, container_id_of(joined.status, record, facts.name))


def birth_in(joined: JoinedPod, facts: ContainerFacts, record: ContainerRecord | None) -> Birth | None:
    """When a container of a pod started; None if nothing tells."""
    return birth_of(status_of(joined.status, facts.name), record)


_OPEN = frozenset({Reason.INIT_MAY_RERUN, Reason.STATE_UNKNOWN})
"""Reasons for not looking at a hash that leave open what becomes of the container."""


def _left_alone(actions: tuple[PodActions, ...], name: str) -> Decision | None:
    """The decision on a container whose hash the new kubelet does not look at; None if it does."""
    found = {action.left_alone.get(name) for action in actions}
    return agreed(Verdict.NOT_COMPARED if found.isdisjoint(_OPEN) else Verdict.UNKNOWN, found)


def _with_its_pod(actions: tuple[PodActions, ...], decision: Decision, state: RunState) -> Decision:
    """The decision on a container where its pod is restarted as a whole, or may be killed, in its sandbox: that concerns what runs."""
    if state is not RunState.RUNNING or decision.verdict is Verdict.RESTART:
        return decision
    if together := agreed(Verdict.RESTART, {action.restarts for action in actions}):
        return together
    return agreed(Verdict.UNKNOWN, {action.open for action in actions}) or decision


def _compared(case: Case, facts: ContainerFacts, by_hash: Decision) -> Decision:
    """The decision on a container whose hash is looked at: the hash goes first, then the resources."""
    if by_hash.verdict is Verdict.RESTART and facts.kind is ContainerKind.SIDECAR and facts.traits.startup_probe:
        look = look_of(case.step.target.builds, comparable(case.joined, facts, facts.kind, init_done=case.init_done))
        return by_hash if look is Look.YES else Decision(Verdict.UNKNOWN, Reason.STARTUP_PROBE_PENDING)
    return (_resized(case, facts) or by_hash) if by_hash.verdict is Verdict.SAFE else by_hash


def _resized(case: Case, facts: ContainerFacts) -> Decision | None:
    if facts.edited and facts.traits.resizable.restarts and any(one.decisions.resizes_static_pods for one in case.step.target.builds):
        return Decision(Verdict.UNKNOWN, Reason.RESIZE_BASELINE)  # what it was given is on record, and perhaps not what it is to have
    start = case.step.start.builds if case.step.start is not None else ()
    actions = {resize_action(facts.traits.resizable, facts.kind, start, build, static=case.static) for build in case.step.target.builds}
    return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, StepName.RESOURCES) if len(actions) > 1 else actions.pop()


def _causes(weighed: Weighed, facts: ContainerFacts) -> tuple[Cause, ...]:
    if weighed.decision.reason is Reason.RECORD_ABSENT:
        return (Cause(CauseKind.RECORD_ABSENT),)
    if weighed.decision.reason is Reason.STATIC_UID_CHANGED:
        return (Cause(CauseKind.STATIC_UID),)
    if weighed.decision.reason.family is Family.RESIZE:
        return (Cause(CauseKind.RESIZE),)
    if weighed.decision.verdict not in (Verdict.RESTART, Verdict.UNKNOWN):
        return ()
    return next((causes for made, causes in facts.causes_by_hash if made == weighed.evidence.hash), facts.causes)


def _shown(evidence: Evidence, facts: ContainerFacts, step: Step) -> Evidence:
    """The evidence without a hash that nobody will see on a container."""
    return replace(evidence, hash=None) if is_made_up(facts, step.start) and evidence.grade is Grade.ESTIMATED else evidence


def _computed(facts: ContainerFacts, step: Step) -> Computed:
    return Computed(
        None if is_made_up(facts, step.start) else _only(facts.from_hashes),
        None if is_made_up(facts, step.target) else _only(facts.to_hashes),
    )


def is_made_up(facts: ContainerFacts, end: KubeletEnd | None) -> bool:
    """Whether a hash of this version hangs on a name that is made up."""
    return facts.guessed and end is not None and not end.hashes_image_and_name_only()


def _only(hashes: tuple[Hash, ...]) -> Hash | None:
    return next(iter(hashes)) if len(hashes) == 1 else None


def container_id_of(status: PodView, record: ContainerRecord | None, name: str) -> str | None:
    """The container that the record is of, else the one that the status names."""
    if record is not None:
        return record.container_id
    entry = status_of(status, name)
    return None if entry is None else entry.container_id
