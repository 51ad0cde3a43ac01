"""Which values of flags are understood, by what takes them: as seven real kubelets took them (tests/lab/flags.py), from no code of ours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.decisions.flagvalues import wanted
from upgradecheck.decode.kubelet.version import parse_kubelet_version

SEEN: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[2] / "goldens" / "flag-values.json").read_bytes())


@pytest.mark.parametrize(("version", "type_"), [(version, type_) for version, types in SEEN.items() for type_ in types])
def test_a_type_takes_what_real_kubelets_took(version: str, type_: str) -> None:
    seen = SEEN[version][type_]
    values = (*seen["taken"], *seen["refused"])
    assert [value for value in values if not wanted(type_, value)] == seen["taken"]
    state = CATALOG.options().flag(seen["flag"], parse_kubelet_version(version).minor)
    assert state is not None
    assert state.type == type_


def test_what_was_seen_is_of_many_types_and_both_ways() -> None:
    assert len(SEEN) == 7
    assert sum(bool(one["refused"]) for types in SEEN.values() for one in types.values()) > 90
    assert sum(len(one["taken"]) for types in SEEN.values() for one in types.values()) > 500


@pytest.mark.parametrize("type_", ["", "string", "ConfigurationMap", "SomethingNew"])
def test_of_what_is_not_known_everything_is_taken(type_: str) -> None:
    assert wanted(type_, "any thing") == ""


@pytest.mark.parametrize(("text", "taken"), [("true", True), ("raw", True), ("v1.2.3", True), ("0", True), ("x", False), ("", False)])
def test_versions(text: str, taken: bool) -> None:
    """Real 1.34.1 was asked."""
    assert (not wanted("version", text)) is taken
