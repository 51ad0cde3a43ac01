"""What can go wrong with a checkpoint, for the commands that cannot go on then; what can with its file is safekeeping's."""

from __future__ import annotations

from upgradecheck.model.checkpoint import Problem
from upgradecheck.model.errors import UpgradecheckError


class CheckpointRefused(UpgradecheckError):
    """A checkpoint that cannot be used for what was asked; problem says why."""

    def __init__(self, place: str, problem: Problem) -> None:
        super().__init__(f"checkpoint {place}: {problem.found}.\n{problem.remedy}")
        self.problem = problem


class HistoryContradicts(UpgradecheckError):
    """Two histories that cannot both be true; every contradiction stands in the message."""
