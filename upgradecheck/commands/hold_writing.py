"""What ``override hold`` writes into containerd's records: as ``override apply`` does, while there is time for a restart afterwards."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from upgradecheck import __version__
from upgradecheck.commands.hold_request import HoldRequest
from upgradecheck.decode.runtime.containerd_wire import CriStatus
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.override_journal import MetadataRecord
from upgradecheck.override.applying import apply
from upgradecheck.override.auditing import Operator
from upgradecheck.override.errors import OverrideStopped
from upgradecheck.override.state import OverrideState
from upgradecheck.transport.containerd import Containerd

RESTART_SECONDS = 15.0
"""Kept back for containerd's restart: with less left nothing is written."""


class InTime:
    """containerd, as long as there is time to restart it afterwards."""

    def __init__(self, runtime: Containerd, request: HoldRequest) -> None:
        self._runtime = runtime
        self._request = request

    def records(self) -> Mapping[str, MetadataRecord]:
        return self._runtime.records()

    def record(self, container_id: str) -> MetadataRecord | None:
        return self._runtime.record(container_id)

    def write(self, container_id: str, record: MetadataRecord) -> None:
        if self._request.left() < RESTART_SECONDS:
            raise OverrideStopped("the time for writing is up")
        self._runtime.write(container_id, record)

    def served(self, container_id: str) -> CriStatus | None:
        return self._runtime.served(container_id)

    def pids(self) -> Mapping[str, int]:
        return self._runtime.pids()


def applied(wanted: OverrideMap, runtime: InTime, held: OverrideState) -> str:
    """Writes it; why it broke off, empty if it did not."""
    try:
        apply(wanted, runtime, held, operator())
    except (UpgradecheckError, OSError) as error:
        return str(error).splitlines()[0]
    return ""


def operator() -> Operator:
    """Who the audit log names."""
    return Operator("systemd, before the kubelet starts", f"upgradecheck {__version__}, hold", time.time_ns)


def free_bytes(directory: str) -> int:
    """How much of the disk is free under a directory that need not be there yet."""
    while not os.path.isdir(directory):  # noqa: PTH112 - never raises
        directory = os.path.dirname(directory) or "/"  # noqa: PTH120 - text
    found = os.statvfs(directory)
    return found.f_bavail * found.f_frsize
