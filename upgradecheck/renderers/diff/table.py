"""Two kubelets compared, for people: a sentence for each thing that can differ, then the fields one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.changes import Change, Effect, FieldChange, SchemaDiff, StaticPodEffect
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, Page
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.compared import field_note, headline, statements
from upgradecheck.reporting.effects import DIFF_SCOPE
from upgradecheck.reporting.static_effects import FIELDS_HEADING, FIELDS_NOTE, left_out, shown_fields

_LABEL = 13
_WORD: Mapping[Effect, tuple[str, str]] = {
    Effect.NONE: ("NONE", GOOD),
    Effect.CONDITIONAL: ("SOME", DOUBT),
    Effect.ALL: ("ALL", BAD),
}
_SIGN: Mapping[Change, str] = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_TYPE_COLUMN = 48


def render(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    page = Page(canvas)
    page.paragraph(Text.assemble(_WORD[diff.effect], f"  {said(headline(diff))}"))
    page.blank()
    before = ""
    for told in statements(diff):
        page.paragraph(said(told.line), lead="" if told.label == before else told.label, indent=_LABEL, hang=2)
        before = told.label
    if diff.fields:
        page.heading("FIELDS OF CONTAINER", "+ new, - gone, ~ changed; with their Go types")
    for field in diff.fields:
        _field(page, field)
    _static_pods(page, diff.static_pods)
    page.blank()
    page.paragraph(Text(DIFF_SCOPE, FAINT))
    yield page.take()


def _static_pods(page: Page, effect: StaticPodEffect) -> None:
    shown = tuple(shown_fields(effect))
    if shown:
        page.heading(FIELDS_HEADING, FIELDS_NOTE)
    column = min(_TYPE_COLUMN, page.width // 2)
    for field in shown:
        lead = f"  {_SIGN[field.change]} {field.path}"
        if len(lead) < column:
            page.paragraph(field.note, lead=lead, indent=column, hang=2)
        else:
            page.paragraph(f"{field.path}  {field.note}", lead=lead[:3], indent=4, hang=2)
    more = left_out(effect)
    if more:
        page.paragraph(Text(more, FAINT), lead="  ", indent=4)


def _field(page: Page, field: FieldChange) -> None:
    lead, note = f"  {_SIGN[field.change]} {field.path}", field_note(field)
    page.paragraph(f"{field.type}{f'  ({note})' if note else ''}", lead=lead, indent=min(_TYPE_COLUMN, page.width // 2), hang=2)
