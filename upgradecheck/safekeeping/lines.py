"""A file that several writers add lines to, each of them whole: whatever dies within a line harms no other.

A writer holds a lock while it writes, which goes with its process. A line that a killed writer left unfinished is ended first and stays as
it is: it is for the reader to pass over, and nothing is ever taken out of the file. What a file system cannot lock is refused.
"""

from __future__ import annotations

import errno
import os
import stat

from upgradecheck.safekeeping.errors import NotSaved
from upgradecheck.safekeeping.system import REAL, System, close_quietly, write_all

_PATIENCE = 10.0
_PAUSE = 0.05


def append_line(path: str, line: bytes, system: System = REAL) -> None:
    """Adds a line, with its line feed; it is on the disk when this returns.

    Raises:
        NotSaved: it may be there, whole or not; every line before it is.
    """
    try:
        descriptor = system.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK, 0o644)
        try:
            if not stat.S_ISREG(system.fstat(descriptor).st_mode):
                raise OSError(errno.EINVAL, "it is no regular file")
            _lock(system, descriptor)
            begun = _ends_within_a_line(descriptor, system.fstat(descriptor).st_size)
            write_all(system, descriptor, (b"\n" if begun else b"") + line)
            system.fsync(descriptor)
        finally:
            close_quietly(system, descriptor)
    except OSError as error:
        raise NotSaved(
            f"{path}: cannot be added to ({error.strerror}). The result itself was made; mend that, and run the same command again."
        ) from error


def _lock(system: System, descriptor: int) -> None:
    deadline = system.monotonic() + _PATIENCE
    while True:
        try:
            return system.try_lock(descriptor)
        except OSError as error:
            if error.errno != errno.EAGAIN or system.monotonic() > deadline:
                raise
        system.sleep(_PAUSE)


def _ends_within_a_line(descriptor: int, size: int) -> bool:
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
