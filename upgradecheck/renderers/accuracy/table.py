"""A log of accuracy for people: the sum, by evidence, what went wrong, and upgrade by upgrade."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from upgradecheck.model.accuracy import Accuracy, AccuracyEntry
from upgradecheck.model.times import rfc3339
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, Page, columns
from upgradecheck.reporting.accuracies import accuracy_sentence, share
from upgradecheck.reporting.verified import PREDICTED, RESULT
from upgradecheck.reporting.words import GRADE

_TITLES = ("DATE", "FROM", "TO", "NODES", "HIT", "MISS", "FALSE ALARM", "UNEXPLAINED")


def render(accuracy: Accuracy, canvas: Canvas) -> Iterator[str]:
    """The text."""
    page, told = Page(canvas), accuracy.summary
    style = BAD if told.miss or told.false_alarm else GOOD if accuracy.judged else DOUBT
    sentence = accuracy_sentence(accuracy)
    page.paragraph(Text(f"{sentence[:1].upper()}{sentence[1:]}.", style))
    if accuracy.grades:
        page.heading("BY EVIDENCE", "of the hash that a container carried")
        columns(page, tuple((GRADE[one.grade], share(one.hit, one.judged), f"of {one.judged:,}") for one in accuracy.grades), indent=2)
    if accuracy.wrong:
        page.heading("WHAT WENT WRONG")
        for one in accuracy.wrong:
            page.paragraph(
                f"{count(one.containers, RESULT[one.result][0], _several(one.result.value))}: predicted {PREDICTED[one.predicted]}"
                f" ({one.reason.sentence})",
                indent=2,
                hang=2,
            )
    if accuracy.entries:
        page.heading("UPGRADES")
        columns(page, (_TITLES, *map(_cells, accuracy.entries)), indent=2)
    if accuracy.unread:
        page.blank()
        lines = count(accuracy.unread, "line is", "lines are")
        page.paragraph(Text(f"{lines} passed over: unfinished, or of a newer upgradecheck.", FAINT))
    yield page.take()


def _several(result: str) -> str:
    return {"miss": "misses"}.get(result, f"{result.replace('_', ' ')}s")


def _cells(one: AccuracyEntry) -> tuple[str, ...]:
    start = "-" if one.from_version is None else one.from_version.release
    numbers = (one.summary.hit, one.summary.miss, one.summary.false_alarm, one.summary.unexplained)
    return (rfc3339(one.time)[:10], start, one.to_version.release, f"{one.upgraded}/{one.nodes}", *(f"{number:,}" for number in numbers))
