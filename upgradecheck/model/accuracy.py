"""A team's own calibration: what its plans were worth, upgrade by upgrade, without a name of anything.

An entry tells versions, eras and numbers; which plan it is of is told by a hash of the plan's hash, so that several looks at one upgrade
count once. Nothing leads back from it to a cluster, a node or a pod.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.plan import Grade, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import Era
from upgradecheck.model.verification import JUDGED, Because, Came, Result, Tally
from upgradecheck.model.version import KubeletVersion


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """How many containers were predicted alike and fared alike."""

    predicted: Verdict
    reason: Reason
    grade: Grade
    result: Result
    containers: int
    came: Came | None = None
    because: Because | None = None


class AccuracyEntry(msgspec.Struct, frozen=True, gc=False):
    """One look at what came of one plan. time is in nanoseconds; nodes: how many run the new kubelet, and how many the plan has."""

    time: int
    writer: str
    plan: str
    from_version: KubeletVersion | None
    to_version: KubeletVersion
    from_era: Era | None
    to_era: Era | None
    nodes: int
    upgraded: int
    summary: Tally
    outcomes: tuple[Outcome, ...]

    @property
    def judged(self) -> int:
        """How many predictions were held against what came."""
        return self.summary.of(*JUDGED)


class GradeAccuracy(msgspec.Struct, frozen=True, gc=False):
    """Of predictions on evidence of one grade."""

    grade: Grade
    hit: int
    judged: int


class WrongReason(msgspec.Struct, frozen=True, gc=False):
    """What went wrong, by what had been said."""

    result: Result
    predicted: Verdict
    reason: Reason
    containers: int


class Accuracy(msgspec.Struct, frozen=True, gc=False):
    """The sum over upgrades, each by its fullest look. unread: lines that are none of ours, or of a newer program."""

    entries: tuple[AccuracyEntry, ...]
    summary: Tally
    grades: tuple[GradeAccuracy, ...] = ()
    wrong: tuple[WrongReason, ...] = ()
    unread: int = 0

    @property
    def judged(self) -> int:
        """How many predictions were held against what came."""
        return self.summary.of(*JUDGED)
