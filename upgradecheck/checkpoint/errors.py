"""What can go wrong with a checkpoint, for the commands that cannot go on then."""

from __future__ import annotations

from upgradecheck.model.checkpoint import Problem
from upgradecheck.model.errors import UpgradecheckError


class CheckpointRefused(UpgradecheckError):
    """A checkpoint that cannot be used for what was asked; problem says why."""

    def __init__(self, place: str, problem: Problem, what: str = "checkpoint") -> None:
        super().__init__(f"{what} {place}: {problem.found}.\n{problem.remedy}")
        self.problem = problem


class CheckpointNotSaved(UpgradecheckError):
    """The new state could not be made durable; the file holds the old state or, where the message says so, the new one."""


class CheckpointBusy(UpgradecheckError):
    """Another process holds the lock for too long, or the file system has no locks."""


class HistoryContradicts(UpgradecheckError):
    """Two histories that cannot both be true; every contradiction stands in the message."""
