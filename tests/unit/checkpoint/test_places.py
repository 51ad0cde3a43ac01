"""R6 and R7: files that somebody else may have put there, and files that are not this node's newest state."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.checkpoint.samples import HISTORY, NEW_FORMAT_BODY, NEXT, NODE, OTHER, author, checkpoint, record
from tests.unit.safekeeping.faults import Quick
from upgradecheck.checkpoint import load
from upgradecheck.checkpoint.errors import CheckpointRefused
from upgradecheck.checkpoint.history import succeeded
from upgradecheck.checkpoint.operations import record_start, restore
from upgradecheck.checkpoint.store import CheckpointStore
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, NodeIdentity, ProblemKind
from upgradecheck.safekeeping.errors import NoLocks, PlaceBusy, PlaceRefused

ROOT = os.geteuid() == 0
FORGED = encode_checkpoint(replace(checkpoint(), serial=99))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A good live checkpoint."""
    path = tmp_path / "live" / "checkpoint"
    record(path, *HISTORY, system=Quick())
    return path


def symlink(path: Path) -> None:
    other = path.with_name("elsewhere")
    other.write_bytes(FORGED)
    other.chmod(0o600)
    path.unlink()
    path.symlink_to(other)


def hard_link(path: Path) -> None:
    os.link(path, path.with_name("second"))


def fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def unix_socket(path: Path) -> None:
    path.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def device(path: Path) -> None:
    path.unlink()
    os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 5))


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir(mode=0o700)


def foreign_owner(path: Path) -> None:
    os.chown(path, 12345, -1)


def world_writable(path: Path) -> None:
    path.chmod(0o602)


def group_writable(path: Path) -> None:
    path.chmod(0o620)


def open_directory(path: Path) -> None:
    path.parent.chmod(0o777)


def sticky_directory(path: Path) -> None:
    path.parent.chmod(0o1777)


def foreign_directory(path: Path) -> None:
    os.chown(path.parent, 12345, -1)


def linked_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("real"))
    path.parent.symlink_to(path.parent.with_name("real"))


ATTACKS = [
    symlink,
    hard_link,
    fifo,
    unix_socket,
    directory,
    world_writable,
    group_writable,
    open_directory,
    sticky_directory,
    linked_directory,
]
AS_ROOT = [device, foreign_owner, foreign_directory]


@pytest.mark.parametrize(
    "attack",
    [*ATTACKS, *(pytest.param(each, marks=pytest.mark.skipif(not ROOT, reason="only root can set it up")) for each in AS_ROOT)],
    ids=lambda attack: attack.__name__,
)
def test_no_attack_succeeds(attack: Callable[[Path], None], place: Path) -> None:
    attack(place)
    found = load(place, live=True)
    assert (found.checkpoint, found.problem and found.problem.kind) == (None, ProblemKind.UNSAFE)
    with pytest.raises((CheckpointRefused, PlaceRefused)):
        record_start(CheckpointStore(place), NEXT, author())


@pytest.mark.parametrize("kind", [symlink, fifo, world_writable, hard_link], ids=lambda attack: attack.__name__)
def test_a_lock_that_somebody_put_there_is_refused(kind: Callable[[Path], None], place: Path) -> None:
    kind(place.with_name("checkpoint.lock"))
    with pytest.raises((CheckpointRefused, Exception), match=r"lock"):
        record_start(CheckpointStore(place), NEXT, author())


def test_a_temporary_name_that_somebody_took_is_not_followed(place: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    place.with_name("checkpoint.new").symlink_to(victim)
    record_start(CheckpointStore(place), NEXT, author())
    assert victim.read_text() == "precious"
    assert not place.with_name("checkpoint.new").is_symlink()


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o777], ids=oct)
def test_new_files_are_private_under_any_umask(mask: int, tmp_path: Path) -> None:
    if mask == 0o777 and os.geteuid() != 0:
        pytest.skip("only root opens a file again that this mask lets nobody open")
    before = os.umask(mask)
    try:
        path = tmp_path / "checkpoint"
        tmp_path.chmod(0o700)
        record(path, *HISTORY, system=Quick())
    finally:
        os.umask(before)
    assert {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("checkpoint", "checkpoint.bak")} == {
        "checkpoint": 0o600,
        "checkpoint.bak": 0o600,
    }


@pytest.mark.parametrize("times", [pytest.param(300, id="some"), pytest.param(10_000, id="many", marks=pytest.mark.long)])
def test_nobody_wins_a_race(times: int, place: Path) -> None:
    """The file is swapped for a link to a forged one, and back, while it is read: never the forged one, never a wait."""
    forged = place.with_name("forged")
    forged.write_bytes(FORGED)
    good = place.read_bytes()
    done = threading.Event()

    def swap() -> None:
        trick, real = place.with_name("trick"), place.with_name("real")
        number = 0
        while not done.is_set():
            number += 1
            trick.unlink(missing_ok=True)
            os.mkfifo(trick) if number % 2 else trick.symlink_to(forged)
            trick.replace(place)
            real.write_bytes(good)
            real.chmod(0o600)
            real.replace(place)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        serials = {found.checkpoint and found.checkpoint.serial for found in (load(place, live=True) for _ in range(times))}
    finally:
        done.set()
        thread.join()
    assert serials <= {2, None}


def test_a_copy_may_be_a_link_in_an_open_directory(place: Path) -> None:
    symlink(place)
    open_directory(place)
    found = load(place)
    assert found.checkpoint is not None
    assert found.checkpoint.serial == 99


def test_a_copy_is_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    found = load(tmp_path / "pipe")
    assert found.problem is not None
    assert found.problem.kind is ProblemKind.UNSAFE


# R7


def framed(body: bytes, number: int) -> bytes:
    return f"upgradecheck-checkpoint/{number} sha256:{hashlib.sha256(body).hexdigest()} len:{len(body)}\n".encode() + body


def kinds(place: Path, copy: Checkpoint | None, node: NodeIdentity = NODE) -> ProblemKind:
    with pytest.raises(CheckpointRefused) as error:
        restore(CheckpointStore(place), copy, author(node))
    return error.value.problem.kind


def test_a_copy_of_another_node_and_an_older_one_are_refused_unless_forced(place: Path) -> None:
    older = checkpoint(HISTORY[:1])
    assert kinds(place, checkpoint(node=OTHER)) is ProblemKind.FOREIGN
    assert kinds(place, older) is ProblemKind.OLDER_SERIAL
    assert kinds(place, replace(older, lineage="another")) is ProblemKind.FOREIGN
    before = load(place, live=True).checkpoint
    assert before is not None
    assert before.serial == 2
    forced = restore(CheckpointStore(place), older, author(force=True)).checkpoint
    assert (forced.serial, forced.history, [note.what for note in forced.forced]) == (
        3,
        HISTORY[:1],
        ["restored a copy that is state 1 of this history, and state 2 is known"],
    )
    assert load(place, live=True).checkpoint == forced


def test_record_refuses_the_file_of_another_node_unless_forced(place: Path) -> None:
    with pytest.raises(CheckpointRefused, match="is the history of another node") as error:
        record_start(CheckpointStore(place), NEXT, author(OTHER))
    assert error.value.problem.kind is ProblemKind.FOREIGN
    new = record_start(CheckpointStore(place), NEXT, author(OTHER, force=True)).checkpoint
    assert (new.node, new.serial, new.history, len(new.forced)) == (OTHER, 1, (NEXT,), 1)
    assert {each.name for each in place.parent.iterdir()} >= {"checkpoint.foreign-1", "checkpoint.bak.foreign-1"}


def test_a_state_that_was_put_back_is_older_than_its_backup(place: Path) -> None:
    old = place.read_bytes()
    newer = record_start(CheckpointStore(place), NEXT, author()).checkpoint
    place.write_bytes(old)
    found = load(place, live=True)
    assert (found.checkpoint, found.from_backup, found.problem and found.problem.kind) == (newer, True, ProblemKind.OLDER_SERIAL)
    written = record_start(CheckpointStore(place), replace(NEXT, start_time=NEXT.start_time * 2), author())
    assert written.checkpoint.serial == newer.serial + 1
    assert written.checkpoint.history[:-1] == newer.history
    assert place.with_name("checkpoint.damaged-1").read_bytes() == old


@pytest.mark.parametrize("force", [False, True])
def test_a_newer_format_is_left_alone(place: Path, force: bool) -> None:
    place.write_bytes(framed(NEW_FORMAT_BODY, 2))
    found = load(place, live=True)
    assert (found.checkpoint, found.problem and found.problem.kind) == (None, ProblemKind.NEWER_FORMAT)
    with pytest.raises(CheckpointRefused, match="is of format 2"):
        record_start(CheckpointStore(place), NEXT, author(force=force))
    with pytest.raises(CheckpointRefused, match="is of format 2"):
        restore(CheckpointStore(place), None, author(force=force))
    assert place.read_bytes() == framed(NEW_FORMAT_BODY, 2)


def test_the_messages_of_the_three_are_distinct(place: Path) -> None:
    base = checkpoint()
    found = set()
    for copy in (checkpoint(node=OTHER), succeeded(base, HISTORY, "", NODE)):
        with pytest.raises(CheckpointRefused) as error:
            restore(CheckpointStore(place), replace(copy, serial=1), author())
        found.add(str(error.value))
    place.write_bytes(framed(NEW_FORMAT_BODY, 2))
    with pytest.raises(CheckpointRefused) as error:
        restore(CheckpointStore(place), None, author())
    found.add(str(error.value))
    assert len(found) == 3


def test_a_lock_that_is_held_ends_the_wait(place: Path) -> None:
    with CheckpointStore(place).locked(), pytest.raises(PlaceBusy, match="another process has held its lock"):
        record_start(CheckpointStore(place, patience=0.05), NEXT, author())


class WithoutLocks(Quick):
    """NFS without a lock daemon."""

    def try_lock(self, descriptor: int) -> None:
        raise OSError(37, os.strerror(37))


def test_a_file_system_without_locks_is_refused(place: Path) -> None:
    with pytest.raises(NoLocks, match="put it on a local file system"):
        record_start(CheckpointStore(place, WithoutLocks()), NEXT, author())
