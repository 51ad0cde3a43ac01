"""The plan for a spreadsheet: a row a container."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Cause, Plan, PlannedContainer, PlannedPod
from upgradecheck.renderers import Canvas, hex_hash
from upgradecheck.renderers.media.csv import Row, written


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(plan))


def _rows(plan: Plan) -> Iterator[Row]:
    """One row a container; a pod whose containers are not known has one of its own."""
    yield (
        "namespace", "pod", "uid", "mirror_uid", "node", "workload_kind", "workload", "source", "stays_on_drained_node",
        "container", "kind", "container_id", "verdict", "reason", "override", "grade", "hash", "creator", "from_hash", "to_hash", "causes",
        "override_refused",
    )  # fmt: skip
    for pod in plan.pods:
        if not pod.containers:
            yield (*_pod(pod), None, None, None, pod.verdict.value, pod.reason.value, None, None, None, None, None, None, None, None)
        for container in pod.containers:
            yield (*_pod(pod), *_container(container))


def _pod(pod: PlannedPod) -> Row:
    workload = pod.workload.kind, pod.workload.name
    return pod.namespace, pod.name, pod.uid, pod.mirror_uid, pod.node, *workload, pod.source.value, not pod.drained


def _container(container: PlannedContainer) -> Row:
    evidence, computed = container.evidence, container.computed
    return (
        container.name,
        container.kind.value,
        container.container_id,
        container.verdict.value,
        container.reason.value,
        container.override,
        evidence.grade.value,
        _hash(evidence.hash),
        evidence.creator,
        _hash(computed.from_hash),
        _hash(computed.to_hash),
        "; ".join(map(_cause, container.causes)),
        None if container.override_refused is None else container.override_refused.value,
    )


def _hash(number: int | None) -> str | None:
    return None if number is None else hex_hash(number)


def _cause(cause: Cause) -> str:
    return " ".join(part for part in (cause.kind.value, cause.path, cause.since) if part)
