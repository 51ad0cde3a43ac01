"""Logs that show when somebody touched them: lines of JSON, each with its own SHA-256 in front and that of the line before inside. Pure.

    <SHA-256 of the JSON> {"…":…,"line":2,"previous":"<SHA-256 of line 1, without its line feed>"}

The first line's ``previous`` is 64 zeros. A line that was edited does not fit its own sum; one that was edited with its sum, taken out, put
in or moved does not fit the line after it, nor its number. Lines cut off at the end leave no gap: that shows only where somebody else noted
how long the log was. A last line without line feed was never finished by its writer, who did nothing on the strength of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

from upgradecheck.model.errors import SpecRefused

START = "0" * 64
_OWN = ("line", "previous")
_SUM = 64


class Chain(msgspec.Struct, frozen=True):
    """A log's lines without their links; sums are those of the whole lines, size is the length of all whole lines in bytes."""

    entries: tuple[Mapping[str, Any], ...] = ()
    sums: tuple[str, ...] = ()
    size: int = 0
    torn: int = 0

    @property
    def head(self) -> str:
        """What the next line calls previous."""
        return self.sums[-1] if self.sums else START


def chain_line(members: Mapping[str, Any], number: int, previous: str) -> bytes:
    """A line, with its line feed; number counts from 1."""
    body = json.dumps(
        {**members, "line": number, "previous": previous}, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    ).encode("ascii")
    return hashlib.sha256(body).hexdigest().encode("ascii") + b" " + body + b"\n"


def line_sum(line: bytes) -> str:
    """What the line after this one calls previous."""
    return hashlib.sha256(line.removesuffix(b"\n")).hexdigest()


def read_chain(data: bytes) -> Chain:
    """The lines, each checked.

    Raises:
        SpecRefused: a line was changed, taken out, put in or moved; path is ``line N``.
    """
    size = data.rfind(b"\n") + 1
    entries: list[Mapping[str, Any]] = []
    sums: list[str] = []
    for number, line in enumerate(data[:size].splitlines(keepends=True), 1):
        entries.append(_checked(line, number, sums[-1] if sums else START))
        sums.append(line_sum(line))
    return Chain(tuple(entries), tuple(sums), size, len(data) - size)


def _checked(line: bytes, number: int, previous: str) -> Mapping[str, Any]:
    at = f"line {number}"
    body = line[_SUM + 1 : -1]
    if line[: _SUM + 1] != hashlib.sha256(body).hexdigest().encode("ascii") + b" ":
        raise SpecRefused("was changed: it does not fit its own checksum", at)
    try:
        members = json.loads(body)
    except (ValueError, RecursionError):
        raise SpecRefused("fits its checksum, and is no JSON", at) from None
    if not isinstance(members, dict) or members.get("line") != number or members.get("previous") != previous:
        raise SpecRefused("does not follow the line before it: lines were taken out, put in, moved or changed here", at)
    entry = {name: value for name, value in members.items() if name not in _OWN}
    if not _is_ours(entry, number, previous, line):
        raise SpecRefused("is not written as this program writes it", at)
    return entry


def _is_ours(entry: Mapping[str, Any], number: int, previous: str, line: bytes) -> bool:
    """Whether the line is what this program writes of it; what JSON cannot hold, as a number beyond all floats, it never wrote."""
    try:
        return chain_line(entry, number, previous) == line
    except (ValueError, RecursionError):
        return False
