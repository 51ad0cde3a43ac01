"""The printed JSON Schemas: whole, as goldens; what they say of documents is tested where documents are made."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from tests.builders_plan import PLANS
from tests.unit.contract.saved import saved
from tests.unit.renderers.golden_files import assert_is_golden
from upgradecheck.contract import v1


@pytest.mark.parametrize("name", v1.documents())
def test_schema_is_its_golden(name: str) -> None:
    schema = v1.schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert_is_golden(json.dumps(schema, indent=2) + "\n", f"schemas/{name}.json")


def altered(*path: str | int, value: object = None) -> Any:
    """A plan with something else in one place; without that member where there is no value."""
    whole: Any = json.loads(saved(PLANS["all-held"]))
    place = whole
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return whole


APP = ("pods", 0, "containers", 0)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(altered("format_version", value="2.0"), id="another major"),
        pytest.param(altered("kind", value="Matrix"), id="another kind"),
        pytest.param(altered("coverage"), id="a member is missing"),
        pytest.param(altered("exit_code", value=1), id="an exit code that no plan has"),
        pytest.param(altered("summary", "containers", value={"fine": 1}), id="a count of no verdict"),
        pytest.param(altered("summary", "override", "refused", value={"fine": 1}), id="a count of no refusal"),
        pytest.param(altered("nodes", 0, "evidence", value={"recorded": 0}), id="a grade of none"),
        pytest.param(altered("overrides", "web-id", "from", value="08e45cbd"), id="a padded hash"),
        pytest.param(altered(*APP, "override_refused", value=[]), id="not null, but left out"),
        pytest.param(altered(*APP, "override", value="maybe"), id="an unknown word"),
        pytest.param(altered(*APP, "facts", value=[]), id="an empty list that is left out"),
        pytest.param(altered(*APP, "facts", value=[{"fact": "created-by", "time": "yesterday"}]), id="a time that is none"),
    ],
)
def test_the_schema_of_a_plan_refuses(document: Any) -> None:
    assert not jsonschema.Draft202012Validator(v1.schema("plan")).is_valid(document)


def test_the_schema_of_a_plan_takes_what_later_minors_add() -> None:
    jsonschema.Draft202012Validator(v1.schema("plan")).validate(altered(*APP, "later", value=[1]))
