"""R2: whatever call fails or is the last one, the old state or the new one is there afterwards, and success means the new one.

The sweep goes through every call at the seam (upgradecheck.safekeeping.system); tests/checkpoint does the same to the real process with strace.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.checkpoint.samples import HISTORY, NEXT, author, checkpoint, record
from tests.unit.safekeeping.faults import FAULTS, SOME, Fault, Killed, Quick, sweep
from upgradecheck.checkpoint import load
from upgradecheck.checkpoint.operations import merge_starts, record_start, restore, seal
from upgradecheck.checkpoint.store import CheckpointStore
from upgradecheck.model.checkpoint import Checkpoint
from upgradecheck.model.errors import UpgradecheckError

Operation = Callable[[CheckpointStore], Checkpoint]
QUICK = Quick()


def recording(store: CheckpointStore) -> Checkpoint:
    return record_start(store, NEXT, author()).checkpoint


def merging(store: CheckpointStore) -> Checkpoint:
    return merge_starts(store, [NEXT], author()).checkpoint


def sealing(store: CheckpointStore) -> Checkpoint:
    return seal(store, (*HISTORY, NEXT), author()).checkpoint


def restoring(store: CheckpointStore) -> Checkpoint:
    return restore(store, None, author()).checkpoint


def restoring_a_copy(store: CheckpointStore) -> Checkpoint:
    return restore(store, checkpoint((*HISTORY, NEXT)), author()).checkpoint


def nothing(path: Path) -> None:
    """No directory yet."""


def empty(path: Path) -> None:
    path.parent.mkdir(mode=0o700)


def good(path: Path) -> None:
    record(path, *HISTORY, system=QUICK)


def damaged(path: Path) -> None:
    good(path)
    path.write_bytes(path.read_bytes()[:-9])


def gone(path: Path) -> None:
    good(path)
    path.unlink()


def without_backup(path: Path) -> None:
    good(path)
    path.with_name("checkpoint.bak").unlink()


def spoilt(path: Path) -> None:
    """Neither the file nor its backup is good."""
    damaged(path)
    path.with_name("checkpoint.bak").write_bytes(b"zero")


CASES: list[tuple[Callable[[Path], None], Operation]] = [
    (nothing, recording),
    (good, recording),
    (damaged, recording),
    (damaged, restoring),
]
MORE: list[tuple[Callable[[Path], None], Operation]] = [
    (empty, recording),
    (gone, recording),
    (spoilt, recording),
    (good, merging),
    (good, sealing),
    (gone, restoring),
    (spoilt, restoring_a_copy),
    (empty, sealing),
    (without_backup, recording),
    (empty, restoring_a_copy),
]


def names(case: object) -> str:
    return getattr(case, "__name__", str(case))


@pytest.mark.parametrize("fault", SOME, ids=names)
@pytest.mark.parametrize(("before", "operation"), CASES, ids=names)
def test_old_or_new_state(before: Callable[[Path], None], operation: Operation, fault: Fault, tmp_path: Path) -> None:
    assert swept(before, operation, fault, tmp_path) > 8


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS, ids=names)
@pytest.mark.parametrize(("before", "operation"), CASES + MORE, ids=names)
def test_old_or_new_state_with_every_fault(before: Callable[[Path], None], operation: Operation, fault: Fault, tmp_path: Path) -> None:
    assert swept(before, operation, fault, tmp_path) > 8


def swept(before: Callable[[Path], None], operation: Operation, fault: Fault, tmp_path: Path) -> int:
    """How many calls the fault struck; each time what is there afterwards is right."""
    start = tmp_path / "start" / "checkpoint"
    before(start)
    old = load(start).checkpoint
    new = expected(start, operation, tmp_path / "new")
    for number, system in enumerate(sweep(fault)):
        path = copied(start, tmp_path / "try")
        saved = attempted(operation, CheckpointStore(path, system, patience=0.0))
        found = load(path, live=True)
        assert found.checkpoint in ((new,) if saved is not None else (old, new)), number
        assert saved is None or found.problem is None, number
        after = operation(CheckpointStore(path, QUICK))
        assert load(path, live=True).checkpoint == after, number
        evidence_is_kept(before, path)
    return number


def copied(start: Path, folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    if start.parent.exists():
        shutil.copytree(start.parent, folder)
    return folder / start.name


def attempted(operation: Operation, store: CheckpointStore) -> Checkpoint | None:
    """The state that the operation says it has saved."""
    try:
        return operation(store)
    except (UpgradecheckError, Killed):
        return None


def expected(start: Path, operation: Operation, folder: Path) -> Checkpoint:
    """What the operation makes where nothing fails."""
    return operation(CheckpointStore(copied(start, folder), QUICK))


def evidence_is_kept(before: Callable[[Path], None], path: Path) -> None:
    """A damaged file is still there, under another name, and no temporary file is left."""
    names = {each.name for each in path.parent.iterdir()}
    assert "checkpoint.new" not in names
    if before in (damaged, spoilt):
        kept = [path.with_name(name).read_bytes() for name in names if ".damaged-" in name]
        assert any(content.startswith(b"upgradecheck-checkpoint/1") for content in kept)
    if before is spoilt:
        assert b"zero" in kept
