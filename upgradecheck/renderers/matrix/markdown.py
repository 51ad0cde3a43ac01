"""The matrix as Markdown: the table that kubernetes/kubernetes#33954 asked for, to be put into documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.model.changes import Effect, Matrix, MatrixCell
from upgradecheck.model.version import Minor
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import table, words
from upgradecheck.reporting.effects import SCOPE, sentences

_CELL: Mapping[Effect, str] = {Effect.NONE: "–", Effect.CONDITIONAL: "some", Effect.ALL: "**all**"}


def render(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    """The steps in words, then every pair."""
    yield "# Containers restarted by a kubelet upgrade\n\n"
    yield f"{words(SCOPE)} A minor stands for its newest patch.\n"
    after = dict(zip(matrix.minors, matrix.minors[1:], strict=False))
    steps = [cell for cell in matrix.cells if after.get(cell.old) == cell.new]
    if steps:
        yield "\n## Step by step\n\n"
        yield table(("from", "to", "restarts", "containers"), (_step(cell) for cell in steps))
    if matrix.cells:
        yield "\n## Every pair\n\n"
        yield _explanation(matrix)
        yield _grid(matrix)


def _step(cell: MatrixCell) -> tuple[str, ...]:
    return str(cell.old), str(cell.new), _CELL[cell.effect], "<br>".join(words(sentence) for sentence in sentences(cell.reasons))


def _explanation(matrix: Matrix) -> str:
    if matrix.pods is None:
        return "Rows: the kubelet that started the containers; columns: the kubelet that takes over. What is skipped adds up.\n\n"
    return (
        f"Containers of {matrix.pods} pods that restart, if the kubelet on the left had started them (estimated); "
        "with a question mark: there are others of which it cannot be told.\n\n"
    )


def _grid(matrix: Matrix) -> str:
    cells = {(cell.old, cell.new): cell for cell in matrix.cells}
    rows = tuple(dict.fromkeys(cell.old for cell in matrix.cells))
    columns = sorted({cell.new for cell in matrix.cells})
    return table(("", *map(str, columns)), ((f"**{row}**", *(_cell(cells, row, column) for column in columns)) for row in rows))


def _cell(cells: Mapping[tuple[Minor, Minor], MatrixCell], row: Minor, column: Minor) -> str:
    cell = cells.get((row, column))
    if cell is None:
        return ""
    if cell.counts is None:
        return _CELL[cell.effect]
    return f"{cell.counts.restart}{'?' if cell.counts.unknown else ''}"
