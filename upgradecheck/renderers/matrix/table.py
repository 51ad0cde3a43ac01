"""Every pair of minors for people: a grid of signs, and in words what happens at each step.

The grid is as wide as the page allows: words under full version numbers, else a sign under the last digits of the minor, else
several grids below each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from rich.text import Text

from upgradecheck.model.changes import Effect, Matrix, MatrixCell
from upgradecheck.model.version import Minor
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, Page, padded
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.effects import COUNTED, NO_PAIR, matrix_headline, matrix_scope, not_seen, sentences
from upgradecheck.reporting.sandbox_effects import SANDBOXES_HEADING, SANDBOXES_NOTE, losing
from upgradecheck.reporting.static_effects import STEPS_NOTE, steps_alike

_SIGN: Mapping[Effect, str] = {Effect.NONE: ".", Effect.CONDITIONAL: "c", Effect.ALL: "A"}
_SHORT: Mapping[Effect, str] = {Effect.NONE: "-", Effect.CONDITIONAL: "some", Effect.ALL: "all"}
_STYLE: Mapping[Effect, str] = {Effect.NONE: GOOD, Effect.CONDITIONAL: DOUBT, Effect.ALL: BAD}
_MOST_PAIRS_IN_WORDS = 12


class _Grid(msgspec.Struct, frozen=True):
    """How cells are written: the text of one, the titles of a column (one line each), and the width of a column."""

    text: Callable[[MatrixCell], str]
    titles: Callable[[Minor], Sequence[str]]
    width: int


def render(matrix: Matrix, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    page = Page(canvas)
    if not matrix.cells:
        page.paragraph(NO_PAIR)
        yield page.take()
        return
    page.paragraph(_headline(matrix))
    for told in not_seen(matrix.missing):
        page.paragraph(said(told.line), lead=told.label, indent=12)
    page.blank()
    grid = _choose(matrix, page.width)
    _draw(page, matrix, grid)
    page.blank()
    for lead, words in _legend(matrix, grid):
        page.paragraph(words, lead=lead, indent=6)
    _steps(page, matrix)
    page.blank()
    page.paragraph(Text(matrix_scope(matrix), FAINT))
    yield page.take()


def _headline(matrix: Matrix) -> Text:
    title = "RESTARTS BY PAIR OF MINORS" if matrix.pods is None else "RESTARTING CONTAINERS BY PAIR OF MINORS"
    return Text.assemble((title, STRONG), f"  {matrix_headline(matrix)}")


def _choose(matrix: Matrix, width: int) -> _Grid:
    label = max(len(str(minor)) for minor in matrix.minors)
    full = _full_grid(matrix, label)
    columns = len({cell.new for cell in matrix.cells})
    if matrix.pods is not None or label + 2 + full.width * columns <= width:
        return full
    digits = max(len(str(minor.minor)) for minor in matrix.minors)
    return _Grid(lambda cell: _SIGN[cell.effect], lambda minor: tuple(str(minor.minor).rjust(digits)), 2)


def _full_grid(matrix: Matrix, label: int) -> _Grid:
    def text(cell: MatrixCell) -> str:
        return _SHORT[cell.effect] if cell.counts is None else _counts(cell)

    return _Grid(text, lambda minor: (str(minor),), max(label, *(len(text(cell)) for cell in matrix.cells)) + 1)


def _counts(cell: MatrixCell) -> str:
    assert cell.counts is not None
    restart = str(cell.counts.restart) if cell.counts.restart else "-"
    return f"{restart}?" if cell.counts.unknown else restart


def _draw(page: Page, matrix: Matrix, grid: _Grid) -> None:
    """The grid, in as many parts as the width demands."""
    cells = {(cell.old, cell.new): cell for cell in matrix.cells}
    rows = tuple(dict.fromkeys(cell.old for cell in matrix.cells))
    columns = tuple(sorted({cell.new for cell in matrix.cells}))
    label = max(len(str(minor)) for minor in matrix.minors) + 1
    fitting = max((page.width - label) // grid.width, 1)
    for start in range(0, len(columns), fitting):
        if start:
            page.blank()
        shown = columns[start : start + fitting]
        _titles(page, grid, shown, label)
        for row in rows:
            line = [padded(str(row), label)]
            for column in shown:
                line.append(_cell(cells.get((row, column)), grid))
            page.paragraph(_trimmed(line))


def _titles(page: Page, grid: _Grid, shown: Sequence[Minor], label: int) -> None:
    lines = list(zip(*(grid.titles(minor) for minor in shown), strict=True))
    for number, parts in enumerate(lines):
        corner = "to" if number == len(lines) - 1 else ""
        shown_parts = (padded(Text(part, FAINT), grid.width, right=True) for part in parts)
        page.paragraph(_trimmed([padded(Text(corner, FAINT), label), *shown_parts]))


def _cell(cell: MatrixCell | None, grid: _Grid) -> Text:
    """One cell; nothing for a minor and itself."""
    if cell is None:
        return padded("", grid.width)
    if cell.counts is None:
        style = _STYLE[cell.effect]
    else:
        style = BAD if cell.counts.restart else DOUBT if cell.counts.unknown else GOOD
    return padded(Text(grid.text(cell), style), grid.width, right=True)


def _trimmed(parts: Sequence[Text]) -> Text:
    line = Text.assemble(*parts)
    line.rstrip()
    return line


def _legend(matrix: Matrix, grid: _Grid) -> Iterator[tuple[str, str]]:
    yield "rows", "the kubelet that started the containers; columns: the kubelet that takes over"
    if matrix.pods is not None:
        yield from COUNTED
        return
    words = {Effect.NONE: "none restarts", Effect.CONDITIONAL: "some do: see below", Effect.ALL: "all restart"}
    for effect in Effect:
        example = next((cell for cell in matrix.cells if cell.effect is effect), None)
        if example is not None:
            yield grid.text(example), words[effect]


def _steps(page: Page, matrix: Matrix) -> None:
    """In words: every pair if they are few, else the upgrades from one minor to the next."""
    few = len(matrix.cells) <= _MOST_PAIRS_IN_WORDS
    after = dict(zip(matrix.minors, matrix.minors[1:], strict=False))
    shown = [cell for cell in matrix.cells if few or after.get(cell.old) == cell.new]
    if not shown:
        return
    page.heading("PAIR BY PAIR" if few else "STEP BY STEP", "" if few else "what is skipped adds up; -o json tells it of every pair")
    quiet: list[str] = []
    for cell in shown:
        step = f"{cell.old} -> {cell.new}"
        if cell.effect is Effect.NONE:
            quiet.append(step)
            continue
        lead = Text.assemble("  ", padded(step, 13), " ", padded(Text(_SHORT[cell.effect], _STYLE[cell.effect]), 5))
        for sentence in sentences(cell.reasons):
            page.paragraph(sentence, lead=lead, indent=22, hang=2)
            lead = Text()
    if quiet:
        page.paragraph(Text(", ".join(quiet)), lead=Text.assemble("  ", padded("none", 14), (_SHORT[Effect.NONE], GOOD)), indent=22)
    page.heading("STATIC PODS", STEPS_NOTE)
    for change, line in steps_alike(shown):
        effect = Effect(change.value)
        page.paragraph(line, lead=Text.assemble("  ", (_SHORT[effect], _STYLE[effect])), indent=8, hang=2)
    told = losing(shown)
    if told:
        page.heading(SANDBOXES_HEADING, SANDBOXES_NOTE)
    some = _SHORT[Effect.CONDITIONAL], _STYLE[Effect.CONDITIONAL]
    for step, whose in told:
        page.paragraph(f"{step}: {whose}", lead=Text.assemble("  ", some), indent=8, hang=2)
