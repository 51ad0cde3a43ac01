"""The matrix for a spreadsheet: a row a pair."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.changes import Matrix
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written
from upgradecheck.reporting.effects import sentences


def render(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(matrix))


def _rows(matrix: Matrix) -> Iterator[Row]:
    """One row a pair."""
    yield "from", "to", "verdict", "restart", "safe", "unknown", "reasons", "static_pods", "complete", "sandboxes"
    complete = {None: "", True: "yes", False: "no"}[matrix.complete]
    for cell in matrix.cells:
        counts = (None, None, None) if cell.counts is None else (cell.counts.restart, cell.counts.safe, cell.counts.unknown)
        told = "; ".join(sentences(cell.reasons)), cell.static_pods.change.value
        yield str(cell.old), str(cell.new), cell.effect.value, *counts, *told, complete, " ".join(one.value for one in cell.sandboxes)
