"""The state directory of overrides on a node: a journal for each plan that was carried out, one of pins, one audit log, one lock for all.

Journals are named by the order in which they were begun, ``0001-<beginning of the plan's hash>.journal``. The lock is not waited for: two
people who override at once do not know of each other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import msgspec

from upgradecheck.formats.hash_chain import Chain, read_chain
from upgradecheck.formats.override_journal import read_journal
from upgradecheck.formats.pin_journal import read_pins
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override_journal import Journal
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pins import PinJournal
from upgradecheck.override.errors import LogDamaged, OverrideRefused
from upgradecheck.safekeeping.directory import Directory, opened
from upgradecheck.safekeeping.errors import PlaceBusy, PlaceRefused
from upgradecheck.safekeeping.logs import LARGEST
from upgradecheck.safekeeping.obstacles import Obstacle, ObstacleKind
from upgradecheck.safekeeping.store import LOCK, Store
from upgradecheck.safekeeping.system import REAL, System

DEFAULT_DIRECTORY = "/var/lib/upgradecheck/override"
AUDIT = "audit.log"
PINS = "pins.journal"
_LOCKED = "override"
_NAME = pattern(r"([0-9]{4,9})-[0-9a-f]{12}\.journal")


class FoundJournal(msgspec.Struct, frozen=True, gc=False):
    """A journal and its file's name."""

    name: str
    journal: Journal
    data: bytes


class OverrideState:
    """The state while it is locked, or only looked at; read once, at the beginning.

    Raises:
        PlaceRefused: others could have written a file of it, or it cannot be read.
        LogDamaged: somebody changed a log.
    """

    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self._names = _journal_names(directory)
        self.journals = tuple(found for name in self._names if (found := self._journal(name)) is not None)
        self.audit = self.chain(AUDIT, self._read(AUDIT))
        self.pins_chain = self.chain(PINS, self._read(PINS))
        self.pins = self._pins()
        self._check_anchors()

    @property
    def in_force(self) -> FoundJournal | None:
        """The newest whose hashes containers may carry."""
        return next((one for one in reversed(self.journals) if one.journal.in_force), None)

    def named(self, name: str) -> FoundJournal:
        """The journal with this file name.

        Raises:
            OverrideRefused: there is none.
        """
        found = next((one for one in self.journals if one.name == name), None)
        if found is None:
            known = ", ".join(one.name for one in self.journals) or "none"
            raise OverrideRefused(f"{self.directory.file(name)}: is no journal of this directory, which holds: {known}. Name one of them.")
        return found

    def of_plan(self, plan_hash: str) -> FoundJournal | None:
        """The journal in which a plan goes on: its newest that is not undone, unless a later one has written records since.

        So records are always written in the order of journals, and undoing the newest first gives back what was there at the beginning.
        """
        for found in reversed(self.journals):
            if found.journal.plan_hash == plan_hash:
                return None if found.journal.undone else found
            if found.journal.restamped:
                return None
        return None

    def taken_over(self, found: FoundJournal) -> frozenset[str]:
        """The containers of a journal that a later one has written again, and not put back."""
        later = self.journals[self.journals.index(found) + 1 :]
        return frozenset(container_id for one in later for container_id in one.journal.restamped)

    def new_name(self, plan_hash: str) -> str:
        """The name of the next journal; one whose writer died before its first line is taken over."""
        empty = set(self._names) - {one.name for one in self.journals}
        highest = max((int(name.partition("-")[0]) for name in self._names if name not in empty), default=0)
        return f"{highest + 1:04}-{plan_hash[:12]}.journal"

    def chain(self, name: str, data: bytes) -> Chain:
        """The lines of a log.

        Raises:
            LogDamaged: somebody changed it.
        """
        try:
            return read_chain(data)
        except SpecRefused as error:
            raise self._damaged(name, error) from error

    def _pins(self) -> PinJournal:
        try:
            return read_pins(self.pins_chain)
        except SpecRefused as error:
            raise self._damaged(PINS, error) from error

    def _journal(self, name: str) -> FoundJournal | None:
        data = self._read(name)
        try:
            journal = read_journal(data)
        except SpecRefused as error:
            raise self._damaged(name, error) from error
        return None if journal is None else FoundJournal(name, journal, data)

    def _read(self, name: str) -> bytes:
        """A file, empty if it is not there."""
        data = self.directory.read(name, LARGEST)
        if isinstance(data, bytes):
            return data
        if data.kind is ObstacleKind.MISSING:
            return b""
        raise PlaceRefused(self.directory.file(name), data)

    def _damaged(self, name: str, error: SpecRefused) -> LogDamaged:
        return LogDamaged(
            f"{self.directory.file(name)}: {error}. Keep it for whoever has to find out (copy it elsewhere), then move it out of the"
            " directory and run the command again. What a journal alone knows, the hashes before, is lost with it: restore it from a copy"
            " if there is one."
        )

    def _check_anchors(self) -> None:
        """That the audit log still holds the lines that journals saw there."""
        told = [(found.name, seen) for found in self.journals for seen in found.journal.anchors]
        for name, seen in (*told, *((PINS, seen) for seen in self.pins.anchors)):
            if self.audit.sums[seen.line - 1 : seen.line] != (seen.sum,):
                raise LogDamaged(
                    f"{self.directory.file(AUDIT)}: line {seen.line} is not there as {name} saw it: the log was cut off, or"
                    " replaced. Put the right one back from a copy; if there is none, move it and the journals away, and note why."
                )


@contextmanager
def locked(directory: str, system: System = REAL) -> Iterator[OverrideState]:
    """The state, for one at a time; the directory is made if it is not there.

    Raises:
        OverrideRefused, PlaceRefused, NoLocks, NotSaved: nothing was changed.
    """
    path = os.path.normpath(Path(directory).absolute())
    with suppress(OSError):  # the store's own directory comes next, and tells what is wrong
        system.mkdir(str(Path(path).parent), 0o700)
    store = Store(Path(path) / _LOCKED, "state directory of overrides", system=system, patience=0)
    with ExitStack() as stack:
        yield OverrideState(_directory(stack, store, path))


def _directory(stack: ExitStack, store: Store, path: str) -> Directory:
    try:
        return stack.enter_context(store.locked()).directory
    except PlaceBusy as error:
        raise OverrideRefused(
            f'{path}: another "override" command that changes something is at work here ("fuser {path}/{_LOCKED}{LOCK}" shows which).'
            " Nothing was changed by this one; look at what that one has done, then run this again."
        ) from error


def looked_at(directory: str, system: System = REAL) -> OverrideState | None:
    """The state as it stands, without a lock; None if there is none.

    Raises:
        PlaceRefused: others could have written it.
        LogDamaged: somebody changed it.
    """
    path = os.path.normpath(Path(directory).absolute())
    with opened(path, live=True, system=system) as found:
        if not isinstance(found, Obstacle):
            return OverrideState(found)
        if found.kind is ObstacleKind.MISSING:
            return None
        raise PlaceRefused(path, found)


def _journal_names(directory: Directory) -> tuple[str, ...]:
    try:
        return tuple(sorted((name for name in directory.names() if _NAME.fullmatch(name)), key=_number))
    except OSError as error:
        raise OverrideRefused(f"{directory.path}: cannot be listed ({error.strerror}). Run as root; nothing was changed.") from error


def _number(name: str) -> tuple[int, str]:
    return int(name.partition("-")[0]), name
