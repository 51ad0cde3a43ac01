"""The checksum of a whole plan: no value in the file can be another one without being told; another layout is no other value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders_plan import PLANS
from tests.drawing import sampled
from tests.unit.cli.test_show import GOOD
from tests.unit.contract.saved import reported
from upgradecheck.commands.show import read_saved
from upgradecheck.contract.sealing import SEAL
from upgradecheck.model.errors import InputError
from upgradecheck.model.waves import WaveRules
from upgradecheck.planning.asking.exit_codes import GateLimits, judged_by
from upgradecheck.planning.waves import with_waves
from upgradecheck.renderers import Canvas, choose

PLAN = judged_by(with_waves(GOOD["mixed"], WaveRules(max_per_wave="50%")), GateLimits(max_restarts="5%", min_coverage=12.0))
WHOLE: dict[str, Any] = json.loads(reported(PLAN, "json"))

Path = tuple[str | int, ...]


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Every place of a document: values, objects and lists."""
    if path:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inside:
        yield from places(one, (*path, name))


PLACES = tuple(places(WHOLE))


def changed(path: Path, how: str) -> dict[str, Any]:
    whole: Any = json.loads(json.dumps(WHOLE))
    at = whole
    for step in path[:-1]:
        at = at[step]
    if how == "left out":
        del at[path[-1]]
    elif how == "null":
        at[path[-1]] = None
    else:
        at[path[-1]] = other(at[path[-1]])
    return dict(whole)


def other(value: object) -> object:
    """Another value of the same kind."""
    if isinstance(value, bool) or value is None:
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value}x"
    return [*value, *value[:1]] if isinstance(value, list) else {}


def told_of(raw: bytes) -> str:
    try:
        read_saved("plan.json", lambda _: None, raw=raw)
    except InputError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("how", ["another", "left out", "null"])
@pytest.mark.parametrize("part", sampled(map(str, range(10)), 5))
def test_any_value_that_is_another_one_is_told(part: str, how: str) -> None:
    """But a checksum that is left out: then it is the plan of an older program."""
    edits = {path: changed(path, how) for path in PLACES[int(part) :: 10]}
    same = {path for path, edit in edits.items() if edit == WHOLE}
    untold = [path for path, edit in edits.items() if path not in same and not told_of(json.dumps(edit).encode())]
    assert untold in ([], [(SEAL,)] if how == "left out" else [])
    assert len(same) < len(edits) / 2


def test_a_byte_that_is_another_one_is_told_unless_the_values_are_the_same() -> None:
    random, raw = Random(4), reported(PLAN, "json").encode()
    for _ in range(60):
        at, byte = random.randrange(len(raw)), random.randrange(256)
        damaged = raw[:at] + bytes([byte]) + raw[at + 1 :]
        assert told_of(damaged) or json.loads(damaged) == WHOLE


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(json.dumps(WHOLE, indent=3), id="another layout"),
        pytest.param(json.dumps(WHOLE, sort_keys=True), id="another order of members"),
        pytest.param(json.dumps(WHOLE, ensure_ascii=False), id="other escapes"),
        pytest.param(json.dumps(WHOLE).replace('"limit": 12.0', '"limit": 12'), id="a number without its fraction"),
        pytest.param(reported(PLAN, "yaml"), id="YAML"),
    ],
)
def test_the_same_values_are_the_same_plan(raw: str) -> None:
    assert told_of(raw.encode()) == ""


@pytest.mark.parametrize("name", list(PLANS))
def test_json_and_yaml_have_the_same(name: str) -> None:
    seal = json.loads(reported(PLANS[name], "json"))[SEAL]
    assert f"\n{SEAL}: {seal}\n" in reported(PLANS[name], "yaml").replace("'", "")


def test_the_plan_of_an_older_program_is_written_again_without_it() -> None:
    older = {name: value for name, value in WHOLE.items() if name != SEAL}
    shown = read_saved("plan.json", lambda _: None, raw=json.dumps(older).encode())
    assert json.loads("".join(choose("json", "plan").render(shown, Canvas()))) == older


def test_what_a_newer_minor_says_is_covered_too() -> None:
    newer = {name: value for name, value in {**WHOLE, "news": [1.0, {"b": 1, "a": 2}]}.items() if name != SEAL}
    shown = read_saved("plan.json", lambda _: None, raw=json.dumps(newer).encode())
    sealed = "".join(choose("json", "plan").render(replace(shown, unsealed=False), Canvas()))
    again = read_saved("plan.json", lambda _: None, raw=sealed.encode())
    assert "".join(choose("json", "plan").render(again, Canvas())) == sealed
    assert told_of(sealed.replace('"b": 1', '"b": 3').encode()).startswith("plan.json: document_hash: is not that of what the file holds")


@pytest.mark.parametrize("number", [1 << 64, -(1 << 63) - 1, 10**30, 5.0, -0.0, 1e5, 1e22, 12345678901234567890.0])
@pytest.mark.parametrize("name", ["json", "yaml"])
def test_numbers_that_yaml_writes_otherwise_are_read_back(name: str, number: float) -> None:
    """YAML has numbers of more than 64 bits as fractions, and 5 is 5.0: what a newer minor says may hold any."""
    kept = {**WHOLE, "news": [number, {"a": [number]}], "pods": [{**WHOLE["pods"][0], "more": number}, *WHOLE["pods"][1:]]}
    del kept[SEAL]
    shown = read_saved("plan.json", lambda _: None, raw=json.dumps(kept).encode())
    sealed = "".join(choose(name, "plan").render(replace(shown, unsealed=False), Canvas()))
    assert told_of(sealed.encode()) == ""


@pytest.mark.parametrize("number", ["1" + "0" * 400, "-1" + "0" * 400, "1" + "0" * 3000])
def test_a_number_beyond_all_fractions_is_not_what_was_sealed(number: str) -> None:
    """A damaged file may hold one: it is told, and no failure."""
    damaged = json.dumps({**WHOLE, "news": 1}).replace('"news": 1', f'"news": {number}')
    assert told_of(damaged.encode()).startswith("plan.json: document_hash: is not that of what the file holds")


@pytest.mark.parametrize("text", [b'"\xff"', b'{"\xff": 1}', b'["\xff"]'])
def test_what_is_no_text_is_not_what_was_sealed(text: bytes) -> None:
    damaged = json.dumps({**WHOLE, "news": "@"}).encode().replace(b'"@"', text)
    assert told_of(damaged).startswith("plan.json: document_hash: is not that of what the file holds")
