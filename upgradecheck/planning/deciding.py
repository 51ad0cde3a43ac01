"""One joined pod to a planned one: what holds for the pod as a whole first, then container by container."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from posixpath import normpath
from types import MappingProxyType

import msgspec

from upgradecheck.decisions.admission import PodRequest
from upgradecheck.decisions.containers import Decision
from upgradecheck.decisions.manifests.outcomes import KEPT_BY_MANIFEST, Pin, UIDOutcome
from upgradecheck.decisions.pods import PodActions
from upgradecheck.decisions.state import RestartPolicy
from upgradecheck.model.config import Configs
from upgradecheck.model.distributions import manifest_directories
from upgradecheck.model.exposure import NOT_EXPOSED, Exposure
from upgradecheck.model.plan import (
    Evidence,
    HistoryCheck,
    Oddity,
    PlannedContainer,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import PodSource, PodView, RunState, View, Workload
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.runtimes import DOCKER
from upgradecheck.model.steps import StepName
from upgradecheck.planning.containers import Case, actions_on, agreed, cgroup_in_doubt, decide_container
from upgradecheck.planning.evidence.past import Lived
from upgradecheck.planning.evidence.weighing import Agreement, Weighed, may_hide_fields
from upgradecheck.planning.overriding import Chance, Claim, chance_of
from upgradecheck.planning.requests import request_of
from upgradecheck.planning.seeing.facts import ContainerFacts, Step
from upgradecheck.planning.seeing.joining import JoinedPod
from upgradecheck.planning.seeing.podstate import init_done
from upgradecheck.planning.seeing.records import Records
from upgradecheck.planning.seeing.statics import ANOTHER_MANIFEST, StaticFate, fate_decision, made_by_kubelet
from upgradecheck.planning.unspecified import from_statuses, not_in_spec, read_at
from upgradecheck.planning.verdicts import in_doubt, worst_of

NOTHING_CHECKED = HistoryCheck()
_FINISHED = ("Failed", "Succeeded")
LEFT_UNCHANGED = "UC064"
MANIFEST_EDITED = "UC016"
GATES_MOVED = "UC020"
SET_BY_SERVER = "UC021"
SPEC_CHANGED = "UC004"
PINNED = "UC017"
"""Rules that are told more than verdicts: on containers that their kubelet should not have left as they are, what is the matter with each;
on containers that were made before an API server set something in their specs, what that is; on those whose image was changed since they
started, both images; on manifests that are not what runs, the fields; on pods that ask for what a gate gives that moved, these gates; on
manifests that give their pod a UID as kubelets make them, what that is."""
RESIZED: tuple[str, ...] = ()
"""Noted under SPEC_CHANGED of a container whose resources were changed in place, in the place of two images."""
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
    supposed: its records that are of the kubelet that the node reports, where --from supposes another one. doubt: why it is
    not known whether its sandbox is as it was. exposure: what it is exposed to beside its verdict. unmade: an API server has
    yet to make it. in_force: its records that carry, or are shown with, what
    an override put there.
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
    supposed: int = 0
    doubt: Decision | None = None
    exposure: Exposure = NOT_EXPOSED
    unmade: bool = False
    in_force: int = 0


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
        containers: list[PlannedContainer] = from_statuses(joined, whole or Decision(Verdict.UNKNOWN, Reason.SPEC_REFUSED), records)
        return DecidedPod(_planned(joined, containers, whole), request=request_of(joined, records), failed=_has_failed(joined, records))
    fate = joined.spec.facts.fate
    check = None if fate is None or not fate.runs or joined.gone else fate.check
    case = Case(joined, step, records, actions_on(joined, step, records), past, init_done(joined, records))
    whole = whole or _recreated(case.actions) or _sandbox_in_doubt(joined, records)
    containers, weighings = [], []
    for facts in joined.spec.facts.containers:
        weighed, planned = decide_container(case, facts, whole)
        containers.append(planned)
        weighings.append(weighed)
    containers += not_in_spec(joined, records)
    pod, doubt = _planned(joined, containers, whole), cgroup_in_doubt(joined, step)
    return DecidedPod(
        pod if doubt is None else in_doubt(pod, doubt),
        sum(weighed.calibrates for weighed in weighings),
        sum(weighed.reproduced for weighed in weighings),
        request_of(joined, records),
        _has_failed(joined, records),
        whole is None,
        _checked(weighings),
        _chances(case, containers) if override else {},
        _noted(joined, weighings, containers),
        succeeded=joined.status.phase == "Succeeded",
        uid_reproduced=None if fate is None else fate.uid_reproduced,
        uid_made_by=() if check is None else check.minors,
        perhaps_pinned=check is not None and check.viewed,
        supposed=sum(weighed.calibrates and weighed.supposed for weighed in weighings),
        doubt=doubt,
        exposure=joined.spec.facts.exposure,
        unmade=joined.spec.facts.unmade,
        in_force=sum(weighed.in_force for weighed in weighings),
    )


def _noted(joined: JoinedPod, weighings: Sequence[Weighed], containers: Sequence[PlannedContainer]) -> Mapping[str, object]:
    """By rule, what is to be told of the pod that its verdicts do not tell; most pods share one answer."""
    odd = {one.name: weighed.oddity for weighed, one in zip(weighings, containers, strict=False) if weighed.oddity is not None}
    set_since = {name: _set_since(joined, name) for name, oddity in odd.items() if oddity is Oddity.FIELD_ADDED}
    resized = {name: RESIZED for name, oddity in odd.items() if oddity is Oddity.RESIZED}
    odd = {name: oddity for name, oddity in odd.items() if oddity not in (Oddity.FIELD_ADDED, Oddity.RESIZED)}
    fate = joined.spec.facts.fate
    kept = fate is not None and fate.uid is not None and fate.uid.outcome is not UIDOutcome.CHANGED
    edited = fate.edits.paths if fate is not None and kept and not joined.gone else ()
    drifted = {one.name: one.drifted for one in joined.spec.facts.containers if one.drifted is not None} | resized
    gates = () if joined.gone or joined.status.phase in _FINISHED else joined.spec.facts.traits.gates
    noted = ((LEFT_UNCHANGED, odd), (MANIFEST_EDITED, edited), (SET_BY_SERVER, set_since), (GATES_MOVED, gates), (SPEC_CHANGED, drifted))
    told: dict[str, object] = {rule: note for rule, note in noted if note}
    if fate is not None and not joined.gone and made_by_kubelet(joined.status.uid):
        if fate.uid == KEPT_BY_MANIFEST:
            told |= {} if fate.pin is Pin.FOREIGN else {PINNED: fate.pin}
        elif _is_pinnable(joined, fate):
            told[PINNABLE] = True
    return told or _NO_NOTES


def _set_since(joined: JoinedPod, name: str) -> tuple[str, ...]:
    return next(one.fields_added for one in joined.spec.facts.containers if one.name == name)


def _is_pinnable(joined: JoinedPod, fate: StaticFate) -> bool:
    """Whether a static pod goes, or may, for its UID alone, and from a file that `override pin` can reach."""
    decision = fate_decision(fate)
    of_uid = decision is not None and decision.reason.family is Family.STATIC_UID
    unlike = fate.check is not None and fate.check.edited
    edited = unlike or bool(fate.edits.paths or fate.edits.in_doubt) or fate.uid == ANOTHER_MANIFEST
    return of_uid and fate.runs and not edited and joined.spec.view.source is PodSource.FILE


def _chances(case: Case, containers: Sequence[PlannedContainer]) -> Mapping[str, Chance]:
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
    if record is not None and (facts.supposed or (record.pod_uid, record.name) != (joined.status.uid, facts.name)):
        record = None  # the one that a status points to may be another's
    lossy, static = joined.hides and may_hide_fields(step), joined.spec.view.source is not PodSource.API
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


def _may_run(joined: JoinedPod, records: Records) -> bool:
    """Whether anything of the pod runs, or nothing was seen of it."""
    seen = [one.state for one in joined.status.statuses] + [one.state for one in records.of_pod(joined.status)]
    return not seen or RunState.RUNNING in seen


def _has_failed(joined: JoinedPod, records: Records) -> bool:
    runs = any(entry.state is RunState.RUNNING for entry in joined.status.statuses)
    runs = runs or any(record.state is RunState.RUNNING for record in records.of_pod(joined.status))
    return joined.status.phase == "Failed" and not runs


def _recreated(actions: tuple[PodActions, ...]) -> Decision | None:
    """The decision on a pod that goes as a whole; None if it does not."""
    return agreed(Verdict.RECREATE, {action.recreate for action in actions})


def _sandbox_in_doubt(joined: JoinedPod, records: Records) -> Decision | None:
    """The decision on a pod of which a sandbox may be that is not ready, or one too many."""
    return (
        Decision(Verdict.UNKNOWN, Reason.RECORD_NODE_UNKNOWN, StepName.SANDBOX_READY) if records.sandbox_in_doubt(joined.status) else None
    )


def _decide_whole(joined: JoinedPod, step: Step | None, problem: Reason | None, records: Records) -> Decision | None:
    """What decides on the pod before any container is looked at; None if nothing does."""
    status, view = joined.status, joined.spec.view
    if (obstacle := _obstacle(joined, step, records)) is not None:
        return obstacle
    recreates = None if step is None else step.recreates
    static = None if view.source is PodSource.API else _decide_static(joined, records)
    if static is not None and not (static.verdict is Verdict.UNKNOWN and recreates is not None):
        stops = static.verdict is Verdict.REJECT and not _nothing_runs(joined, records)
        return static if stops or static.verdict is not Verdict.REJECT else Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING, static.step)
    if _terminates(joined):
        return Decision(Verdict.NOT_COMPARED, Reason.POD_TERMINATING)
    if status.phase in _FINISHED and view.source is PodSource.API:  # of a static pod a restarted kubelet remembers no phase
        return Decision(Verdict.NOT_COMPARED, Reason.POD_FINISHED)
    if status.has_status and not (status.node or view.node or joined.on_a_node):
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_SCHEDULED)
    if step is None and problem is Reason.VIRTUAL_KUBELET:
        return Decision(Verdict.NOT_COMPARED, problem)
    if step is None:
        return Decision(Verdict.UNKNOWN, problem or Reason.VERSION_UNKNOWN, read_at(joined))
    if recreates is not None and _may_run(joined, records):
        whole = Decision(Verdict.RECREATE, Reason.RUNTIME_CHANGED)
        return whole if recreates is whole.reason else Decision(Verdict.UNKNOWN, recreates, read_at(joined))
    if joined.spec.facts.refused is not None:
        return Decision(Verdict.UNKNOWN, Reason.SPEC_REFUSED, read_at(joined))
    if view.source is not PodSource.API and view.view is not View.SPEC and source_moves(step.configs, view.source):
        return Decision(Verdict.UNKNOWN, Reason.MANIFESTS_MOVE)
    return None


def source_moves(configs: Configs, source: PodSource) -> bool:
    """Whether the new kubelet has its manifests from elsewhere: whether those of the old one are there was not seen.

    Of an old configuration that was not given a pod that runs shows that it has such a source, and not which one; a directory that
    distributions have is then taken for the same. Mirrors makePodSourceConfig in pkg/kubelet/kubelet.go.
    """
    if source is PodSource.HTTP:
        old, new = configs.old.static_pod_url, configs.new.static_pod_url
        return configs.new_told and (old != new if configs.old_told else not new)
    old, new = configs.old.static_pod_path, configs.new.static_pod_path
    if not new or not configs.new_told:
        return bool(old and new) and normpath(old) != normpath(new)
    known = (old,) if old else () if configs.old_told else tuple(manifest_directories())
    return bool(known) and normpath(new) not in map(normpath, known)


def _obstacle(joined: JoinedPod, step: Step | None, records: Records) -> Decision | None:
    """Why nothing can be said of a pod that runs, whatever its spec says: its node's runtime is one that the new kubelet cannot use."""
    status, fate = joined.status, joined.spec.facts.fate
    if step is None or not (step.obstacle or (_may_be_dockers(status, step) and not _runs_elsewhere(status, records))):
        return None
    placed = status.node or joined.spec.view.node or joined.on_a_node
    at_rest = status.phase in _FINISHED or status.terminating or (status.has_status and not placed)
    if (at_rest and joined.spec.view.source is PodSource.API) or (fate is not None and not fate.runs):
        return None
    return Decision(Verdict.UNKNOWN, step.obstacle or Reason.RUNTIME_REMOVED, read_at(joined))


def _may_be_dockers(status: PodView, step: Step) -> bool:
    """Whether a pod runs in docker, as far as is known, under a kubelet that will not speak to it."""
    return (step.loses_docker and status.runtime == DOCKER) or (step.runtime_untold and status.runtime is None)


def _runs_elsewhere(status: PodView, records: Records) -> bool:
    """Whether a list of another runtime than docker shows that the pod runs there now: its status is older."""
    return any(record.state is RunState.RUNNING and record.runtime != DOCKER for record in records.of_pod(status))


def _terminates(joined: JoinedPod) -> bool:
    """Whether the pod is being ended, whatever is upgraded. A static pod's own manifest says so alone: a kubelet remembers no end of it."""
    if joined.spec.view.source is PodSource.API:
        return joined.spec.view.terminating or joined.status.terminating
    return joined.spec.view.terminating and joined.lossy


def _decide_static(joined: JoinedPod, records: Records) -> Decision | None:
    """The decision on a static pod by manifest and UID, which come before its phase: under another UID a finished pod runs again."""
    fate = joined.spec.facts.fate
    if joined.gone:
        return Decision(Verdict.REJECT, Reason.MANIFEST_GONE)
    deleted = joined.spec.view.deleting and not joined.lossy
    if fate is not None and not fate.runs:
        if fate.refused is not None or deleted:
            return Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING, StepName.MANIFEST)
        return Decision(Verdict.NOT_COMPARED, Reason.WILL_START, StepName.STATIC_UID)
    if deleted and (fate is None or fate.refused is None):
        return _ended_by_manifest(joined, records)
    if fate is not None and (fate.refused is not None or joined.spec.facts.refused is None):
        return fate_decision(fate)
    return Decision(Verdict.UNKNOWN, Reason.STATIC_POD_UID) if uid_made_by_kubelet(joined.spec.view) else None


def _ended_by_manifest(joined: JoinedPod, records: Records) -> Decision:
    """What becomes of a static pod whose manifest has a deletionTimestamp: no kubelet starts it, and what runs under another UID is ended.

    Under its own UID what runs is ended up to 1.21 (kubelet.go, syncPod). From 1.22 on it was seen to run on, and nothing looks after it:
    the worker drops a static pod that is to end before it has started it (pod_workers.go, allowPodStart).
    """
    if _nothing_runs(joined, records):
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING, StepName.MANIFEST)
    fate = joined.spec.facts.fate
    another = fate is not None and fate.seen and fate.uid is not None and fate.uid.outcome is UIDOutcome.CHANGED
    return Decision(Verdict.REJECT if another else Verdict.UNKNOWN, Reason.MANIFEST_DELETED)


def uid_made_by_kubelet(view: PodView) -> bool:
    """Whether a static pod's UID is a hash of its spec (32 hex digits), not one that its manifest gives (with dashes).

    A mirror pod that lost its annotations does not tell; few manifests give one.
    """
    untold = view.view is View.MIRROR and view.config_hash is None and view.uid == view.mirror_uid
    return untold or made_by_kubelet(view.config_hash or view.uid)


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
        ends=joined.spec.facts.traits.restart_policy is not RestartPolicy.ALWAYS,
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
