"""How the histories of nodes stand the test of recorded hashes; one that they contradict is wrong, so what hangs on it is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.model.plan import Evidence, Grade, HistoryCheck, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.verdicts import worst_of

_BY_HASH = frozenset({Reason.HASH_EQUAL, Reason.HASH_CHANGED, Reason.API_SERVER_SETS, Reason.ONLY_RESOURCES_CHANGED})


class Graded(msgspec.Struct, frozen=True, gc=False):
    """The pods, and how their nodes' histories stood the test of recorded hashes; contradicted counts those by node."""

    pods: tuple[DecidedPod, ...]
    check: HistoryCheck
    contradicted: Mapping[str, int]


def graded(decided: Sequence[DecidedPod]) -> Graded:
    """Counts; a history that a recorded hash contradicts is wrong, so what hangs on it is unknown."""
    contradicted: dict[str, int] = {}
    for one in decided:
        if one.check.contradicts and one.pod.node:
            contradicted[one.pod.node] = contradicted.get(one.pod.node, 0) + one.check.contradicts
    check = HistoryCheck(*(sum(numbers) for numbers in zip(*map(_numbers, decided), strict=True))) if decided else HistoryCheck()
    pods = tuple(_without_history(one) if one.pod.node in contradicted else one for one in decided)
    return Graded(pods, check, contradicted)


def _numbers(one: DecidedPod) -> tuple[int, int, int]:
    return one.check.agrees, one.check.contradicts, one.check.silent


def _without_history(one: DecidedPod) -> DecidedPod:
    containers = tuple(_contradicted(each) if each.evidence.by_history else each for each in one.pod.containers)
    pod = replace(one.pod, containers=containers)
    if one.by_containers:
        worst = worst_of(containers)
        pod = replace(pod, verdict=worst.verdict, reason=worst.reason, decided_at=worst.at)
    return replace(one, pod=pod)


def _contradicted(container: PlannedContainer) -> PlannedContainer:
    evidence = Evidence(Grade.UNKNOWN, by_history=True)
    if container.reason not in _BY_HASH:
        return replace(container, evidence=evidence)
    return replace(container, evidence=evidence, verdict=Verdict.UNKNOWN, reason=Reason.HISTORY_CONTRADICTS, decided_at=None)
