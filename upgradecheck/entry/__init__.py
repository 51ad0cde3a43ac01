"""The one door for every file that a user names: what is no file never hangs the program, and never fills its memory.

A name may lead to anything: a device that gives bytes without end (``/dev/zero``), a pipe that nobody writes into, a socket, a
directory, a file of terabytes. Nothing of it is waited for longer than a person would, and nothing is read beyond a limit.
A pipe that the shell made (``<(kubectl get …)``) has its writer from the beginning, and is waited for as standard input is.

What cannot be used is told as an OSError, whose text goes where that of a file which is not there goes.
"""

from __future__ import annotations

import errno
import os
import select
import stat
from contextlib import suppress
from os import PathLike
from pathlib import Path

LARGEST = 64 << 20
"""Bytes of a file that is read as a whole, unless its reader says otherwise."""

PATIENCE = 10.0
"""Seconds that a named pipe may take to give its first byte."""

_CHUNK = 1 << 20
_NO_FILES = (
    (stat.S_ISCHR, "it is a device, no file"),
    (stat.S_ISBLK, "it is a device, no file"),
    (stat.S_ISSOCK, "it is a socket, no file"),
)


def open_file(path: str | PathLike[str], *, patience: float = PATIENCE) -> int:
    """A descriptor of a file, or of a pipe that somebody writes into.

    Raises:
        OSError: it is not there, may not be read, or is neither.
    """
    try:
        _check_kind(Path(path).stat().st_mode)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except ValueError as error:  # a NUL in its name
        raise FileNotFoundError(errno.EINVAL, str(error)) from error
    try:
        mode = os.fstat(descriptor).st_mode
        _check_kind(mode)
        if stat.S_ISFIFO(mode):
            _await_writer(descriptor, patience)
        os.set_blocking(descriptor, True)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def read_file(path: str | PathLike[str], largest: int = LARGEST) -> bytes:
    """All bytes of a file, or of a pipe that somebody writes into.

    Raises:
        OSError: it cannot be read, or is larger than that.
    """
    descriptor = open_file(path)
    try:
        found = bytearray()
        while chunk := os.read(descriptor, _CHUNK):
            found += chunk
            if len(found) > largest:
                raise OSError(errno.EFBIG, f"it is larger than {largest >> 20} MiB")
        return bytes(found)
    finally:
        os.close(descriptor)


def head_of(path: str | PathLike[str], size: int) -> bytes:
    """The first bytes of a regular file; none of anything else.

    Raises:
        OSError: it cannot be read.
    """
    if not stat.S_ISREG(Path(path).stat().st_mode):
        return b""
    descriptor = open_file(path)
    try:
        found = b""
        while len(found) < size and (chunk := os.read(descriptor, size - len(found))):
            found += chunk
        return found
    finally:
        os.close(descriptor)


def _check_kind(mode: int) -> None:
    for is_kind, what in _NO_FILES:
        if is_kind(mode):
            raise OSError(errno.EINVAL, what)


def _await_writer(descriptor: int, patience: float) -> None:
    """Until a named pipe has a byte, or had a writer who has gone; poll tells neither before anybody has opened it for writing."""
    with suppress(OSError):
        if str(Path(f"/proc/self/fd/{descriptor}").readlink()).startswith("pipe:"):
            return
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if not poll.poll(patience * 1000):
        raise TimeoutError(errno.ETIMEDOUT, f"it is a pipe, and nobody wrote into it for {patience:g} seconds")
