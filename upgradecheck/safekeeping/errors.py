"""What can go wrong with a file that must survive. place names it as its owner does: ``checkpoint /var/lib/upgradecheck/checkpoint``."""

from __future__ import annotations

from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.safekeeping.obstacles import Obstacle


class PlaceRefused(UpgradecheckError):
    """A file or directory that others could have written, that is not there, or that the system would not open."""

    def __init__(self, place: str, obstacle: Obstacle) -> None:
        super().__init__(f"{place}: {obstacle.found}.\n{obstacle.remedy}")


class PlaceBusy(UpgradecheckError):
    """Another process holds the lock for too long."""


class NoLocks(UpgradecheckError):
    """The file system cannot lock."""


class NotSaved(UpgradecheckError):
    """What was to be written could not be made durable; the message says which state is there."""
