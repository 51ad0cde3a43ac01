"""Writing a checkpoint so that at every moment, whatever fails, the old state or the new one can be read.

Under a lock: the new state goes to a temporary file in the same directory, is synced and renamed over the file, and the directory is
synced; then the same for the backup, which so holds the same state. A file that cannot be used is renamed aside, never deleted. The
lock is flock's: it goes when its holder dies. What a killed writer left behind is swept by the next.
"""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from upgradecheck.checkpoint.errors import CheckpointBusy, CheckpointNotSaved, CheckpointRefused
from upgradecheck.checkpoint.loading import BACKUP, load_in, look
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, Loaded, Problem
from upgradecheck.safekeeping.place import close_quietly, open_directory, read_file, write_all, wrong_file
from upgradecheck.safekeeping.system import REAL, System

_LOCK = ".lock"
_NEW = ".new"
_PATIENCE = 30.0
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_DIRECTORY_MODE = 0o700


class Store:
    """The place of one checkpoint. Of a live one the directory is made, locked and looked at; a copy has neither lock nor backup.

    what names it in messages: others keep their files under the same lock and the same care.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        system: System = REAL,
        patience: float = _PATIENCE,
        *,
        live: bool = True,
        what: str = "checkpoint",
    ) -> None:
        self._live = live
        self._what = what
        self.path = os.path.normpath(Path(path).absolute())
        self._parent, self._name = os.path.split(self.path)
        self._system = system
        self._patience = patience

    @contextmanager
    def locked(self) -> Iterator[Held]:
        """The place, for one writer at a time.

        Raises:
            CheckpointRefused: directory or lock could have been made by others.
            CheckpointBusy: another writer does not end, or there are no locks here.
            CheckpointNotSaved: the directory cannot be made.
        """
        if self._live:
            self._make_directory()
        directory = open_directory(self._system, self._parent, live=self._live)
        if isinstance(directory, Problem):
            raise CheckpointRefused(self.path, directory, self._what)
        try:
            held = Held(self._system, directory, self._name, self.path, live=self._live)
            with self._lock(directory) if self._live else nullcontext():
                yield held
        finally:
            close_quietly(self._system, directory)

    @contextmanager
    def _lock(self, directory: int) -> Iterator[None]:
        lock = self._open_lock(directory)
        try:
            self._wait(lock)
            yield
        finally:
            close_quietly(self._system, lock)

    def _make_directory(self) -> None:
        """Makes it if it is not there, and syncs it in any case: the writer that made it may have been killed before it could."""
        try:
            self._system.mkdir(self._parent, _DIRECTORY_MODE)
        except FileExistsError:
            pass
        except OSError as error:
            raise _not_saved(f"{self._what} {self.path}", f"its directory cannot be made ({error.strerror})") from error
        try:
            above = self._system.open(str(Path(self._parent).parent), os.O_RDONLY | os.O_DIRECTORY)
            try:
                self._system.fsync(above)
            finally:
                close_quietly(self._system, above)
        except PermissionError:  # not ours to sync, so not made by us
            return
        except OSError as error:
            raise _not_saved(f"{self._what} {self.path}", f"its directory cannot be synced ({error.strerror})") from error

    def _open_lock(self, directory: int) -> int:
        name = self._name + _LOCK
        try:
            lock = self._system.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, directory)
        except OSError as error:
            raise _not_saved(f"{self._what} {self.path}", f"its lock {name} cannot be opened ({error.strerror})") from error
        try:
            problem = wrong_file(self._system.fstat(lock), self._system.user(), live=True)
        except OSError as error:
            close_quietly(self._system, lock)
            raise _not_saved(f"{self._what} {self.path}", f"its lock {name} cannot be looked at ({error.strerror})") from error
        if problem is not None:
            close_quietly(self._system, lock)
            raise CheckpointRefused(self.path + _LOCK, problem, self._what)
        return lock

    def _wait(self, lock: int) -> None:
        deadline = self._system.monotonic() + self._patience
        while True:
            try:
                self._system.try_lock(lock)
            except BlockingIOError:
                if self._system.monotonic() > deadline:
                    raise CheckpointBusy(
                        f"{self._what} {self.path}: another process has held its lock for {self._patience:g} seconds. Nothing was changed; "
                        f"see who holds {self._name}{_LOCK} (fuser), then try again."
                    ) from None
                self._system.sleep(random.uniform(0.001, 0.02))
            except OSError as error:
                advice = "; put it on a local file system" if error.errno in _NO_LOCKS else ""
                raise CheckpointBusy(
                    f"{self._what} {self.path}: cannot be locked ({error.strerror}). Nothing was changed{advice}."
                ) from error
            else:
                return


class Held:
    """The place while its lock is held."""

    def __init__(self, system: System, directory: int, name: str, path: str, *, live: bool) -> None:
        self._system = system
        self._live = live
        self._directory = directory
        self._name = name
        self.path = path

    @property
    def directory(self) -> int:
        """Its open descriptor, for what else is kept under the same lock."""
        return self._directory

    def load(self) -> Loaded:
        """What stands there now."""
        return load_in(self._system, self._directory, self._name, live=self._live)

    def backup(self) -> Checkpoint | Problem:
        """The backup alone."""
        return look(self._system, self._directory, self._name + BACKUP, live=self._live)

    def save(self, checkpoint: Checkpoint) -> None:
        """Makes this the state; when it returns, file and backup hold it, on the disk.

        Raises:
            CheckpointNotSaved: something failed; the message says which state is there.
        """
        data = encode_checkpoint(checkpoint)
        try:
            self._put(self._name, data)
        except OSError as error:
            raise _not_saved(f"checkpoint {self.path}", f"cannot be written ({error.strerror})") from error
        if self._live:
            self._back_up(data)

    def mend(self, checkpoint: Checkpoint) -> None:
        """Makes file and backup hold this state, which one of them holds already.

        Raises:
            CheckpointNotSaved: as save.
        """
        data = encode_checkpoint(checkpoint)
        if read_file(self._system, self._directory, self._name, live=self._live) != data:
            self.save(checkpoint)
        elif self._live and read_file(self._system, self._directory, self._name + BACKUP, live=True) != data:
            self._back_up(data)
        self._sync()

    def set_aside(self, why: str, *, backup: bool = False) -> str | None:
        """Renames the file (or its backup), whatever it is, to a name that says why; that name, None if there is no file.

        Raises:
            CheckpointNotSaved: it cannot be renamed.
        """
        try:
            taken = set(self._system.names(self._directory))
            name = self._name + BACKUP if backup else self._name
            if name not in taken:
                return None
            aside = next(new for number in range(1, len(taken) + 2) if (new := f"{name}.{why}-{number}") not in taken)
            self._system.rename(name, aside, self._directory)
            self._system.fsync(self._directory)
        except OSError as error:
            raise _not_saved(f"checkpoint {self.path}", f"the damaged file cannot be set aside ({error.strerror})") from error
        return aside

    def _back_up(self, data: bytes) -> None:
        try:
            self._put(self._name + BACKUP, data)
        except OSError as error:
            raise CheckpointNotSaved(
                f"checkpoint {self.path}: the new state is saved, but its backup cannot be written ({error.strerror}). "
                "Mend that and run the command again."
            ) from error

    def _sync(self) -> None:
        """A state that was there before us may have been renamed by a writer that was killed before it synced."""
        try:
            self._sweep()
            self._system.fsync(self._directory)
        except OSError as error:
            raise _not_saved(f"checkpoint {self.path}", f"its directory cannot be synced ({error.strerror})") from error

    def _put(self, name: str, data: bytes) -> None:
        new = self._name + _NEW
        self._sweep()
        try:
            self._write_new(new, data)
            self._system.rename(new, name, self._directory)
            self._system.fsync(self._directory)
        except OSError:
            with suppress(OSError):
                self._system.unlink(new, self._directory)
            raise

    def _sweep(self) -> None:
        """Removes what a killed writer left; we hold the lock, so nobody is writing it."""
        with suppress(FileNotFoundError):
            self._system.unlink(self._name + _NEW, self._directory)

    def _write_new(self, new: str, data: bytes) -> None:
        descriptor = self._system.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, self._directory)
        try:
            self._system.fchmod(descriptor, 0o600)
            write_all(self._system, descriptor, data)
            self._system.fsync(descriptor)
        finally:
            self._system.close(descriptor)


def _not_saved(place: str, what: str) -> CheckpointNotSaved:
    return CheckpointNotSaved(
        f"{place}: {what}. The state before stays valid; the new one may be there or not. Mend that, and run the command again."
    )
