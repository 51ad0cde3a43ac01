"""Texts of JSON with holes: rows that are the same but for some values are made once, with marks where these stand, and cut at the marks.

What is put into a hole is written as it is, so a text has to be plain (``is_plain``) and a number one of Python's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

import msgspec

from upgradecheck.model.patterns import pattern

_BEGIN, _END = "\ue000", "\ue001"
_MARK = pattern(f'"{_BEGIN}([0-9]+)([a-z]){_END}"')
_WRITTEN = {"s": '"%s"', "x": '"%x"', "d": "%d"}


class Text(msgspec.Struct, frozen=True, gc=False):
    """A text with at least two holes, and which values stand in them."""

    text: str
    values: Callable[[Any], tuple[Any, ...]]

    def filled(self, values: Sequence[Any]) -> str:
        """The text with these values."""
        return self.text % self.values(values)


def mark(number: int, written: str) -> Any:
    """What stands for the value of this number until the text is cut.

    written: as what: ``s`` a text, ``x`` the hex of a number as a text, ``d`` a number.
    """
    return f"{_BEGIN}{number}{written}{_END}"


def cut(text: str) -> Text:
    """A text with marks as one with holes."""
    parts = _MARK.split(text)
    holes = [_WRITTEN[written] for written in parts[2::3]]
    told = [part.replace("%", "%%") for part in parts[::3]]
    return Text("".join(one + hole for one, hole in zip(told, [*holes, ""], strict=True)), itemgetter(*map(int, parts[1::3])))
