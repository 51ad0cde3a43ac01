"""A line for each container with its UID, IDs and hashes, and a line for each node; lines are as long as they have to be."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Grade, Plan, PlannedContainer, PlannedNode, PlannedPod, Verdict
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas, hex_hash
from upgradecheck.renderers.media.columns import NOTHING, Again, aligned, seen
from upgradecheck.reporting.words import fact_text, override_text

_PLAN = (
    "NAMESPACE", "POD", "UID", "NODE", "WORKLOAD", "CONTAINER", "KIND", "CONTAINER ID", "VERDICT", "REASON", "EVIDENCE", "CARRIES",
    "CREATOR", "FROM", "TO", "CAUSES",
)  # fmt: skip
_NODES = ("NODE", "FROM", "TO", "RUNTIME", "VERDICT", "REPRODUCED", "EVIDENCE")


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """One line a container, how many of each verdict there are, and one line a node."""
    yield from aligned(Again(lambda: _plan_rows(plan)))
    numbers = plan.summary.containers
    told = ", ".join(f"{numbers[verdict]} {verdict.value}" for verdict in Verdict if numbers.get(verdict))
    incomplete = "" if plan.complete else "; the plan is not complete"
    yield f"\n{count(sum(numbers.values()), 'container')}{f': {told}' if told else ''}{incomplete}\n"
    if (override := plan.summary.override) is not None:
        yield f"override: {override_text(override, plan.summary)}\n"
    if plan.nodes:
        yield "\n"
        yield from aligned([_NODES, *map(_node_row, plan.nodes)])


def _node_row(node: PlannedNode) -> tuple[str, ...]:
    checked = node.calibration
    return (
        seen(node.name),
        seen(node.from_version),
        seen(node.to_version),
        seen(node.runtime),
        node.verdict.value,
        f"{checked.reproduced}/{checked.recorded}",
        ", ".join(f"{node.evidence[grade]} {grade.value}" for grade in Grade if node.evidence.get(grade)) or NOTHING,
    )


def _plan_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    yield _PLAN
    for pod in plan.pods:
        identity = seen(pod.namespace), seen(pod.name), seen(pod.uid), seen(pod.node), _workload(pod)
        if not pod.containers:
            yield (*identity, *[NOTHING] * 3, pod.verdict.value, pod.reason.value, *[NOTHING] * 6)
        for container in pod.containers:
            yield (*identity, *_container(container))


def _workload(pod: PlannedPod) -> str:
    return f"{seen(pod.workload.kind)}/{seen(pod.workload.name)}"


def _container(container: PlannedContainer) -> tuple[str, ...]:
    evidence, computed = container.evidence, container.computed
    causes = [" ".join(part for part in (cause.kind.value, cause.path, cause.since) if part) for cause in container.causes]
    causes += map(fact_text, container.facts)
    return (
        seen(container.name),
        container.kind.value,
        seen(container.container_id),
        container.verdict.value,
        _reason(container),
        evidence.grade.value,
        _hash(evidence.hash),
        seen(evidence.creator),
        _hash(computed.from_hash),
        _hash(computed.to_hash),
        seen("; ".join(causes)),
    )


def _reason(container: PlannedContainer) -> str:
    if container.override_refused is None or container.verdict in (Verdict.SAFE, Verdict.NOT_COMPARED):
        return container.reason.value
    return f"{container.reason.value}, not to override: {container.override_refused.value}"


def _hash(number: int | None) -> str:
    return NOTHING if number is None else hex_hash(number)
