"""A start of the kubelet whose hold came to no end: noted before anything is done, and taken away once its outcome is kept.

What a hold that was killed has left tells nothing of itself: the outcome that is kept is that of a start before. The note says which
process wrote it, so that one that is at work is not taken for one that was killed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from upgradecheck.machine.node import Machine
from upgradecheck.machine.same_process import Life, Process, life_of, this_process
from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.override.hold.place import keep, kept
from upgradecheck.safekeeping.store import BACKUP, LOCK

_BEGUN = "begun.json"


class _Begun(msgspec.Struct, gc=False):
    time: str
    process: Process = Process()
    """None was noted up to December 2026."""


class Unfinished(msgspec.Struct, frozen=True, gc=False):
    """A start that has not come to an end: when it began, and whether its hold runs still."""

    time: str
    life: Life
    pid: int = 0

    @property
    def said(self) -> str:
        """That, as the end of a sentence."""
        if self.life is Life.RUNS:
            return f"is not over: hold is at work (process {self.pid})"
        return f"came to no end: hold was killed{' then' if self.life is Life.ENDED else ' then, or is at work'}"


def note_begun(directory: str, time: int, machine: Machine) -> None:
    """Notes that a start has begun, by this process; time is in nanoseconds.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it is not noted.
    """
    keep(f"{directory}/{_BEGUN}", msgspec.json.encode(_Begun(rfc3339(time // SECOND * SECOND), this_process(machine))))


def note_ended(directory: str) -> None:
    """Its outcome is kept."""
    for name in (f"{_BEGUN}{BACKUP}", _BEGUN, f"{_BEGUN}{LOCK}"):
        with suppress(OSError):
            Path(directory, name).unlink()


def unfinished(directory: str, machine: Machine) -> Unfinished | None:
    """A start that began and came to no end, or is not there yet; None if there is none."""
    content = kept(f"{directory}/{_BEGUN}")
    if content is None:
        return None
    with suppress(msgspec.MsgspecError):
        begun = msgspec.json.decode(content, type=_Begun)
        return Unfinished(begun.time, life_of(machine, begun.process), begun.process.pid)
    return Unfinished("a time that is not known", Life.UNKNOWN)
