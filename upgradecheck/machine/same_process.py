"""A process as it notes itself down, and whether that very one still runs.

A number alone is given to another process sooner or later: the time of its start tells them apart, and the boot those of two boots. Numbers
count within a PID namespace; where another one is looked at, nobody can tell.
"""

from __future__ import annotations

import os
from enum import Enum

import msgspec

from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine, boot_id
from upgradecheck.machine.processes import has_ended, of_another_namespace, since_boot_ms


class Life(Enum):
    """Whether a process that noted itself down still runs."""

    RUNS = "runs"
    ENDED = "ended"
    UNKNOWN = "unknown"


class Process(msgspec.Struct, frozen=True, gc=False):
    """A process by its number in a PID namespace, its start and the boot; empty what was not known."""

    pid: int = 0
    started_ms: int = 0
    boot: str = ""
    namespace: str = ""


def this_process(machine: Machine) -> Process:
    """This very one; without a number where /proc does not tell its start."""
    pid = os.getpid()
    try:
        return Process(pid, since_boot_ms(machine, pid), boot_id(machine) or "", _namespace(machine, "self"))
    except KubeletNotFound:
        return Process(boot=boot_id(machine) or "")


def life_of(machine: Machine, process: Process) -> Life:
    """Whether it runs: by this node's /proc, as root sees it."""
    now = boot_id(machine)
    if not process.boot or now is None:
        return Life.UNKNOWN
    if process.boot != now:
        return Life.ENDED
    if not process.pid or not process.namespace or process.namespace != _numbered_in(machine):
        return Life.UNKNOWN
    try:
        same = since_boot_ms(machine, process.pid) == process.started_ms
    except KubeletNotFound:
        return Life.UNKNOWN if (machine.proc / str(process.pid)).exists() else Life.ENDED
    return Life.RUNS if same and not has_ended(machine, process.pid) else Life.ENDED


def _numbered_in(machine: Machine) -> str:
    """The PID namespace in which the numbers that are looked at count: our own, or that of the first process of a /proc from elsewhere."""
    own = "" if of_another_namespace(machine) else _namespace(machine, "self")
    return own or _namespace(machine, "1")


def _namespace(machine: Machine, process: str) -> str:
    """The PID namespace of a process; empty where this user may not see it."""
    try:
        return str((machine.proc / process / "ns/pid").readlink())
    except OSError:
        return ""
