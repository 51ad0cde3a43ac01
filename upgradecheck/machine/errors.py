"""What can go wrong with this node."""

from __future__ import annotations

from upgradecheck.model.errors import UpgradecheckError


class KubeletNotFound(UpgradecheckError):
    """No running kubelet, or one that does not tell what it is."""
