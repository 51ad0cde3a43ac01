"""Block scalars (``|`` and ``>``) out of the text, as go-yaml's scanner reads them (scannerc.go)."""

from __future__ import annotations

import re

from upgradecheck.decode.yaml.problem import Problem
from upgradecheck.decode.yaml.scalars import Scanned, line_break
from upgradecheck.decode.yaml.tokens import BREAK_OR_END, BREAKS

_SPACES = re.compile(r" *")
_LINE = re.compile(f"[^{BREAK_OR_END}]*")
_COMMENT_TO_END = re.compile(f"[ \t]*(?:#[^{BREAK_OR_END}]*)?")
_HEADER = re.compile(r"([-+]?)([0-9]?)([-+]?)")


def block(text: str, position: int, *, parent: int) -> Scanned:
    """A block scalar from its ``|`` or ``>`` on. parent is the indentation of what holds it, -1 at the top.

    Raises:
        Problem: something that is no comment stands behind the indicator, the indentation is told as 0, or a tab indents a line.
    """
    literal = text[position] == "|"
    keep, indent, position = _block_header(text, position, parent)
    parts: list[str] = []
    trailing, indent, position, line_start = _block_breaks(text, position, indent, parent)
    first, blank_before = "", False
    while position - line_start == indent and text[position] != "\0":
        blank = text[position] in " \t"
        if not literal and first == "\n" and not blank_before and not blank:
            parts.append(trailing or " ")
        else:
            parts += (first, trailing)
        blank_before = blank
        line = _LINE.match(text, position)
        assert line is not None
        parts.append(line[0])
        position = line.end()
        first = ""
        if text[position] != "\0":
            first, position = line_break(text, position)
            line_start = position
        trailing, indent, position, line_start = _block_breaks(text, position, indent, parent, line_start)
    if keep >= 0:
        parts.append(first)
    if keep > 0:
        parts.append(trailing)
    return Scanned("".join(parts), position, line_start)


def _block_header(text: str, position: int, parent: int) -> tuple[int, int, int]:
    """Whether the last breaks stay (1 all, 0 one, -1 none), the indentation if told (else 0), and where the first line begins."""
    header = _HEADER.match(text, position + 1)
    assert header is not None
    before, digit, after = header.groups()
    behind = header.end()
    if before and after:
        behind -= 1
        after = ""
    if digit == "0":
        raise Problem(position, "has a block scalar with an indentation of 0")
    sign = before or after
    indent = int(digit or 0) + (max(parent, 0) if digit else 0)
    behind = _COMMENT_TO_END.match(text, behind).end()  # type: ignore[union-attr]
    if text[behind] not in BREAK_OR_END:
        raise Problem(position, "has text behind the indicator of a block scalar, wanted a comment or the end of the line")
    if text[behind] != "\0":
        _, behind = line_break(text, behind)
    return {"+": 1, "-": -1, "": 0}[sign], indent, behind


def _block_breaks(text: str, position: int, indent: int, parent: int, line_start: int | None = None) -> tuple[str, int, int, int]:
    """Over indentation and empty lines: their breaks, the indentation (found if it was 0), the position and its line's beginning."""
    line_start = position if line_start is None else line_start
    found, deepest = [], 0
    while True:
        spaces = _SPACES.match(text, position).end()  # type: ignore[union-attr]
        position = spaces if indent == 0 else max(position, min(spaces, line_start + indent))
        deepest = max(deepest, position - line_start)
        if text[position] == "\t" and (indent == 0 or position - line_start < indent):
            raise Problem(position, "has a tab where spaces must indent the text")
        if text[position] not in BREAKS:
            break
        one, position = line_break(text, position)
        line_start = position
        found.append(one)
    return "".join(found), indent or max(deepest, parent + 1, 1), position, line_start
