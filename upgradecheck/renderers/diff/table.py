"""Two kubelets compared, for people: a sentence for each thing that can differ, then the fields one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.changes import Aspect, Change, Effect, FieldChange, SchemaDiff
from upgradecheck.model.schema import Era
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, Page, name
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.effects import DIFF_SCOPE, EFFECT, HASHED, kinds, sentences, static_pods

_LABEL = 13
_WORD: Mapping[Effect, tuple[str, str]] = {
    Effect.NONE: ("NONE", GOOD),
    Effect.CONDITIONAL: ("SOME", DOUBT),
    Effect.ALL: ("ALL", BAD),
}
_SIGN: Mapping[Change, str] = {Change.ADDED: "+", Change.REMOVED: "-", Change.CHANGED: "~"}
_ASPECT: Mapping[Aspect, str] = {Aspect.OMITEMPTY: "left out when empty: no longer, or only now", Aspect.ORDER: "stands elsewhere"}
_TYPE_COLUMN = 48


def render(diff: SchemaDiff, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    page = Page(canvas)
    word, style = _WORD[diff.effect]
    page.paragraph(
        Text.assemble((word, style), f"  From kubelet {_name(diff.old.version)} to {_name(diff.new.version)}, {EFFECT[diff.effect]}.")
    )
    page.blank()
    for label, sentence in _statements(diff):
        page.paragraph(sentence, lead=label, indent=_LABEL, hang=2)
    if diff.fields:
        page.heading("FIELDS OF CONTAINER", "+ new, - gone, ~ changed; with their Go types")
    for field in diff.fields:
        _field(page, field)
    page.blank()
    page.paragraph(Text(DIFF_SCOPE, FAINT))
    yield page.take()


def _name(version: str) -> str:
    return name(version)


def _statements(diff: SchemaDiff) -> Iterator[tuple[str, str]]:
    yield "Algorithm", _algorithm(diff)
    yield "Compared", _compared(diff)
    if diff.old.era is Era.JSON and diff.new.era is Era.JSON:
        yield "Go escapes", _escapes(diff)
    yield "Fields", _fields(diff)
    told = sentences(diff.reasons) or ("no container that runs unchanged",)
    for number, sentence in enumerate(told):
        yield "" if number else "Touched", f"{sentence}."
    yield "Static pods", safe_text(static_pods(diff))


def _algorithm(diff: SchemaDiff) -> str:
    old, new = diff.old, diff.new
    if old.era is new.era:
        return f"Both hash {HASHED[new.era]}."
    return f"{_name(old.version)} hashes {HASHED[old.era]}, {_name(new.version)} hashes {HASHED[new.era]}."


def _compared(diff: SchemaDiff) -> str:
    old, new = diff.old, diff.new
    if old.kinds_compared == new.kinds_compared:
        return f"Both compare {kinds(new.kinds_compared)}."
    return f"{_name(old.version)} compares {kinds(old.kinds_compared)}, {_name(new.version)} compares {kinds(new.kinds_compared)}."


def _escapes(diff: SchemaDiff) -> str:
    spelled = {True: r"\b and \f", False: r"\u0008 and \u000c"}
    old, new = diff.old, diff.new
    if old.short_control_escapes is new.short_control_escapes:
        return f"Both write U+0008 and U+000C as {spelled[new.short_control_escapes]}."
    return (
        f"{_name(old.version)} writes U+0008 and U+000C as {spelled[old.short_control_escapes]}, "
        f"{_name(new.version)} as {spelled[new.short_control_escapes]}: another Go built it."
    )


def _fields(diff: SchemaDiff) -> str:
    numbers = {change: sum(field.change is change for field in diff.fields) for change in Change}
    told = [f"{number} {change.value}" for change, number in numbers.items() if number]
    if not told:
        return "The fields of Container are the same, at every depth."
    unhashed = " Neither kubelet hashes any but name and image." if {diff.old.era, diff.new.era} == {Era.IMAGE_NAME} else ""
    return f"{count(len(diff.fields), 'field')} of Container: {', '.join(told)}.{unhashed}"


def _field(page: Page, field: FieldChange) -> None:
    lead = f"  {_SIGN[field.change]} {field.path}"
    before = f"was {field.type_before}" if Aspect.TYPE in field.aspects else ""
    more = [before, *(_ASPECT[aspect] for aspect in field.aspects if aspect in _ASPECT)]
    told = "; ".join(part for part in more if part)
    page.paragraph(f"{field.type}{f'  ({told})' if told else ''}", lead=lead, indent=min(_TYPE_COLUMN, page.width // 2), hang=2)
