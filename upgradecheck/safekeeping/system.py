"""The calls to the operating system on which a file's survival hangs, in one place, so that tests can make each of them fail."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from contextlib import suppress


class System:
    """The real one. Names are relative to an open directory wherever one is given, so that nobody can swap the directory."""

    def open(self, name: str, flags: int, mode: int = 0o600, directory: int | None = None) -> int:
        """Opens without ever waiting, following a link or passing the file on to a child."""
        return os.open(name, flags | os.O_CLOEXEC, mode, dir_fd=directory)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def read(self, descriptor: int, size: int) -> bytes:
        return os.read(descriptor, size)

    def write(self, descriptor: int, data: bytes) -> int:
        """Writes some of it and tells how much."""
        return os.write(descriptor, data)

    def truncate(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def fsync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def fchmod(self, descriptor: int, mode: int) -> None:
        os.fchmod(descriptor, mode)

    def fchown(self, descriptor: int, user: int, group: int) -> None:
        os.fchown(descriptor, user, group)

    def fstat(self, descriptor: int) -> os.stat_result:
        return os.fstat(descriptor)

    def names(self, directory: int) -> list[str]:
        return os.listdir(directory)

    def rename(self, old: str, new: str, directory: int) -> None:
        os.rename(old, new, src_dir_fd=directory, dst_dir_fd=directory)

    def unlink(self, name: str, directory: int) -> None:
        os.unlink(name, dir_fd=directory)

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(path, mode)  # noqa: PTH102 - one call, to be made to fail

    def try_lock(self, descriptor: int) -> None:
        """Takes the lock or fails at once; the lock goes with the process, however that ends."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def user(self) -> int:
        return os.geteuid()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


REAL = System()


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
