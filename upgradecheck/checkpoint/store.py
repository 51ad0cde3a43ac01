"""A checkpoint's place: safekeeping's, with the states read and written as checkpoints."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from upgradecheck.checkpoint.loading import loaded, read
from upgradecheck.formats.checkpoint import MAX_BYTES, encode_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, Loaded, Problem
from upgradecheck.safekeeping import store
from upgradecheck.safekeeping.store import BACKUP
from upgradecheck.safekeeping.system import REAL, System


class CheckpointStore:
    """The place of one checkpoint: a node's own (live), with lock and backup, or a copy."""

    def __init__(self, path: str | os.PathLike[str], system: System = REAL, patience: float = 30.0, *, live: bool = True) -> None:
        self._store = store.Store(path, "checkpoint", system=system, patience=patience, live=live, largest=MAX_BYTES)
        self.path = self._store.path

    @contextmanager
    def locked(self) -> Iterator[HeldCheckpoint]:
        """The place, for one writer at a time.

        Raises:
            PlaceRefused, PlaceBusy, NoLocks, NotSaved: nothing was changed.
        """
        with self._store.locked() as held:
            yield HeldCheckpoint(held, self.path)


class HeldCheckpoint:
    """The place while its lock is held."""

    def __init__(self, held: store.Held, path: str) -> None:
        self._held = held
        self.path = path

    def load(self) -> Loaded:
        """What stands there now."""
        return loaded(lambda suffix: read(self._held.read(suffix)))

    def backup(self) -> Checkpoint | Problem:
        """The backup alone."""
        return read(self._held.read(BACKUP))

    def save(self, checkpoint: Checkpoint) -> None:
        """Makes this the state; when it returns, file and backup hold it, on the disk.

        Raises:
            NotSaved: something failed; the message says which state is there.
        """
        self._held.save(encode_checkpoint(checkpoint))

    def mend(self, checkpoint: Checkpoint) -> None:
        """Makes file and backup hold this state, which one of them holds already.

        Raises:
            NotSaved: as save.
        """
        self._held.mend(encode_checkpoint(checkpoint))

    def set_aside(self, why: str, *, backup: bool = False) -> str | None:
        """Renames the file (or its backup), whatever it is, to a name that says why; that name, None if there is no file.

        Raises:
            NotSaved: it cannot be renamed.
        """
        return self._held.set_aside(why, BACKUP if backup else "")
