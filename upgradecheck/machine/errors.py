"""What can go wrong with this node."""

from __future__ import annotations

from upgradecheck.model.errors import UpgradecheckError


class KubeletNotFound(UpgradecheckError):
    """No running kubelet, or one that does not tell what it is."""


class VersionNotTold(KubeletNotFound):
    """A kubelet runs here whose program cannot be asked which it is: in a container without the capability for that, or as a user."""

    def __init__(self, said: str, pid: int) -> None:
        super().__init__(said)
        self.pid = pid
