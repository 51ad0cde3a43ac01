"""Who this node is, and since when it is up; and where on it the facts stand."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from upgradecheck.decode.kubelet.flags import last
from upgradecheck.model.checkpoint import NodeIdentity


class Machine(msgspec.Struct, frozen=True, gc=False):
    """Where the node's facts stand; tests have one of their own."""

    proc: Path = Path("/proc")
    machine_id: Path = Path("/etc/machine-id")
    system_uuid: Path = Path("/sys/class/dmi/id/product_uuid")
    ticks: int = os.sysconf("SC_CLK_TCK")
    root: Path = Path("/")


def this_node(machine: Machine, name: str | None, command_line: Sequence[str] = ()) -> NodeIdentity:
    """Who this node is: as told, else as the kubelet's --hostname-override says, else by the host's name, as GetHostname makes it."""
    told = name or last(command_line, "hostname-override") or os.uname().nodename.strip().lower()
    return NodeIdentity(told, _line(machine.machine_id), _line(machine.system_uuid))


def boot_id(machine: Machine) -> str | None:
    """The ID of this boot, as status.nodeInfo.bootID has it."""
    return _line(machine.proc / "sys/kernel/random/boot_id")


def has_cgroup_v1(machine: Machine) -> bool | None:
    """Whether cgroups are of version 1, or both versions are mounted; None where none is seen."""
    mounted = machine.root / "sys/fs/cgroup"
    try:
        return None if not any(mounted.iterdir()) else not (mounted / "cgroup.controllers").exists()
    except OSError:
        return None


def wall_boot_time() -> int:
    """What the wall clock would have shown at boot, had it always run as now."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _line(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None
