"""Texts of JSON with holes: rows that are the same but for some values are made once, with marks where these stand, and cut at the marks.

What is put into a hole is written as it is, so all of it are texts, and plain ones (``is_plain``). Joining pieces takes a third of what
formatting them does, and rows are most of what a plan writes.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

from upgradecheck.model.patterns import pattern

_BEGIN, _END = "\ue000", "\ue001"
_MARK = pattern(f'"{_BEGIN}([0-9]+)([a-z]){_END}"')
_AROUND = {"s": '"', "d": ""}

Text: TypeAlias = "Callable[[tuple[Any, ...]], str]"
"""Gives a text with these values in its holes, which are plain texts; others among them may be anything."""


def mark(number: int, written: str) -> Any:
    """What stands for the value of this number until the text is cut.

    written: as what: ``s`` a text, ``d`` the digits of a number.
    """
    return f"{_BEGIN}{number}{written}{_END}"


def cut(text: str) -> Text:
    """A text with marks as one with holes."""
    told = _MARK.split(text)
    around = [_AROUND[written] for written in told[2::3]]
    parts = tuple([f"{before}{part}{after}" for before, part, after in zip(["", *around], told[::3], [*around, ""], strict=True)])
    holes = [len(parts) + int(number) for number in told[1::3]]
    pick = itemgetter(*chain(*zip(range(len(holes)), holes, strict=True)), len(holes))
    return lambda values: "".join(pick(parts + values))


def with_words(text: str, stem: str) -> str:
    """JSON with a word in place of each mark, where whoever writes no JSON cuts: the stem, its number, how it is written, and a line."""
    return _MARK.sub(rf'"{stem}\1\2_"', text)


class Marked:
    """An element of a list with marks where those that are alike differ. Equal to itself alone: what is made of it is found again."""

    __slots__ = ("element",)

    def __init__(self, element: object) -> None:
        self.element = element
