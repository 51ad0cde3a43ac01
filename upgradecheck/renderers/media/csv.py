"""How a row is written (RFC 4180, but with line feeds), for spreadsheets.

A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection): a pod may well be called
``=HYPERLINK(…)`` in a dump. Hashes are texts; tell the spreadsheet so, or it may read ``1e5`` as a number.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from io import StringIO

from upgradecheck.model.patterns import pattern
from upgradecheck.renderers.media.safe_text import safe_text

Row = tuple[str | int | bool | None, ...]

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
HARMLESS = "[A-Za-z0-9_][A-Za-z0-9_.:/-]*|"
"""Texts that stand in a cell as they are."""
_HARMLESS = pattern(HARMLESS, re.ASCII)
_BEHIND_A_SEMICOLON = pattern(rf"(;\s*)([{re.escape(''.join(_FORMULA))}])")
"""Where commas stand in numbers, spreadsheets split a row at its semicolons."""


def written(rows: Iterable[Row]) -> Iterator[str]:
    """The rows as text, one by one."""
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _cell(value: str | int | bool | None) -> str:
    if isinstance(value, str) and _HARMLESS.fullmatch(value):  # as nearly all are, told at once
        return value
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            text = safe_text(value)
            text = _BEHIND_A_SEMICOLON.sub(r"\1'\2", text) if ";" in text else text
            return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
