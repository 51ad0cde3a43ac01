"""Which restarts an override of the recorded hash can hold, and why not the others.

Safe is an override only of a container whose recorded hash is what the minor that created it makes of today's spec (design, section 3):
then the spec is what runs, and only the hash function moved. Everything else is refused, with a reason; what is refused for want of that
proof would hide a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.resizing import GATE
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Evidence, Grade, OverrideRefusal, PlannedContainer, PlannedPod, Reason, Verdict
from upgradecheck.model.pod import ContainerRecord, Recorded
from upgradecheck.planning.examine import ContainerFacts, Step

PLANNED = "planned"
IN_FORCE = "in-force"
_WHOLE = {
    Verdict.RECREATE: OverrideRefusal.POD_STOPPED,
    Verdict.REJECT: OverrideRefusal.POD_STOPPED,
    Verdict.SAFE: OverrideRefusal.ALREADY,
    Verdict.OVERRIDDEN: OverrideRefusal.ALREADY,
}
_UID = frozenset({Reason.STATIC_UID_CHANGED, Reason.STATIC_POD_UID})
_NOT_LOOKED_AT = frozenset({Reason.KIND_NOT_COMPARED, Reason.INIT_RERUNS})


@dataclass(frozen=True, slots=True)
class Chance:
    """What speaks against holding a container that would restart for its hash (None: nothing), and what is to be written."""

    refusal: OverrideRefusal | None
    hash: Rewrite | None = None
    without_resources: Rewrite | None = None


def chance_of(
    facts: ContainerFacts, step: Step, record: ContainerRecord | None, evidence: Evidence, *, lossy: bool, static: bool, resized: bool
) -> Chance:
    """Whether an override would hold it. lossy: the spec at hand may lack fields that the new kubelet sees. resized: its resources may
    restart it whatever its hash is.
    """
    if record is None or not isinstance(record.hash, Recorded):
        return Chance(OverrideRefusal.NO_RECORD)
    if step.start is None or facts.kind_before is None or len(facts.to_hashes) != 1:
        return Chance(OverrideRefusal.UNDECIDED)
    if evidence.grade is not Grade.RECORDED or evidence.creator is None:
        return Chance(OverrideRefusal.SPEC_CHANGED)
    if resized:
        return Chance(OverrideRefusal.RESIZED)
    back = record.natural is not None and record.natural.hash in facts.to_hashes  # what the new kubelet makes was there before
    if is_unproven(step.start, step.target, lossy=lossy, static=static and not back):
        return Chance(OverrideRefusal.UNPROVEN)
    rewrite = Rewrite(f"{(record.kept or record.hash).hash:x}", f"{facts.to_hashes[0]:x}")
    return Chance(None, rewrite, _beside(facts, step.target, record))


def is_unproven(start: KubeletEnd, target: KubeletEnd, *, lossy: bool, static: bool) -> bool:
    """Whether the spec at hand may lack fields, or the record shows name and image alone unchanged where the new kubelet looks at all.

    An API server lets nobody change the rest of a container's spec; of a static pod whoever edits the manifest does.
    """
    return lossy or (static and start.hashes_image_and_name_only() and not target.hashes_image_and_name_only())


def _beside(facts: ContainerFacts, target: KubeletEnd, record: ContainerRecord) -> Rewrite | None:
    """The hash without resources, where it is recorded and some kubelet that the new version can be reads it (1.27 to 1.30, gate on)."""
    read = any(build.schema.hash_without_resources and build.gate(GATE) for build in target.builds)
    recorded, computed = record.hash_without_resources, facts.to_hashes_without_resources
    if not read or not isinstance(recorded, Recorded) or len(computed) != 1 or computed[0] == recorded.hash:
        return None
    return Rewrite(f"{recorded.hash:x}", f"{computed[0]:x}")


@dataclass(frozen=True, slots=True)
class Overridden:
    """A pod with overrides laid over, and these by container ID."""

    pod: PlannedPod
    overrides: Mapping[str, Override]


def override_pod(pod: PlannedPod, chances: Mapping[str, Chance]) -> Overridden:
    """Lays overrides over a decided pod; chances of its containers by name, of those that would restart for their hash."""
    overrides: dict[str, Override] = {}
    containers = []
    for one in pod.containers:
        chance = chances.get(one.name)
        refusal = _refusal(one, chance)
        if refusal is None and chance is not None and chance.hash is not None and one.container_id is not None:
            beside = chance.without_resources
            made = Override(chance.hash, pod.namespace, pod.name, pod.uid, one.name, pod.node, beside)
            overrides[bare_id(one.container_id)] = made
            containers.append(replace(one, verdict=Verdict.OVERRIDDEN, override=PLANNED))
        else:
            containers.append(replace(one, override_refused=refusal or OverrideRefusal.UNDECIDED))
    return Overridden(replace(pod, containers=tuple(containers)), overrides)


def bare_id(container_id: str) -> str:
    """The ID that a runtime knows, without ``containerd://`` before it."""
    return container_id.rpartition("://")[2]


def _refusal(one: PlannedContainer, chance: Chance | None) -> OverrideRefusal | None:
    """Why it cannot be held; None if it can."""
    if one.verdict in _WHOLE:
        return OverrideRefusal.UID_CHANGES if one.reason in _UID else _WHOLE[one.verdict]
    if one.verdict is Verdict.NOT_COMPARED:
        return OverrideRefusal.NOT_COMPARED if one.reason in _NOT_LOOKED_AT else OverrideRefusal.NOT_RUNNING
    if one.reason in (Reason.RESIZE, Reason.RESIZE_BASELINE):
        return OverrideRefusal.RESIZED
    if one.reason is Reason.RECORD_ABSENT:
        return OverrideRefusal.NO_RECORD
    if one.reason is Reason.NOT_REPRODUCED:
        return OverrideRefusal.SPEC_CHANGED
    if one.verdict is not Verdict.RESTART or chance is None:
        return OverrideRefusal.UNDECIDED
    return chance.refusal


def held(pods: Sequence[PlannedPod]) -> int:
    """How many containers an override holds."""
    return sum(one.override == PLANNED for pod in pods for one in pod.containers)


def refused(pods: Iterable[PlannedPod], refusal: OverrideRefusal) -> Iterable[tuple[PlannedPod, PlannedContainer]]:
    """The containers that are refused for this."""
    return ((pod, one) for pod in pods for one in pod.containers if one.override_refused is refusal)
