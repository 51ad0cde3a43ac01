"""What apply and undo do to records, journals and the audit log, and what they leave alone."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.override.node import NEW, NEXT, OLD, OPERATOR, SECRET, Runtime, identity, plan, record
from tests.unit.safekeeping.faults import Quick
from upgradecheck.formats.hash_chain import read_chain
from upgradecheck.model.hash import hex_of
from upgradecheck.model.override import OverrideMap
from upgradecheck.model.override_journal import AuditAnchor, Journal, JournalStep, MetadataRecord
from upgradecheck.override.applying import Outcome, apply
from upgradecheck.override.errors import LogDamaged, OverrideRefused
from upgradecheck.override.in_force import UNKNOWN, journal_in_force
from upgradecheck.override.standing import Standing, stand
from upgradecheck.override.state import OverrideState, locked, looked_at
from upgradecheck.override.surveying import Action
from upgradecheck.override.undoing import Examined, UndoWay, undo

SYSTEM = Quick()
FIRST = f"0001-{'a1' * 6}.journal"


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "lib" / "override")


def applied(place: str, runtime: Runtime, wanted: OverrideMap | None = None) -> Outcome:
    with locked(place, SYSTEM) as held:
        return apply(wanted or plan(), runtime, held, OPERATOR)


def undone(place: str, runtime: Runtime, name: str = FIRST) -> tuple[Examined, ...]:
    with locked(place, SYSTEM) as held:
        return undo(held.named(name), runtime, held, OPERATOR)


def state(place: str) -> OverrideState:
    held = looked_at(place, SYSTEM)
    assert held is not None
    return held


def journal(place: str, name: str = FIRST) -> Journal:
    return state(place).named(name).journal


def standings(place: str, runtime: Runtime, name: str = FIRST) -> list[Standing]:
    held = state(place)
    found = held.named(name)
    return [one.standing for one in stand(found.journal, runtime, held.taken_over(found))]


def events(place: str) -> list[str]:
    return [str(each["event"]) for each in state(place).audit.entries]


def hashes(runtime: Runtime) -> list[MetadataRecord | None]:
    return [runtime.record(identity(number)) for number in range(3)]


def test_apply_restart_undo_restart(place: str) -> None:
    runtime = Runtime()
    outcome = applied(place, runtime)
    assert outcome.written == {identity(number) for number in range(3)}
    assert outcome.journal == f"{place}/{FIRST}"
    assert hashes(runtime) == [record(number, NEW) for number in range(3)]
    assert standings(place, runtime) == [Standing.PENDING] * 3
    runtime.restart()
    assert standings(place, runtime) == [Standing.APPLIED] * 3
    assert [one.way for one in undone(place, runtime)] == [UndoWay.RESTORE] * 3
    assert hashes(runtime) == [record(number) for number in range(3)]
    assert standings(place, runtime) == [Standing.PENDING] * 3
    runtime.restart()
    assert standings(place, runtime) == [Standing.RESTORED] * 3
    assert events(place) == ["apply", *["restamped"] * 3, "applied", "undo", *["restored"] * 3, "undone"]


def test_a_second_run_of_each_changes_nothing(place: str) -> None:
    runtime = Runtime()
    applied(place, runtime)
    before = {each.name: each.read_bytes() for each in Path(place).iterdir()}
    again = applied(place, runtime)
    assert ([one.action for one in again.surveyed], again.written) == ([Action.NOTHING] * 3, frozenset())
    assert {each.name: each.read_bytes() for each in Path(place).iterdir()} == before
    undone(place, runtime)
    before = {each.name: each.read_bytes() for each in Path(place).iterdir()}
    assert [one.way for one in undone(place, runtime)] == [UndoWay.NOTHING] * 3
    assert {each.name: each.read_bytes() for each in Path(place).iterdir()} == before
    assert runtime.writes == 6


def test_what_does_not_fit_is_named_and_left_and_the_others_are_written(place: str) -> None:
    runtime = Runtime(5)
    runtime.database[identity(0)] = record(0, "deadbeef")
    runtime.database[identity(1)] = MetadataRecord("x", b"no json")
    runtime.ended = {identity(2)}
    runtime.database[identity(3)] = record(3, NEW)
    before = dict(runtime.database)
    outcome = applied(place, runtime, plan(7))
    assert [one.action for one in outcome.surveyed] == [Action.REFUSE, Action.REFUSE, Action.ENDED, Action.NOTHING, Action.WRITE, Action.ELSEWHERE, Action.ELSEWHERE]  # fmt: skip
    assert outcome.surveyed[0].name == f"shop/web-0/app ({identity(0)[:13]})"
    assert runtime.database == {**before, identity(4): record(4, NEW)}
    assert list(journal(place).entries) == [identity(4)]
    assert state(place).audit.entries[-1]["refused"] == [identity(0), identity(1)]


def test_nothing_to_do_leaves_no_trace(place: str) -> None:
    runtime = Runtime(0)
    assert applied(place, runtime) == Outcome(applied(place, runtime).surveyed, frozenset(), None)
    assert sorted(each.name for each in Path(place).iterdir()) == ["override.lock"]


def test_the_journal_holds_all_that_undo_needs_and_nobody_else_can_read_it(place: str) -> None:
    runtime = Runtime(1)
    applied(place, runtime, plan(1))
    entry = journal(place).entries[identity(0)]
    assert (entry.before, entry.after_sum) == (record(0), hashlib.sha256(record(0, NEW).value).hexdigest())
    assert entry.process is not None
    assert entry.process.pid == 1000
    assert {oct(each.stat().st_mode & 0o777) for each in Path(place).iterdir()} == {"0o600"}
    assert oct(Path(place).stat().st_mode & 0o777) == "0o700"
    assert SECRET.encode() not in (Path(place) / "audit.log").read_bytes()


class Watched(Quick):
    """A system that tells in which order things are logged and synced."""

    def __init__(self, told: list[tuple[str, bytes]]) -> None:
        self.told = told

    def write(self, descriptor: int, data: bytes) -> int:
        self.told.append(("log", data))
        return super().write(descriptor, data)

    def fsync(self, descriptor: int) -> None:
        self.told.append(("sync", b""))


@pytest.mark.parametrize("command", ["apply", "undo"])
def test_each_record_is_stored_only_after_its_line_is_synced(place: str, command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    runtime = Runtime()
    if command == "undo":
        applied(place, runtime)
    told: list[tuple[str, bytes]] = []
    store = runtime.write

    def write(container_id: str, record: MetadataRecord) -> None:
        told.append(("store", container_id.encode()))
        store(container_id, record)

    monkeypatch.setattr(runtime, "write", write)
    with locked(place, Watched(told)) as held:
        if command == "apply":
            apply(plan(), runtime, held, OPERATOR)
        else:
            undo(held.named(FIRST), runtime, held, OPERATOR)
    stored = [number for number, (what, _) in enumerate(told) if what == "store"]
    assert len(stored) == 3
    for number in stored:
        assert told[number - 1][0] == "sync"
        needed = b'"kind":"write"' if command == "apply" else b'"kind":"undo"'
        lines = [data for what, data in told[:number] if what == "log" and needed in data]
        assert lines
        assert command == "undo" or told[number][1] in lines[-1]


def test_undo_leaves_what_somebody_else_changed(place: str) -> None:
    runtime = Runtime()
    applied(place, runtime)
    runtime.annotate(identity(0), NEXT)
    runtime.remove(identity(1))
    ways = {one.entry.container_id: one.way for one in undone(place, runtime)}
    assert ways == {identity(0): UndoWay.DRIFTED, identity(1): UndoWay.GONE, identity(2): UndoWay.RESTORE}
    assert runtime.database == {identity(0): record(0, NEXT), identity(2): record(2)}
    assert standings(place, runtime) == [Standing.DRIFTED, Standing.GONE, Standing.RESTORED]
    assert set(journal(place).restamped) == {identity(0)}, "nobody knows what the drifted one carries"


def test_undo_comes_back_for_what_drifted_back(place: str) -> None:
    runtime = Runtime(1)
    applied(place, runtime, plan(1))
    runtime.annotate(identity(0), NEXT)
    assert [one.way for one in undone(place, runtime)] == [UndoWay.DRIFTED]
    runtime.annotate(identity(0), NEW)
    assert [one.way for one in undone(place, runtime)] == [UndoWay.RESTORE]
    assert runtime.database == {identity(0): record(0)}


def test_the_next_upgrade_has_a_journal_of_its_own_and_both_are_undone_in_turn(place: str) -> None:
    runtime = Runtime(2)
    later = plan(1, NEW, NEXT, "b2" * 32)
    second = f"0002-{'b2' * 6}.journal"
    applied(place, runtime, plan(2))
    first_digest = journal(place).digest
    runtime.restart()
    applied(place, runtime, later)
    assert journal(place, second).follows == first_digest
    runtime.restart()
    assert standings(place, runtime) == [Standing.TAKEN_OVER, Standing.APPLIED]
    assert standings(place, runtime, second) == [Standing.APPLIED]
    undone(place, runtime, second)
    undone(place, runtime)
    assert runtime.database == {identity(number): record(number) for number in range(2)}


def test_a_plan_can_be_applied_again_after_its_undo(place: str) -> None:
    runtime = Runtime()
    for number in range(1, 4):
        name = f"{number:04}-{'a1' * 6}.journal"
        assert applied(place, runtime).journal == f"{place}/{name}"
        undone(place, runtime, name)
    assert hashes(runtime) == [record(number) for number in range(3)]


def test_an_undo_that_has_begun_must_end_first(place: str) -> None:
    runtime = Runtime()
    applied(place, runtime)

    def fail(container_id: str, record: MetadataRecord) -> None:
        raise OverrideRefused("gone away")

    runtime.write = fail  # type: ignore[method-assign]
    with pytest.raises(OverrideRefused, match="gone away"):
        undone(place, runtime)
    del runtime.write
    with pytest.raises(OverrideRefused, match="its undo has begun and not ended"):
        applied(place, runtime)
    undone(place, runtime)
    assert hashes(runtime) == [record(number) for number in range(3)]


def test_what_changed_between_two_runs_is_written_with_its_newer_record_kept(place: str) -> None:
    """A run is killed before it writes; then somebody changes another annotation: undo gives back that newer record."""
    runtime = Runtime(1)

    def fail(container_id: str, record: MetadataRecord) -> None:
        raise OverrideRefused("gone away")

    runtime.write = fail  # type: ignore[method-assign]
    with pytest.raises(OverrideRefused, match="gone away"):
        applied(place, runtime, plan(1))
    del runtime.write
    newer = record(0, others={"b.example": "new"})
    runtime.database[identity(0)] = newer
    applied(place, runtime, plan(1))
    assert runtime.database == {identity(0): record(0, NEW, {"b.example": "new"})}
    undone(place, runtime)
    assert runtime.database == {identity(0): newer}


def test_the_lock_refuses_a_second_one_at_once(place: str) -> None:
    runtime = Runtime()
    with locked(place, SYSTEM) as held:
        with pytest.raises(OverrideRefused, match='another "override" command that changes something is at work here'):
            applied(place, runtime)
        assert runtime.writes == 0
        assert apply(plan(), runtime, held, OPERATOR).written
    with locked(place, SYSTEM), pytest.raises(OverrideRefused, match="is at work here"):
        undone(place, runtime)


def cut(place: str, name: str, lines: Sequence[int]) -> None:
    path = Path(place) / name
    kept = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(kept[number] for number in lines))


@pytest.mark.parametrize(
    ("name", "lines", "message"),
    [
        pytest.param("audit.log", [0, 2, 3, 4], r"audit.log: line 2: does not follow", id="a line of the audit log is gone"),
        pytest.param("audit.log", [0, 2, 1, 3, 4], r"audit.log: line 2: does not follow", id="two lines have changed places"),
        pytest.param(
            "audit.log", [0, 1, 2], r"audit.log: line 5 is not there as .*journal saw it", id="the end of the audit log is cut off"
        ),
        pytest.param("audit.log", [], r"audit.log: line 5 is not there as .*journal saw it", id="the audit log is empty"),
        pytest.param(FIRST, [0, 1, 3, 4, 5, 6, 7], r"journal: line 3: does not follow", id="a line of the journal is gone"),
    ],
)
def test_tampering_is_found_before_anything_is_done(place: str, name: str, lines: Sequence[int], message: str) -> None:
    runtime = Runtime()
    applied(place, runtime)
    cut(place, name, lines)
    for run in (applied, undone):
        with pytest.raises(LogDamaged, match=message):
            run(place, runtime)
    assert runtime.writes == 3
    assert journal_in_force(place, SYSTEM)[0] == UNKNOWN


def test_the_digest_for_the_checkpoint(place: str) -> None:
    assert journal_in_force(place, SYSTEM) == (None, None)
    runtime = Runtime()
    applied(place, runtime)
    digest = hashlib.sha256((Path(place) / FIRST).read_bytes()).hexdigest()
    assert journal_in_force(place, SYSTEM) == (digest, None)
    undone(place, runtime)
    assert journal_in_force(place, SYSTEM) == (None, None)
    assert digest in journal(place).digests, "a checkpoint that names an earlier state finds the journal"
    assert journal(place).restamped == {}


def test_a_journal_tells_which_hash_was_natural(place: str) -> None:
    runtime = Runtime()
    applied(place, runtime)
    found = journal(place)
    assert (found.from_version, found.to_version, found.finished, found.in_force) == ("1.30.14", "1.31.0", True, True)
    assert {key: (hex_of(one.hash.before), one.hash.after.hex) for key, one in found.restamped.items()} == {
        identity(number): (OLD, NEW) for number in range(3)
    }
    assert {one.step for one in found.entries.values()} == {JournalStep.WRITTEN}
    audit = read_chain((Path(place) / "audit.log").read_bytes())
    assert found.anchors == (AuditAnchor(5, audit.sums[4]),)


@pytest.mark.parametrize("trick", ["link", "writable", "directory"])
def test_a_state_directory_that_others_could_have_made_is_refused(tmp_path: Path, trick: str) -> None:
    place = tmp_path / "lib" / "override"
    place.parent.mkdir()
    if trick == "link":
        (tmp_path / "real").mkdir(mode=0o700)
        place.symlink_to(tmp_path / "real")
    elif trick == "directory":
        place.mkdir(mode=0o700)
        (place / "audit.log").mkdir()
    else:
        place.mkdir()
        os.chmod(place, 0o777)  # noqa: PTH101
    runtime = Runtime()
    with pytest.raises(Exception, match=r"is a symbolic link|can be written by others|is a directory"):
        applied(str(place), runtime)
    assert runtime.writes == 0
