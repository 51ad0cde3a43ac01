"""What is said of two kubelets compared: a sentence for each thing that can differ, and a note on each field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.model.changes import Aspect, Change, FieldChange, SchemaDiff
from upgradecheck.model.schema import HASHED, Era
from upgradecheck.model.wording import count
from upgradecheck.reporting.effects import EFFECT, kinds, sentences
from upgradecheck.reporting.lines import Labelled, Line, Name
from upgradecheck.reporting.static_effects import static_pods

CHANGE: Mapping[Change, str] = {Change.ADDED: "new", Change.REMOVED: "gone", Change.CHANGED: "changed"}
_ASPECT: Mapping[Aspect, str] = {Aspect.OMITEMPTY: "left out when empty: no longer, or only now", Aspect.ORDER: "stands elsewhere"}


def headline(diff: SchemaDiff) -> Line:
    """What the step does, in one sentence."""
    return "From kubelet ", Name(diff.old.version), " to ", Name(diff.new.version), f", {EFFECT[diff.effect]}."


def statements(diff: SchemaDiff) -> Iterator[Labelled]:
    """The sentences; several may have one label."""
    yield Labelled("Algorithm", _algorithm(diff))
    yield Labelled("Compared", _compared(diff))
    if diff.old.era is Era.JSON and diff.new.era is Era.JSON:
        yield Labelled("Go escapes", _escapes(diff))
    yield Labelled("Fields", (_fields(diff),))
    for sentence in sentences(diff.reasons) or ("no container that runs unchanged",):
        yield Labelled("Touched", (f"{sentence}.",))
    yield Labelled("Static pods", (static_pods(diff),))


def field_note(field: FieldChange) -> str:
    """What else changed about a field, beyond that it is new, gone or changed; empty for nothing."""
    before = f"was {field.type_before}" if Aspect.TYPE in field.aspects else ""
    more = [before, *(_ASPECT[aspect] for aspect in field.aspects if aspect in _ASPECT)]
    return "; ".join(part for part in more if part)


def _algorithm(diff: SchemaDiff) -> Line:
    old, new = diff.old, diff.new
    if old.era is new.era:
        return (f"Both hash {HASHED[new.era]}.",)
    return Name(old.version), f" hashes {HASHED[old.era]}, ", Name(new.version), f" hashes {HASHED[new.era]}."


def _compared(diff: SchemaDiff) -> Line:
    old, new = diff.old, diff.new
    if old.kinds_compared == new.kinds_compared:
        return (f"Both compare {kinds(new.kinds_compared)}.",)
    return Name(old.version), f" compares {kinds(old.kinds_compared)}, ", Name(new.version), f" compares {kinds(new.kinds_compared)}."


def _escapes(diff: SchemaDiff) -> Line:
    spelled = {True: r"\b and \f", False: r"\u0008 and \u000c"}
    old, new = diff.old, diff.new
    if old.short_control_escapes is new.short_control_escapes:
        return (f"Both write U+0008 and U+000C as {spelled[new.short_control_escapes]}.",)
    before, after = (f" U+0008 and U+000C as {spelled[old.short_control_escapes]}, ", f" as {spelled[new.short_control_escapes]}")
    return Name(old.version), f" writes{before}", Name(new.version), f"{after}: another Go built it."


def _fields(diff: SchemaDiff) -> str:
    numbers = {change: sum(field.change is change for field in diff.fields) for change in Change}
    told = [f"{number:,} {change.value}" for change, number in numbers.items() if number]
    if not told:
        return "The fields of Container are the same, at every depth."
    unhashed = " Neither kubelet hashes any but name and image." if {diff.old.era, diff.new.era} == {Era.IMAGE_NAME} else ""
    return f"{count(len(diff.fields), 'field')} of Container: {', '.join(told)}.{unhashed}"
