"""A store of bytes that belongs to nobody yet: what stands there, and what it says, by its owner's name for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.unit.safekeeping.faults import Fault, Killed, Quick, sweep
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.safekeeping.errors import NoLocks, NotSaved, PlaceBusy, PlaceRefused
from upgradecheck.safekeeping.obstacles import Obstacle, ObstacleKind
from upgradecheck.safekeeping.store import BACKUP, Store
from upgradecheck.safekeeping.system import System


class Full(Quick):
    def write(self, descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class WithoutLocks(Quick):
    def try_lock(self, descriptor: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def diary(path: Path, system: System, *, live: bool = True) -> Store:
    return Store(path, "diary", system=system, patience=0.0, live=live, largest=1 << 20)


def saved(path: Path, system: System) -> None:
    with diary(path, system).locked() as held:
        held.save(b"new")


def open_to_all(path: Path, system: System) -> None:
    path.parent.chmod(0o777)
    saved(path, system)


def twice(path: Path, system: System) -> None:
    with diary(path, system).locked():
        saved(path, system)


def nowhere(path: Path, system: System) -> None:
    with diary(path.parent / "gone" / "x", system, live=False).locked():
        pass


def linked_lock(path: Path, system: System) -> None:
    path.with_name("x.lock").unlink()
    path.with_name("x.lock").mkdir()
    saved(path, system)


@pytest.mark.parametrize(
    ("doing", "system", "error", "message"),
    [
        pytest.param(
            open_to_all,
            Quick(),
            PlaceRefused,
            "diary {}/x: its directory can be written by others.\nLook who put it there; then remove it, or give it to the user of this"
            " program with mode 0600 (its directory 0700).",
            id="a directory that anybody can write",
        ),
        pytest.param(
            nowhere,
            Quick(),
            PlaceRefused,
            "diary {}/gone/x: its directory is not there.\nMake it, or name another place.",
            id="a copy in a directory that is not there",
        ),
        pytest.param(
            twice,
            Quick(),
            PlaceBusy,
            "diary {}/x: another process has held its lock for 0 seconds. Nothing was changed; see who holds x.lock (fuser), then try again.",
            id="a lock that is held",
        ),
        pytest.param(
            saved,
            WithoutLocks(),
            NoLocks,
            "diary {}/x: cannot be locked (No locks available). Nothing was changed; put it on a local file system.",
            id="no locks",
        ),
        pytest.param(
            saved,
            Full(),
            NotSaved,
            "diary {}/x: cannot be written (No space left on device). The state before stays valid; the new one may be there or not. Mend"
            " that, and run the command again.",
            id="a full disk",
        ),
        pytest.param(
            linked_lock,
            Quick(),
            NotSaved,
            "diary {}/x: its lock x.lock cannot be opened (Is a directory). The state before stays valid; the new one may be there or not."
            " Mend that, and run the command again.",
            id="a directory in the lock's place",
        ),
    ],
)
def test_a_place_is_told_by_its_owners_name_for_it(
    doing: Callable[[Path, System], None], system: System, error: type[UpgradecheckError], message: str, tmp_path: Path
) -> None:
    tmp_path.chmod(0o700)
    saved(tmp_path / "x", Quick())
    with pytest.raises(error) as caught:
        doing(tmp_path / "x", system)
    assert str(caught.value) == message.format(tmp_path)
    tmp_path.chmod(0o700)
    with diary(tmp_path / "x", Quick(), live=False).locked() as held:
        assert (held.read(), held.read(BACKUP)) == (b"new", b"new")


def test_what_is_no_state_is_set_aside_and_what_is_too_large_is_not_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    path = tmp_path / "x"
    path.write_bytes(b"a" * ((1 << 20) + 1))
    path.chmod(0o600)
    with diary(path, Quick()).locked() as held:
        found = held.read()
        assert isinstance(found, Obstacle)
        assert (found.kind, found.found) == (ObstacleKind.UNSAFE, "is larger than 1 MiB")
        assert held.set_aside("large") == "x.large-1"
        missing = held.read()
        assert isinstance(missing, Obstacle)
        assert missing.kind is ObstacleKind.MISSING
        held.save(b"b")
    assert {entry.name for entry in tmp_path.iterdir()} == {"x", "x.bak", "x.lock", "x.large-1"}


def test_a_mended_place_holds_the_state_twice(tmp_path: Path) -> None:
    saved(tmp_path / "new" / "x", Quick())
    (tmp_path / "new" / "x.bak").write_bytes(b"torn")
    with diary(tmp_path / "new" / "x", Quick()).locked() as held:
        held.mend(b"new")
        assert (held.read(), held.read(BACKUP)) == (b"new", b"new")


def test_a_writer_that_was_killed_is_swept_by_the_next(tmp_path: Path) -> None:
    for system in sweep(Fault("kill after")):
        with suppress(Killed):
            saved(tmp_path / "new" / "x", system)
        if (tmp_path / "new" / "x.new").exists():
            break
    assert (tmp_path / "new" / "x.new").exists()
    saved(tmp_path / "new" / "x", Quick())
    assert not (tmp_path / "new" / "x.new").exists()
