"""Opening the directory and the files of a checkpoint, and looking at what was opened (never at a name, which can be swapped).

A live checkpoint decides what the program calls safe, so nobody but its user and root may have been able to write it: no links, one name,
one owner, no write permission for others, in a directory of the same kind. A copy may be anything that is a file.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress

from upgradecheck.formats.checkpoint import MAX_BYTES
from upgradecheck.model.checkpoint import Problem, ProblemKind
from upgradecheck.safekeeping.system import System

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_KINDS = (
    (stat.S_ISDIR, "is a directory"),
    (stat.S_ISFIFO, "is a named pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)
_MISSING = 'Write one with "upgradecheck checkpoint record" on the node, or "upgradecheck checkpoint seal" from a history written by hand.'
_UNSAFE = "Look who put it there; then remove it, or give it to the user of this program with mode 0600 (its directory 0700)."
_UNREADABLE = "Run as the user that owns it, or look at the file system; nothing was changed."
_PIECE = 1 << 20


def open_directory(system: System, path: str, *, live: bool) -> int | Problem:
    """The directory of a checkpoint; of a live one the last step of its path must be no link."""
    flags = os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if live else 0)
    try:
        descriptor = system.open(path or ".", flags)
    except OSError as error:
        return _refusal(error, "its directory")
    try:
        found = _wrong_directory(system, descriptor) if live else None
    except OSError as error:
        found = Problem(ProblemKind.UNREADABLE, f"its directory cannot be looked at ({error.strerror})", _UNREADABLE)
    if found is None:
        return descriptor
    close_quietly(system, descriptor)
    return found


def read_file(system: System, directory: int, name: str, *, live: bool, largest: int = MAX_BYTES) -> bytes | Problem:
    """The whole content of a file in the directory, of at most so many bytes."""
    flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | (os.O_NOFOLLOW if live else 0)
    try:
        descriptor = system.open(name, flags, directory=directory)
    except OSError as error:
        return _refusal(error, "it")
    try:
        status = system.fstat(descriptor)
        return wrong_file(status, system.user(), live=live) or _content(system, descriptor, largest)
    except OSError as error:
        return Problem(ProblemKind.UNREADABLE, f"cannot be read ({error.strerror})", _UNREADABLE)
    finally:
        close_quietly(system, descriptor)


def write_all(system: System, descriptor: int, data: bytes) -> None:
    """Writes everything, in as many calls as that takes.

    Raises:
        OSError: some of it may be written.
    """
    rest = data
    while rest:
        written = system.write(descriptor, rest)
        if written < 1:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        rest = rest[written:]


def close_quietly(system: System, descriptor: int) -> None:
    """Closes what was only read, or is only held: an error tells nothing there."""
    with suppress(OSError):
        system.close(descriptor)


def wrong_file(status: os.stat_result, user: int, *, live: bool) -> Problem | None:
    """Why an opened file is no checkpoint that can be trusted."""
    kind = next((words for test, words in _KINDS if test(status.st_mode)), None)
    if kind is not None:
        return _unsafe(f"{kind}, not a file")
    if not live:
        return None
    if status.st_nlink > 1:
        return _unsafe("has a second name (hard link)")
    if status.st_uid not in (user, 0):
        return _unsafe(f"belongs to user {status.st_uid}")
    return _unsafe("can be written by others") if status.st_mode & _OTHERS_WRITE else None


def _wrong_directory(system: System, descriptor: int) -> Problem | None:
    status = system.fstat(descriptor)
    if status.st_uid not in (system.user(), 0):
        return _unsafe(f"its directory belongs to user {status.st_uid}")
    return _unsafe("its directory can be written by others") if status.st_mode & _OTHERS_WRITE else None


def _content(system: System, descriptor: int, largest: int) -> bytes | Problem:
    pieces: list[bytes] = []
    size = 0
    while piece := system.read(descriptor, _PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > largest:
            return _unsafe(f"is larger than {largest >> 20} MiB")
    return b"".join(pieces)


def _refusal(error: OSError, what: str) -> Problem:
    if error.errno == errno.ENOENT:
        return Problem(ProblemKind.MISSING, "is not there" if what == "it" else f"{what} is not there", _MISSING)
    if error.errno in (errno.ELOOP, errno.EMLINK) or (error.errno == errno.ENOTDIR and what != "it"):
        return _unsafe("is a symbolic link" if what == "it" else f"{what} is a symbolic link or no directory")
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return _unsafe("is no file")
    return Problem(ProblemKind.UNREADABLE, f"{'' if what == 'it' else what + ' '}cannot be opened ({error.strerror})", _UNREADABLE)


def _unsafe(found: str) -> Problem:
    return Problem(ProblemKind.UNSAFE, found, _UNSAFE)
