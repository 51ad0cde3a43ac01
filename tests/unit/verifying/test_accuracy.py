"""The log of accuracy: numbers without names, each upgrade once, and what is no line of it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders_plan import pod
from tests.drawing import tried
from tests.unit.renderers.test_verification_reports import hostile, mixed
from tests.unit.verifying.world import KEPT, RESTARTED, now, plan_of, planned, seen
from upgradecheck.commands.accuracy import accuracy_in
from upgradecheck.contract.v1 import accuracy as contract
from upgradecheck.model.accuracy import AccuracyEntry, GradeAccuracy, WrongReason
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.plan import Grade, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import Era
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Result, Tally, Verification
from upgradecheck.model.version import Minor
from upgradecheck.renderers import Canvas, choose
from upgradecheck.reporting.accuracies import accuracy_sentence, share
from upgradecheck.verifying.accuracy import accuracy_of, entry_of, plan_id
from upgradecheck.verifying.verifying import verify

ERAS = {Minor(1, 30): Era.JSON, Minor(1, 31): Era.IMAGE_NAME}
NOW = 1_770_000_000 * SECOND


def entry(found: Verification, time: int = NOW) -> AccuracyEntry:
    return entry_of(found, ERAS, time=time, writer="upgradecheck 0")


def kept(*, wrong: bool = False, plan: str = "a" * 64) -> Verification:
    made = plan_of(pod("web-1", planned()), pod("web-2", planned()))
    views = [now(KEPT), now(RESTARTED if wrong else KEPT, name="web-2")]
    return replace(verify(made, seen(made, views)), plan_hash=plan)


def test_an_entry_has_no_name_of_anything() -> None:
    """Every text of the result but versions and codes of closed lists would be found in the line."""
    for found in (mixed(), hostile()):
        text = contract.line(entry(found)).decode()
        for one in found.containers:
            for name in (one.namespace, one.pod, one.uid, one.node, one.container, one.container_id, one.now):
                assert name is None or name in ("app", "shop") or json.dumps(name)[1:-1] not in text
        assert not any(f'"{word}"' in text for word in ("app", "shop", "node-a"))
        assert found.plan_hash not in text
        assert all(re.fullmatch(r"[A-Za-z0-9_.:\- ]+", word) for word in re.findall(r'"([^"]*)"', text))


def test_an_entry_is_read_back() -> None:
    made = entry(mixed())
    assert contract.entry_of(contract.line(made)) == made
    assert (made.from_era, made.to_era, made.nodes, made.upgraded) == (Era.JSON, Era.IMAGE_NAME, 2, 1)
    assert sum(one.containers for one in made.outcomes) == len(mixed().containers)


def test_what_a_plan_is_told_by_is_not_its_hash() -> None:
    assert plan_id("a" * 64) != plan_id("b" * 64)
    assert re.fullmatch(r"[0-9a-f]{16}", plan_id("a" * 64))


def test_each_upgrade_counts_once_by_its_fullest_look() -> None:
    made = plan_of(pod("web-1", planned()), pod("web-2", planned()))
    half = replace(verify(made, seen(made, [now(KEPT)])), plan_hash="a" * 64)
    other = kept(wrong=True, plan="b" * 64)
    found = accuracy_of([entry(half), entry(kept(), NOW + 1), entry(half, NOW + 2), entry(other, NOW + 3)])
    assert (len(found.entries), found.judged) == (2, 4)
    assert found.summary == Tally(hit=3, miss=1)
    assert found.grades == (GradeAccuracy(Grade.RECORDED, 3, 4),)
    assert found.wrong == (WrongReason(Result.MISS, Verdict.SAFE, Reason.HASH_EQUAL, 1),)
    assert accuracy_sentence(found) == "over 2 upgrades 75.0 % of 4 predictions came true: 1 miss"


@pytest.mark.parametrize(
    ("part", "whole", "expected"), [(1, 1, "100 %"), (9999, 10000, "99.9 %"), (0, 3, "0.0 %"), (2, 3, "66.6 %"), (1999, 2000, "99.9 %")]
)
def test_a_hundred_per_cent_is_said_only_of_all(part: int, whole: int, expected: str) -> None:
    assert share(part, whole) == expected


def test_lines_that_are_none_are_passed_over_and_counted() -> None:
    line = contract.line(entry(kept()))
    newer = line.replace(b'"1.0"', b'"2.0"')
    found = accuracy_in(b"\n".join([b'{"kind":"Accuracy', line.rstrip(), b"", newer.rstrip(), b"x"]), "log")
    assert (found.unread, len(found.entries)) == (3, 1)
    assert "3 lines are passed over" in "".join(choose("table", "accuracy").render(found, Canvas(width=80)))


def test_a_file_of_something_else_is_no_log() -> None:
    with pytest.raises(InputError, match="is no log of accuracy"):
        accuracy_in(b'{"kind":"Plan"}\n', "plan.json")
    assert accuracy_in(b"", "empty").entries == ()


@tried(30)
@given(st.binary(max_size=40))
def test_nothing_but_a_line_is_one(raw: bytes) -> None:
    with pytest.raises(SpecRefused):
        contract.entry_of(raw)
    assert not contract.is_log(raw)


def test_the_sum_for_people() -> None:
    found = accuracy_of([entry(kept()), entry(kept(wrong=True, plan="b" * 64))])
    text = "".join(choose("table", "accuracy").render(found, Canvas(width=80)))
    assert "Over 2 upgrades 75.0 % of 4 predictions came true: 1 miss." in text
    assert "1 miss: predicted to be kept" in text
    assert "2026-02-02" in text
