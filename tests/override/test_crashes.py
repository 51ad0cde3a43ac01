"""Kill -9 at every step of apply and undo: resumed, or undone to identical bytes; and random sequences of all of it."""

from __future__ import annotations

import errno
import multiprocessing
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.override.crashing import FaultyRuntime, dying, run_apply, run_kept, run_undo
from tests.override.node import NEW, NEXT, OLD, KeptRuntime, Runtime, identity, plan, record
from tests.unit.safekeeping.faults import Fault, Faulty, Killed, Quick, sweep
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.override.standing import EFFECTIVE, stand
from upgradecheck.override.state import OverrideState, looked_at
from upgradecheck.override.undoing import UndoWay, examine

COUNT = 2
OLDS = {identity(number): record(number) for number in range(COUNT)}
NEWS = {identity(number): record(number, NEW) for number in range(COUNT)}
NAME = f"0001-{'a1' * 6}.journal"
FAULTS = [Fault("kill before"), Fault("kill after"), Fault("short"), Fault(errno.EIO), Fault(errno.ENOSPC, repeated=True)]
STRIDES = [pytest.param(len(FAULTS), id="each call by one fault"), pytest.param(1, id="by all", marks=pytest.mark.long)]


def state(place: str) -> OverrideState | None:
    return looked_at(place, Quick())


def check_middle(place: str, runtime: Runtime) -> None:
    """Whatever happened: each record is the old or the new one, and whatever is not the old one can be put back."""
    held = state(place)
    journals = () if held is None else held.journals
    for container_id, found in runtime.database.items():
        assert found in (OLDS[container_id], NEWS[container_id])
        if found != OLDS[container_id]:
            assert journals[-1].journal.entries[container_id].before == OLDS[container_id]
            assert container_id in journals[-1].journal.restamped


def ended(place: str, runtime: Runtime) -> None:
    """Undone to the old bytes, and the logs are whole."""
    held = state(place)
    if held is not None and held.journals:
        run_undo(place, runtime, Quick(), NAME)
    assert runtime.database == OLDS
    held = state(place)
    assert held is None or held.in_force is None


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("then", ["apply", "undo"])
def test_apply_broken_off_at_every_call(fault: Fault, then: str, stride: int, tmp_path: Path) -> None:
    calls = 0
    for system in sweep(fault, FAULTS.index(fault) % stride, stride):
        place, runtime = str(tmp_path / str(system.number) / "override"), Runtime(COUNT)
        with suppress(Killed, UpgradecheckError):
            run_apply(place, FaultyRuntime(runtime, system), system, plan(COUNT))
        check_middle(place, runtime)
        if then == "apply":
            run_apply(place, runtime, Quick(), plan(COUNT))
            assert runtime.database == NEWS
            runtime.restart()
            held = state(place)
            assert held is not None
            assert all(one.standing in EFFECTIVE for one in stand(held.named(NAME).journal, runtime))
        ended(place, runtime)
        calls = system.number
    assert calls > 40


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_undo_broken_off_at_every_call(fault: Fault, stride: int, tmp_path: Path) -> None:
    calls = 0
    for system in sweep(fault, FAULTS.index(fault) % stride, stride):
        place, runtime = str(tmp_path / str(system.number) / "override"), Runtime(COUNT)
        run_apply(place, runtime, Quick(), plan(COUNT))
        with suppress(Killed, UpgradecheckError):
            run_undo(place, FaultyRuntime(runtime, system), system, NAME)
        check_middle(place, runtime)
        run_undo(place, runtime, Quick(), NAME)
        assert runtime.database == OLDS
        held = state(place)
        assert held is not None
        assert held.in_force is None
        calls = system.number
    assert calls > 40


@pytest.mark.parametrize("stride", [9, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("step", ["apply", "undo"])
def test_a_real_kill_at_every_call(step: str, stride: int, tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.override.crashing"])
    for number in range(0, 1000, stride):
        folder = tmp_path / str(number)
        folder.mkdir()
        if step == "undo":
            run_kept("apply", str(folder), KeptRuntime(folder / "database", COUNT))
        process = context.Process(target=dying, args=(step, str(folder), number))
        process.start()
        process.join()
        runtime = KeptRuntime(folder / "database", COUNT)
        check_middle(f"{folder}/lib/override", runtime)
        if step == "apply" and number % 2:
            run_kept("apply", str(folder), runtime)
            assert runtime.database == NEWS
        ended(f"{folder}/lib/override", KeptRuntime(folder / "database", COUNT))
        if process.exitcode == 0:
            break
        assert process.exitcode == -9
    assert number > 40


def random_step(dice: random.Random, place: str, runtime: Runtime) -> None:
    """One thing that happens on a node: a command that lives or dies, a restart of the runtime, a container that goes."""
    system: Quick = Quick()
    if dice.random() < 0.6:
        system = Faulty(dice.choice(FAULTS), dice.randrange(120))
    database = FaultyRuntime(runtime, system) if isinstance(system, Faulty) else runtime
    held = state(place)
    names = [] if held is None else [one.name for one in held.journals]
    commands: list[Callable[[], None]] = [
        lambda: run_apply(place, database, system, plan(3)),
        lambda: run_apply(place, database, system, plan(3, NEW, NEXT, "b2" * 32)),
        lambda: run_undo(place, database, system, dice.choice(names)) if names else None,
        runtime.restart,
    ]
    if dice.random() < 0.03 and runtime.database:
        runtime.remove(dice.choice(sorted(runtime.database)))
    with suppress(Killed, UpgradecheckError):
        dice.choice(commands)()


def random_sequence(seed: int, place: str) -> None:
    """At the end all journals are undone, the newest first: whatever is left has its first bytes."""
    dice = random.Random(seed)
    runtime = Runtime(3)
    for _ in range(dice.randrange(2, 12)):
        random_step(dice, place, runtime)
        held = state(place)
        restamped = {} if held is None else {key: one for each in held.journals for key, one in each.journal.restamped.items()}
        for container_id, found in runtime.database.items():
            number = int(container_id[:2], 16)
            assert found in (record(number, OLD), record(number, NEW), record(number, NEXT)), seed
            assert found == record(number, OLD) or container_id in restamped, seed
    held = state(place)
    for one in reversed(() if held is None else held.journals):
        run_undo(place, runtime, Quick(), one.name)
    assert runtime.database == {container_id: record(int(container_id[:2], 16)) for container_id in runtime.database}, seed
    after = state(place)
    for one in () if after is None else after.journals:  # an upper journal broke off, and the one below it was undone first
        left = {each.entry.container_id for each in examine(one, runtime) if each.way is UndoWay.DRIFTED}
        assert set(one.journal.restamped) <= left, seed


@pytest.mark.parametrize("count", [40, pytest.param(1000, marks=pytest.mark.long)])
def test_random_sequences(count: int, tmp_path: Path) -> None:
    for seed in range(count):
        random_sequence(seed, str(tmp_path / str(seed) / "override"))
