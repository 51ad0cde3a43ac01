"""Evidence for the hash that a running container carries, and the verdict that follows from it.

Grades, best first: recorded (or seen to be absent), inferred by survival, estimated, unknown. Survival: a kubelet compares
its running containers at every sync, so one that runs under a kubelet which compares its kind carries that kubelet's hash.
For kinds that the running kubelet does not compare, every earlier minor may be the creator; only if all of them lead to the
same verdict is that the verdict.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from upgradecheck.decisions.containers import Decision, KubeletEnd, container_changed
from upgradecheck.decisions.resizing import GATE
from upgradecheck.hashing.difference import knows_more
from upgradecheck.model.plan import Evidence, Grade, Reason, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, Recorded, RunState
from upgradecheck.planning.examine import ContainerFacts, Step


@dataclass(frozen=True, slots=True)
class Weighed:
    """A decision and the evidence it rests on; calibrates says whether the recorded hash tests our schema of the old version."""

    decision: Decision
    evidence: Evidence
    calibrates: bool = False
    reproduced: bool = False


def weigh(facts: ContainerFacts, step: Step, record: ContainerRecord | None, state: RunState, *, lossy: bool, static: bool) -> Weighed:
    """The verdict on a container that the new kubelet compares. lossy: the spec was only seen through the running kubelet."""
    weighed = _weigh_record(facts, step, record) if record is not None else _weigh_without_record(facts, step, state)
    if record is not None and weighed.decision.reason is Reason.HASH_CHANGED and not static:
        weighed = replace(weighed, decision=_only_resources(facts, step.target, record.hash_without_resources) or weighed.decision)
    if weighed.decision.verdict is Verdict.SAFE and lossy and _may_hide_fields(step):
        return replace(weighed, decision=Decision(Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY))
    return weighed


def _only_resources(facts: ContainerFacts, target: KubeletEnd, recorded: Recorded | Absent) -> Decision | None:
    """The exception for containers that were resized in place (1.27 to 1.30 with the gate on): another hash does not count where that
    without resources is the same. Static pods have none. What a resize policy then asks for is not seen.
    """
    allowed = {build.schema.hash_without_resources and build.gate(GATE) for build in target.builds}
    same = isinstance(recorded, Recorded) and recorded.hash in facts.to_hashes_without_resources
    if True not in allowed or not same:
        return None
    if len(allowed) > 1 or len(facts.to_hashes_without_resources) > 1:
        return Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS)
    if facts.traits.resizable.restarts:
        return Decision(Verdict.UNKNOWN, Reason.RESIZE_BASELINE)
    return Decision(Verdict.SAFE, Reason.ONLY_RESOURCES_CHANGED)


def _may_hide_fields(step: Step) -> bool:
    """Whether the new kubelet may see a field in the spec that the running one dropped before we saw it."""
    if step.target.hashes_image_and_name_only():
        return False
    if step.start is None:
        return True
    return any(knows_more(old.schema, new.schema) for old in step.start.classes for new in step.target.classes)


def _weigh_record(facts: ContainerFacts, step: Step, record: ContainerRecord) -> Weighed:
    recorded = record.hash
    if isinstance(recorded, Absent):
        return Weighed(container_changed(recorded, facts.to_hashes), Evidence(Grade.ABSENT))
    decision = container_changed(recorded, facts.to_hashes)
    if step.start is None or facts.kind_before is None:
        creator = None
        calibrates = reproduced = known = False
    else:
        calibrates = step.start.compares(facts.kind_before)
        reproduced = recorded.hash in facts.from_hashes
        known = reproduced if calibrates else bool(facts.creators)
        creator = facts.creators[0] if facts.creators else None
    if not known and not step.target.hashes_image_and_name_only():
        decision = Decision(Verdict.UNKNOWN, Reason.NOT_REPRODUCED if step.start is not None else Reason.FROM_UNKNOWN)
    return Weighed(decision, Evidence(Grade.RECORDED, recorded.hash, creator), calibrates, calibrates and reproduced)


def _weigh_without_record(facts: ContainerFacts, step: Step, state: RunState) -> Weighed:
    if step.start is None or facts.kind_before is None:
        return Weighed(Decision(Verdict.UNKNOWN, Reason.FROM_UNKNOWN), Evidence(Grade.UNKNOWN))
    grade = Grade.INFERRED if step.survival and state is RunState.RUNNING else Grade.ESTIMATED
    compared = step.start.compares(facts.kind_before)
    carried = facts.from_hashes if compared else facts.candidates
    decisions = {container_changed(Recorded(made), facts.to_hashes) for made in carried}
    if len(decisions) != 1:
        reason = Reason.VERSION_AMBIGUOUS if compared else Reason.CREATORS_DISAGREE
        return Weighed(Decision(Verdict.UNKNOWN, reason), Evidence(Grade.UNKNOWN))
    only = next(iter(carried)) if len(carried) == 1 else None
    return Weighed(decisions.pop(), Evidence(grade, only))
