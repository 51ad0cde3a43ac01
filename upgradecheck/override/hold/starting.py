"""Whether containerd is about to be there: systemd starts it, or starts it again after it has ended.

A kubelet comes to nothing without it, and one that finds it a moment after we found none restarts what was to be held.
"""

from __future__ import annotations

from upgradecheck.machine.runtime import Host
from upgradecheck.override.hold.stand_in import UNIT as STAND_IN

_UNITS = ("containerd.service", STAND_IN)


def starts_by_itself(host: Host) -> bool:
    """Whether systemd is at it, by its own unit or the one that stands in."""
    return any((host.unit(one) or {}).get("ActiveState") == "activating" for one in _UNITS)
