"""Labels of docker's: the record, the data root in miniature, kill -9 at every call, and random sequences of all of it."""

from __future__ import annotations

import errno
import json
import random
from contextlib import suppress
from pathlib import Path

import pytest

from tests.override.crashing import run_apply, run_undo
from tests.override.docker_node import Root, all_carry, content, labels
from tests.override.node import NEW, NEXT, OLD, go_json, identity, override, plan
from tests.unit.safekeeping.faults import Fault, Faulty, Killed, Quick, sweep
from upgradecheck.decode.runtime.docker_record import kept_container, restamped_labels, stamps_of_labels, with_labels
from upgradecheck.model.errors import SpecRefused, UpgradecheckError
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Rewrite
from upgradecheck.override.docker_window import with_live_restore
from upgradecheck.override.errors import OverrideRefused, OverrideStopped
from upgradecheck.override.standing import Standing, stand
from upgradecheck.override.state import looked_at

COUNT = 2
NAME = f"0001-{'a1' * 6}.journal"
FAULTS = [Fault("kill before"), Fault("kill after"), Fault("short"), Fault(errno.EIO), Fault(errno.ENOSPC, repeated=True)]
STRIDES = [pytest.param(41, id="some calls"), pytest.param(1, id="every call", marks=pytest.mark.long)]


def test_one_label_changes_and_no_other_byte() -> None:
    before = content(0)
    kept = kept_container(before, identity(0))
    assert kept is not None
    after = with_labels(before, kept.record.value, restamped_labels(kept.record.value, override(0)))
    assert after == content(0, NEW)
    assert before.count(OLD.encode()) == 3, "the same text stands in a label's value and in the environment, and stays there"
    assert stamps_of_labels(restamped_labels(kept.record.value, override(0))).hash == NEW


@pytest.mark.parametrize(
    ("value", "words"),
    [
        pytest.param(go_json(labels(1)), "of another container", id="another pod's"),
        pytest.param(go_json(labels(0, NEXT)), "and the plan knows", id="made anew since"),
        pytest.param(go_json(labels(0, None)), "is not there", id="no hash"),
        pytest.param(b"", "no JSON", id="a file that was not understood"),
        pytest.param(go_json(labels(0)).replace(b'":"', b'": "'), "as docker writes it", id="written by somebody else"),
        pytest.param(go_json(labels(0))[:-1] + b',"annotation.io.kubernetes.container.hash":"1"}', "twice", id="a label twice"),
    ],
)
def test_labels_that_are_refused(value: bytes, words: str) -> None:
    with pytest.raises(SpecRefused, match=words):
        restamped_labels(value, override(0))


def test_a_hash_without_resources_is_refused() -> None:
    with pytest.raises(SpecRefused, match="hashWithoutResources"):
        restamped_labels(go_json(labels(0)), override(0, without=Rewrite(Hash.parse("1"), Hash.parse("2"))))


@pytest.mark.parametrize(
    ("raw", "whose"),
    [
        pytest.param(content(0).replace(b'"io.kubernetes.docker.type":"container"', b'"io.kubernetes.docker.type":"podsandbox"'), "sandbox", id="a sandbox"),
        pytest.param(content(0).replace(b"/k8s_app", b"/hopeful_app"), "copy", id="a copy by hand, with the kubelet's labels"),
        pytest.param(content(0).replace(go_json(labels(0)), b"null"), "docker", id="no labels"),
    ],
)  # fmt: skip
def test_what_is_none_of_the_kubelets_is_passed_over(raw: bytes, whose: str) -> None:
    assert kept_container(raw, identity(0)) is None, whose


@pytest.mark.parametrize(("raw", "number"), [(content(0), 1), (b"", 0), (b"[]", 0), (b"{}", 0), (content(0)[:-9], 0), (b"\xff", 0)])
def test_a_file_that_is_refused(raw: bytes, number: int) -> None:
    with pytest.raises(SpecRefused):
        kept_container(raw, identity(number))


def test_labels_that_are_others_by_now_are_left_alone() -> None:
    with pytest.raises(SpecRefused, match="not those that were read"):
        with_labels(content(0, NEXT), go_json(labels(0)), go_json(labels(0, NEW)))


def test_there_and_back(tmp_path: Path) -> None:
    root, place = Root(tmp_path / "docker"), str(tmp_path / "lib" / "override")
    firsts = [root.file(number).read_bytes() for number in range(3)]
    run_apply(place, root.records(Quick()), Quick(), plan())
    assert [root.file(number).read_bytes() for number in range(3)] == [content(number, NEW, 1000 + number) for number in range(3)]
    held = looked_at(place, Quick())
    assert held is not None
    assert {one.standing for one in stand(held.named(NAME).journal, root.records(Quick()))} == {Standing.PENDING}
    dockerd = root.started()
    stood = stand(held.named(NAME).journal, root.records(Quick(), dockerd))
    assert {(one.standing, one.same_process) for one in stood} == {(Standing.APPLIED, True)}, "though dockerd has written its files anew"
    run_undo(place, root.records(Quick()), Quick(), NAME)
    assert root.hashes() == all_carry(3, OLD)
    assert root.file(1).read_bytes() == firsts[1], "the one that dockerd did not write meanwhile is byte for byte as before"


def test_nothing_is_written_while_a_dockerd_is_seen(tmp_path: Path) -> None:
    root, place = Root(tmp_path / "docker"), str(tmp_path / "lib" / "override")
    root.process(5, "dockerd")
    with pytest.raises(OverrideStopped, match="dockerd runs again"):
        run_apply(place, root.records(Quick()), Quick(), plan())
    assert root.hashes() == all_carry(3, OLD)


def test_what_no_longer_runs_is_left_alone(tmp_path: Path) -> None:
    root, place = Root(tmp_path / "docker"), str(tmp_path / "lib" / "override")
    (root.proc / "1001" / "stat").write_text("1001 (sleeper) Z 1 1")
    (root.proc / "1002" / "cgroup").write_text(f"1:cpu:/docker/{'f' * 64}\n")  # its number belongs to another container's process
    run_apply(place, root.records(Quick()), Quick(), plan())
    assert root.hashes() == {**all_carry(3, OLD), identity(0): NEW}


def test_a_link_in_the_place_of_the_file_is_refused_and_counts(tmp_path: Path) -> None:
    root, place = Root(tmp_path / "docker"), str(tmp_path / "lib" / "override")
    root.file(1).rename(tmp_path / "elsewhere")
    root.file(1).symlink_to(tmp_path / "elsewhere")
    run_apply(place, root.records(Quick()), Quick(), plan())
    assert json.loads((tmp_path / "elsewhere").read_bytes())["Config"]["Labels"] == labels(1)
    assert root.file(0).read_bytes() == content(0, NEW, 1000)


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("step", ["apply", "undo"])
def test_broken_off_at_every_call(step: str, fault: Fault, stride: int, tmp_path: Path) -> None:
    calls = 0
    for system in sweep(fault, FAULTS.index(fault), stride):
        root, place = Root(tmp_path / str(system.number), COUNT), str(tmp_path / f"{system.number}-lib" / "override")
        if step == "undo":
            run_apply(place, root.records(Quick()), Quick(), plan(COUNT))
        with suppress(Killed, UpgradecheckError):
            if step == "undo":
                run_undo(place, root.records(system), system, NAME)
            else:
                run_apply(place, root.records(system), system, plan(COUNT))
        assert set(root.hashes().values()) <= {OLD, NEW}
        if step == "apply":
            run_apply(place, root.records(Quick()), Quick(), plan(COUNT))
            assert root.hashes() == all_carry(COUNT)
        run_undo(place, root.records(Quick()), Quick(), NAME)
        assert root.hashes() == all_carry(COUNT, OLD)
        assert not list((tmp_path / str(system.number)).rglob(".*")), "nothing is left beside"
        calls = system.number
    assert calls > 60


def random_sequence(seed: int, folder: Path) -> None:
    """Commands that live or die, starts of dockerd that write files anew; at the end all is undone."""
    dice = random.Random(seed)
    root, place = Root(folder / "docker"), str(folder / "lib" / "override")
    plans = [plan(3), plan(3, NEW, NEXT, "b2" * 32)]
    for _ in range(dice.randrange(2, 10)):
        system = Faulty(dice.choice(FAULTS), dice.randrange(250)) if dice.random() < 0.6 else Quick()
        held = looked_at(place, Quick())
        names = [] if held is None else [one.name for one in held.journals]
        what = dice.choice(("apply", "apply", "undo", "start"))
        with suppress(Killed, UpgradecheckError):
            if what == "apply":
                run_apply(place, root.records(system), system, dice.choice(plans))
            elif what == "undo" and names:
                run_undo(place, root.records(system), system, dice.choice(names))
            elif what == "start":
                root.started()
                for number in range(3):
                    root.file(number).chmod(0o640)
        found = root.hashes()
        held = looked_at(place, Quick())
        restamped = set() if held is None else {key for one in held.journals for key in one.journal.restamped}
        assert all(carried == OLD or (carried in (NEW, NEXT) and key in restamped) for key, carried in found.items()), seed
    held = looked_at(place, Quick())
    for one in reversed(() if held is None else held.journals):
        run_undo(place, root.records(Quick()), Quick(), one.name)
    for one in reversed(() if held is None else held.journals):  # one whose undo had begun before the one above it was undone
        run_undo(place, root.records(Quick()), Quick(), one.name)
    assert root.hashes() == all_carry(3, OLD), seed


@pytest.mark.parametrize("count", [6, pytest.param(200, marks=pytest.mark.long)])
def test_random_sequences(count: int, tmp_path: Path) -> None:
    for seed in range(count):
        random_sequence(seed, tmp_path / str(seed))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"{}", b'{\n  "live-restore": true\n}', id="an empty one"),
        pytest.param(b'{\n\t"debug": false\n}\n', b'{\n  "live-restore": true,\n\t"debug": false\n}\n', id="one with another setting"),
        pytest.param(b'{"live-restore" : false, "debug": false}', b'{"live-restore" : true, "debug": false}', id="one that turns it off"),
    ],
)
def test_live_restore_is_put_into_the_settings_alone(before: bytes, after: bytes) -> None:
    assert with_live_restore(before, "daemon.json") == after


@pytest.mark.parametrize("content", [b"", b"[]", b'{"live-restore": 1}', b'{"live-restore": null}', b"{", b"\xff"])
def test_settings_that_are_not_touched(content: bytes) -> None:
    with pytest.raises(OverrideRefused, match="Turn it on there yourself"):
        with_live_restore(content, "daemon.json")
