"""Two kubelets compared, for a spreadsheet: a row a field."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.changes import SchemaDiff
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written


def render(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(diff))


def _rows(diff: SchemaDiff) -> Iterator[Row]:
    """One row a field."""
    yield "from", "to", "change", "path", "type", "type_before", "aspects"
    for field in diff.fields:
        aspects = " ".join(aspect.value for aspect in field.aspects)
        yield diff.old.version, diff.new.version, field.change.value, field.path, field.type, field.type_before, aspects
