"""R3: the power fails after any call; every state of the disk that can be left has the old or the new state. And planted bugs are caught."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.checkpoint.samples import HISTORY, NEXT, author, checkpoint
from tests.unit.safekeeping.power import Crash, Disk
from upgradecheck.checkpoint.history import succeeded
from upgradecheck.checkpoint.loading import load
from upgradecheck.checkpoint.operations import record_start, restore
from upgradecheck.checkpoint.store import CheckpointStore
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import Checkpoint, Loaded
from upgradecheck.safekeeping.store import Held

OLD = checkpoint()
NEW = succeeded(OLD, (*HISTORY, NEXT), OLD.writer, OLD.node)
BYTES = encode_checkpoint(OLD)
GOOD = {"checkpoint": BYTES, "checkpoint.bak": BYTES}
DAMAGED = {"checkpoint": BYTES[:-5], "checkpoint.bak": BYTES}


def loaded(crash: Crash) -> Loaded:
    return load("checkpoint", live=True, system=Disk(crash.names))


def saved(names: dict[str, bytes], disk: type[Disk] = Disk) -> tuple[Disk, Checkpoint]:
    """The disk after a start was recorded on it, and what is there."""
    system = disk(names)
    return system, record_start(CheckpointStore("/x/checkpoint", system), NEXT, author()).checkpoint


@pytest.mark.parametrize(
    "names", [pytest.param(GOOD, id="good"), pytest.param(DAMAGED, id="damaged"), pytest.param({"checkpoint.bak": BYTES}, id="gone")]
)
def test_every_crash_leaves_the_old_or_the_new_state(names: dict[str, bytes]) -> None:
    disk, new = saved(names)
    assert new == NEW
    assert len(disk.crashes) > 20
    for crash in disk.crashes:
        assert loaded(crash).checkpoint in (OLD, NEW), crash
    assert {encode_checkpoint(state) for crash in disk.possible() if (state := loaded(crash).checkpoint)} == {encode_checkpoint(NEW)}


def test_restore_survives_every_crash() -> None:
    disk = Disk(DAMAGED)
    assert restore(CheckpointStore("/x/checkpoint", disk), None, author()).checkpoint == OLD
    assert {loaded(crash).checkpoint for crash in disk.crashes} == {OLD}


def test_a_first_record_is_there_when_it_says_so() -> None:
    disk, new = saved({})
    assert all(loaded(crash).checkpoint in (None, new) for crash in disk.crashes)
    assert {loaded(crash).checkpoint for crash in disk.possible()} == {new}


class NeverSyncs(Disk):
    """Planted: no fsync at all."""

    def fsync(self, descriptor: int) -> None:
        self._after()


class NoDirectorySync(Disk):
    """Planted: names are not synced."""

    def fsync(self, descriptor: int) -> None:
        if descriptor != 3:
            super().fsync(descriptor)


def in_place(self: Any, name: str, data: bytes) -> None:
    """Planted: the file itself is overwritten."""
    descriptor = self._system.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600, self.directory.descriptor)
    self._system.write(descriptor, data)
    self._system.fsync(descriptor)
    self._system.fsync(self.directory.descriptor)


def without_rename(self: Any, name: str, data: bytes) -> None:
    """Planted: the new file never gets its name."""
    self._write_new(f"{name}.new", data)
    self._system.fsync(self.directory.descriptor)


def flaws(disk: Disk) -> set[str]:
    """What the harness finds wrong."""
    found = set()
    for crash in disk.crashes:
        state = loaded(crash)
        if state.checkpoint not in (OLD, NEW):
            found.add("state lost")
        elif state.problem is not None:
            found.add("file damaged")
    if any(loaded(crash).checkpoint != NEW for crash in disk.possible()):
        found.add("success without the new state")
    return found


@pytest.mark.parametrize(
    ("disk", "put", "expected"),
    [
        pytest.param(Disk, None, set(), id="the program as it is"),
        pytest.param(NeverSyncs, None, {"state lost", "file damaged", "success without the new state"}, id="no fsync"),
        pytest.param(NoDirectorySync, None, {"success without the new state"}, id="no fsync of the directory"),
        pytest.param(Disk, in_place, {"file damaged", "success without the new state"}, id="written in place"),
        pytest.param(Disk, without_rename, {"success without the new state"}, id="no rename"),
    ],
)  # fmt: skip
def test_planted_bugs_are_caught(
    disk: type[Disk], put: Callable[..., None] | None, expected: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if put is not None:
        monkeypatch.setattr(Held, "_put", put)
    found = flaws(saved(GOOD, disk)[0])
    assert found == expected if not expected else found & expected
