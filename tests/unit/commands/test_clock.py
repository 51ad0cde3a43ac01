"""When a plan was made stands in it, and takes no part in what it decides."""

from __future__ import annotations

import json

from msgspec.structs import replace

from tests.builders_plan import container, plan, pod
from tests.conftest import NOW
from tests.unit.contract.saved import saved
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.contract.v1.plan_reading import plan_of
from upgradecheck.model.plan import Verdict

MADE = replace(plan(pod("web-1", container("app", Verdict.SAFE))), made_at=NOW)


def test_the_plan_of_the_command_says_when_it_was_made() -> None:
    assert make_plan(PlanRequest(example=True)).made_at == NOW


def test_it_is_kept_in_the_json_as_a_time_in_utc() -> None:
    assert json.loads(saved(MADE))["made_at"] == "2026-09-21T14:13:20Z"
    assert plan_of(saved(MADE)) == MADE


def test_a_plan_of_an_older_program_does_not_say_it() -> None:
    older = replace(MADE, made_at=None)
    assert "made_at" not in json.loads(saved(older))
    assert plan_of(saved(older)).made_at is None
