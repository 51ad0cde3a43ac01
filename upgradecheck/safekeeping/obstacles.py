"""What keeps a file from being used, seen on what was opened (never on a name, which can be swapped).

A live file decides what the program calls safe, or what it writes into a runtime, so nobody but its user and root may have been able to
write it: no links, one name, one owner, no write permission for others, in a directory of the same kind. A copy may be anything that
is a file.
"""

from __future__ import annotations

import errno
import os
import stat
from enum import Enum

import msgspec

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KINDS = (
    (stat.S_ISDIR, "is a directory"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)
_MISSING = "Make it, or name another place."
_UNSAFE = "Look who put it there; then remove it, or give it to the user of this program with mode 0600 (its directory 0700)."
_UNREADABLE = "Run as the user that owns it, or look at the file system; nothing was changed."


class ObstacleKind(Enum):
    """UNSAFE: others could have written it, or it is no file. UNREADABLE: the system would not let us read it."""

    MISSING = "missing"
    UNSAFE = "unsafe"
    UNREADABLE = "unreadable"


class Obstacle(msgspec.Struct, frozen=True, gc=False):
    """One of them: found is a clause ("is a symbolic link"), remedy a sentence."""

    kind: ObstacleKind
    found: str
    remedy: str


def unsafe(found: str) -> Obstacle:
    """Others could have written it."""
    return Obstacle(ObstacleKind.UNSAFE, found, _UNSAFE)


def unreadable(found: str) -> Obstacle:
    """The system would not let us."""
    return Obstacle(ObstacleKind.UNREADABLE, found, _UNREADABLE)


def not_opened(error: OSError, what: str = "") -> Obstacle:
    """Why a file could not be opened; what is empty for the file itself."""
    subject = f"{what} " if what else ""
    if error.errno == errno.ENOENT:
        return Obstacle(ObstacleKind.MISSING, f"{subject}is not there", _MISSING)
    if error.errno in (errno.ELOOP, errno.EMLINK) or (error.errno == errno.ENOTDIR and what):
        return unsafe(f"{what} is a symbolic link or no directory" if what else "is a symbolic link")
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return unsafe("is no file")
    return unreadable(f"{subject}cannot be opened ({error.strerror})")


def wrong_file(status: os.stat_result, user: int, *, live: bool) -> Obstacle | None:
    """Why an opened file cannot be trusted."""
    kind = next((words for test, words in _KINDS if test(status.st_mode)), None)
    if kind is not None:
        return unsafe(f"{kind}, not a file")
    if not live:
        return None
    if status.st_nlink > 1:
        return unsafe("has a second name (hard link)")
    if status.st_uid not in (user, 0):
        return unsafe(f"belongs to user {status.st_uid}")
    return unsafe("can be written by others") if status.st_mode & _OTHERS_WRITE else None


def wrong_directory(status: os.stat_result, user: int) -> Obstacle | None:
    """Why what stands in an opened directory cannot be trusted."""
    if status.st_uid not in (user, 0):
        return unsafe(f"its directory belongs to user {status.st_uid}")
    return unsafe("its directory can be written by others") if status.st_mode & _OTHERS_WRITE else None
