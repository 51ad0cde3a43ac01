"""The audit of an ignore file in words: each entry with its reason, what it accepts, and what it leaves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.model.plan import AuditedIgnore, IgnoreState, Plan, Verdict
from upgradecheck.model.wording import count
from upgradecheck.reporting.words import STATE, WORD


class ToldEntry(msgspec.Struct, frozen=True, gc=False):
    """One entry. match, reason and owner are raw texts of the file; doubt: somebody has to look at it."""

    number: int
    state: str
    match: str
    reason: str
    owner: str
    what: str
    doubt: bool

    @property
    def sentence(self) -> str:
        """All of it, but for its number and state; raw."""
        return f"{self.match}: {self.what}. Reason: {self.reason}{f' ({self.owner})' if self.owner else ''}"


def told_entries(plan: Plan) -> Iterator[ToldEntry]:
    """Every entry, in the order of the file."""
    for one in () if plan.ignores is None else plan.ignores.entries:
        state = STATE[one.state] + (f" on {one.expires}" if one.state is IgnoreState.EXPIRED else "")
        doubt = one.state is not IgnoreState.MATCHED or bool(one.left)
        yield ToldEntry(one.entry, state, one.match, one.reason, one.owner or "", _what(one), doubt)


def reasons_of_entries(plan: Plan) -> Mapping[int | None, str]:
    """Why what is accepted is accepted, by the numbers of entries; raw texts of the file."""
    return {} if plan.ignores is None else {one.entry: one.reason for one in plan.ignores.entries}


def _what(one: AuditedIgnore) -> str:
    """``accepts 3 containers; not 2 UNKNOWN``; of an entry that is not heeded what it would accept."""
    numbers = (
        (one.containers, "container"),
        (one.pods, "pod as a whole", "pods as a whole"),
        (one.findings, "finding"),
    )
    found = ", ".join(count(number, *words) for number, *words in numbers if number)
    verb = "accepts" if one.state in (IgnoreState.MATCHED, IgnoreState.UNUSED) else "would accept"
    left = ", ".join(f"{one.left[verdict]:,} {WORD[verdict]}" for verdict in Verdict if one.left.get(verdict))
    until = f"; until {one.expires}" if one.expires and one.state is not IgnoreState.EXPIRED else ""
    return f"{verb} {found or 'nothing'}{f', but not {left}' if left else ''}{until}"
