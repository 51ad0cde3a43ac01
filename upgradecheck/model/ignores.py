"""What an ignore file ignores, and what became of each of its entries.

An entry accepts what a kubelet will do to some pods, or what a hazard rule found. It changes no decision: what is accepted is still told
and counted, by itself, and it never makes anything safe. What is unknown for want of evidence is accepted only by an entry that names pods,
the reason, and its own last day; what is missing of a plan stays missing.
"""

from __future__ import annotations

import re
from datetime import date
from fnmatch import translate
from functools import lru_cache

import msgspec

from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.selectors import Selector
from upgradecheck.model.version import Minor

REGEX = "rx:"


class NamePattern(msgspec.Struct, frozen=True, gc=False):
    """A name with stars, or ``rx:`` and a regular expression of the whole of it. A star stays in its part: ``shop/*`` is a namespace."""

    text: str

    def matches(self, name: str) -> bool:
        """Whether it is the name, parts parted by ``/``."""
        if self.text.startswith(REGEX):
            return _compiled(self.text.removeprefix(REGEX)).fullmatch(name) is not None
        wanted, parts = _parts(self.text), name.split("/")
        return len(wanted) == len(parts) and all(one.match(part) for one, part in zip(wanted, parts, strict=True))

    def may_begin(self, part: str) -> bool:
        """Whether a name whose first part this is may be the name."""
        return self.text.startswith(REGEX) or _parts(self.text)[0].match(part) is not None


@lru_cache(maxsize=4096)
def _compiled(text: str) -> re.Pattern[str]:
    return re.compile(text, re.DOTALL)


@lru_cache(maxsize=4096)
def _parts(text: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(translate(one)) for one in text.split("/"))


class Hops(msgspec.Struct, frozen=True, gc=False):
    """A range of minors, in the direction of the upgrade; an end that is None is open."""

    first: Minor | None
    last: Minor | None

    def hold(self, start: Minor | None, end: Minor) -> bool:
        """Whether a step from one minor to another lies within; of a start that is not known, nobody can say so."""
        if start is None:
            return False
        low, high = self.first, self.last
        if low is not None and high is not None and low > high:  # the way back
            return high <= end <= start <= low
        return start <= end and (low is None or low <= start) and (high is None or end <= high)


ACCEPTED = frozenset({Verdict.RESTART, Verdict.RECREATE})
"""What an entry accepts that does not say it."""


class IgnoreEntry(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One entry, by its number in the file, from 1. What it has no condition for may be anything; all that it has must hold.

    match: its conditions as the file has them. rule: it is about findings of this rule, and about no container. reasons: those of what is
    unknown for want of evidence and accepted all the same.
    """

    number: int
    reason: str
    match: str
    owner: str | None = None
    expires: date | None = None
    name: NamePattern | None = None
    workload: NamePattern | None = None
    node: NamePattern | None = None
    labels: Selector | None = None
    rule: str | None = None
    hops: Hops | None = None
    verdicts: frozenset[Verdict] = ACCEPTED
    reasons: frozenset[Reason] = frozenset()


class Ignores(msgspec.Struct, frozen=True, gc=False):
    """An ignore file: its name as the user gave it, its entries, and the day on which it is looked at. allowed: it is to be heeded."""

    file: str
    entries: tuple[IgnoreEntry, ...]
    today: date
    allowed: bool = True

    def expired(self, entry: IgnoreEntry) -> bool:
        """Whether an entry's last day is over."""
        return entry.expires is not None and entry.expires < self.today
