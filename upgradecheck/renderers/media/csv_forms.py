"""Rows of pods that are alike (``model/alike.py``): their text is made once, and cut where values of a pod's own stand.

Where these stand is tried: the rows of two pods with other values in everything that is a pod's own differ in these cells alone, and each
such cell is one of the values as it is. Only values that need neither quotes nor an apostrophe are put in; other pods are written by
themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import TypeAlias

from upgradecheck.model.alike import FIRST, OF_EACH, Form, Own, Pods, own_values
from upgradecheck.model.patterns import pattern
from upgradecheck.model.plan import PlannedPod
from upgradecheck.renderers.media.csv import HARMLESS, Row, written

RowsOf: TypeAlias = "Callable[[PlannedPod], list[Row]]"
_Text: TypeAlias = "Callable[[Own], str | None]"

_STEM = "the_value_of_hole_"
_WORD = pattern(rf"{_STEM}([0-9]+)_")
_ALL_HARMLESS = pattern(rf"(?:(?:{HARMLESS})\n)*")
_AT_ONCE, _WORTH = 64, 4
_HASHES, _SINCE, _RESTARTS = range(1, 4), 4, 5
"""Places among OF_EACH."""


def written_pods(pods: Iterable[PlannedPod], rows_of: RowsOf) -> Iterator[str]:
    """The rows of pods as text, some at once."""
    run = list[str]()
    for text in _texts(pods, rows_of) if isinstance(pods, Pods) else (_by_itself(pod, rows_of) for pod in pods):
        run.append(text)
        if len(run) == _AT_ONCE:
            yield "".join(run)
            run = []
    yield "".join(run)


def _texts(pods: Pods, rows_of: RowsOf) -> Iterator[str]:
    known = [
        _text(form, rows_of) if isinstance(form, Form) and times >= _WORTH else None
        for form, times in zip(pods.forms, pods.counts, strict=True)
    ]
    for row, number in zip(pods.rows, pods.numbers, strict=True):
        text = known[number]
        told = None if text is None or isinstance(row, PlannedPod) else text(row)
        yield _by_itself(pods.made(row, number), rows_of) if told is None else told


def _by_itself(pod: PlannedPod, rows_of: RowsOf) -> str:
    return "".join(written(rows_of(pod)))


def _text(form: Form, rows_of: RowsOf) -> _Text | None:
    """None where it does not hold for all that have the form."""
    has = own_values(form.pod)
    one, other = (tuple([None if its is None else _tried(place, way) for place, its in enumerate(has)]) for way in (1, 2))
    numbers = {pair: place for place, pair in enumerate(zip(one, other, strict=True)) if pair != (None, None)}
    before, after = rows_of(form.filled(one)), rows_of(form.filled(other))
    cells = [(cell, its) for row, tried in zip(before, after, strict=True) for cell, its in zip(row, tried, strict=True)]
    if any(cell != its and (cell, its) not in numbers for cell, its in cells):
        return None
    marked = [
        tuple([cell if cell == its else f"{_STEM}{numbers[cell, its]}_" for cell, its in zip(row, tried, strict=True)])  # type: ignore[index]
        for row, tried in zip(before, after, strict=True)
    ]
    text = "".join(written(marked))
    holes = sum(cell != its for cell, its in cells)
    return _filling(_WORD.split(text)) if holes and text.count(_STEM) == holes else None


def _tried(place: int, way: int) -> str:
    """A value that may stand in this place of a pod's own; each different one another."""
    within = (place - FIRST) % OF_EACH
    if place < FIRST or within not in (*_HASHES, _SINCE, _RESTARTS):
        return f"tried-{way}-{place}"
    if within == _SINCE:
        return f"200{way}-01-01T{place // 3600 % 24:02}:{place // 60 % 60:02}:{place % 60:02}Z"
    return f"{(way << 28) + place:x}" if within in _HASHES else f"{way}{place:06}"


def _filling(told: Sequence[str]) -> _Text:
    """told: the text, cut; between its parts the numbers of the values."""
    parts, holes = tuple(told[::2]), [int(number) for number in told[1::2]]
    picked, pick = (
        itemgetter(*holes, holes[0]),
        itemgetter(*chain(*zip(range(len(holes)), (len(parts) + number for number in holes), strict=True)), len(holes)),
    )

    def filled(own: Own) -> str | None:
        return None if _ALL_HARMLESS.fullmatch("\n".join((*picked(own), ""))) is None else "".join(pick(parts + own))

    return filled
