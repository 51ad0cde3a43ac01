"""The log of accuracy: a line of JSON for each look at what came of a plan, and the sum of such a log as a document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

import msgspec

from upgradecheck.contract.parts import FORMAT_VERSION, Count, FormatVersion, Lines, Part, members, said, taken
from upgradecheck.contract.v1.verification import TallyJson
from upgradecheck.contract.values import Instant, ReleaseName, encoded, of_json
from upgradecheck.model.accuracy import Accuracy, AccuracyEntry
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.plan import Grade, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import Era
from upgradecheck.model.verification import Because, Came, Result


class OutcomeJson(Part, frozen=True, kw_only=True):
    """How many containers were predicted alike and fared alike."""

    predicted: Verdict
    reason: Reason
    grade: Grade
    result: Result
    containers: Count
    came: Came | None = None
    because: Because | None = None


class AccuracyEntryJson(Part, frozen=True, kw_only=True):
    """A line that verify --append writes. No name of a cluster, node, namespace, pod or container stands in it, and no UID."""

    format_version: FormatVersion
    kind: Literal["AccuracyEntry"]
    time: Instant
    writer: str
    plan: Annotated[str, said("Tells the looks at one plan from those at another; it is no plan_hash")]
    from_version: ReleaseName | None
    to_version: ReleaseName
    from_era: Era | None
    to_era: Era | None
    nodes: Count
    upgraded: Annotated[Count, said("Nodes that ran the new kubelet")]
    summary: TallyJson
    outcomes: tuple[OutcomeJson, ...]


class GradeAccuracyJson(Part, frozen=True):
    """Of predictions on evidence of one grade."""

    grade: Grade
    hit: Count
    judged: Count


class WrongReasonJson(Part, frozen=True):
    """Misses and false alarms, by what had been said."""

    result: Result
    predicted: Verdict
    reason: Reason
    containers: Count


class AccuracyJson(Part, frozen=True, kw_only=True):
    """The sum of a log of accuracy: each upgrade once, by its fullest look."""

    format_version: FormatVersion
    kind: Literal["Accuracy"]
    upgrades: Count
    judged: Annotated[Count, said("Predictions that were held against what came")]
    summary: TallyJson
    grades: tuple[GradeAccuracyJson, ...]
    wrong: tuple[WrongReasonJson, ...]
    unread: Annotated[Count, said("Lines of the file that are none, or of a newer program")]
    entries: Lines[AccuracyEntryJson]


DOCUMENT = AccuracyJson

_KIND = "AccuracyEntry"
_UNFIT = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class _Head(msgspec.Struct):
    kind: str | None = None


def of(accuracy: Accuracy) -> Iterator[tuple[str, object]]:
    """The members of the sum."""
    entries = tuple(_entry(one) for one in accuracy.entries)
    return members(AccuracyJson, accuracy, upgrades=len(accuracy.entries), judged=accuracy.judged, entries=entries)


def line(entry: AccuracyEntry) -> bytes:
    """The line that an entry is."""
    return encoded(_entry(entry)) + b"\n"


def is_log(raw: bytes) -> bool:
    """Whether a file is a log of accuracy: whether one of its first lines is an entry."""
    return any(_is_entry(one) for one in raw.split(b"\n", 3)[:3])


def _is_entry(raw: bytes) -> bool:
    try:
        return msgspec.json.decode(raw, type=_Head).kind == _KIND
    except _UNFIT:
        return False


def entry_of(raw: bytes) -> AccuracyEntry:
    """The entry that a line is.

    Raises:
        SpecRefused: it is none, or of another major.
    """
    try:
        read = msgspec.json.decode(raw, type=AccuracyEntryJson, dec_hook=of_json)
    except _UNFIT as error:
        raise SpecRefused(str(error)) from None
    if read.format_version.partition(".")[0] != FORMAT_VERSION.partition(".")[0]:
        raise SpecRefused("is of another upgradecheck", "format_version")
    return taken(read, AccuracyEntry)


def _entry(entry: AccuracyEntry) -> AccuracyEntryJson:
    summary, outcomes = taken(entry.summary, TallyJson), tuple(taken(one, OutcomeJson) for one in entry.outcomes)
    return AccuracyEntryJson(
        format_version=FORMAT_VERSION,
        kind="AccuracyEntry",
        time=Instant(entry.time),
        writer=entry.writer,
        plan=entry.plan,
        from_version=None if entry.from_version is None else ReleaseName(entry.from_version),
        to_version=ReleaseName(entry.to_version),
        from_era=entry.from_era,
        to_era=entry.to_era,
        nodes=entry.nodes,
        upgraded=entry.upgraded,
        summary=summary,
        outcomes=outcomes,
    )
