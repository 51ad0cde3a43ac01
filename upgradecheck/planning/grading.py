"""How the histories of nodes stand the test of recorded hashes; one that they contradict is wrong, so what hangs on it is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.model.plan import Evidence, Grade, HistoryCheck, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.rows import DecidedPods, by_node, decided, node_of, rows_of
from upgradecheck.planning.verdicts import worst_of

_BY_HASH = frozenset({Reason.HASH_EQUAL, Reason.HASH_CHANGED, Reason.API_SERVER_SETS, Reason.ONLY_RESOURCES_CHANGED})


class Graded(msgspec.Struct, frozen=True, gc=False):
    """The pods, and how their nodes' histories stood the test of recorded hashes; contradicted counts those by node."""

    pods: Sequence[DecidedPod]
    check: HistoryCheck
    contradicted: Mapping[str, int]


def graded(pods: Sequence[DecidedPod]) -> Graded:
    """Counts; a history that a recorded hash contradicts is wrong, so what hangs on it is unknown."""
    contradicted: dict[str, int] = {}
    told = [0, 0, 0]
    for node, one, times in by_node(pods, lambda one: any(_numbers(one))):
        told = [sum_ + times * number for sum_, number in zip(told, _numbers(one), strict=True)]
        if one.check.contradicts and node:
            contradicted[node] = contradicted.get(node, 0) + times * one.check.contradicts
    laid = DecidedPods(_without_history(decided(row)) if node_of(row) in contradicted else row for row in rows_of(pods))
    return Graded(laid, HistoryCheck(*told), contradicted)


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
