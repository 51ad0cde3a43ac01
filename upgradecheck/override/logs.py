"""A log of the state directory: appended line by line, each synced before anything is done on the strength of it.

A writer that was killed within a line leaves a piece without line feed. Nothing was done after it, so the next writer cuts it off.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from upgradecheck.formats.hash_chain import Chain, chain_line, line_sum, read_chain
from upgradecheck.model.checkpoint import Problem, ProblemKind
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override_journal import AuditAnchor
from upgradecheck.override.errors import LogDamaged, OverrideRefused, OverrideStopped
from upgradecheck.safekeeping.place import close_quietly, read_file, write_all, wrong_file
from upgradecheck.safekeeping.system import System

LARGEST = 1 << 30
_KEEP = "Keep it for whoever has to find out (copy it elsewhere)"


@dataclass(frozen=True, slots=True)
class Place:
    """The open state directory; path is for messages."""

    system: System
    directory: int
    path: str

    def read(self, name: str) -> bytes:
        """A file of it, empty if it is not there.

        Raises:
            OverrideRefused: others could have written it, or it cannot be read.
        """
        data = read_file(self.system, self.directory, name, live=True, largest=LARGEST)
        if isinstance(data, bytes):
            return data
        if data.kind is ProblemKind.MISSING:
            return b""
        raise _refused(self.file(name), data)

    def file(self, name: str) -> str:
        """Its whole path."""
        return os.path.join(self.path, name)  # noqa: PTH118 - text for messages

    def chain(self, name: str, data: bytes) -> Chain:
        """The lines of a log.

        Raises:
            LogDamaged: somebody changed it.
        """
        try:
            return read_chain(data)
        except SpecRefused as error:
            raise damaged(self.file(name), error) from error


class Log:
    """A log that is open for appending."""

    def __init__(self, place: Place, name: str, descriptor: int, chain: Chain) -> None:
        self._place = place
        self._name = name
        self._descriptor = descriptor
        self._number = len(chain.entries)
        self._head = chain.head
        self._size = chain.size

    @property
    def anchor(self) -> AuditAnchor:
        """Its last line."""
        return AuditAnchor(self._number, self._head)

    def append(self, members: Mapping[str, Any]) -> None:
        """Adds a line; it is on the disk when this returns.

        Raises:
            OverrideStopped: it may be there or not.
        """
        line = chain_line(members, self._number + 1, self._head)
        system = self._place.system
        try:
            if self._size + len(line) > LARGEST:
                raise OSError(0, f"it would be larger than {LARGEST >> 20} MiB")
            write_all(system, self._descriptor, line)
            system.fsync(self._descriptor)
        except OSError as error:
            raise OverrideStopped(
                f"{self._place.file(self._name)}: cannot be written ({error.strerror}). Nothing was done that it does not tell of;"
                " mend that, and run the same command again to go on."
            ) from error
        self._number, self._head, self._size = self._number + 1, line_sum(line), self._size + len(line)


@contextmanager
def appending(place: Place, name: str, chain: Chain) -> Iterator[Log]:
    """A log, made if it is not there, without what a killed writer left at its end.

    Raises:
        OverrideRefused: others could have written it, or it cannot be opened.
    """
    system = place.system
    descriptor = _doing(place, name, lambda: _opened(system, place.directory, name))
    try:
        _doing(place, name, lambda: _made_ready(place, name, descriptor, chain.size))
        yield Log(place, name, descriptor, chain)
    finally:
        close_quietly(system, descriptor)


def damaged(path: str, error: SpecRefused) -> LogDamaged:
    """The error for a log that somebody changed."""
    return LogDamaged(
        f"{path}: {error}. {_KEEP}, then move it out of the directory and run the command again. What a journal alone knows, the hashes"
        " before, is lost with it: restore it from a copy if there is one."
    )


def _opened(system: System, directory: int, name: str) -> int:
    return system.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, directory)


def _made_ready(place: Place, name: str, descriptor: int, size: int) -> None:
    system = place.system
    status = system.fstat(descriptor)
    problem = wrong_file(status, system.user(), live=True)
    if problem is not None:
        raise _refused(place.file(name), problem)
    if stat.S_IMODE(status.st_mode) != 0o600:
        system.fchmod(descriptor, 0o600)
    if status.st_size != size:
        system.truncate(descriptor, size)
    system.fsync(descriptor)
    system.fsync(place.directory)


def _doing(place: Place, name: str, step: Callable[[], Any]) -> Any:
    try:
        return step()
    except OSError as error:
        raise OverrideRefused(
            f"{place.file(name)}: cannot be opened for writing ({error.strerror}). Nothing was changed; mend that, and run it again."
        ) from error


def _refused(path: str, problem: Problem) -> OverrideRefused:
    return OverrideRefused(f"{path}: {problem.found}.\n{problem.remedy}")
