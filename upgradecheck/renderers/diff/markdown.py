"""Two kubelets compared, as Markdown: a sentence for each thing that can differ, then the fields in a table."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.changes import SchemaDiff
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, said, table, words
from upgradecheck.reporting.compared import CHANGE, field_note, headline, statements
from upgradecheck.reporting.effects import DIFF_SCOPE
from upgradecheck.reporting.static_effects import left_out, shown_fields


def render(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    yield f"# {said(headline(diff))}\n\n"
    yield from (f"- {told.label}: {said(told.line)}\n" for told in statements(diff))
    if diff.fields:
        rows = ((CHANGE[field.change], code(field.path), code(field.type), words(field_note(field))) for field in diff.fields)
        yield "\n" + table(("field", "path", "Go type", "note"), rows)
    shown = tuple(shown_fields(diff.static_pods))
    if shown:
        yield "\n## Fields of static pods\n\nWhat the UID is a sum of; containers[] are init and ephemeral ones, too.\n\n"
        yield table(("field", "path", "pods"), ((CHANGE[field.change], code(field.path), words(field.note)) for field in shown))
    more = left_out(diff.static_pods)
    if more:
        yield f"\n{words(more)}\n"
    yield f"\n{words(DIFF_SCOPE)}\n"
