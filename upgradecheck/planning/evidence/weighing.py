"""Evidence for the hash that a running container carries, and the verdict that follows from it.

Grades, best first: recorded (or seen to be absent), inferred by survival, estimated, unknown. Survival: a kubelet compares
its running containers at every sync, so one that runs under a kubelet which surely came to compare it carries that kubelet's hash.
What the running kubelet did not compare, or perhaps did not, every earlier minor may have created; only if all of them lead to the
same verdict is that the verdict. With in-place resize on (1.27 to 1.30) what survives is known up to its resources only.

A recorded hash that the running kubelet does not make of the spec at hand, and an older one does, proves the spec all the same. Then the
comparison is certain, and it is the running kubelet that does not compare; or an API server has added a field meanwhile.
"""

from __future__ import annotations

from enum import Enum

import msgspec
from msgspec.structs import replace

from upgradecheck.decisions.comparing import Look
from upgradecheck.decisions.containers import Decision, KubeletEnd, container_changed
from upgradecheck.decisions.resizing import IN_PLACE_RESIZE
from upgradecheck.hashing.difference import knows_more
from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.hash import Hash
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.plan import Evidence, Grade, Oddity, Verdict
from upgradecheck.model.pod import Absent, ContainerRecord, Recorded, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.model.version import KubeletVersion
from upgradecheck.planning.evidence.lives import Deduced, Inferred, Several, Undeduced, decide
from upgradecheck.planning.evidence.past import minor_of
from upgradecheck.planning.seeing.facts import ContainerFacts, Step


class Agreement(Enum):
    """What a history says of a hash that was recorded: that it, another one, or nothing certain."""

    AGREES = "agrees"
    CONTRADICTS = "contradicts"
    SILENT = "silent"


Told = Deduced | Reason | None
"""What a node's history says of a container, or why it says nothing; None where no checkpoint concerns it."""
_VERSION_AMBIGUOUS = Decision(Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS, StepName.HASH)
_CREATORS_DISAGREE = Decision(Verdict.UNKNOWN, Reason.CREATORS_DISAGREE)
_MISSING = frozenset({Reason.HISTORY_BEFORE, Reason.HISTORY_AFTER, Reason.HISTORY_NOT_COMPUTABLE})
"""Reasons by which something is not known; in the others, what is known cannot all be true."""


class Weighed(msgspec.Struct, frozen=True, gc=False):
    """A decision and the evidence it rests on; calibrates says whether the recorded hash tests our schema of the old version.

    supposed: the record is of the kubelet that the node reports, and --from supposes another one. in_force: it carries, or is shown with,
    what an override put there, so that it tests no schema.
    history: how the node's history stood the test of the recorded hash. facts: the two that leave open who created it. oddity: what the
    running kubelet should not have left as it is.
    """

    decision: Decision
    evidence: Evidence
    calibrates: bool = False
    reproduced: bool = False
    supposed: bool = False
    in_force: bool = False
    history: Agreement | None = None
    facts: tuple[Fact, ...] = ()
    oddity: Oddity | None = None


DISPUTED = Weighed(Decision(Verdict.UNKNOWN, Reason.RECORDS_DISAGREE), Evidence(Grade.UNKNOWN))
"""Of a container of which two hashes were recorded."""
UNPLACED = Weighed(Decision(Verdict.UNKNOWN, Reason.RECORD_NODE_UNKNOWN), Evidence(Grade.UNKNOWN))
"""Of a container whose record may be any of those of its UID, which stands on several nodes."""


def weigh(
    facts: ContainerFacts,
    step: Step,
    record: ContainerRecord | None,
    state: RunState,
    *,
    lossy: bool,
    static: bool,
    look: Look,
    pictured: bool = False,
    resources: bool = False,
    told: Told = None,
) -> Weighed:
    """The verdict on a container that the new kubelet compares.

    lossy: the spec was only seen through the running kubelet, pictured: and through an API server. look: whether that kubelet compared the
    container. resources: its pod sets some.
    """
    weighed = _weigh(facts, step, record, state, static=static, look=look, resources=resources, told=told)
    if weighed.decision.verdict is Verdict.SAFE and may_hide(facts, weighed.evidence, step, lossy=lossy, pictured=pictured):
        weighed = replace(weighed, decision=Decision(Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY))
    return _meanwhile(weighed, facts, look) if facts.meanwhile else weighed


def _meanwhile(weighed: Weighed, facts: ContainerFacts, look: Look) -> Weighed:
    """What an API server sets reaches the running kubelet first, and that kills what was made without it, whatever then comes."""
    carried = weighed.evidence.hash
    kept = weighed.decision.verdict is Verdict.SAFE or weighed.decision.reason is Reason.HASH_CHANGED
    if look is not Look.YES or not kept or carried is None or carried in facts.meanwhile:
        return weighed
    return replace(weighed, decision=Decision(Verdict.RESTART, Reason.API_SERVER_SETS))


def _weigh(
    facts: ContainerFacts,
    step: Step,
    record: ContainerRecord | None,
    state: RunState,
    *,
    static: bool,
    look: Look,
    resources: bool,
    told: Told,
) -> Weighed:
    if record is not None:
        weighed = _with_creator(_weigh_record(facts, step, record, look), facts, told)
        if facts.supposed and not _made_of_spec(record, facts):
            weighed = _as_supposed(weighed, facts, step, look)
            record = record if weighed.evidence.grade is Grade.RECORDED else None
    else:
        survived = step.survival and state is RunState.RUNNING
        known = _weigh_without_record(facts, step, look, survived=survived)
        weighed = _with_history(known, facts, step, told, survived=survived and look is Look.YES)
        if weighed.decision.verdict is Verdict.SAFE and survived and resources and not static and _resizes_unseen(step):
            weighed = replace(weighed, decision=Decision(Verdict.UNKNOWN, Reason.MAY_HAVE_BEEN_RESIZED))
        if weighed.decision.verdict is Verdict.SAFE and step.unwatched and not static:
            weighed = replace(weighed, decision=Decision(Verdict.UNKNOWN, Reason.NODE_NOT_READY))
    if record is not None and weighed.decision.reason is Reason.HASH_CHANGED and not static:
        weighed = replace(weighed, decision=_only_resources(facts, step.target, record.hash_without_resources) or weighed.decision)
    return weighed


def _as_supposed(weighed: Weighed, facts: ContainerFacts, step: Step, look: Look) -> Weighed:
    """A record of another kubelet than --from supposes: what is safe by it must be so by the hash that the supposed one leaves, too.

    At rest no kubelet comes to leave another one.
    """
    weighed = replace(weighed, supposed=True, oddity=None)
    if step.at_rest:
        return weighed
    left = _weigh_without_record(facts, step, look, survived=False)
    if weighed.decision.verdict is not Verdict.SAFE or left.decision.verdict is Verdict.SAFE:
        return weighed
    return replace(weighed, decision=left.decision, evidence=left.evidence)


def _only_resources(facts: ContainerFacts, target: KubeletEnd, recorded: Recorded | Absent) -> Decision | None:
    """The exception for containers that were resized in place (1.27 to 1.30 with the gate on): another hash does not count where that
    without resources is the same. Static pods have none. What a resize policy then asks for is not seen.
    """
    allowed = set(map(_leaves_resources_out, target.builds))
    same = isinstance(recorded, Recorded) and recorded.hash in facts.to_hashes_without_resources
    if True not in allowed or not same:
        return None
    if len(allowed) > 1 or len(facts.to_hashes_without_resources) > 1:
        return _VERSION_AMBIGUOUS
    if facts.traits.resizable.restarts:
        return Decision(Verdict.UNKNOWN, Reason.RESIZE_BASELINE)
    return Decision(Verdict.SAFE, Reason.ONLY_RESOURCES_CHANGED)


def _resizes_unseen(step: Step) -> bool:
    """Whether the running kubelet may have changed resources in place, so that a hash is of others than the spec has now, and the new one
    counts them. Both with the gate on look at the hash without resources, in which nothing has changed.
    """
    running = () if step.start is None else step.start.builds
    return any(map(_leaves_resources_out, running)) and not all(map(_leaves_resources_out, step.target.builds))


def _leaves_resources_out(build: KubeletBuild) -> bool:
    return build.schema.hash_without_resources and build.feature_gate(IN_PLACE_RESIZE)


def may_hide(facts: ContainerFacts, evidence: Evidence, step: Step, *, lossy: bool, pictured: bool) -> bool:
    """Whether the two kubelets may see different fields of what was only seen through one of them, or through an API server.

    A server may have dropped what the running kubelet knows, too: then a new one that does not know it makes another hash than was
    recorded. A recorded hash that the running kubelet makes of what is seen shows that it was not in the container.
    """
    if lossy and may_hide_fields(step):
        return True
    proved = evidence.grade is Grade.RECORDED and evidence.hash in facts.from_hashes
    if not pictured or proved or step.start is None or step.target.hashes_image_and_name_only():
        return False
    return any(knows_more(new.schema, old.schema) for old in step.start.classes for new in step.target.classes)


def may_hide_fields(step: Step) -> bool:
    """Whether the new kubelet may see a field in the spec that the running one dropped before we saw it."""
    if step.target.hashes_image_and_name_only():
        return False
    if step.start is None:
        return True
    return any(knows_more(old.schema, new.schema) for old in step.start.classes for new in step.target.classes)


def _weigh_record(facts: ContainerFacts, step: Step, record: ContainerRecord, look: Look) -> Weighed:
    recorded = record.hash
    if isinstance(recorded, Absent):
        return Weighed(container_changed(recorded, facts.to_hashes), Evidence(Grade.ABSENT))
    decision = container_changed(recorded, facts.to_hashes)
    if step.start is None or facts.kind_before is None:
        creator = oddity = None
        calibrates = reproduced = known = in_force = False
    else:
        compared = look is Look.YES
        reproduced = recorded.hash in facts.from_hashes or facts.drifted is not None
        of_spec = reproduced or recorded.hash in facts.meanwhile or _made_of_spec(record, facts)
        known = (compared and of_spec) or bool(facts.creators) or facts.supposed or _only_resized(facts, record)
        calibrates, in_force = compared and record.natural is None, compared and record.natural is not None
        creator = facts.creators[0] if facts.creators else None
        odd = calibrates and facts.creators and not reproduced and not step.at_rest  # at rest nothing runs that left it so
        oddity = _oddity(facts) if odd else None
        if not of_spec and not facts.creators and _only_resized(facts, record):
            oddity = Oddity.RESIZED
    known = known or (step.at_rest and decision.verdict is Verdict.SAFE)
    if not known and not step.target.hashes_image_and_name_only():
        decision = Decision(Verdict.UNKNOWN, Reason.NOT_REPRODUCED if step.start is not None else Reason.FROM_UNKNOWN)
    evidence = Evidence(Grade.RECORDED, recorded.hash, creator)
    return Weighed(decision, evidence, calibrates, calibrates and reproduced, in_force=in_force, oddity=oddity)


def _made_of_spec(record: ContainerRecord, facts: ContainerFacts) -> bool:
    """Whether what its creator recorded, before an override, is the spec's hash: then what is carried since is of that spec."""
    return record.natural is not None and record.natural.hash in facts.from_hashes


def _only_resized(facts: ContainerFacts, record: ContainerRecord) -> bool:
    """Whether the running kubelet, which resizes in place, finds all but the resources unchanged: then these are what was changed."""
    recorded = record.hash_without_resources
    return isinstance(recorded, Recorded) and recorded.hash in facts.from_hashes_without_resources


def _oddity(facts: ContainerFacts) -> Oddity:
    return Oddity.FIELD_ADDED if facts.fields_added else Oddity.NOT_COMPARED


def _weigh_without_record(facts: ContainerFacts, step: Step, look: Look, *, survived: bool) -> Weighed:
    if step.start is None or facts.kind_before is None:
        return Weighed(Decision(Verdict.UNKNOWN, Reason.FROM_UNKNOWN), Evidence(Grade.UNKNOWN))
    grade = Grade.INFERRED if survived else Grade.ESTIMATED
    compared = step.checked and (look is Look.YES or (look is Look.PERHAPS and not survived))
    carried = facts.from_hashes if compared else facts.candidates
    decisions = {container_changed(Recorded(made), facts.to_hashes) for made in carried}
    if len(decisions) != 1:
        return Weighed(_VERSION_AMBIGUOUS if compared else _CREATORS_DISAGREE, Evidence(Grade.UNKNOWN))
    only = next(iter(carried)) if len(carried) == 1 else None
    return Weighed(decisions.pop(), Evidence(grade, only))


def _with_creator(weighed: Weighed, facts: ContainerFacts, told: Told) -> Weighed:
    """A recorded hash, with its creator as the history has it, and whether the history would have found that hash."""
    recorded = weighed.evidence.hash
    if recorded is None or told is None or isinstance(told, Reason):
        return weighed
    if recorded not in facts.from_hashes and not facts.creators:  # the spec at hand is not what any kubelet hashed
        return replace(weighed, history=Agreement.SILENT)
    if isinstance(told, Undeduced):
        return replace(weighed, history=Agreement.SILENT if told.reason in _MISSING | {Reason.HISTORY_OVERRIDE} else Agreement.CONTRADICTS)
    if recorded not in _hashes(told):
        return replace(weighed, history=Agreement.CONTRADICTS)
    agreement = Agreement.AGREES if isinstance(told, Inferred) else Agreement.SILENT
    creator = minor_of(_creators(told, (recorded,))) or weighed.evidence.creator
    return replace(weighed, history=agreement, evidence=replace(weighed.evidence, creator=creator))


def _with_history(weighed: Weighed, facts: ContainerFacts, step: Step, told: Told, *, survived: bool) -> Weighed:
    """What stands without a record, now that the history is heard: it takes the place of what is only estimated.

    survived: the running kubelet has surely compared it.
    """
    if told is None or weighed.decision.reason is Reason.FROM_UNKNOWN:
        return weighed
    stands = weighed.evidence.grade is Grade.INFERRED and (survived or _all_are_candidates(facts))
    if isinstance(told, Reason):
        return weighed if stands else _left_open(told)
    if isinstance(told, Undeduced):
        return weighed if stands and told.reason in _MISSING else _left_open(told.reason, told.facts)
    hashes = tuple(made for made in _hashes(told) if not survived or made in facts.from_hashes)
    if not hashes:
        return _left_open(Reason.HISTORY_CONTRADICTS, _survived_otherwise(told, step))
    creators = _creators(told, hashes)
    deduced = Several({made: _creators(told, (made,)) for made in hashes})
    decision = decide(deduced, facts.to_hashes)
    if decision is None:
        return _left_open(Reason.CREATORS_DISAGREE, _two_creators(deduced))
    only = hashes[0] if len(hashes) == 1 else None
    return Weighed(decision, Evidence(Grade.INFERRED, only, minor_of(creators), by_history=not survived))


def _all_are_candidates(facts: ContainerFacts) -> bool:
    """Whether the kubelets that ran are among those that count as creators without a history: after a downgrade, newer ones are not."""
    return all(hashes is not None and set(hashes) <= set(facts.candidates) for hashes in facts.written)


def _left_open(reason: Reason, facts: tuple[Fact, ...] = ()) -> Weighed:
    return Weighed(Decision(Verdict.UNKNOWN, reason), Evidence(Grade.UNKNOWN, by_history=True), facts=facts)


def _hashes(told: Inferred | Several) -> tuple[Hash, ...]:
    return (told.hash,) if isinstance(told, Inferred) else tuple(told.hashes)


def _creators(told: Inferred | Several, hashes: tuple[Hash, ...]) -> tuple[KubeletVersion, ...]:
    """The kubelets that can have written one of these hashes; none where it is only known who found one unchanged."""
    if isinstance(told, Inferred) and not told.created:
        return ()
    by_hash = {told.hash: told.creators} if isinstance(told, Inferred) else told.hashes
    return tuple(dict.fromkeys(creator for made in hashes for creator in by_hash.get(made, ())))


def _two_creators(told: Several) -> tuple[Fact, ...]:
    """Two kubelets that can have created it, of different hashes."""
    return tuple(Fact(FactKind.CREATED_BY, version=creators[0].text) for creators in tuple(told.hashes.values())[:2] if creators)


def _survived_otherwise(told: Inferred | Several, step: Step) -> tuple[Fact, ...]:
    """The kubelet that created it, and the one that runs and would not have kept that."""
    creators = _creators(told, _hashes(told))
    running = step.start.release if step.start is not None else ""
    return (Fact(FactKind.CREATED_BY, version=creators[0].text if creators else None), Fact(FactKind.KUBELET_COMPARED, version=running))
