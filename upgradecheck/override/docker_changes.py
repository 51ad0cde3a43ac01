"""Whether the next start of a dockerd is one that was tried: unit, program and ``daemon.json`` are those that it was started with.

What else stands in ``daemon.json`` by now takes effect with a start: another storage driver, with which it does not know its containers, or
another cgroup driver, with which the kubelet does not start. live-restore, which we write there ourselves, is noted, with the process that
was told so, so that a run that was broken off then can go on.
"""

from __future__ import annotations

from contextlib import suppress
from hashlib import sha256

import msgspec

from upgradecheck.entry import read_file
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.node import Machine
from upgradecheck.machine.processes import since_boot_ms
from upgradecheck.machine.unit_changes import changed_since_start, program_changed_since_start
from upgradecheck.override.hold.place import keep, kept
from upgradecheck.safekeeping.system import System

_NOTE = "docker-settings.json"
_MOST = 1 << 20


class _Note(msgspec.Struct, frozen=True, gc=False):
    """What we have made of daemon.json, by its SHA-256, and for which process."""

    pid: int
    since_boot_ms: int
    settings: str


def changed_since_dockerd_started(machine: Machine, pid: int, unit: str | None, settings: str, directory: str) -> str | None:
    """The file that is another than at the start of a dockerd; None where none is. settings: its daemon.json; directory: of our state."""
    found = None if unit is None else changed_since_start(machine, pid, unit)
    found = found or program_changed_since_start(machine, pid, (settings,))
    return None if found == settings and _is_ours(machine, pid, settings, directory) else found


def note_settings(machine: Machine, pid: int, content: bytes, directory: str, system: System) -> None:
    """Notes what is about to be put into daemon.json.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it is not noted.
    """
    with suppress(KubeletNotFound):
        note = _Note(pid, since_boot_ms(machine, pid), sha256(content).hexdigest())
        keep(f"{directory}/{_NOTE}", msgspec.json.encode(note), system)


def _is_ours(machine: Machine, pid: int, settings: str, directory: str) -> bool:
    content = kept(f"{directory}/{_NOTE}")
    try:
        note = msgspec.json.decode(content or b"", type=_Note)
        written = read_file(machine.root / settings.lstrip("/"), _MOST)
        return note == _Note(pid, since_boot_ms(machine, pid), sha256(written).hexdigest())
    except (msgspec.MsgspecError, OSError, KubeletNotFound):
        return False
