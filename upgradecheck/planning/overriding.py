"""Which restarts an override of the recorded hash can hold, and why not the others.

Safe is an override only of a container whose recorded hash is what the minor that created it makes of today's spec (design, section 3):
then the spec is what runs, and only the hash function moved. Everything else is refused, with a reason; what is refused for want of that
proof would hide a change.

An older minor than the creator proves less: it makes the same hash of a spec to which a field was added since that it does not know. So
where the running kubelet compares, only its own hash counts; of a manifest that nobody compared, all that may have created it must agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.resizing import GATE, resize_action
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Evidence, Grade, OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import ContainerRecord, Recorded
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ResizeRecords
from upgradecheck.planning.seeing.examine import ContainerFacts, Step

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
    facts: ContainerFacts,
    step: Step,
    record: ContainerRecord | None,
    evidence: Evidence,
    *,
    lossy: bool,
    static: bool,
    resources: bool = False,
) -> Chance:
    """Whether an override would hold a container that would restart for its hash; what no kubelet has written so, proves nothing.

    lossy: the spec at hand may lack fields that the new kubelet sees. resources: something in the pod sets any.
    """
    if record is None or not isinstance(record.hash, Recorded):
        return Chance(OverrideRefusal.NO_RECORD)
    if step.start is None or facts.kind_before is None or len(facts.to_hashes) != 1:
        return Chance(OverrideRefusal.UNDECIDED)
    compared = step.start.compares(facts.kind_before)
    if evidence.grade is not Grade.RECORDED or not (record.hash.hash in facts.from_hashes if compared else facts.creators):
        return Chance(OverrideRefusal.SPEC_CHANGED)
    if _may_restart_for_resources(facts, step, static=static):
        return Chance(OverrideRefusal.RESIZED)
    open_creator = static and not compared and not set(facts.candidates) <= {record.hash.hash, *facts.to_hashes}
    back = record.natural is not None and record.natural.hash in facts.to_hashes  # what the new kubelet makes was there before
    too_little = not back and _shows_too_little(step.start, step.target, static=static, resources=resources)
    if lossy or open_creator or too_little or not (record.kept or record.hash).as_written:
        return Chance(OverrideRefusal.UNPROVEN)
    rewrite = Rewrite(f"{(record.kept or record.hash).hash:x}", f"{facts.to_hashes[0]:x}")
    return Chance(None, rewrite, _beside(facts, step.target, record))


def _shows_too_little(start: KubeletEnd, target: KubeletEnd, *, static: bool, resources: bool) -> bool:
    """Whether the record shows name and image alone unchanged, the new kubelet looks at all, and the rest may have been changed meanwhile.

    A manifest can be edited at will, and the running kubelet then does nothing. An API server guards the container's spec, but for its
    resources where the running kubelet resizes in place (ValidatePodResize in pkg/apis/core/validation/validation.go): what was asked for
    last need not be what the container has.
    """
    if not start.hashes_image_and_name_only() or target.hashes_image_and_name_only():
        return False
    return static or (resources and any(build.gate(GATE) for build in start.builds))


def _may_restart_for_resources(facts: ContainerFacts, step: Step, *, static: bool) -> bool:
    """Whether its resources may restart it, though its hash is held.

    1.27 to 1.32 with the gate for in-place resize on compare resources too, with what the runtime says of them, which no list shows.
    """
    resizable, start = facts.traits.resizable, step.start.builds if step.start is not None else ()
    asked = (resize_action(resizable, facts.kind, start, build, static=static) for build in step.target.builds)
    as_alpha = any(build.gate(GATE) and build.schema.resize_records is ResizeRecords.NONE for build in step.target.builds)
    return any(action is not None for action in asked) or (as_alpha and not static and (resizable.restarts or resizable.unseen))


def _beside(facts: ContainerFacts, target: KubeletEnd, record: ContainerRecord) -> Rewrite | None:
    """The hash without resources, where it is recorded and some kubelet that the new version can be reads it (1.27 to 1.30, gate on)."""
    read = any(build.schema.hash_without_resources and build.gate(GATE) for build in target.builds)
    recorded, computed = record.hash_without_resources, facts.to_hashes_without_resources
    if not read or not isinstance(recorded, Recorded) or not recorded.as_written or len(computed) != 1 or computed[0] == recorded.hash:
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
