"""Overrides in force: later plans tell what kubelets see from what creators wrote."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from tests.unit.contract.test_plan_reading import override_plan
from upgradecheck.cli import main
from upgradecheck.formats.hash_chain import START, chain_line, line_sum
from upgradecheck.formats.journal_lines import Anchor, members_of
from upgradecheck.formats.override_journal import (
    FORMAT,
    Applied,
    Begin,
    JournalLine,
    Restored,
    Undone,
    Write,
    Written,
    _Rewrite,
)
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, Recorded, RunState
from upgradecheck.planning.evidence.in_force import InForce, read_in_force

BEFORE, AFTER = Hash(0xC18C318C), Hash(0xF2ADBAB)
BEGIN = Begin(FORMAT, "p", "1.31.0", "2026-01-01T00:00:00Z", "test", "1.30.14")
AUDIT = Anchor(1, START)


def write(container: str = "c1", before: Hash = BEFORE, after: Hash = AFTER) -> Write:
    rewrite = _Rewrite(before.hex, after.hex)
    return Write(container, "shop", "web-0", "u1", "app", rewrite, "type", "", START)


def journal(*lines: JournalLine) -> bytes:
    found, previous = b"", START
    for number, line in enumerate((BEGIN, *lines), 1):
        made = chain_line(members_of(line), number, previous)
        found, previous = found + made, line_sum(made)
    return found


def record(kept: Recorded | Absent, container_id: str = "c1") -> ContainerRecord:
    return ContainerRecord(container_id, "s1", "u1", "shop", "web-0", "app", 0, RunState.RUNNING, 0, kept, Absent(), Origin("x"))


def seen(in_force: InForce, kept: Recorded | Absent, container_id: str = "c1") -> tuple[object, object, object]:
    """What kubelets see, what the creator wrote, and what the runtime keeps where that is something else."""
    (found,) = in_force.seen([record(kept, container_id)])
    return found.hash, found.natural, found.kept


WRITTEN = journal(write(), Written("c1"), Applied(AUDIT))


@pytest.mark.parametrize(
    ("raw", "kept", "expected"),
    [
        pytest.param(WRITTEN, Recorded(AFTER), (Recorded(AFTER), Recorded(BEFORE), None), id="a record that carries what was written"),
        pytest.param(
            journal(write()),
            Recorded(AFTER),
            (Recorded(AFTER), Recorded(BEFORE), None),
            id="whose writer died before it said so",
        ),
        pytest.param(
            WRITTEN,
            Recorded(BEFORE),
            (Recorded(BEFORE), None, None),
            id="as long as the runtime was not restarted it is natural",
        ),
        pytest.param(WRITTEN, Recorded(Hash(7)), (Recorded(Hash(7)), None, None), id="as is another hash: the container was made anew"),
        pytest.param(WRITTEN, Absent(), (Absent(), None, None), id="and none at all"),
        pytest.param(
            journal(write(), Written("c1"), Restored("c1"), Undone(AUDIT)),
            Recorded(AFTER),
            (Recorded(AFTER), None, None),
            id="after an undo",
        ),
        pytest.param(
            override_plan(), Recorded(BEFORE), (Recorded(AFTER), Recorded(BEFORE), Recorded(BEFORE)), id="a proxy shows another hash"
        ),
        pytest.param(override_plan(), Recorded(AFTER), (Recorded(AFTER), None, None), id="of what it finds as planned alone"),
    ],
)
def test_what_kubelets_see(raw: bytes, kept: Recorded | Absent, expected: tuple[object, object, object]) -> None:
    assert seen(read_in_force(raw), kept) == expected


def test_other_containers_are_natural() -> None:
    assert seen(read_in_force(WRITTEN), Recorded(AFTER), "c2") == (Recorded(AFTER), None, None)


def test_a_proxy_in_front_of_what_was_written() -> None:
    both = read_in_force(journal(write(before=Hash(1), after=BEFORE))).joined(read_in_force(override_plan()))
    assert seen(both, Recorded(BEFORE)) == (Recorded(AFTER), Recorded(Hash(1)), Recorded(BEFORE))


@pytest.mark.parametrize("order", [1, -1], ids=["before first", "after first"])
def test_of_a_record_that_was_listed_before_and_after_the_later_counts(order: int) -> None:
    listed = [record(Recorded(BEFORE)), record(Recorded(AFTER))][::order]
    (found,) = read_in_force(WRITTEN).seen(listed)
    assert (found.hash, found.natural) == (Recorded(AFTER), Recorded(BEFORE))


def test_a_hash_that_no_journal_explains_stays_beside_the_other() -> None:
    assert len(list(read_in_force(WRITTEN).seen([record(Recorded(Hash(3))), record(Recorded(AFTER))]))) == 2
    assert len(list(read_in_force(WRITTEN).seen([record(Recorded(BEFORE), "c2"), record(Recorded(AFTER), "c2")]))) == 2


def test_of_two_journals_the_last_hash_counts() -> None:
    both = read_in_force(WRITTEN).joined(read_in_force(follower(WRITTEN, write(before=AFTER, after=Hash(7)))))
    (found,) = both.seen([record(Recorded(Hash(7))), record(Recorded(BEFORE)), record(Recorded(AFTER))])
    assert (found.hash, found.natural) == (Recorded(Hash(7)), Recorded(BEFORE))


def follower(previous: bytes, *lines: JournalLine) -> bytes:
    """A journal that says that it follows another."""
    digest = hashlib.sha256(previous).hexdigest()
    found, before = b"", START
    for number, line in enumerate((replace_struct(BEGIN, follows=digest), *lines), 1):
        made = chain_line(members_of(line), number, before)
        found, before = found + made, line_sum(made)
    return found


def test_one_override_upon_another_leads_back_to_what_the_creator_wrote() -> None:
    later = follower(WRITTEN, write(before=AFTER, after=Hash(7)), Written("c1"))
    both = read_in_force(WRITTEN).joined(read_in_force(later))
    assert seen(both, Recorded(Hash(7))) == (Recorded(Hash(7)), Recorded(BEFORE), None)
    assert seen(both, Recorded(AFTER)) == (Recorded(AFTER), Recorded(BEFORE), None)


def test_a_journal_tells_all_only_with_those_before_it() -> None:
    first, later = read_in_force(WRITTEN), read_in_force(follower(WRITTEN, write(before=AFTER, after=Hash(7))))
    assert later.digests == frozenset()
    assert hashlib.sha256(WRITTEN).hexdigest() in first.digests
    assert later.joined(first).digests == first.digests | first.joined(later).digests
    assert len(first.joined(later).digests) == 4 + 2


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"{}", "kind: None where Plan is wanted", id="neither"),
        pytest.param(b"", "no plan in JSON", id="nothing"),
        pytest.param(override_plan(to="1.32.0"), "plan_hash", id="a plan that was changed"),
        pytest.param(WRITTEN.replace(b"1.31.0", b"1.32.0"), "line 1", id="a journal that was changed"),
    ],
)
def test_what_cannot_be_trusted_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(SpecRefused, match=message):
        read_in_force(raw)


def made(path: Path, *words: str) -> tuple[int, Any]:
    code = main(["plan", "--example", "-q", "-o", f"json={path}", *words])
    return code, json.loads(path.read_text())


def containers(told: Any) -> dict[tuple[str, str], Any]:
    return {(pod["uid"], one["name"]): one for pod in told["pods"] for one in pod["containers"]}


def test_the_next_upgrade_under_a_proxy(tmp_path: Path) -> None:
    """The example's node went to 1.31 behind a proxy: its records are of 1.22, and the kubelet is shown those of 1.31."""
    _, first = made(tmp_path / "plan.json", "--to", "1.31.0", "--override")
    held = {key for key, one in containers(first).items() if one["verdict"] == "overridden"}
    assert len(held) > 50
    proxied = ("--override-in-force", str(tmp_path / "plan.json"))
    _, blind = made(tmp_path / "blind.json", "--from", "1.31.0", "--to", "1.32.0")
    _, told = made(tmp_path / "next.json", "--from", "1.31.0", "--to", "1.32.0", *proxied)
    assert {containers(blind)[key]["verdict"] for key in held} <= {"restart", "recreate", "reject"}
    kept = [containers(told)[key] for key in held if containers(told)[key]["verdict"] not in ("recreate", "reject")]
    assert {(one["verdict"], one.get("override")) for one in kept} == {("overridden", "in-force")}
    assert [one for one in told["notices"] if "taken on trust" in one and "--override-in-force" in one]
    assert not [one for one in blind["notices"] if "--override-in-force" in one]
    # what an override holds says nothing of our schemas
    assert told["calibration"]["recorded"] == blind["calibration"]["recorded"] - len(held)


def test_a_file_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--example", "--override-in-force", str(tmp_path / "none")]) == 1
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err
