"""The matrix as Markdown: the table that kubernetes/kubernetes#33954 asked for, to be put into documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.model.changes import Effect, Matrix, MatrixCell
from upgradecheck.model.version import Minor
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import said, table, words
from upgradecheck.reporting.effects import COUNTED, MATRIX_READING, NO_PAIR, SKIPPED, matrix_headline, matrix_scope, not_seen, sentences
from upgradecheck.reporting.lines import Labelled
from upgradecheck.reporting.sandbox_effects import losing
from upgradecheck.reporting.static_effects import who

_CELL: Mapping[Effect, str] = {Effect.NONE: "–", Effect.CONDITIONAL: "some", Effect.ALL: "**all**"}


def render(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    """The steps in words, then every pair."""
    yield f"# Containers restarted by a kubelet upgrade\n\n{words(matrix_scope(matrix))}\n"
    if not matrix.cells:
        yield f"\n{NO_PAIR}\n"
        return
    after = dict(zip(matrix.minors, matrix.minors[1:], strict=False))
    steps = [cell for cell in matrix.cells if after.get(cell.old) == cell.new]
    if steps:
        yield f"\n## Step by step\n\n{SKIPPED} Static pods get another UID, and are recreated, where the manifest has no metadata.uid.\n\n"
        yield table(("from", "to", "restarts", "containers", "static pods"), (_step(cell) for cell in steps))
        if told := losing(steps):
            yield "\nSandboxes made anew by the versions alone, with all that runs in them:\n\n"
            yield "".join(f"- {words(step)}: {words(whose)}\n" for step, whose in told)
    yield f"\n## Every pair\n\n{words(_first_upper(matrix_headline(matrix)))}. {MATRIX_READING}\n\n"
    if matrix.missing:
        yield "".join(map(_missing, not_seen(matrix.missing))) + "\n"
    yield _grid(matrix)
    if matrix.pods is not None:
        yield "\n" + "".join(f"- {sign}: {words(meaning)}\n" for sign, meaning in COUNTED)


def _missing(told: Labelled) -> str:
    return f"- {told.label}: {said(told.line)}\n" if told.label else f"  - {said(told.line)}\n"


def _first_upper(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _step(cell: MatrixCell) -> tuple[str, ...]:
    return (
        str(cell.old),
        str(cell.new),
        _CELL[cell.effect],
        "<br>".join(words(sentence) for sentence in sentences(cell.reasons)),
        words(who(cell.static_pods)),
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
    return f"{cell.counts.restart or '-'}{'?' if cell.counts.unknown else ''}"
