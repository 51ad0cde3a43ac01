"""A log that survives: appended line by line, each synced before anything is done on the strength of it.

A writer that was killed within a line leaves a piece without line feed. Nothing was done after it, so the next writer cuts it off. The
lines are those of formats.hash_chain, which shows when somebody touched them.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from upgradecheck.formats.hash_chain import Chain, chain_line, line_sum
from upgradecheck.safekeeping.directory import Directory
from upgradecheck.safekeeping.errors import NotSaved, PlaceRefused
from upgradecheck.safekeeping.obstacles import wrong_file
from upgradecheck.safekeeping.system import close_quietly, write_all

LARGEST = 1 << 30
"""Bytes of a log; where it would grow beyond, nothing more is done."""


class AppendLog:
    """A log that is open for appending; lines and head are the number and the sum of the last line."""

    def __init__(self, directory: Directory, name: str, descriptor: int, chain: Chain) -> None:
        self._system = directory.system
        self._path = directory.file(name)
        self._descriptor = descriptor
        self._size = chain.size
        self.lines = len(chain.entries)
        self.head = chain.head

    def append(self, members: Mapping[str, Any]) -> None:
        """Adds a line; it is on the disk when this returns.

        Raises:
            NotSaved: it may be there or not.
        """
        line = chain_line(members, self.lines + 1, self.head)
        try:
            if self._size + len(line) > LARGEST:
                raise OSError(0, f"it would be larger than {LARGEST >> 20} MiB")
            write_all(self._system, self._descriptor, line)
            self._system.fsync(self._descriptor)
        except OSError as error:
            raise NotSaved(
                f"{self._path}: cannot be written ({error.strerror}). Nothing was done that it does not tell of;"
                " mend that, and run the same command again to go on."
            ) from error
        self.lines, self.head, self._size = self.lines + 1, line_sum(line), self._size + len(line)


@contextmanager
def appending(directory: Directory, name: str, chain: Chain) -> Iterator[AppendLog]:
    """A log that holds these lines, made if it is not there, without what a killed writer left at its end.

    Raises:
        PlaceRefused: others could have written it.
        NotSaved: it cannot be opened.
    """
    descriptor = _doing(directory, name, lambda: _opened(directory, name))
    try:
        _doing(directory, name, lambda: _made_ready(directory, name, descriptor, chain.size))
        yield AppendLog(directory, name, descriptor, chain)
    finally:
        close_quietly(directory.system, descriptor)


def _opened(directory: Directory, name: str) -> int:
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
    return directory.system.open(name, flags, 0o600, directory.descriptor)


def _made_ready(directory: Directory, name: str, descriptor: int, size: int) -> None:
    system = directory.system
    status = system.fstat(descriptor)
    obstacle = wrong_file(status, system.user(), live=True)
    if obstacle is not None:
        raise PlaceRefused(directory.file(name), obstacle)
    if stat.S_IMODE(status.st_mode) != 0o600:
        system.fchmod(descriptor, 0o600)
    if status.st_size != size:
        system.truncate(descriptor, size)
    system.fsync(descriptor)
    system.fsync(directory.descriptor)


def _doing(directory: Directory, name: str, step: Callable[[], Any]) -> Any:
    try:
        return step()
    except OSError as error:
        raise NotSaved(
            f"{directory.file(name)}: cannot be opened for writing ({error.strerror}). Nothing was changed; mend that, and run it again."
        ) from error
