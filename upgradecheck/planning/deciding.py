"""One joined pod to a planned one: what holds for the pod as a whole first, then container by container."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decisions.comparing import Look, look_of
from upgradecheck.decisions.containers import Decision
from upgradecheck.decisions.manifests.outcomes import KEPT_BY_MANIFEST, Pin, UIDOutcome
from upgradecheck.decisions.pods import PodActions, compute_pod_actions
from upgradecheck.decisions.resizing import resize_action
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    SEVERITY,
    Cause,
    CauseKind,
    Computed,
    Evidence,
    Grade,
    HistoryCheck,
    PlannedContainer,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import ContainerRecord, PodSource, PodView, Recorded, RunState, View, Workload
from upgradecheck.model.reasons import Family, Reason, StepName, first_step
from upgradecheck.model.runtimes import DOCKER
from upgradecheck.model.schema import ContainerKind
from upgradecheck.planning.evidence.lives import Birth, Deduced
from upgradecheck.planning.evidence.past import Lived, birth_of
from upgradecheck.planning.evidence.weighing import DISPUTED, UNPLACED, Agreement, Weighed, may_hide_fields, weigh
from upgradecheck.planning.overriding import IN_FORCE, Chance, Claim, chance_of
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.joining import JoinedPod, state_of
from upgradecheck.planning.seeing.podstate import comparable, ever_comparable, look_of_running, pod_state
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.statics import ANOTHER_MANIFEST, StaticFate, fate_decision, made_by_kubelet
from upgradecheck.reading.identity import Identity

NOTHING_CHECKED = HistoryCheck()
_FINISHED = ("Failed", "Succeeded")
LEFT_UNCHANGED = "UC064"
MANIFEST_EDITED = "UC016"
PINNED = "UC017"
"""Rules that are told more than verdicts: on containers that their kubelet should not have left as they are, what is the matter with each;
on manifests that are not what runs, the fields; on manifests that give their pod a UID as kubelets make them, what that is."""
PINNABLE = "pinnable"
"""Noted of static pods that go, or may, for their UID alone: what runs is what the manifest says, as far as was seen."""
_NO_NOTES: Mapping[str, object] = MappingProxyType({})


class DecidedPod(msgspec.Struct, frozen=True, gc=False):
    """A planned pod, and what it says about our schema: recorded hashes that test it, and those that it reproduces.

    request: what the pod asks for at admission, None where that is not known. failed: its phase says so, and nothing of it runs.
    by_containers: its verdict is that of its worst container. check: what its node's history says of its recorded hashes. chances: of
    containers that would restart for their hash, what an override could do, where that was asked for. notes: by rule, what it keeps of it.
    doubted: it is likely to be refused at admission. succeeded: its phase says that it has. uid_reproduced: whether the running
    kubelet makes the UID of a static pod; None where that cannot be tested. uid_made_by: the minors that do, where it does not;
    perhaps_pinned: then its manifest was not seen, which may say so. ignorable: the ignore entries whose conditions it meets.
    """

    pod: PlannedPod
    recorded: int = 0
    reproduced: int = 0
    request: PodRequest | None = None
    failed: bool = False
    by_containers: bool = False
    check: HistoryCheck = NOTHING_CHECKED
    chances: Mapping[str, Chance] = msgspec.field(default_factory=dict)
    notes: Mapping[str, object] = msgspec.field(default_factory=lambda: _NO_NOTES)
    doubted: bool = False
    succeeded: bool = False
    uid_reproduced: bool | None = None
    uid_made_by: tuple[str, ...] = ()
    perhaps_pinned: bool = False
    ignorable: tuple[int, ...] = ()


def decide_pod(
    joined: JoinedPod,
    step: Step | None,
    problem: Reason | None,
    records: Records,
    past: Lived | Reason | None = None,
    *,
    override: bool = False,
) -> DecidedPod:
    """The plan for one pod. step is None if its versions cannot be used, and problem says why.

    past: its node's history, or why that tells nothing; None where no checkpoint concerns the node. override: what overrides could hold is
    asked too.
    """
    whole = _decide_whole(joined, step, problem, records)
    if step is None or joined.spec.facts.refused is not None:
        containers: list[PlannedContainer] = _from_statuses(joined, whole or Decision(Verdict.UNKNOWN, Reason.SPEC_REFUSED), records)
        return DecidedPod(_planned(joined, containers, whole), request=_request(joined, records), failed=_has_failed(joined, records))
    fate = joined.spec.facts.fate
    check = None if fate is None or not fate.runs or joined.gone else fate.check
    case = _Case(joined, step, records, _actions(joined, step, records), past)
    whole = whole or _recreated(case.actions) or _sandbox_in_doubt(joined, records)
    containers, weighings = [], []
    for facts in joined.spec.facts.containers:
        weighed, planned = _decide_container(case, facts, whole)
        containers.append(planned)
        weighings.append(weighed)
    containers += _not_in_spec(joined, records)
    return DecidedPod(
        _planned(joined, containers, whole),
        sum(weighed.calibrates for weighed in weighings),
        sum(weighed.reproduced for weighed in weighings),
        _request(joined, records),
        _has_failed(joined, records),
        whole is None,
        _checked(weighings),
        _chances(case, containers) if override else {},
        _noted(joined, weighings, containers),
        succeeded=joined.status.phase == "Succeeded",
        uid_reproduced=None if fate is None else fate.uid_reproduced,
        uid_made_by=() if check is None else check.minors,
        perhaps_pinned=check is not None and check.viewed,
    )


def _noted(joined: JoinedPod, weighings: Sequence[Weighed], containers: Sequence[PlannedContainer]) -> Mapping[str, object]:
    """By rule, what is to be told of the pod that its verdicts do not tell; most pods share one answer."""
    odd = {one.name: weighed.oddity for weighed, one in zip(weighings, containers, strict=False) if weighed.oddity is not None}
    fate = joined.spec.facts.fate
    kept = fate is not None and fate.uid is not None and fate.uid.outcome is not UIDOutcome.CHANGED
    edited = fate.edits.paths if fate is not None and kept and not joined.gone else ()
    told: dict[str, object] = {**({LEFT_UNCHANGED: odd} if odd else {}), **({MANIFEST_EDITED: edited} if edited else {})}
    if fate is not None and not joined.gone and made_by_kubelet(joined.status.uid):
        if fate.uid == KEPT_BY_MANIFEST:
            told |= {} if fate.pin is Pin.FOREIGN else {PINNED: fate.pin}
        elif _is_pinnable(joined, fate):
            told[PINNABLE] = True
    return told or _NO_NOTES


def _is_pinnable(joined: JoinedPod, fate: StaticFate) -> bool:
    """Whether a static pod goes, or may, for its UID alone, and from a file that `override pin` can reach."""
    decision = fate_decision(fate)
    of_uid = decision is not None and decision.reason.family is Family.STATIC_UID
    unlike = fate.check is not None and fate.check.edited
    edited = unlike or bool(fate.edits.paths or fate.edits.in_doubt) or fate.uid == ANOTHER_MANIFEST
    return of_uid and fate.runs and not edited and joined.spec.view.source is PodSource.FILE


def _chances(case: _Case, containers: Sequence[PlannedContainer]) -> Mapping[str, Chance]:
    """What an override could do for each container that would restart for its hash."""
    found = {}
    by_name = {facts.name: facts for facts in case.joined.spec.facts.containers}
    for one in containers:
        facts = by_name.get(one.name)
        if facts is None or one.verdict is not Verdict.RESTART or one.reason is not Reason.HASH_CHANGED:
            continue
        found[one.name] = chance_in(case.joined, facts, case.step, case.records, one.evidence)
    return found


def chance_in(joined: JoinedPod, facts: ContainerFacts, step: Step, records: Records, evidence: Evidence) -> Chance:
    """What an override could do for a container of a pod that would restart for its hash."""
    record = records.find(joined.status, facts.name)
    if record is not None and (record.pod_uid, record.name) != (joined.status.uid, facts.name):
        record = None  # the one that a status points to may be another's
    lossy, static = joined.lossy and may_hide_fields(step), joined.spec.view.source is not PodSource.API
    return chance_of(Claim(facts, step, record, evidence.grade, lossy, static, joined.spec.facts.traits.resources))


def _checked(weighings: Iterable[Weighed]) -> HistoryCheck:
    """What the history says of a pod's recorded hashes; most pods have nothing to say, and share one answer."""
    counted = Counter(weighed.history for weighed in weighings if weighed.history is not None)
    if not counted:
        return NOTHING_CHECKED
    return HistoryCheck(counted[Agreement.AGREES], counted[Agreement.CONTRADICTS], counted[Agreement.SILENT])


def _nothing_runs(joined: JoinedPod, records: Records) -> bool:
    """Whether everything that was seen of the pod has ended."""
    seen = [one.state for one in joined.status.statuses] + [one.state for one in records.of_pod(joined.status)]
    return bool(seen) and all(state is RunState.EXITED for state in seen)


def _has_failed(joined: JoinedPod, records: Records) -> bool:
    runs = any(entry.state is RunState.RUNNING for entry in joined.status.statuses)
    runs = runs or any(record.state is RunState.RUNNING for record in records.of_pod(joined.status))
    return joined.status.phase == "Failed" and not runs


def _request(joined: JoinedPod, records: Records) -> PodRequest | None:
    """What the pod asks for, with the state that the joined status shows; of a static pod the kubelet knows no phase."""
    request, status, fate = joined.spec.facts.request, joined.status, joined.spec.facts.fate
    if request is None or joined.gone or (fate is not None and not fate.runs and fate.refused is not None):
        return None
    if fate is not None and not fate.runs:  # it takes room before others do; what becomes of it stops nothing
        return replace(request, uid=f"to start: {joined.spec.view.namespace}/{joined.spec.view.name}")
    request = replace(request, uid=joined.spec.view.uid, finished=not request.static and status.phase in _FINISHED)
    return _with_devices(request, joined, records) if request.needs.devices else request


def _with_devices(request: PodRequest, joined: JoinedPod, records: Records) -> PodRequest:
    """The request with what is seen of the containers that have devices."""
    at_rest, doubled = [], []
    for name in dict.fromkeys(ask.container for ask in request.needs.devices):
        state, _ = state_of(records.find(joined.status, name), joined.status, name)
        if state not in (RunState.RUNNING, RunState.UNREPORTED):
            at_rest.append(name)
        if records.has_older(joined.status, name):
            doubled.append(name)
    return replace(request, at_rest=tuple(at_rest), doubled=tuple(doubled))


class _Case(msgspec.Struct, frozen=True):
    """A pod, its step, the runtime's records, and what each kubelet that the new version can be does with it."""

    joined: JoinedPod
    step: Step
    records: Records
    actions: tuple[PodActions, ...]
    past: Lived | Reason | None = None

    @property
    def static(self) -> bool:
        return self.joined.spec.view.source is not PodSource.API


def _actions(joined: JoinedPod, step: Step, records: Records) -> tuple[PodActions, ...]:
    state = pod_state(joined, records)
    gone = cgroup_gone(joined, step)
    return tuple(compute_pod_actions(state, build, cgroup_gone=gone) for build in step.target.builds)


def cgroup_gone(joined: JoinedPod, step: Step) -> Reason | None:
    """Why no cgroup of the pod is where the new kubelet looks for it: the configuration goes before the pod's class."""
    if step.cgroups_move:
        return Reason.CGROUPS_MOVE
    return Reason.CGROUP_MISSING if joined.spec.facts.traits.moves and step.cgroups_per_qos else None


def _recreated(actions: tuple[PodActions, ...]) -> Decision | None:
    """The decision on a pod that goes as a whole; None if it does not."""
    return _agreed(Verdict.RECREATE, {action.recreate for action in actions})


def _sandbox_in_doubt(joined: JoinedPod, records: Records) -> Decision | None:
    """The decision on a pod of which a sandbox may be that is not ready, or one too many."""
    return (
        Decision(Verdict.UNKNOWN, Reason.RECORD_NODE_UNKNOWN, StepName.SANDBOX_READY) if records.sandbox_in_doubt(joined.status) else None
    )


def _agreed(verdict: Verdict, reasons: set[Reason | None]) -> Decision | None:
    """The decision of all kubelets that the new version can be; where they part, the first step at which one of them decides."""
    if len(reasons) > 1:
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, first_step(one.step for one in reasons if one is not None))
    (reason,) = reasons
    return Decision(verdict, reason) if reason is not None else None


def _decide_whole(joined: JoinedPod, step: Step | None, problem: Reason | None, records: Records) -> Decision | None:
    """What decides on the pod before any container is looked at; None if nothing does."""
    status, view = joined.status, joined.spec.view
    if (obstacle := _obstacle(joined, step, records)) is not None:
        return obstacle
    if view.source is not PodSource.API and (static := _decide_static(joined)) is not None:
        stops = static.verdict is Verdict.REJECT and not _nothing_runs(joined, records)
        return static if stops or static.verdict is not Verdict.REJECT else Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING, static.step)
    if view.deleting or status.deleting:
        return Decision(Verdict.NOT_COMPARED, Reason.POD_TERMINATING)
    if status.phase in _FINISHED and view.source is PodSource.API:  # of a static pod a restarted kubelet remembers no phase
        return Decision(Verdict.NOT_COMPARED, Reason.POD_FINISHED)
    if status.has_status and not (status.node or view.node or joined.on_a_node):
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_SCHEDULED)
    if step is None and problem is Reason.VIRTUAL_KUBELET:
        return Decision(Verdict.NOT_COMPARED, problem)
    if step is None:
        return Decision(Verdict.UNKNOWN, problem or Reason.VERSION_UNKNOWN, _read_at(joined))
    if joined.spec.facts.refused is not None:
        return Decision(Verdict.UNKNOWN, Reason.SPEC_REFUSED, _read_at(joined))
    return None


def _obstacle(joined: JoinedPod, step: Step | None, records: Records) -> Decision | None:
    """Why nothing can be said of a pod that runs, whatever its spec says: its node's runtime is one that the new kubelet cannot use."""
    status, fate = joined.status, joined.spec.facts.fate
    if step is None or not (step.obstacle or (_may_be_dockers(status, step) and not _runs_elsewhere(status, records))):
        return None
    placed = status.node or joined.spec.view.node or joined.on_a_node
    at_rest = status.phase in _FINISHED or status.deleting or (status.has_status and not placed)
    if (at_rest and joined.spec.view.source is PodSource.API) or (fate is not None and not fate.runs):
        return None
    return Decision(Verdict.UNKNOWN, step.obstacle or Reason.RUNTIME_REMOVED, _read_at(joined))


def _may_be_dockers(status: PodView, step: Step) -> bool:
    """Whether a pod runs in docker, as far as is known, under a kubelet that will not speak to it."""
    return (step.loses_docker and status.runtime == DOCKER) or (step.runtime_untold and status.runtime is None)


def _runs_elsewhere(status: PodView, records: Records) -> bool:
    """Whether a list of another runtime than docker shows that the pod runs there now: its status is older."""
    return any(record.state is RunState.RUNNING and record.runtime != DOCKER for record in records.of_pod(status))


def _read_at(joined: JoinedPod) -> StepName | None:
    """Where a kubelet gets the spec, if not from the API."""
    return None if joined.spec.view.source is PodSource.API else StepName.MANIFEST


def _decide_static(joined: JoinedPod) -> Decision | None:
    """The decision on a static pod by manifest and UID, which come before its phase: under another UID a finished pod runs again."""
    fate = joined.spec.facts.fate
    if joined.gone:
        return Decision(Verdict.REJECT, Reason.MANIFEST_GONE)
    if fate is not None and not fate.runs:
        if fate.refused is not None:
            return Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING, StepName.MANIFEST)
        return Decision(Verdict.NOT_COMPARED, Reason.WILL_START, StepName.STATIC_UID)
    if fate is not None and (fate.refused is not None or joined.spec.facts.refused is None):
        return fate_decision(fate)
    return Decision(Verdict.UNKNOWN, Reason.STATIC_POD_UID) if uid_made_by_kubelet(joined.spec.view) else None


def uid_made_by_kubelet(view: PodView) -> bool:
    """Whether a static pod's UID is a hash of its spec (32 hex digits), not one that its manifest gives (with dashes).

    A mirror pod that lost its annotations does not tell; few manifests give one.
    """
    untold = view.view is View.MIRROR and view.config_hash is None and view.uid == view.mirror_uid
    return untold or made_by_kubelet(view.config_hash or view.uid)


def _decide_container(case: _Case, facts: ContainerFacts, whole: Decision | None) -> tuple[Weighed, PlannedContainer]:
    status = case.joined.status
    record = case.records.find(status, facts.name)
    state, _ = state_of(record, status, facts.name)
    told = told_by(case.past, case.joined, facts, case.records, state)
    look = look_of_running(case.joined, facts, case.step, case.records)
    resources = case.joined.spec.facts.traits.resources
    weighed = weigh(facts, case.step, record, state, lossy=case.joined.lossy, static=case.static, look=look, resources=resources, told=told)
    if case.records.in_doubt(status, facts.name):
        record, weighed = None, UNPLACED
    elif record is not None and case.records.disputes(record):
        weighed = DISPUTED
    decision = whole or (weighed.decision if weighed is UNPLACED else _left_alone(case.actions, facts.name))
    runs = decision is None or (state is RunState.RUNNING and weighed.calibrates)
    decision = decision or _compared(case, facts, weighed.decision)
    decision = decision if whole is not None else _with_its_pod(case.actions, decision, state)
    in_force = decision.verdict is Verdict.SAFE and _held(facts, record)
    decision = replace(decision, verdict=Verdict.OVERRIDDEN) if in_force else decision
    left_open = decision == weighed.decision and decision.verdict is Verdict.UNKNOWN
    weighed = replace(weighed, decision=decision, calibrates=runs and weighed.calibrates, reproduced=runs and weighed.reproduced)
    return weighed, PlannedContainer(
        name=facts.name,
        kind=facts.kind,
        container_id=_container_id(status, record, facts.name),
        verdict=decision.verdict,
        reason=decision.reason,
        evidence=weighed.evidence,
        computed=Computed(_only(facts.from_hashes), _only(facts.to_hashes)),
        causes=_causes(weighed, facts),
        override=IN_FORCE if in_force else None,
        facts=weighed.facts if left_open else (),
        decided_at=decision.at,
    )


def _held(facts: ContainerFacts, record: ContainerRecord | None) -> bool:
    """Whether an override in force keeps it, and without that another hash would restart it."""
    return record is not None and record.natural is not None and record.natural.hash not in facts.to_hashes


def told_by(
    past: Lived | Reason | None, joined: JoinedPod, facts: ContainerFacts, records: Records, state: RunState
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
    return past.deduce(birth, facts.written, ever_comparable(joined, facts, records), _container_id(joined.status, record, facts.name))


def birth_in(joined: JoinedPod, facts: ContainerFacts, record: ContainerRecord | None) -> Birth | None:
    """When a container of a pod started; None if nothing tells."""
    return birth_of(next((entry for entry in joined.status.statuses if entry.name == facts.name), None), record)


_OPEN = frozenset({Reason.INIT_MAY_RERUN, Reason.STATE_UNKNOWN})
"""Reasons for not looking at a hash that leave open what becomes of the container."""


def _left_alone(actions: tuple[PodActions, ...], name: str) -> Decision | None:
    """The decision on a container whose hash the new kubelet does not look at; None if it does."""
    found = {action.left_alone.get(name) for action in actions}
    return _agreed(Verdict.NOT_COMPARED if found.isdisjoint(_OPEN) else Verdict.UNKNOWN, found)


def _with_its_pod(actions: tuple[PodActions, ...], decision: Decision, state: RunState) -> Decision:
    """The decision on a container where its pod is restarted as a whole, or may be killed, in its sandbox: that concerns what runs."""
    if state is not RunState.RUNNING or decision.verdict is Verdict.RESTART:
        return decision
    if together := _agreed(Verdict.RESTART, {action.restarts for action in actions}):
        return together
    return _agreed(Verdict.UNKNOWN, {action.open for action in actions}) or decision


def _compared(case: _Case, facts: ContainerFacts, by_hash: Decision) -> Decision:
    """The decision on a container whose hash is looked at: the hash goes first, then the resources."""
    if by_hash.verdict is Verdict.RESTART and facts.kind is ContainerKind.SIDECAR and facts.traits.startup_probe:
        look = look_of(case.step.target.builds, comparable(case.joined, facts, case.records, facts.kind))
        return by_hash if look is Look.YES else Decision(Verdict.UNKNOWN, Reason.STARTUP_PROBE_PENDING)
    return (_resized(case, facts) or by_hash) if by_hash.verdict is Verdict.SAFE else by_hash


def _resized(case: _Case, facts: ContainerFacts) -> Decision | None:
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


def _only(hashes: tuple[Hash, ...]) -> Hash | None:
    return next(iter(hashes)) if len(hashes) == 1 else None


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
    evidence = _record_evidence(record)
    return PlannedContainer(name, kind, container_id, decision.verdict, decision.reason, evidence, Computed(), decided_at=decision.at)


def _from_statuses(joined: JoinedPod, decision: Decision, records: Records) -> list[PlannedContainer]:
    names = [status.name for status in joined.status.statuses] + [record.name for record in records.of_pod(joined.status)]
    found = []
    for name in dict.fromkeys(names):
        record = records.find(joined.status, name)
        found.append(_bare(name, record, _container_id(joined.status, record, name), ContainerKind.APP, decision))
    return found


def _not_in_spec(joined: JoinedPod, records: Records) -> list[PlannedContainer]:
    known = {facts.name for facts in joined.spec.facts.containers}
    lost = Decision(Verdict.UNKNOWN, Reason.NOT_IN_SPEC, _read_at(joined))
    decisions = {RunState.RUNNING: lost, RunState.UNKNOWN: Decision(Verdict.UNKNOWN, Reason.STATE_UNKNOWN)}
    found = [
        _bare(record.name, record, record.container_id, ContainerKind.APP, decisions[record.state])
        for record in records.of_pod(joined.status)
        if record.name not in known and record.state in decisions
    ]
    known.update(record.name for record in records.of_pod(joined.status))
    return found + [
        _bare(status.name, None, status.container_id, ContainerKind.APP, lost)
        for status in joined.status.statuses
        if status.name not in known and status.state is RunState.RUNNING
    ]


def _planned(joined: JoinedPod, containers: list[PlannedContainer], whole: Decision | None) -> PlannedPod:
    view = joined.spec.view
    worst = whole or worst_of(containers)
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
        details=_details(joined, worst),
        decided_at=worst.at,
        grace_seconds=view.grace_seconds,
        local_storage=view.local_storage,
        file=None if view.has_status else view.origin.source,
        line=None if view.has_status else view.origin.line,
    )


def _details(joined: JoinedPod, decision: Decision) -> tuple[str, ...]:
    fate = joined.spec.facts.fate
    if fate is None:
        return ()
    if fate.refused is not None and decision.step is StepName.MANIFEST:
        return (f"{fate.refused.path}: {fate.refused.reason}" if fate.refused.path else fate.refused.reason,)
    return fate.uid.because if fate.uid is not None and decision.reason is Reason.STATIC_UID_CHANGED else ()


def may_be_refused(pod: PlannedPod) -> PlannedPod:
    """A pod of which it is likely, and not certain, that it is refused at admission: nothing of it that runs is known to go on."""
    decision = Decision(Verdict.UNKNOWN, Reason.MAY_BE_REFUSED)
    containers = tuple(
        replace(one, verdict=decision.verdict, reason=decision.reason, decided_at=None, causes=()) if goes_on(one) else one
        for one in pod.containers
    )
    if SEVERITY[pod.verdict] <= SEVERITY[Verdict.UNKNOWN] or (containers == pod.containers and containers):
        return replace(pod, containers=containers)
    return replace(pod, verdict=decision.verdict, reason=decision.reason, decided_at=None, containers=containers)


def goes_on(one: PlannedContainer) -> bool:
    """Whether it runs, and is said to go on."""
    return one.verdict in (Verdict.SAFE, Verdict.OVERRIDDEN) or one.reason in (Reason.KIND_NOT_COMPARED, Reason.STARTUP_PROBE_FORGOTTEN)


def worst_of(containers: Iterable[PlannedContainer]) -> Decision:
    """The decision on a pod that its containers decide."""
    worst = min(containers, key=lambda container: SEVERITY[container.verdict], default=None)
    if worst is None:
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING)
    return Decision(worst.verdict, worst.reason, worst.decided_at)


def decide_unseen_pod(pod: Identity, records: Records, node: str | None) -> PlannedPod:
    """A pod that only the runtime's list shows: nothing can be said of it, so everything in it is unknown, unless all of it has ended."""
    found, sandboxes = records.of_pod(pod), records.sandboxes(pod)
    sandbox = next(iter(sandboxes), None)
    ended = not any(one.ready for one in sandboxes) and all(record.state is RunState.EXITED for record in found)
    decision = Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING) if ended else Decision(Verdict.UNKNOWN, Reason.NO_SPEC)
    containers = tuple(_bare(record.name, record, record.container_id, ContainerKind.APP, decision) for record in found)
    source = sandbox.source if sandbox is not None and sandbox.source is not None else PodSource.API
    workload = Workload("Pod", pod.name)
    return PlannedPod(pod.namespace, pod.name, pod.uid, node, workload, source, decision.verdict, decision.reason, containers)
