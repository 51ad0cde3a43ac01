"""A Verification as an entry of the log of accuracy, and what entries make together."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping

from upgradecheck.model.accuracy import Accuracy, AccuracyEntry, GradeAccuracy, Outcome, WrongReason
from upgradecheck.model.plan import Grade
from upgradecheck.model.schema import Era
from upgradecheck.model.verification import JUDGED, WRONG, NodeState, Result, Verification, VerifiedContainer, together
from upgradecheck.model.version import Minor

_SALT = b"the accuracy of plan "
_LETTERS = 16


def entry_of(verification: Verification, eras: Mapping[Minor, Era], *, time: int, writer: str) -> AccuracyEntry:
    """What is kept of a result: numbers, and no name."""
    start, target = verification.from_version, verification.to_version
    states = [node.state for node in verification.nodes]
    return AccuracyEntry(
        time=time,
        writer=writer,
        plan=plan_id(verification.plan_hash),
        from_version=start,
        to_version=target,
        from_era=None if start is None else eras.get(start.minor),
        to_era=eras.get(target.minor),
        nodes=len(states),
        upgraded=states.count(NodeState.UPGRADED),
        summary=verification.summary,
        outcomes=_outcomes(verification.containers),
    )


def plan_id(plan_hash: str) -> str:
    """Tells one plan from another, and leads back to none."""
    return hashlib.sha256(_SALT + plan_hash.encode()).hexdigest()[:_LETTERS]


def _outcomes(containers: Iterable[VerifiedContainer]) -> tuple[Outcome, ...]:
    counted = Counter((one.predicted, one.reason, one.grade, one.result, one.came, one.because) for one in containers)
    found = (Outcome(*key[:4], number, *key[4:]) for key, number in counted.items())
    return tuple(sorted(found, key=lambda one: (*_key(one),)))


def _key(one: Outcome) -> tuple[str, ...]:
    words = (one.predicted, one.reason, one.grade, one.result, one.came, one.because)
    return tuple("" if word is None else word.value for word in words)


def accuracy_of(entries: Iterable[AccuracyEntry], unread: int = 0) -> Accuracy:
    """The sum. Of several looks at one upgrade the fullest counts, and of such the last."""
    fullest: dict[str, AccuracyEntry] = {}
    for one in entries:
        known = fullest.get(one.plan)
        if known is None or one.judged >= known.judged:
            fullest[one.plan] = one
    chosen = tuple(sorted(fullest.values(), key=lambda one: (one.time, one.plan)))
    return Accuracy(chosen, together(one.summary for one in chosen), _grades(chosen), _wrong(chosen), unread)


def _grades(entries: Iterable[AccuracyEntry]) -> tuple[GradeAccuracy, ...]:
    hits, judged = Counter[Grade](), Counter[Grade]()
    for one in _all(entries):
        judged[one.grade] += one.containers * (one.result in JUDGED)
        hits[one.grade] += one.containers * (one.result is Result.HIT)
    return tuple(GradeAccuracy(grade, hits[grade], judged[grade]) for grade in Grade if judged[grade])


def _wrong(entries: Iterable[AccuracyEntry]) -> tuple[WrongReason, ...]:
    counted = Counter[tuple[Result, object, object]]()
    first: dict[tuple[Result, object, object], Outcome] = {}
    for one in _all(entries):
        if one.result in WRONG:
            key = one.result, one.predicted, one.reason
            counted[key] += one.containers
            first.setdefault(key, one)
    found = (WrongReason(one.result, one.predicted, one.reason, counted[key]) for key, one in first.items())
    return tuple(sorted(found, key=lambda one: (-one.containers, one.result.value, one.reason.value)))


def _all(entries: Iterable[AccuracyEntry]) -> Iterable[Outcome]:
    return (one for entry in entries for one in entry.outcomes)
