"""Whatever fails at whichever call: each manifest is as it was or as it is to be, nothing else is in the directory, and the way back is known."""

from __future__ import annotations

import errno
import multiprocessing
import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.pinning.crashing import dying
from tests.pinning.node import NEW, OLD, StaticNode, pinned, run_pin, run_unpin
from tests.unit.safekeeping.faults import FAULTS as EVERY
from tests.unit.safekeeping.faults import Fault, Faulty, Killed, Quick, sweep
from upgradecheck.model.errors import UpgradecheckError
from upgradecheck.override.state import looked_at
from upgradecheck.pinning.standing import HOLDS, stand_pins

FAULTS = [Fault("kill before"), Fault("kill after"), Fault("short"), Fault(errno.EIO), Fault(errno.ENOSPC, repeated=True)]
SWEEPS = [
    *(pytest.param(one, number, len(FAULTS), id=f"{one}, each call by one fault") for number, one in enumerate(FAULTS)),
    *(pytest.param(one, 0, 1, id=f"{one} by all", marks=pytest.mark.long) for one in dict.fromkeys((*FAULTS, *EVERY))),
]
"""A fault, at which calls it comes: from a first one on, every so many."""


def check_middle(node: StaticNode, olds: dict[str, str], news: dict[str, str]) -> None:
    """A kubelet would read the old or the new manifest of each; what is new, the journal knows."""
    state = looked_at(node.state, Quick())
    known = {} if state is None else {one.file: one for one in state.pins.pins.values()}
    for name, text in node.content().items():
        if name.startswith("."):  # a kubelet passes over it
            continue
        assert text in (olds[name], news[name])
        if text != olds[name]:
            assert known[name].after
            assert known[name] in (() if state is None else state.pins.standing)
    assert {name for name in node.content() if not name.startswith(".")} == set(olds)


def ended(node: StaticNode, olds: dict[str, str]) -> None:
    """Taken out, byte for byte; nothing is left in the directory."""
    run_unpin(node, Quick())
    assert node.content() == olds
    state = looked_at(node.state, Quick())
    assert state is None or state.pins.standing == ()


def whole(node: StaticNode) -> tuple[dict[str, str], dict[str, str]]:
    return dict(node.files), {name: pinned(text, node.uid(name)) for name, text in node.files.items()}


@pytest.mark.parametrize(("fault", "first", "stride"), SWEEPS)
@pytest.mark.parametrize("then", ["pin", "unpin"])
def test_pin_broken_off_at_every_call(fault: Fault, first: int, stride: int, then: str, tmp_path: Path) -> None:
    calls = 0
    for system in sweep(fault, first, stride):
        node = StaticNode(tmp_path / str(system.number), count=2)
        olds, news = whole(node)
        with suppress(Killed, UpgradecheckError):
            run_pin(node, system)
        check_middle(node, olds, news)
        if then == "pin":
            run_pin(node, Quick())
            assert node.content() == news
            state = looked_at(node.state, Quick())
            assert state is not None
            assert all(one.standing in HOLDS for one in stand_pins(state.pins.standing, Quick()))
        ended(node, olds)
        calls = system.number
    assert calls > 60


@pytest.mark.parametrize(("fault", "first", "stride"), SWEEPS)
def test_unpin_broken_off_at_every_call(fault: Fault, first: int, stride: int, tmp_path: Path) -> None:
    calls = 0
    for system in sweep(fault, first, stride):
        node = StaticNode(tmp_path / str(system.number), count=2)
        olds, news = whole(node)
        run_pin(node, Quick())
        with suppress(Killed, UpgradecheckError):
            run_unpin(node, system)
        check_middle(node, olds, news)
        ended(node, olds)
        calls = system.number
    assert calls > 60


@pytest.mark.parametrize("stride", [17, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("step", ["pin", "unpin"])
def test_a_real_kill_at_every_call(step: str, stride: int, tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.pinning.crashing"])
    for number in range(0, 1000, stride):
        folder = tmp_path / str(number)
        node = StaticNode(folder, count=2)
        olds, news = whole(node)
        if step == "unpin":
            run_pin(node, Quick())
        process = context.Process(target=dying, args=(step, str(folder), number))
        process.start()
        process.join()
        check_middle(node, olds, news)
        if step == "pin" and number % 2:
            run_pin(node, Quick())
            assert node.content() == news
        ended(node, olds)
        if process.exitcode == 0:
            break
        assert process.exitcode == -9
    assert number > 60


def without_pins(node: StaticNode) -> dict[str, str]:
    """Each manifest as somebody else than a pin wrote it."""
    state = looked_at(node.state, Quick())
    known = {} if state is None else {one.file: one for one in state.pins.pins.values()}
    return {
        name: text.replace(known[name].piece, "", 1) if name in known else text for name, text in node.content().items() if name[0] != "."
    }


def random_step(dice: random.Random, node: StaticNode, texts: dict[str, str]) -> None:
    """One thing that happens on a node: a command that lives or dies, an edit, a manifest that kubeadm writes anew, another kubelet."""
    system = Faulty(dice.choice(EVERY), dice.randrange(160)) if dice.random() < 0.6 else Quick()
    name = dice.choice(sorted(texts))
    place = node.directory / name
    happening = dice.random()
    if happening < 0.4:
        with suppress(Killed, UpgradecheckError):
            run_pin(node, system)
    elif happening < 0.7:
        with suppress(Killed, UpgradecheckError):
            run_unpin(node, system)
    elif happening < 0.8:
        place.write_text(place.read_text() + "\n")
        texts[name] += "\n"
    elif happening < 0.9:
        place.write_text(texts[name])
    else:
        node.version = dice.choice((OLD, NEW))


def random_sequence(seed: int, folder: Path) -> None:
    """Whatever happened, manifests are as others wrote them, but for pins; at the end unpin leaves none."""
    dice = random.Random(seed)
    node = StaticNode(folder, count=2)
    texts = dict(node.files)
    for _ in range(dice.randrange(2, 12)):
        random_step(dice, node, texts)
        assert without_pins(node) == texts, seed
    ended(node, texts)


@pytest.mark.parametrize("count", [15, pytest.param(1000, marks=pytest.mark.long)])
def test_random_sequences(count: int, tmp_path: Path) -> None:
    for seed in range(count):
        random_sequence(seed, tmp_path / str(seed))


def test_an_error_leaves_no_file_behind(tmp_path: Path) -> None:
    """Whoever is not killed cleans up after himself, where that does not fail as well."""
    for system in sweep(Fault(errno.EIO)):
        node = StaticNode(tmp_path / str(system.number), count=2)
        with suppress(UpgradecheckError):
            run_pin(node, system)
        assert all(not name.startswith(".") for name in node.content())


def test_mode_and_owner_stay(tmp_path: Path) -> None:
    node = StaticNode(tmp_path)
    for path in node.directory.iterdir():
        path.chmod(0o640)
    before = {path.name: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in node.directory.iterdir()}
    run_pin(node, Quick())
    assert {path.name: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in node.directory.iterdir()} == before
    assert all(b"uid: " in path.read_bytes() or b'"uid": ' in path.read_bytes() for path in node.directory.iterdir())


def test_who_writes_at_the_same_time_wins(tmp_path: Path) -> None:
    """The manifest is written anew between our reading it and our renaming: that stays."""

    class Meddled(Quick):
        def fchmod(self, descriptor: int, mode: int) -> None:
            super().fchmod(descriptor, mode)
            if Path(f"/proc/self/fd/{descriptor}").readlink().name == ".till.yaml.upgradecheck-new":
                (node.directory / "till.yaml").write_text(node.files["till.yaml"] + "# new\n")

    node = StaticNode(tmp_path)
    with pytest.raises(UpgradecheckError, match="somebody else wrote it just now"):
        run_pin(node, Meddled())
    assert node.content()["till.yaml"] == node.files["till.yaml"] + "# new\n"
    assert set(node.content()) == set(node.files)
