"""Whether a unit is still what its main process was started by: a file of it that was changed since was tried by no start yet.

So are its program and its configuration: a containerd whose package or ``config.toml`` is another may come back without CRI, or not at all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from upgradecheck.machine.containerd_files import GONE, configuration_files, program_of
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine, wall_boot_time
from upgradecheck.machine.processes import since_boot_ms
from upgradecheck.machine.unit_files import unit_texts

_MS = 1_000_000
_LENIENT = 1_000 * _MS
"""Nanoseconds: the kernel's clock of starts is coarse."""


def changed_since_start(machine: Machine, pid: int, unit: str) -> str | None:
    """The file of a unit (itself, a drop-in, an environment file) that was put in place after the process began; None if none was.

    A file's change time counts: packages and tools set the other one to what they like.
    """
    return _newer(machine, pid, (place for place, _ in unit_texts(machine.root, unit)))


def containerd_changed_since_start(machine: Machine, pid: int, words: Sequence[str]) -> str | None:
    """The program of a containerd with that command line, or the file of its configuration, that was put in place after it began."""
    return program_changed_since_start(machine, pid, configuration_files(machine, words))


def program_changed_since_start(machine: Machine, pid: int, files: Iterable[str]) -> str | None:
    """The program of a process, or the one of these files, that was put in place after it began; None if none was."""
    program = program_of(machine, pid)
    if program is not None and program.endswith(GONE):
        return program.removesuffix(GONE)
    return _newer(machine, pid, (*([] if program is None else [program]), *files))


def _newer(machine: Machine, pid: int, places: Iterable[str]) -> str | None:
    try:
        begun = wall_boot_time() + since_boot_ms(machine, pid) * _MS
    except KubeletNotFound:
        return None
    return next((place for place in places if _changed(machine.root / place.lstrip("/")) > begun + _LENIENT), None)


def _changed(file: Path) -> int:
    """When it, or the link that leads to it, was changed; 0 where that cannot be told."""
    try:
        return max(os.lstat(file).st_ctime_ns, os.stat(file).st_ctime_ns)  # noqa: PTH116 - both, alike
    except OSError:
        return 0
