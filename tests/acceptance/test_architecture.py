"""docs/architecture.md shows the rooms, layers and files that there are."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    tomllib = pytest.importorskip("tomli")

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "architecture.md").read_text()


def test_its_layers_are_those_that_the_import_contracts_hold() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one["name"] == "rooms are layered")
    shown = re.search(r"\n    cli .*?\n    model [^\n]*", TEXT, re.S)
    assert shown is not None
    assert [re.split(r"  +", line.strip())[0] for line in shown[0].strip().splitlines()] == [
        layer.replace("upgradecheck.", "") for layer in layers
    ]


def test_every_room_has_a_line() -> None:
    rooms = {entry.name for entry in (ROOT / "upgradecheck").iterdir() if (entry / "__init__.py").exists()}
    assert {room for line in TEXT.splitlines() if line.startswith("| `") for room in re.findall(r"`([a-z]+)/`", line.split("|")[1])} >= {
        *rooms,
        "hashdata",
    }


PLACES = sorted(set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+(?:\.[a-z]+)?)?)`", TEXT)))


@pytest.mark.parametrize("place", PLACES)
def test_what_it_names_is_there(place: str) -> None:
    assert (ROOT / place).exists() or (ROOT / "upgradecheck" / place).exists()
