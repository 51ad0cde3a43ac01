"""Codes in words: verdicts, causes and evidence in words; those of reasons stand with them (model.reasons).

The codes are closed lists of the model; each has its sentence here. Who reads them may be tired and may never have heard
of a container hash, so a sentence says what happens or what is missing, not which function said so.
"""

from __future__ import annotations

from collections.abc import Mapping

from upgradecheck.model.alike import weighed
from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.plan import (
    GONE,
    Cause,
    CauseKind,
    Grade,
    HistoryCheck,
    IgnoreState,
    OverrideRefusal,
    OverrideSummary,
    Plan,
    PlannedContainer,
    PlannedPod,
    Summary,
    Verdict,
)
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.times import rfc3339

WORD: Mapping[Verdict, str] = {
    Verdict.REJECT: "REJECT",
    Verdict.RECREATE: "RECREATE",
    Verdict.RESTART: "RESTART",
    Verdict.UNKNOWN: "UNKNOWN",
    Verdict.OVERRIDDEN: "OVERRIDDEN",
    Verdict.SUPPRESSED: "SUPPRESSED",
    Verdict.SAFE: "SAFE",
    Verdict.NOT_COMPARED: "NOT COMPARED",
}

MEANING: Mapping[Verdict, str] = {
    Verdict.REJECT: "refused by the new kubelet: stopped, and not started again",
    Verdict.RECREATE: "the whole pod is torn down and set up anew",
    Verdict.RESTART: "killed and recreated by the new kubelet",
    Verdict.UNKNOWN: "cannot be told: be ready for a restart",
    Verdict.OVERRIDDEN: "would restart; an override holds it",
    Verdict.SUPPRESSED: "accepted by an ignore entry: neither a restart to the gate, nor safe",
    Verdict.SAFE: "kept running",
    Verdict.NOT_COMPARED: "not running, or of a kind that this kubelet does not compare",
}

_BEFORE = "killed and recreated by the running kubelet, as soon as the API server is the other one"
_EITHER = "killed and recreated by the new kubelet, or before by the running one, as soon as the API server is the other one"


def meaning_of(verdict: Verdict, reason: Reason) -> str:
    """What one verdict means, by the reason that it has."""
    return "killed and recreated by the running kubelet" if reason is Reason.API_SERVER_SETS else MEANING[verdict]


def early_of(plan: Plan) -> int:
    """How many containers the running kubelet kills before its upgrade, since the API server to come sets a field that it hashes."""
    return sum(
        pod.number * times
        for pod, times in weighed(plan.pods)
        for container in pod.containers
        if container.verdict is Verdict.RESTART and container.reason is Reason.API_SERVER_SETS
    )


def meanings_of(plan: Plan) -> Mapping[Verdict, str]:
    """What the verdicts of a plan mean."""
    early = early_of(plan)
    if not early:
        return MEANING
    return {**MEANING, Verdict.RESTART: _BEFORE if early == plan.summary.containers.get(Verdict.RESTART, 0) else _EITHER}


GRADE: Mapping[Grade, str] = {
    Grade.RECORDED: "recorded",
    Grade.ABSENT: "absent",
    Grade.INFERRED: "inferred",
    Grade.ESTIMATED: "estimated",
    Grade.UNKNOWN: "unknown",
}

KIND: Mapping[ContainerKind, str] = {
    ContainerKind.APP: "",
    ContainerKind.INIT: " (init)",
    ContainerKind.SIDECAR: " (sidecar)",
    ContainerKind.EPHEMERAL: " (ephemeral)",
}

STATE: Mapping[IgnoreState, str] = {
    IgnoreState.MATCHED: "in use",
    IgnoreState.UNUSED: "unused",
    IgnoreState.EXPIRED: "expired",
    IgnoreState.DISALLOWED: "not heeded",
}

NOTHING_HASHED = "No pod was found in the input, so nothing was hashed."
UNKNOWN_NODE = "an unknown node"
UPSTREAM = "Upstream supports minor kubelet upgrades only on a drained node."
"""Closes every report; a notice that says the same is not printed twice."""


def cause_text(cause: Cause) -> str:
    """One cause in words; the path is a name from the cluster and not yet encoded."""
    path = cause.path or "a field"
    match cause.kind:
        case CauseKind.ALGORITHM if cause.since:
            return f"every hash changes: another hash algorithm from {cause.since} on"
        case CauseKind.ALGORITHM:
            return "Go's JSON writes the same spec in other characters (U+0008, U+000C)"
        case CauseKind.FIELD_ADDED if cause.printed:
            return f"{path} is new in what is hashed" + (f" from {cause.since} on" if cause.since else "") + ", set or not"
        case CauseKind.FIELD_VALUE if cause.printed:
            return f"{path} is no longer part of what is hashed, set or not"
        case CauseKind.FIELD_ADDED:
            return f"{path} is set, and " + (f"hashed from {cause.since} on" if cause.since else "newly hashed")
        case CauseKind.FIELD_VALUE:
            return f"{path} is set, and the new kubelet hashes it " + (f"otherwise from {cause.since} on" if cause.since else "no more")
        case CauseKind.STATIC_UID:
            return "the static pod gets another UID"
        case CauseKind.FEATURE_GATE:
            return f"a feature gate of the API server sets {path}"
        case CauseKind.RESIZE:
            return "in-place resize keeps other books about it"
        case CauseKind.API_SERVER:
            return f"the API server sets {path}"
        case CauseKind.RECORD_ABSENT:
            return Reason.RECORD_ABSENT.sentence


_FACT: Mapping[FactKind, str] = {
    FactKind.CONTAINER_STARTED: "the container started",
    FactKind.HISTORY_BEGINS: "the history begins",
    FactKind.HISTORY_ENDS: "the history ends",
    FactKind.KUBELET_STARTED: "the first kubelet started",
    FactKind.KUBELET_STOPPED: "the kubelet had stopped",
    FactKind.KUBELET_COMPARED: "this one compared it and let it run",
    FactKind.OVERRIDE_IN_FORCE: "an override was in force",
    FactKind.HASH_UNKNOWN: "its hash cannot be computed for this one",
    FactKind.CREATED_BY: "by its start, this one can have created it",
}


_NOT_HELD: Mapping[OverrideRefusal, str] = {
    OverrideRefusal.SPEC_CHANGED: "its spec changed, which an override would hide",
    OverrideRefusal.UNPROVEN: "nothing proves that its spec is what runs",
    OverrideRefusal.UID_CHANGES: "its static pod gets another UID",
    OverrideRefusal.POD_STOPPED: "its pod goes as a whole",
    OverrideRefusal.RESIZED: "its resources may restart it all the same",
    OverrideRefusal.NO_RECORD: "no recorded hash of it was seen",
    OverrideRefusal.OUT_OF_REACH: "one of the kubelets has docker inside itself (dockershim), the other has not: no override reaches it",
    OverrideRefusal.IN_SWARM: "docker is part of a swarm, where no container outlives dockerd",
    OverrideRefusal.UNDECIDED: "whether it restarts, or what the new kubelet computes, cannot be told",
}
"""Of those that stop or may stop; the others need no override."""


def override_text(told: OverrideSummary, summary: Summary) -> str:
    """Before and after, and why the others are not held."""
    rest = [f"{told.refused[refusal]:,} not, {words}" for refusal, words in _NOT_HELD.items() if refusal in told.refused]
    without, left = _stopped(told.without.containers), _stopped(summary.containers)
    numbers = f"stop without one: {without:,}; with: {left:,}; held by an override: {told.planned:,}"
    if suppressed := summary.containers.get(Verdict.SUPPRESSED, 0):
        numbers = f"{numbers}; suppressed by an ignore file: {suppressed:,}"
    pins = (f"{told.pinnable:,} static pods may be pinned",) if told.pinnable else ()
    return "; ".join((numbers, *pins, *rest))


def not_held_text(refused: OverrideRefusal | None) -> str:
    """Of what stops, why no override holds it; empty where none was asked for."""
    words = None if refused is None else _NOT_HELD.get(refused)
    return "" if words is None else f"no override: {words}"


def _stopped(numbers: Mapping[Verdict, int]) -> int:
    return sum(numbers.get(verdict, 0) for verdict in GONE)


def ignored_text(one: PlannedContainer | PlannedPod) -> str:
    """Of what an ignore entry accepts, what it is and which entry; empty of everything else."""
    return "" if one.would_be is None else f"{WORD[one.would_be]}, accepted by entry {one.ignored_by}"


def fact_text(fact: Fact) -> str:
    """``the history begins 2024-01-10T08:00:00Z (kubelet v1.19.16)``; the version is a text of a file and not yet encoded."""
    when = f" {rfc3339(fact.time)}" if fact.time is not None else ""
    return f"{_FACT[fact.kind]}{when}" + (f" (kubelet {fact.version})" if fact.version else "")


def history_text(check: HistoryCheck) -> str:
    """How checkpoints stood the test of recorded hashes."""
    return (
        f"of the recorded hashes, checkpoints tell {check.agrees:,} right and {check.contradicts:,} wrong, and leave {check.silent:,} open"
    )
