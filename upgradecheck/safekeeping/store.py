"""One file's states, written so that at every moment, whatever fails, the old state or the new one can be read.

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

from upgradecheck.safekeeping.directory import Directory, opened
from upgradecheck.safekeeping.errors import NoLocks, NotSaved, PlaceBusy, PlaceRefused
from upgradecheck.safekeeping.obstacles import Obstacle, wrong_file
from upgradecheck.safekeeping.system import REAL, System, close_quietly, write_all

BACKUP = ".bak"
LOCK = ".lock"
NEW = ".new"
_PATIENCE = 30.0
_LARGEST = 64 << 20
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
_DIRECTORY_MODE = 0o700


class Store:
    """The place of one file. Of a live one the directory is made, locked and looked at; a copy has neither lock nor backup.

    noun is what its owner calls it in messages; largest is how many bytes a state may have.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        noun: str,
        *,
        system: System = REAL,
        patience: float = _PATIENCE,
        live: bool = True,
        largest: int = _LARGEST,
    ) -> None:
        self.path = os.path.normpath(Path(path).absolute())
        self._place = f"{noun} {self.path}"
        self._parent, self._name = os.path.split(self.path)
        self._system = system
        self._patience = patience
        self._live = live
        self._largest = largest

    @contextmanager
    def locked(self) -> Iterator[Held]:
        """The place, for one writer at a time.

        Raises:
            PlaceRefused: directory or lock could have been made by others.
            PlaceBusy: another writer does not end.
            NoLocks: there are no locks here.
            NotSaved: the directory cannot be made.
        """
        if self._live:
            self._make_directory()
        with opened(self._parent, live=self._live, system=self._system) as directory:
            if isinstance(directory, Obstacle):
                raise PlaceRefused(self._place, directory)
            held = Held(directory, self._name, self._place, self._largest)
            with self._lock(directory) if self._live else nullcontext():
                yield held

    @contextmanager
    def _lock(self, directory: Directory) -> Iterator[None]:
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
            raise _not_saved(self._place, f"its directory cannot be made ({error.strerror})") from error
        try:
            above = self._system.open(str(Path(self._parent).parent), os.O_RDONLY | os.O_DIRECTORY)
            try:
                self._system.fsync(above)
            finally:
                close_quietly(self._system, above)
        except PermissionError:  # not ours to sync, so not made by us
            return
        except OSError as error:
            raise _not_saved(self._place, f"its directory cannot be synced ({error.strerror})") from error

    def _open_lock(self, directory: Directory) -> int:
        name = self._name + LOCK
        try:
            lock = self._system.open(name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600, directory.descriptor)
        except OSError as error:
            raise _not_saved(self._place, f"its lock {name} cannot be opened ({error.strerror})") from error
        try:
            obstacle = wrong_file(self._system.fstat(lock), self._system.user(), live=True)
        except OSError as error:
            close_quietly(self._system, lock)
            raise _not_saved(self._place, f"its lock {name} cannot be looked at ({error.strerror})") from error
        if obstacle is not None:
            close_quietly(self._system, lock)
            raise PlaceRefused(self._place + LOCK, obstacle)
        return lock

    def _wait(self, lock: int) -> None:
        deadline = self._system.monotonic() + self._patience
        while True:
            try:
                self._system.try_lock(lock)
            except BlockingIOError:
                if self._system.monotonic() > deadline:
                    raise PlaceBusy(
                        f"{self._place}: another process has held its lock for {self._patience:g} seconds. Nothing was changed; "
                        f"see who holds {self._name}{LOCK} (fuser), then try again."
                    ) from None
                self._system.sleep(random.uniform(0.001, 0.02))
            except OSError as error:
                advice = "; put it on a local file system" if error.errno in _NO_LOCKS else ""
                raise NoLocks(f"{self._place}: cannot be locked ({error.strerror}). Nothing was changed{advice}.") from error
            else:
                return


class Held:
    """The place while its lock is held; directory is for what else is kept under the same lock."""

    def __init__(self, directory: Directory, name: str, place: str, largest: int) -> None:
        self.directory = directory
        self._system = directory.system
        self._name = name
        self._place = place
        self._largest = largest

    def read(self, suffix: str = "") -> bytes | Obstacle:
        """The state that stands there now; with BACKUP, its backup."""
        return self.directory.read(self._name + suffix, self._largest)

    def save(self, state: bytes) -> None:
        """Makes this the state; when it returns, file and backup hold it, on the disk.

        Raises:
            NotSaved: something failed; the message says which state is there.
        """
        try:
            self._put(self._name, state)
        except OSError as error:
            raise _not_saved(self._place, f"cannot be written ({error.strerror})") from error
        if self.directory.live:
            self._back_up(state)

    def mend(self, state: bytes) -> None:
        """Makes file and backup hold this state, which one of them holds already.

        Raises:
            NotSaved: as save.
        """
        if self.read() != state:
            self.save(state)
        elif self.directory.live and self.read(BACKUP) != state:
            self._back_up(state)
        self._sync()

    def set_aside(self, why: str, suffix: str = "") -> str | None:
        """Renames the file (or its backup), whatever it is, to a name that says why; that name, None if there is no file.

        Raises:
            NotSaved: it cannot be renamed.
        """
        try:
            taken = set(self.directory.names())
            name = self._name + suffix
            if name not in taken:
                return None
            aside = next(new for number in range(1, len(taken) + 2) if (new := f"{name}.{why}-{number}") not in taken)
            self._system.rename(name, aside, self.directory.descriptor)
            self._system.fsync(self.directory.descriptor)
        except OSError as error:
            raise _not_saved(self._place, f"the damaged file cannot be set aside ({error.strerror})") from error
        return aside

    def _back_up(self, state: bytes) -> None:
        try:
            self._put(self._name + BACKUP, state)
        except OSError as error:
            raise NotSaved(
                f"{self._place}: the new state is saved, but its backup cannot be written ({error.strerror}). "
                "Mend that and run the command again."
            ) from error

    def _sync(self) -> None:
        """A state that was there before us may have been renamed by a writer that was killed before it synced."""
        try:
            self._sweep()
            self._system.fsync(self.directory.descriptor)
        except OSError as error:
            raise _not_saved(self._place, f"its directory cannot be synced ({error.strerror})") from error

    def _put(self, name: str, state: bytes) -> None:
        new = self._name + NEW
        self._sweep()
        try:
            self._write_new(new, state)
            self._system.rename(new, name, self.directory.descriptor)
            self._system.fsync(self.directory.descriptor)
        except OSError:
            with suppress(OSError):
                self._system.unlink(new, self.directory.descriptor)
            raise

    def _sweep(self) -> None:
        """Removes what a killed writer left; we hold the lock, so nobody is writing it."""
        with suppress(FileNotFoundError):
            self._system.unlink(self._name + NEW, self.directory.descriptor)

    def _write_new(self, new: str, state: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = self._system.open(new, flags, 0o600, self.directory.descriptor)
        try:
            self._system.fchmod(descriptor, 0o600)
            write_all(self._system, descriptor, state)
            self._system.fsync(descriptor)
        finally:
            self._system.close(descriptor)


def _not_saved(place: str, what: str) -> NotSaved:
    return NotSaved(
        f"{place}: {what}. The state before stays valid; the new one may be there or not. Mend that, and run the command again."
    )
