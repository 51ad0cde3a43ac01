"""The plan for a spreadsheet: a row a container."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written
from upgradecheck.renderers.media.csv_forms import written_pods
from upgradecheck.reporting.ignores import reasons_of_entries
from upgradecheck.reporting.rows import ContainerCells, PodCells, plan_rows, pod_rows

_OF_POD = PodCells.__struct_fields__
_OF_CONTAINER = (
    "container", "kind", "container_id", "verdict", "reason", "override", "grade", "hash", "creator", "from_hash", "to_hash", "causes",
    "override_refused", "would_be", "ignored_by", "ignore_reason",
)  # fmt: skip

FOR_MACHINES = True


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The text, some rows at once."""
    reasons = reasons_of_entries(plan)
    yield from written([_OF_POD + _OF_CONTAINER])
    yield from written_pods(plan.pods, lambda pod: [_cells(*row) for row in pod_rows(pod, reasons)])


def rows(plan: Plan) -> Iterator[Row]:
    """The titles, then a row a container."""
    yield _OF_POD + _OF_CONTAINER
    for pod, container in plan_rows(plan):
        yield _cells(pod, container)


def _cells(pod: PodCells, container: ContainerCells) -> Row:
    return (*(getattr(pod, column) for column in _OF_POD), *(getattr(container, column) for column in _OF_CONTAINER))
