"""The matrix and the diff as Markdown: the table that kubernetes/kubernetes#33954 asked for, to be put into documentation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.model.changes import Change, Effect, Matrix, MatrixCell, SchemaDiff
from upgradecheck.model.version import Minor
from upgradecheck.renderers.effect_words import DIFF_SCOPE, EFFECT, HASHED, SCOPE, kinds, sentences, static_pods
from upgradecheck.renderers.markdown.escaping import code, table, words

_CELL: Mapping[Effect, str] = {Effect.NONE: "–", Effect.CONDITIONAL: "some", Effect.ALL: "**all**"}
_CHANGE: Mapping[Change, str] = {Change.ADDED: "new", Change.REMOVED: "gone", Change.CHANGED: "changed"}


def render_matrix(matrix: Matrix) -> Iterator[str]:
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


def render_diff(diff: SchemaDiff) -> Iterator[str]:
    """A line for each side, who is touched, and the fields."""
    old, new = diff.old, diff.new
    yield f"# Kubelet {words(old.version)} to {words(new.version)}: {EFFECT[diff.effect]}\n\n"
    yield table(
        ("", words(old.version), words(new.version)),
        (
            ("hashes", HASHED[old.era], HASHED[new.era]),
            ("compares", kinds(old.kinds_compared), kinds(new.kinds_compared)),
        ),
    )
    yield "\n" + "".join(f"- {words(sentence)}\n" for sentence in sentences(diff.reasons) or ("no container that runs unchanged",))
    yield f"\nStatic pods: {words(static_pods(diff))}\n"
    if diff.fields:
        rows = ((_CHANGE[field.change], code(field.path), code(field.type), code(field.type_before or "")) for field in diff.fields)
        yield "\n" + table(("field", "path", "Go type", "before"), rows)
    yield f"\n{words(DIFF_SCOPE)}\n"
