"""What a kubelet finds at each step of its decision on one container, in words, and what it will write when it kills it."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.comparing import startup_of
from upgradecheck.decisions.messages import Killing, killing_message, log_line
from upgradecheck.decisions.state import ContainerState
from upgradecheck.explaining.history import creator_step
from upgradecheck.explaining.steps import Found, Witness, shown, unshown
from upgradecheck.model.decisions import Messages, SidecarStartup
from upgradecheck.model.explanation import Announcement, BuildHash
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Grade, PlannedContainer, Verdict
from upgradecheck.model.pod import Recorded, RunState
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.steps import StepName
from upgradecheck.planning.containers import is_made_up
from upgradecheck.planning.seeing.facts import ContainerFacts

_KINDS = {
    ContainerKind.APP: "app containers",
    ContainerKind.INIT: "init containers",
    ContainerKind.SIDECAR: "sidecars",
    ContainerKind.EPHEMERAL: "ephemeral containers",
}
_NO_RUNTIME = "?"


def container_steps(witness: Witness, planned: PlannedContainer, facts: ContainerFacts | None) -> Iterator[Found]:
    """The steps of one container. facts: None for one that is not in a spec that can be used."""
    yield _running(witness, planned)
    if facts is None:
        return
    yield _kind(witness, planned)
    if planned.kind is ContainerKind.SIDECAR:
        yield _startup_probe(witness, planned, facts)
    yield from creator_step(witness, planned, facts)
    yield _hash(witness, planned, facts)
    if planned.kind in (ContainerKind.APP, ContainerKind.SIDECAR):
        yield _resources(witness, planned)


def _running(witness: Witness, planned: PlannedContainer) -> Found:
    found = _state_of(witness, planned.name)
    if found is None:
        record = next((one for one in witness.records.of_pod(witness.planned) if one.name == planned.name), None)
        if record is None:
            return unshown(StepName.RUNNING, "nothing says whether it runs")
        return shown(StepName.RUNNING, f"the runtime lists it as {record.state.value}")
    match found.state:
        case RunState.RUNNING:
            return shown(StepName.RUNNING, "it runs")
        case RunState.UNREPORTED:
            return unshown(StepName.RUNNING, "nothing says whether it runs; taken to run")
        case RunState.EXITED:
            code = "" if found.exit_code is None else f" with code {found.exit_code}"
            return shown(StepName.RUNNING, f"it has ended{code}")
        case RunState.STOPPED:
            return shown(StepName.RUNNING, "it does not run; docker's list does not tell whether it has ended or never started")
        case RunState.UNKNOWN:
            return unshown(StepName.RUNNING, "the runtime does not know whether it runs")
        case RunState.WAITING | RunState.CREATED:
            gone = "; the runtime has no record of it any more" if found.pruned else ""
            return shown(StepName.RUNNING, f"it does not run (state {found.state.value}){gone}")


def _state_of(witness: Witness, name: str) -> ContainerState | None:
    state = witness.state()
    return None if state is None else next((one for one in state.containers if one.name == name), None)


def _kind(witness: Witness, planned: PlannedContainer) -> Found:
    kinds = _KINDS[planned.kind]
    if witness.target.compares(planned.kind):
        return shown(StepName.KIND, f"kubelet {witness.target.release} compares {kinds}")
    if witness.target.never_compares(planned.kind):
        return shown(StepName.KIND, f"kubelet {witness.target.release} does not compare {kinds}")
    return unshown(StepName.KIND, f"some kubelets of version {witness.target.release} compare {kinds}, others do not")


def _startup_probe(witness: Witness, planned: PlannedContainer, facts: ContainerFacts) -> Found:
    if not facts.traits.startup_probe:
        return shown(StepName.STARTUP_PROBE, "it has none")
    startups = {startup_of(build) for build in witness.target.builds}
    if startups == {SidecarStartup.NEVER_COMPARED}:
        return shown(StepName.STARTUP_PROBE, "this kubelet makes no result of it for what it finds running, and so never compares that")
    state = _state_of(witness, planned.name)
    if state is not None and not state.startup_pending:
        return shown(StepName.STARTUP_PROBE, "it has passed")
    if startups == {SidecarStartup.COUNTS_AS_PASSED}:
        return shown(StepName.STARTUP_PROBE, "not seen to have passed; this kubelet compares what runs all the same")
    return unshown(StepName.STARTUP_PROBE, "not seen to have passed, and this kubelet then does not compare yet")


def _hash(witness: Witness, planned: PlannedContainer, facts: ContainerFacts) -> Found:
    carried, computed = planned.evidence, facts.to_hashes
    if is_made_up(facts, witness.target):
        changed = "another hash than the running one" if planned.verdict is Verdict.RESTART else "the hash of the running one"
        told = f"kubelet {witness.target.release} computes {changed}, whatever the volume of its token is called"
        return Found(StepName.HASH, carried.grade is not Grade.UNKNOWN, told)
    made = " or ".join(f"{one.hex}" for one in computed)
    seen = carried.grade is not Grade.UNKNOWN
    match carried.grade:
        case Grade.ABSENT:
            start = "it carries no readable hash, which counts as 0"
        case Grade.UNKNOWN:
            start = "the hash that it carries is not known"
        case Grade.RECORDED | Grade.INFERRED | Grade.ESTIMATED:
            how = Grade.RECORDED if _is_recorded(witness, planned) else carried.grade
            start = "it carries one of several hashes" if carried.hash is None else f"it carries {carried.hash.hex} ({how.value})"
    end = f"kubelet {witness.target.release} computes {made}"
    return Found(StepName.HASH, seen, f"{start}; {end}{_likeness(planned, computed)}")


def _is_recorded(witness: Witness, planned: PlannedContainer) -> bool:
    """Whether the hash was read, however well that is known on which the verdict rests."""
    found = next((one for one in witness.records.of_pod(witness.planned) if one.container_id == planned.container_id), None)
    return found is not None and isinstance(found.hash, Recorded) and found.hash.hash == planned.evidence.hash


def _likeness(planned: PlannedContainer, computed: tuple[Hash, ...]) -> str:
    if planned.reason is Reason.ONLY_RESOURCES_CHANGED:
        return "; without resources the hashes are equal, and that is enough here"
    if planned.reason is Reason.NOT_REPRODUCED:
        return "; the running version makes yet another one of the spec, so the spec at hand is not what runs"
    if planned.reason is Reason.MAY_HAVE_BEEN_RESIZED:
        return ": equal, if its resources are what they were when it started"
    if planned.reason is Reason.NODE_NOT_READY:
        return ": equal, if nobody has changed its image since its kubelet last looked"
    if planned.reason is Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY:
        return ": equal, but the spec may have fields that the running kubelet dropped before it was seen"
    if planned.evidence.hash is None or len(computed) > 1:
        return ""
    return ": equal" if planned.evidence.hash in computed else ": another one"


def _resources(witness: Witness, planned: PlannedContainer) -> Found:
    match planned.reason:
        case Reason.RESIZE:
            words = "no record of the resources it was given, taken for a resize; its resizePolicy is to restart"
            return shown(StepName.RESOURCES, words)
        case Reason.RESIZE_BASELINE:
            words = "perhaps no record of the resources it was given; its resizePolicy would then restart it"
            return unshown(StepName.RESOURCES, words)
        case _:
            return shown(StepName.RESOURCES, "no resizePolicy of it can be a reason to restart it")


def announcements(witness: Witness, planned: PlannedContainer, under_to: tuple[BuildHash, ...]) -> tuple[Announcement, ...]:
    """What the kubelets that the new version can be write if they kill the container for its hash; none where they will not."""
    if not _may_be_killed_for_its_hash(planned):
        return ()
    made: dict[tuple[str, str | None], list[str]] = {}
    for build in witness.target.builds:
        told_by_hash = build.decisions.messages is Messages.HASH_CHANGED
        if told_by_hash and planned.evidence.grade not in (Grade.ABSENT,) and planned.evidence.hash is None:
            continue  # the line holds a hash that nobody knows
        expected = next((one.hash for one in under_to if one.release == build.release), planned.computed.to_hash)
        killing = _killing(witness, planned, expected)
        log = log_line(killing, build) if planned.container_id is not None else None
        made.setdefault((killing_message(killing, build), log), []).append(build.release)
    return tuple(Announcement(tuple(releases), event, log) for (event, log), releases in made.items())


_LEAVE_THE_HASH_OPEN = frozenset({Family.HISTORY, Family.EVIDENCE, Family.VERSION})


def _may_be_killed_for_its_hash(planned: PlannedContainer) -> bool:
    """Whether the hash decides, or would if more were known: its record, who wrote it, the version. Without a spec there is none."""
    family, step = planned.reason.family, planned.reason.step
    if planned.verdict is Verdict.RESTART:
        return family is Family.HASH
    return planned.verdict is Verdict.UNKNOWN and family in _LEAVE_THE_HASH_OPEN and step is not StepName.SPEC


def _killing(witness: Witness, planned: PlannedContainer, expected: Hash | None) -> Killing:
    pod = witness.planned
    return Killing(
        namespace=pod.namespace,
        pod=pod.name,
        uid=pod.uid,
        container=planned.name,
        container_id=planned.container_id or "",
        runtime=_runtime(witness),
        kind=planned.kind,
        recorded=planned.evidence.hash,
        expected=expected,
    )


def _runtime(witness: Witness) -> str:
    """The runtime's type as kubelets print it: ``containerd`` of ``containerd://1.7.2``."""
    reported = None if witness.node is None else witness.node.runtime
    return (reported or _NO_RUNTIME).partition("://")[0]
