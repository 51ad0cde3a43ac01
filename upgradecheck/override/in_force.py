"""Which override a kubelet starts under, for the checkpoint."""

from __future__ import annotations

from upgradecheck.model.checkpoint import UNKNOWN_JOURNAL
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.override.state import DEFAULT_DIRECTORY, looked_at
from upgradecheck.safekeeping.system import REAL, System

UNKNOWN = UNKNOWN_JOURNAL


def journal_in_force(directory: str = DEFAULT_DIRECTORY, system: System = REAL) -> tuple[str | None, str | None]:
    """The SHA-256 of the newest journal whose hashes containers may carry, None if there is none; and what is wrong, if anything is."""
    try:
        held = looked_at(directory, system)
    except UpgradecheckError as error:
        return UNKNOWN, str(error)
    found = None if held is None else held.in_force
    return (None if found is None else found.journal.digest), None
