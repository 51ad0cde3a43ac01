"""A timeline as a drawing: where each bar, line and word of it stands, in the units of the SVG's own grid.

All of it is told in floats: whole numbers are printed for people, with thousands separated, which no SVG reads.

Bars grow with the square root of what they count, so that one container beside a thousand is still to be seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import msgspec

from upgradecheck.reporting.timeline import Lane, Share, Timeline

WIDTH = 1000.0
_LEFT = 104.0
_LANE = 56.0
_BAR = 44.0
_LEAST = 4.0
_AXIS = 26.0
_KINDS = ("kept", "unknown", "stops")


class Bar(msgspec.Struct, frozen=True, gc=False):
    """A part of a bar; kind tells its colour."""

    x: float
    y: float
    width: float
    height: float
    kind: str


class Word(msgspec.Struct, frozen=True, gc=False):
    """A text beside the grid, or a line with one."""

    x: float
    y: float
    text: str


class Drawing(msgspec.Struct, frozen=True, gc=False):
    """All of it."""

    height: float
    left: float
    bars: tuple[Bar, ...]
    lanes: tuple[Word, ...]
    ticks: tuple[Word, ...]
    kubelets: tuple[Word, ...]


def drawn(timeline: Timeline) -> Drawing:
    """The drawing of a timeline."""
    height = len(timeline.lanes) * _LANE + _AXIS
    bars = (bar for number, lane in enumerate(timeline.lanes) for bar in _bars(lane, (number + 1) * _LANE, timeline.most))
    ticks, kubelets = (
        tuple(Word(round(_LEFT + tick.place * (WIDTH - _LEFT), 1), height, tick.label) for tick in some)
        for some in (timeline.ticks, timeline.kubelets)
    )
    lanes = tuple(Word(0.0, (number + 1) * _LANE, lane.name) for number, lane in enumerate(timeline.lanes))
    return Drawing(height, _LEFT, tuple(bars), lanes, ticks, kubelets)


def _bars(lane: Lane, ground: float, most: int) -> Iterator[Bar]:
    wide = (WIDTH - _LEFT) / len(lane.bins)
    for place, share in enumerate(lane.bins):
        if share.number:
            yield from _bar(share, _LEFT + place * wide, ground, wide - 1, most)


def _bar(share: Share, x: float, ground: float, width: float, most: int) -> Iterator[Bar]:
    """From the ground up: what is kept, what is not known, what stops."""
    whole = max(_LEAST, _BAR * sqrt(share.number / most))
    for kind in _KINDS:
        if number := getattr(share, kind):
            height = whole * number / share.number
            ground -= height
            yield Bar(round(x, 1), round(ground, 1), round(width, 1), round(height, 1), kind)
