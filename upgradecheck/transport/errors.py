"""What can be wrong with a connection. Messages never quote what a server or a credential plugin said: it may hold secrets."""

from __future__ import annotations

from upgradecheck.model.errors import UpgradecheckError


class ClusterError(UpgradecheckError):
    """The cluster cannot be read."""


class NotConfigured(ClusterError):
    """No configuration that leads to a cluster, or one that cannot be used."""


class NoKubeconfig(NotConfigured):
    """Nobody named a configuration, and there is none at any usual place."""


class Unreachable(ClusterError):
    """No answer that can be used came in time. hopeless: nor will one to any other request."""

    def __init__(self, message: str, *, hopeless: bool = False) -> None:
        super().__init__(message)
        self.hopeless = hopeless


class AccessRefused(ClusterError):
    """The server answered, and the answer is no. reason is the part that says why; status is HTTP's."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Expired(ClusterError):
    """The server no longer knows the place in a list that was being read (410)."""
