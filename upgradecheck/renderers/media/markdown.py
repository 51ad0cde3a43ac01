"""Text made harmless for Markdown, and tables made of it.

A name goes into a code span whose fence is longer than any run of backticks in it. In a table a ``|`` ends the cell even inside
a code span, and ``\\|`` is how GitHub's dialect writes one there. In sentences each sign that means something is escaped, and an
``@`` or a bare address, which no backslash keeps from becoming a link, is put into code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from upgradecheck.model.patterns import pattern
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.lines import Arrow, Command, Line, Name, Names, Value

_MEANS_SOMETHING = pattern(r"([\\`*_\[\]#!|<>~&$])")
_OPENS_A_BLOCK = pattern(r"^(\s*(?=[-+])|\s*[0-9]+(?=[.)]))([-+.)])(?=\s|[\s-]*$)")
"""An item of a list, or a line across, where a sentence begins with a name."""
_BECOMES_A_LINK = pattern(r"(\S*@\S*|\S+://\S*|\bwww\.\S*)", re.IGNORECASE)


def code(text: str) -> str:
    """A name as a code span, fit for a table cell and for a line; an empty one is a dash."""
    visible = safe_text(text).replace("|", "\\|")
    if not visible.strip():
        return "–"
    fence = "`" * (max((len(run) for run in re.findall(r"`+", visible)), default=0) + 1)
    space = " " if visible[0] in "` " or visible[-1] in "` " else ""
    return f"{fence}{space}{visible}{space}{fence}"


def words(text: str, *, begins: bool = True) -> str:
    """A sentence that may hold names; begins: at the beginning of a line, where some signs open a block."""
    parts = _BECOMES_A_LINK.split(safe_text(text))
    text = "".join(code(part) if number % 2 else _escaped(part) for number, part in enumerate(parts))
    return _OPENS_A_BLOCK.sub(r"\1\\\2", text) if begins else text


def _escaped(text: str) -> str:
    return _MEANS_SOMETHING.sub(r"\\\1", text)


def said(line: Line, most: int = 1, *, begins: bool = True) -> str:
    """A line of a report; of several names no more than most. begins: it stands at the beginning of a line, and in no heading."""
    told = []
    for part in line:
        match part:
            case Name(text) | Value(text) | Command(text):
                told.append(code(text))
            case Names(texts):
                told.append(listed(texts, most))
            case Arrow():
                told.append(" → ")
            case str():
                told.append(words(part, begins=begins and not any(told)))
    return "".join(told)


def listed(names: Sequence[str], most: int) -> str:
    """Names with commas, cut after some."""
    rest = [f"… and {len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*map(code, names[:most]), *rest])


def table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of finished cells."""
    head = list(titles)
    lines = [head, ["---"] * len(head), *(list(row) for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
