"""A start of the kubelet whose hold came to no end: noted before anything is done, and taken away once its outcome is kept.

What a hold that was killed has left tells nothing of itself: the outcome that is kept is that of a start before.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import msgspec

from upgradecheck.model.times import SECOND, rfc3339
from upgradecheck.override.hold.place import keep, kept
from upgradecheck.safekeeping.store import BACKUP, LOCK

_BEGUN = "begun.json"


class _Begun(msgspec.Struct, gc=False):
    time: str


def note_begun(directory: str, time: int) -> None:
    """Notes that a start has begun; time is in nanoseconds.

    Raises:
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: it is not noted.
    """
    keep(f"{directory}/{_BEGUN}", msgspec.json.encode(_Begun(rfc3339(time // SECOND * SECOND))))


def note_ended(directory: str) -> None:
    """Its outcome is kept."""
    for name in (f"{_BEGUN}{BACKUP}", _BEGUN, f"{_BEGUN}{LOCK}"):
        with suppress(OSError):
            Path(directory, name).unlink()


def unfinished(directory: str) -> str | None:
    """When a start began that came to no end, or is not there yet; None if there is none."""
    content = kept(f"{directory}/{_BEGUN}")
    if content is None:
        return None
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(content, type=_Begun).time
    return "a time that is not known"
