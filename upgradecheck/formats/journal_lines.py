"""What the journals of this program have in common: lines of a hash chain that say by ``kind`` what happened. Pure.

The first line, and only that, begins the journal and names its format. Some lines tell how long the audit log was when they were written:
lines that somebody cut off its end are missed by that.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override_journal import AuditAnchor


class Line(msgspec.Struct, tag_field="kind", omit_defaults=True, forbid_unknown_fields=True):
    """A line of a journal."""


class Anchor(msgspec.Struct, forbid_unknown_fields=True):
    """The audit log's last line."""

    line: int
    sum: str

    @property
    def of_audit(self) -> AuditAnchor:
        """As the model has it."""
        return AuditAnchor(self.line, self.sum)


class JournalForm(msgspec.Struct, frozen=True):
    """Which journal it is. name: what it is called where a line is refused."""

    format: str
    name: str


def members_of(line: Line) -> Mapping[str, Any]:
    """A line's members, for the chain."""
    members = msgspec.to_builtins(line)
    assert isinstance(members, dict)
    return members


def line_of(members: Mapping[str, Any], number: int, kinds: Any, form: JournalForm) -> Any:
    """What a line tells; number counts from 1. kinds: a union of lines.

    Raises:
        SpecRefused: it is no line of such a journal, does not stand where it may, or is of another format.
    """
    at, begins = f"line {number}", members.get("kind") == "begin"
    if begins and members.get("format") != form.format:
        raise SpecRefused("is of another format than this program reads; use the upgradecheck that wrote it, or a newer one", at)
    if begins is not (number == 1):
        raise SpecRefused("begins a journal within one" if begins else f"does not begin {form.name}", at)
    try:
        return msgspec.convert(dict(members), type=kinds)
    except (msgspec.ValidationError, UnicodeEncodeError):  # the latter of a member whose name is a lone surrogate
        raise SpecRefused(f"is no line of {form.name}", at) from None
