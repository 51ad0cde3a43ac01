"""The law of the contract: JSON to Plan to JSON, byte for byte, and nothing of a newer minor is lost on the way."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders_plan import PLANS
from tests.drawing import tried
from tests.unit.contract.saved import again, reported, saved
from tests.unit.renderers.strategies import plans
from upgradecheck.contract.kept import put_back
from upgradecheck.contract.parts import Rows
from upgradecheck.contract.v1.plan import of
from upgradecheck.contract.v1.plan_reading import SavedPlan, plan_of
from upgradecheck.model.gate import Gate
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import formats_of
from upgradecheck.renderers.json.stream import json_object

ROWS = ("nodes", "pods", "findings", "waves", "waves_unsolved", "notices", "later")
NAMED_BY_WORDS = ("containers", "pods", "refused", "evidence", "left", "overrides", "labels")
"""Objects whose members' names are verdicts, reasons, grades or IDs: one more there would be a new word."""


@pytest.mark.parametrize("name", list(PLANS))
def test_json_to_plan_to_json(name: str) -> None:
    assert again(saved(PLANS[name])) == saved(PLANS[name])


@pytest.mark.parametrize("name", [name for name in PLANS if name != "hostile"])
def test_plan_to_json_to_plan(name: str) -> None:
    """Names that are no UTF-8 stand in the JSON as escapes, so not of the hostile one."""
    assert plan_of(saved(PLANS[name])) == PLANS[name]


@pytest.mark.parametrize("name", [name for name in PLANS if name != "hostile"])
def test_a_plan_read_back_is_reported_alike(name: str) -> None:
    read = plan_of(saved(PLANS[name]))
    assert [reported(read, form) for form in formats_of("plan")] == [reported(PLANS[name], form) for form in formats_of("plan")]


@pytest.mark.parametrize("name", list(PLANS))
def test_a_plan_that_was_saved_before_there_was_a_gate(name: str) -> None:
    whole = json.loads(saved(PLANS[name]))
    del whole["gate"]
    read = plan_of(written(whole))
    assert read.gate == Gate(whole["exit_code"])
    assert again(written(whole)) == written(whole)


@tried(10)
@given(plan=plans())
def test_of_every_plan(plan: Plan) -> None:
    raw = saved(plan)
    assert again(raw) == raw
    assert b"\\\\udc" in raw or plan_of(raw) == plan


LATER: tuple[Any, ...] = (
    None,
    True,
    2**53,
    1e5,
    -0.0,
    1e22,
    "",
    "\u202e",
    "caf\u00e9",
    [],
    {},
    [1, {"x": None}],
    {"from": [[]], "name": {"y": 1.5}},
)
"""What members of later minors may be."""


def grown(random: Random, value: Any, name: str = "") -> Any:
    """Some value of a plan, with members that nobody knows yet somewhere in its objects."""
    if isinstance(value, list):
        return [grown(random, element) for element in value]
    if not isinstance(value, dict):
        return value
    known = [(key, grown(random, member, key)) for key, member in value.items()]
    if name not in NAMED_BY_WORDS or "grade" in value:
        for number in range(random.randrange(3)):
            known.insert(random.randint(0, len(known)), (f"later_{number}", random.choice(LATER)))
    return dict(known)


def newer(plan: Plan, seed: int) -> bytes:
    """A plan as some later minor may write it."""
    random = Random(seed)
    whole = grown(random, json.loads(saved(plan)))
    whole["format_version"] = random.choice(["1.0", "1.1", "1.20"])
    return written(whole)


def written(whole: dict[str, Any]) -> bytes:
    """As this program lays JSON out."""
    members = ((name, Rows(value) if name in ROWS and isinstance(value, list) else value) for name, value in whole.items())
    return "".join(json_object(members)).encode()


@tried(10)
@given(plan=st.sampled_from([PLANS[name] for name in PLANS if name != "many-workloads"]) | plans(), seed=st.integers(0, 2**32))
def test_what_a_newer_minor_adds_stays_where_it_stands(plan: Plan, seed: int) -> None:
    raw = newer(plan, seed)
    assert again(raw) == raw


def test_a_long_list_that_nobody_knows_yet_keeps_its_lines() -> None:
    whole = {**json.loads(saved(PLANS["all-held"])), "format_version": "1.3", "later": [{"a": 1e5}, {"b": "\u202e"}]}
    assert again(written(whole)) == written(whole)
    assert b'"later": [\n    {"a":100000.0},\n    {"b":"\\u202e"}\n  ]' in again(written(whole))


def test_of_a_plan_of_this_minor_nothing_is_kept_beside_it() -> None:
    assert [SavedPlan(saved(plan)).kept() for plan in PLANS.values()] == [None] * len(PLANS)


def test_what_was_kept_survives_a_change_of_the_plan() -> None:
    whole = json.loads(saved(PLANS["all-held"]))
    whole["pods"][1]["later"] = {"x": [1, 2]}
    found = SavedPlan(written(whole))
    changed = "".join(json_object(put_back(of(replace(found.plan(), notices=("other",))), found.kept())))
    assert json.loads(changed) == {**whole, "notices": ["other"]}
