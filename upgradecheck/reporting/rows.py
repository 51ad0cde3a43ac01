"""A plan row by row, as a spreadsheet or a wide table shows it: codes, hashes as on the annotation, names raw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.model.hash import hex_of
from upgradecheck.model.plan import Cause, Plan, PlannedContainer, PlannedPod
from upgradecheck.reporting.ignores import reasons_of_entries
from upgradecheck.reporting.words import fact_text


class PodCells(msgspec.Struct, frozen=True, gc=False):
    """What the rows of one pod have in common."""

    namespace: str
    pod: str
    uid: str
    mirror_uid: str | None
    node: str | None
    workload_kind: str
    workload: str
    source: str
    stays_on_drained_node: bool


class ContainerCells(msgspec.Struct, frozen=True, gc=False):
    """What a row says of a container; of a pod whose containers are not known, its verdict and reason alone."""

    verdict: str
    reason: str
    container: str | None = None
    kind: str | None = None
    container_id: str | None = None
    override: str | None = None
    grade: str | None = None
    hash: str | None = None
    creator: str | None = None
    from_hash: str | None = None
    to_hash: str | None = None
    causes: str | None = None
    facts: str | None = None
    override_refused: str | None = None
    would_be: str | None = None
    ignored_by: str | None = None
    ignore_reason: str | None = None


def plan_rows(plan: Plan) -> Iterator[tuple[PodCells, ContainerCells]]:
    """One row a container; a pod whose containers are not known has one of its own."""
    reasons = reasons_of_entries(plan)
    for pod in plan.pods:
        yield from pod_rows(pod, reasons)


def pod_rows(pod: PlannedPod, reasons: Mapping[int | None, str]) -> Iterator[tuple[PodCells, ContainerCells]]:
    """Those of one pod. reasons: of ignore entries, by number."""
    cells = _pod(pod)
    if not pod.containers:
        yield cells, ContainerCells(pod.verdict.value, pod.reason.value, **_ignored(pod, reasons))
    for container in pod.containers:
        yield cells, _container(container, reasons)


def _pod(pod: PlannedPod) -> PodCells:
    workload = pod.workload.kind, pod.workload.name
    return PodCells(pod.namespace, pod.name, pod.uid, pod.mirror_uid, pod.node, *workload, pod.source.value, not pod.drained)


def _container(container: PlannedContainer, reasons: Mapping[int | None, str]) -> ContainerCells:
    evidence, computed = container.evidence, container.computed
    return ContainerCells(
        verdict=container.verdict.value,
        reason=container.reason.value,
        container=container.name,
        kind=container.kind.value,
        container_id=container.container_id,
        override=container.override,
        grade=evidence.grade.value,
        hash=hex_of(evidence.hash),
        creator=evidence.creator,
        from_hash=hex_of(computed.from_hash),
        to_hash=hex_of(computed.to_hash),
        causes="; ".join(map(_cause, container.causes)),
        facts="; ".join(map(fact_text, container.facts)),
        override_refused=None if container.override_refused is None else container.override_refused.value,
        **_ignored(container, reasons),
    )


def _ignored(one: PlannedContainer | PlannedPod, reasons: Mapping[int | None, str]) -> dict[str, str]:
    if one.would_be is None:
        return {}
    return {"would_be": one.would_be.value, "ignored_by": str(one.ignored_by), "ignore_reason": reasons.get(one.ignored_by, "")}


def _cause(cause: Cause) -> str:
    return " ".join(part for part in (cause.kind.value, cause.path, cause.since) if part)
