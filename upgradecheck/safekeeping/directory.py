"""A directory that was opened and looked at; files are read by their names in it, so that nobody can swap it meanwhile."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import msgspec

from upgradecheck.safekeeping.obstacles import Obstacle, not_opened, unreadable, unsafe, wrong_directory, wrong_file
from upgradecheck.safekeeping.system import REAL, System, close_quietly

_PIECE = 1 << 20


class ReadFile(msgspec.Struct, frozen=True, gc=False):
    """A file's content, its mode, and who owns it."""

    content: bytes
    mode: int
    user: int
    group: int


class Directory(msgspec.Struct, frozen=True):
    """An open directory; path is for messages. live: what stands in it must be nobody's but ours."""

    system: System
    descriptor: int
    path: str
    live: bool

    def file(self, name: str) -> str:
        """The whole path of a file, for messages."""
        return os.path.join(self.path, name)  # noqa: PTH118 - text for messages

    def names(self) -> list[str]:
        """What stands in it.

        Raises:
            OSError: it cannot be listed.
        """
        return self.system.names(self.descriptor)

    def read(self, name: str, largest: int) -> bytes | Obstacle:
        """The whole content of a file, of at most so many bytes."""
        found = self.read_file(name, largest)
        return found if isinstance(found, Obstacle) else found.content

    def read_file(self, name: str, largest: int) -> ReadFile | Obstacle:
        """The same, and whose it is."""
        flags = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | (os.O_NOFOLLOW if self.live else 0)
        try:
            descriptor = self.system.open(name, flags, directory=self.descriptor)
        except OSError as error:
            return not_opened(error)
        try:
            status = self.system.fstat(descriptor)
            obstacle = wrong_file(status, self.system.user(), live=self.live)
            content = self._content(descriptor, largest) if obstacle is None else obstacle
            return (
                content if isinstance(content, Obstacle) else ReadFile(content, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)
            )
        except OSError as error:
            return unreadable(f"cannot be read ({error.strerror})")
        finally:
            close_quietly(self.system, descriptor)

    def _content(self, descriptor: int, largest: int) -> bytes | Obstacle:
        pieces: list[bytes] = []
        size = 0
        while piece := self.system.read(descriptor, _PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > largest:
                return unsafe(f"is larger than {largest >> 20} MiB")
        return b"".join(pieces)


@contextmanager
def opened(path: str, *, live: bool, system: System = REAL) -> Iterator[Directory | Obstacle]:
    """A directory, or why it cannot be used; of a live one the last step of its path must be no link."""
    descriptor = _descriptor(system, path, live=live)
    if isinstance(descriptor, Obstacle):
        yield descriptor
        return
    try:
        yield Directory(system, descriptor, path, live)
    finally:
        close_quietly(system, descriptor)


def _descriptor(system: System, path: str, *, live: bool) -> int | Obstacle:
    flags = os.O_RDONLY | os.O_DIRECTORY | (os.O_NOFOLLOW if live else 0)
    try:
        descriptor = system.open(path or ".", flags)
    except OSError as error:
        return not_opened(error, "its directory")
    try:
        found = wrong_directory(system.fstat(descriptor), system.user()) if live else None
    except OSError as error:
        found = unreadable(f"its directory cannot be looked at ({error.strerror})")
    if found is None:
        return descriptor
    close_quietly(system, descriptor)
    return found
