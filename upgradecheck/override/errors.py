"""What can keep an override from being carried out."""

from __future__ import annotations

from upgradecheck.model.errors import UpgradecheckError


class OverrideRefused(UpgradecheckError):
    """Nothing was changed, since something is not as it must be; the message says what and what to do."""


class OverrideStopped(UpgradecheckError):
    """It broke off in the middle; the journal tells how far it came, and the same command goes on from there."""


class LogDamaged(OverrideRefused):
    """A journal or the audit log is not what this program wrote."""
