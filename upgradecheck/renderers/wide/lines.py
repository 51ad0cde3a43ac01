"""Columns of plain text. A plan is gone through twice, first for the widths; hashes are laid out pod by pod, as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len

from upgradecheck.model.hashlist import HashEntry, HashItem
from upgradecheck.model.plan import Grade, Plan, PlannedContainer, PlannedNode, PlannedPod, Verdict
from upgradecheck.renderers import hex_hash
from upgradecheck.renderers.safe_text import safe_text
from upgradecheck.renderers.table.words import count, fact_text, override_text

_PLAN = (
    "NAMESPACE", "POD", "UID", "NODE", "WORKLOAD", "CONTAINER", "KIND", "CONTAINER ID", "VERDICT", "REASON", "EVIDENCE", "CARRIES",
    "CREATOR", "FROM", "TO", "CAUSES",
)  # fmt: skip
_NODES = ("NODE", "FROM", "TO", "RUNTIME", "VERDICT", "REPRODUCED", "EVIDENCE")
_HASHES = ("NAMESPACE", "POD", "UID", "CONTAINER", "KIND", "KUBELET", "ERA", "HASH", "WITHOUT RESOURCES")
_NOTHING = "-"


def plan_lines(plan: Plan) -> Iterator[str]:
    """One line a container, how many of each verdict there are, and one line a node."""
    yield from _aligned(_Again(lambda: _plan_rows(plan)))
    numbers = plan.summary.containers
    told = ", ".join(f"{numbers[verdict]} {verdict.value}" for verdict in Verdict if numbers.get(verdict))
    incomplete = "" if plan.complete else "; the plan is not complete"
    yield f"\n{count(sum(numbers.values()), 'container')}{f': {told}' if told else ''}{incomplete}\n"
    if (override := plan.summary.override) is not None:
        yield f"override: {override_text(override, plan.summary)}\n"
    if plan.nodes:
        yield "\n"
        yield from _aligned([_NODES, *map(_node_row, plan.nodes)])


def _node_row(node: PlannedNode) -> tuple[str, ...]:
    checked = node.calibration
    return (
        _seen(node.name),
        _seen(node.from_version),
        _seen(node.to_version),
        _seen(node.runtime),
        node.verdict.value,
        f"{checked.reproduced}/{checked.recorded}",
        ", ".join(f"{node.evidence[grade]} {grade.value}" for grade in Grade if node.evidence.get(grade)) or _NOTHING,
    )


def _plan_rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    yield _PLAN
    for pod in plan.pods:
        identity = _seen(pod.namespace), _seen(pod.name), _seen(pod.uid), _seen(pod.node), _workload(pod)
        if not pod.containers:
            yield (*identity, *[_NOTHING] * 3, pod.verdict.value, pod.reason.value, *[_NOTHING] * 6)
        for container in pod.containers:
            yield (*identity, *_container(container))


def _workload(pod: PlannedPod) -> str:
    return f"{_seen(pod.workload.kind)}/{_seen(pod.workload.name)}"


def _container(container: PlannedContainer) -> tuple[str, ...]:
    evidence, computed = container.evidence, container.computed
    causes = [" ".join(part for part in (cause.kind.value, cause.path, cause.since) if part) for cause in container.causes]
    causes += map(fact_text, container.facts)
    return (
        _seen(container.name),
        container.kind.value,
        _seen(container.container_id),
        container.verdict.value,
        _reason(container),
        evidence.grade.value,
        _hash(evidence.hash),
        _seen(evidence.creator),
        _hash(computed.from_hash),
        _hash(computed.to_hash),
        _seen("; ".join(causes)),
    )


def hash_lines(entries: Iterable[HashEntry]) -> Iterator[str]:
    """One line a hash; a pod's lines are aligned with each other."""
    any_seen = False
    for _, members in groupby(entries, key=lambda entry: (entry.namespace, entry.pod, entry.uid)):
        rows = [_HASHES, *map(_hash_row, members)]
        yield "\n" if any_seen else ""
        yield from _aligned(rows)
        any_seen = True
    if not any_seen:
        yield "No pod was found in the input, so nothing was hashed.\n"


def _hash_row(entry: HashEntry) -> tuple[str, ...]:
    identity = _seen(entry.namespace), _seen(entry.pod), _seen(entry.uid)
    if isinstance(entry, HashItem):
        hashes = hex_hash(entry.hash), _hash(entry.hash_without_resources)
        return (*identity, _seen(entry.container), entry.container_kind.value, _seen(entry.kubelet), entry.era.value, *hashes)
    why = f"refused: {f'{entry.path}: ' if entry.path else ''}{entry.reason}"
    return (*identity, _NOTHING, _NOTHING, _seen(entry.kubelet), _NOTHING, _seen(why))


def _seen(text: str | None) -> str:
    return safe_text(text) if text else _NOTHING


def _reason(container: PlannedContainer) -> str:
    if container.override_refused is None or container.verdict in (Verdict.SAFE, Verdict.NOT_COMPARED):
        return container.reason.value
    return f"{container.reason.value}, not to override: {container.override_refused.value}"


def _hash(number: int | None) -> str:
    return _NOTHING if number is None else hex_hash(number)


@dataclass(frozen=True, slots=True)
class _Again:
    """Rows that are made anew each time, since a plan's would take more room than the plan."""

    make: Callable[[], Iterator[tuple[str, ...]]]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return self.make()


def _aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The rows, gone through twice, under each other; the last cell of a row takes what room it needs."""
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for column, cell in enumerate(row[:-1]):
            widths[column] = max(widths[column], cell_len(cell))
    for row in rows:
        cells = [cell + " " * (widths[column] - cell_len(cell)) for column, cell in enumerate(row[:-1])]
        yield "  ".join([*cells, row[-1]]).rstrip() + "\n"
