"""``rules``, as a user runs it."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from tests.unit.renderers.test_plan_json import closed, schema
from upgradecheck.cli import main
from upgradecheck.hazards import rule, rule_ids


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["rules", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def test_all_are_listed_with_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    lines = told(capsys).splitlines()
    assert [(line.split()[0], line.endswith(rule(id_).title)) for id_, line in zip(rule_ids(), lines[1:], strict=False)] == [
        (id_, True) for id_ in rule_ids()
    ]


@pytest.mark.parametrize("name", ["table", "markdown"])
def test_those_named_are_told_in_full_each_once_in_their_order(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = " ".join(told(capsys, "UC060", "uc001", "UC060", "-o", name).split())
    assert text.index("Recorded hash not reproduced") < text.index("Hash algorithm boundary")
    assert text.count("Recorded hash not reproduced") == 1
    assert rule("UC001").remedy in text


@pytest.mark.parametrize(("words", "ids"), [((), list(rule_ids())), (("UC060", "UC001"), ["UC060", "UC001"])], ids=["all", "those named"])
def test_json_tells_all_of_each_and_yaml_the_same(words: tuple[str, ...], ids: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(told(capsys, *words, "-o", "json"))
    jsonschema.Draft202012Validator(closed(schema("rules"))).validate(document)
    assert [one["id"] for one in document["rules"]] == ids
    assert yaml.safe_load(told(capsys, *words, "-o", "yaml")) == document


@pytest.mark.parametrize(
    ("id_", "meant"),
    [
        pytest.param("uc04", " Did you mean UC064?", id="a digit is missing"),
        pytest.param("UC0600", " Did you mean UC060?", id="one too many"),
        pytest.param("checkpoint", "", id="another word"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_an_unknown_id_is_a_usage_error_that_names_the_nearest(id_: str, meant: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", id_]) == 64
    said = f'upgradecheck: rule {id_.upper()}: no rule is called so.{meant} "upgradecheck rules" lists them.\n'
    assert capsys.readouterr() == ("", said)
