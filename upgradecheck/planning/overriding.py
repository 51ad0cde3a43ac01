"""Which restarts an override of the recorded hash can hold, and why not the others.

Safe is an override only of a container whose recorded hash is what the minor that created it makes of today's spec (design, section 3):
then the spec is what runs, and only the hash function moved. Everything else is refused, with a reason; what is refused for want of that
proof would hide a change.

An older minor than the creator proves less: it makes the same hash of a spec to which a field was added since that it does not know. So
where the running kubelet compares, only its own hash counts; of a manifest that nobody compared, all that may have created it must agree.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.comparing import surely_compares
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decisions.resizing import IN_PLACE_RESIZE, resize_action
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Grade, OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import ContainerRecord, Recorded
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.schema import ResizeRecords
from upgradecheck.planning.seeing.facts import ContainerFacts, Step

PLANNED = "planned"
IN_FORCE = "in-force"
_WHOLE = {
    Verdict.RECREATE: OverrideRefusal.POD_STOPPED,
    Verdict.REJECT: OverrideRefusal.POD_STOPPED,
    Verdict.SAFE: OverrideRefusal.ALREADY,
    Verdict.OVERRIDDEN: OverrideRefusal.ALREADY,
}


class Chance(msgspec.Struct, frozen=True, gc=False):
    """What speaks against holding a container that would restart for its hash (None: nothing), and what is to be written."""

    refusal: OverrideRefusal | None
    hash: Rewrite | None = None
    without_resources: Rewrite | None = None


class Claim(msgspec.Struct, frozen=True, gc=False):
    """A container that would restart for its hash, and all that speaks for or against holding it.

    grade: of the hash that it carries. lossy: the spec at hand may lack fields that the new kubelet sees. resources: something in the pod
    sets any.
    """

    facts: ContainerFacts
    step: Step
    record: ContainerRecord | None
    grade: Grade
    lossy: bool = False
    static: bool = False
    resources: bool = False

    @property
    def carried(self) -> Hash:
        """The recorded hash; that one was recorded is the first condition."""
        assert self.record is not None
        assert isinstance(self.record.hash, Recorded)
        return self.record.hash.hash

    @property
    def start(self) -> KubeletEnd:
        """What runs; that it is known is a condition before all that ask for it."""
        assert self.step.start is not None
        return self.step.start

    @property
    def compared(self) -> bool:
        """Whether the running kubelet compares it, so that its own hash is what the container must carry."""
        assert self.facts.kind_before is not None
        return surely_compares(self.start, self.facts.kind_before, startup_probe=self.facts.traits.startup_probe)


def a_hash_was_recorded(claim: Claim) -> bool:
    """Only the runtime's record can show that today's spec is what runs."""
    return claim.record is not None and isinstance(claim.record.hash, Recorded)


def both_versions_are_known(claim: Claim) -> bool:
    """Who wrote the hash can be asked only of a version that is known and knows the container, and one hash alone can be written."""
    return claim.step.start is not None and claim.facts.kind_before is not None and len(claim.facts.to_hashes) == 1


def todays_spec_is_what_was_hashed(claim: Claim) -> bool:
    """The record is what its creator makes of today's spec: the running kubelet where it compares, else a minor that may be it."""
    made = claim.carried in claim.facts.from_hashes if claim.compared else bool(claim.facts.creators)
    return claim.grade is Grade.RECORDED and made and not claim.facts.edited


def its_resources_let_it_run(claim: Claim) -> bool:
    """Held for its hash, it is not restarted for its resources."""
    return not _may_restart_for_resources(claim.facts, claim.step, static=claim.static)


def the_whole_spec_was_seen(claim: Claim) -> bool:
    """The spec at hand lacks nothing that the new kubelet sees."""
    return not claim.lossy


def all_possible_creators_agree(claim: Claim) -> bool:
    """Of a manifest that nobody compared, an older minor makes the same hash although a field that it does not know was added since."""
    return not claim.static or claim.compared or set(claim.facts.candidates) <= {claim.carried, *claim.facts.to_hashes}


def the_record_shows_enough(claim: Claim) -> bool:
    """What the record was made of is all that the new kubelet looks at, or what the new kubelet makes of the spec was there before."""
    natural = claim.record.natural if claim.record is not None else None
    back = natural is not None and natural.hash in claim.facts.to_hashes
    return back or not _shows_too_little(claim.start, claim.step.target, static=claim.static, resources=claim.resources)


def a_kubelet_wrote_the_record(claim: Claim) -> bool:
    """The record is written as a kubelet writes it; what none has written so, proves nothing."""
    return claim.record is not None and _in_record(claim.record).as_written


CONDITIONS: tuple[tuple[Callable[[Claim], bool], OverrideRefusal], ...] = (
    (a_hash_was_recorded, OverrideRefusal.NO_RECORD),
    (both_versions_are_known, OverrideRefusal.UNDECIDED),
    (todays_spec_is_what_was_hashed, OverrideRefusal.SPEC_CHANGED),
    (its_resources_let_it_run, OverrideRefusal.RESIZED),
    (the_whole_spec_was_seen, OverrideRefusal.UNPROVEN),
    (all_possible_creators_agree, OverrideRefusal.UNPROVEN),
    (the_record_shows_enough, OverrideRefusal.UNPROVEN),
    (a_kubelet_wrote_the_record, OverrideRefusal.UNPROVEN),
)
"""All must hold, in this order; the first that fails says why the container is not held."""


def chance_of(claim: Claim) -> Chance:
    """Whether an override would hold a container that would restart for its hash."""
    refusal = next((refusal for holds, refusal in CONDITIONS if not holds(claim)), None)
    if refusal is not None or claim.record is None:
        return Chance(refusal)
    rewrite = Rewrite(_in_record(claim.record).hash, claim.facts.to_hashes[0])
    return Chance(None, rewrite, _beside(claim.facts, claim.step.target, claim.record))


def _in_record(record: ContainerRecord) -> Recorded:
    """What stands in the runtime's record, whatever a proxy shows in its place."""
    found = record.kept or record.hash
    assert isinstance(found, Recorded)
    return found


def _shows_too_little(start: KubeletEnd, target: KubeletEnd, *, static: bool, resources: bool) -> bool:
    """Whether the record shows name and image alone unchanged, the new kubelet looks at all, and the rest may have been changed meanwhile.

    A manifest can be edited at will, and the running kubelet then does nothing. An API server guards the container's spec, but for its
    resources where the running kubelet resizes in place (ValidatePodResize in pkg/apis/core/validation/validation.go): what was asked for
    last need not be what the container has.
    """
    if not start.hashes_image_and_name_only() or target.hashes_image_and_name_only():
        return False
    return static or (resources and any(build.feature_gate(IN_PLACE_RESIZE) for build in start.builds))


def _may_restart_for_resources(facts: ContainerFacts, step: Step, *, static: bool) -> bool:
    """Whether its resources may restart it, though its hash is held.

    1.27 to 1.32 with the gate for in-place resize on compare resources too, with what the runtime says of them, which no list shows.
    """
    resizable, start = facts.traits.resizable, step.start.builds if step.start is not None else ()
    asked = (resize_action(resizable, facts.kind, start, build, static=static) for build in step.target.builds)
    as_alpha = any(
        build.feature_gate(IN_PLACE_RESIZE) and build.schema.resize_records is ResizeRecords.NONE for build in step.target.builds
    )
    return any(action is not None for action in asked) or (as_alpha and not static and (resizable.restarts or resizable.unseen))


def _beside(facts: ContainerFacts, target: KubeletEnd, record: ContainerRecord) -> Rewrite | None:
    """The hash without resources, where it is recorded and some kubelet that the new version can be reads it (1.27 to 1.30, gate on)."""
    read = any(build.schema.hash_without_resources and build.feature_gate(IN_PLACE_RESIZE) for build in target.builds)
    recorded, computed = record.hash_without_resources, facts.to_hashes_without_resources
    if not read or not isinstance(recorded, Recorded) or not recorded.as_written or len(computed) != 1 or computed[0] == recorded.hash:
        return None
    return Rewrite(recorded.hash, computed[0])


class Overridden(msgspec.Struct, frozen=True, gc=False):
    """A pod with overrides laid over, and these by container ID."""

    pod: PlannedPod
    overrides: Mapping[str, Override]


class Reach(Protocol):
    """What overrides can be carried out on."""

    def refusal(self, pod: PlannedPod, container: PlannedContainer) -> OverrideRefusal | None:
        """Why none of this container can be; None if one can."""


def override_pod(pod: PlannedPod, chances: Mapping[str, Chance], reach: Reach) -> Overridden:
    """Lays overrides over a decided pod; chances of its containers by name, of those that would restart for their hash."""
    overrides: dict[str, Override] = {}
    containers = []
    for one in pod.containers:
        chance = chances.get(one.name)
        refusal = _refusal(one, chance) or reach.refusal(pod, one)
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
        return OverrideRefusal.UID_CHANGES if one.reason.family is Family.STATIC_UID else _WHOLE[one.verdict]
    if one.verdict is Verdict.NOT_COMPARED:
        return OverrideRefusal.NOT_COMPARED if one.reason.family is Family.NOT_LOOKED_AT else OverrideRefusal.NOT_RUNNING
    if one.reason.family is Family.RESIZE:
        return OverrideRefusal.RESIZED
    if one.reason is Reason.RECORD_ABSENT:
        return OverrideRefusal.NO_RECORD
    if one.reason is Reason.NOT_REPRODUCED:
        return OverrideRefusal.SPEC_CHANGED
    if one.verdict is not Verdict.RESTART or chance is None:
        return OverrideRefusal.UNDECIDED
    return chance.refusal
