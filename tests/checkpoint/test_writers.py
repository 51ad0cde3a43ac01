"""R4: many processes record at once; no update is lost, no serial is missing, no lock stays, and a killed holder blocks nobody."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.checkpoint.samples import HISTORY, NEXT, author, record, start
from tests.unit.safekeeping.faults import Quick
from upgradecheck.checkpoint import load
from upgradecheck.checkpoint.operations import merge_starts, record_start, seal
from upgradecheck.checkpoint.store import CheckpointStore
from upgradecheck.model.checkpoint import KubeletStart

CONTEXT = multiprocessing.get_context("spawn")


def write(path: str, writer: int, updates: int) -> None:
    """Each update seals a history that only this one has, so that each makes a state."""
    store = CheckpointStore(path, Quick(), patience=300)
    for number in range(updates):
        seal(store, (replace(HISTORY[0], boot_id=f"{writer}-{number}"), HISTORY[1]), author())


def add(path: str, writer: int, updates: int) -> None:
    """Each update adds a start of its own."""
    store = CheckpointStore(path, Quick(), patience=300)
    for number in range(updates):
        merge_starts(store, [start(f"v1.20.{writer}", 1 + writer / 100 + number)], author())


def run(target: object, path: Path, writers: int, updates: int) -> None:
    processes = [CONTEXT.Process(target=target, args=(str(path), number, updates)) for number in range(writers)]  # type: ignore[arg-type]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert {process.exitcode for process in processes} == {0}


@pytest.mark.parametrize(
    ("writers", "updates"), [pytest.param(3, 8, id="a few"), pytest.param(16, 1000, id="16 times 1000", marks=pytest.mark.long)]
)
def test_serials_have_no_gap(writers: int, updates: int, tmp_path: Path) -> None:
    path = tmp_path / "live" / "checkpoint"
    run(write, path, writers, updates)
    found = load(path, live=True)
    assert found.problem is None
    assert found.checkpoint is not None
    assert found.checkpoint.serial == writers * updates
    kept = list(path.parent.glob("checkpoint.replaced-*"))
    serials = {loaded.serial for each in kept if (loaded := load(each).checkpoint)}
    assert serials | {found.checkpoint.serial} == set(range(1, writers * updates + 1))
    assert not path.with_name("checkpoint.new").exists()


@pytest.mark.parametrize(
    ("writers", "updates"), [pytest.param(2, 8, id="a few"), pytest.param(16, 60, id="16 times 60", marks=pytest.mark.long)]
)
def test_no_update_is_lost(writers: int, updates: int, tmp_path: Path) -> None:
    path = tmp_path / "live" / "checkpoint"
    run(add, path, writers, updates)
    found = load(path, live=True).checkpoint
    assert found is not None
    assert (found.serial, len(found.history)) == (writers * updates, writers * updates)


def hold(path: str, held: str) -> None:
    with CheckpointStore(path).locked():
        Path(held).touch()
        time.sleep(60)


def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    path = tmp_path / "live" / "checkpoint"
    record(path, *HISTORY)
    process = CONTEXT.Process(target=hold, args=(str(path), str(tmp_path / "held")))
    process.start()
    while not (tmp_path / "held").exists():
        time.sleep(0.02)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    written: KubeletStart = record_start(CheckpointStore(path, patience=2), NEXT, author()).checkpoint.newest
    assert written == NEXT
