"""What a node's history of kubelets tells of a container, in words: who can have created it, who found it unchanged, what follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upgradecheck.explaining.steps import Found, Witness, shown, unshown
from upgradecheck.model.plan import PlannedContainer
from upgradecheck.model.reasons import Reason
from upgradecheck.model.steps import StepName
from upgradecheck.model.times import rfc3339
from upgradecheck.model.version import KubeletVersion
from upgradecheck.planning.containers import birth_in, told_by
from upgradecheck.planning.evidence.lives import Deduced, Inferred, Several, Undeduced
from upgradecheck.planning.evidence.past import Lived
from upgradecheck.planning.seeing.facts import ContainerFacts
from upgradecheck.planning.seeing.joining import state_of
from upgradecheck.planning.seeing.podstate import ever_comparable, init_done

_DOUBTS = {
    Reason.HISTORY_BEFORE: "it is older than the history, and no kubelet of it is known to have found it unchanged",
    Reason.HISTORY_AFTER: "it is younger than the last look at a kubelet",
    Reason.HISTORY_GAP: "the history has no kubelet running then",
    Reason.HISTORY_CONTRADICTS: "none of them would have written what those that left it running compute",
    Reason.HISTORY_OVERRIDE: "an override in force may have given it another hash",
    Reason.HISTORY_NOT_COMPUTABLE: "what one of them would have written cannot be computed",
}
_REASONS = {
    Reason.HISTORY_UNTRUSTED: "the node's checkpoint cannot be trusted, so nothing tells who created it",
    Reason.HISTORY_NO_START: "nothing tells when it started, so the history does not tell who created it",
    Reason.HISTORY_NOT_COMPUTABLE: "its spec does not name the node, so hashes under that node's kubelets were not computed",
}


def creator_step(witness: Witness, planned: PlannedContainer, facts: ContainerFacts) -> Iterator[Found]:
    """The step that a checkpoint adds; none where no checkpoint concerns the node, or the container does not run."""
    joined = witness.joined
    if witness.past is None or joined is None:
        return
    record = witness.records.find(joined.status, planned.name)
    state, _ = state_of(record, joined.status, planned.name)
    done = init_done(joined, witness.records)
    told = told_by(witness.past, joined, facts, witness.records, state, init_done=done)
    if isinstance(told, Reason):
        yield unshown(StepName.CREATOR, _REASONS[told])
    elif told is not None and isinstance(witness.past, Lived):
        birth = birth_in(joined, facts, record)
        assert birth is not None
        ever = ever_comparable(joined, facts, init_done=done)
        candidates, survived = witness.past.candidates(birth), witness.past.survived(birth, ever)
        begin = f"started {rfc3339(birth.started_at)}; by the checkpoint, {_ran(candidates)}{_left(survived)}"
        yield _found(told, begin)


def _ran(candidates: Sequence[KubeletVersion]) -> str:
    return f"{_either(candidates)} can have run then" if candidates else "no kubelet is known to have run then"


def _left(survived: Sequence[KubeletVersion]) -> str:
    return f"; found unchanged by {_listed(survived)}" if survived else ""


def _found(told: Deduced, begin: str) -> Found:
    match told:
        case Inferred(made, creators, created=True):
            return shown(StepName.CREATOR, f"{begin}; created by {_either(creators)}, so it carries {made.hex}")
        case Inferred(made, _):
            return shown(StepName.CREATOR, f"{begin}; whoever created it, it carries {made.hex}")
        case Several(hashes):
            each = ", or ".join(f"{made.hex} if by {_either(creators)}" for made, creators in hashes.items())
            return shown(StepName.CREATOR, f"{begin}; it carries {each}")
        case Undeduced(reason):
            return unshown(StepName.CREATOR, f"{begin}; {_DOUBTS[reason]}")


def _either(versions: Sequence[KubeletVersion]) -> str:
    return " or ".join(map(str, versions))


def _listed(versions: Sequence[KubeletVersion]) -> str:
    return str(versions[0]) if len(versions) == 1 else f"{', '.join(map(str, versions[:-1]))} and {versions[-1]}"
