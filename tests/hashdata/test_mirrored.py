"""That a minor was read is a checked fact: each mirrored function has its fingerprints, and what changed unread makes a minor provisional."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import upgradecheck
from upgradecheck.catalog import Catalog
from upgradecheck.model.version import Minor

CATALOG = Catalog()
PROGRAM = Path(upgradecheck.__file__).parent
HASHDATA = PROGRAM.parent / "hashdata"
HAND_READ = (
    "manifests",
    "decisions",
    "admission",
    "api_server",
    "state_files",
    "node_monitor_grace",
    "resize_records",
    "driver_fallback_until",
)
each_minor = pytest.mark.parametrize("minor", CATALOG.minors(), ids=str)


@cache
def mirrored() -> Any:
    return json.loads((HASHDATA / "mirrored.json").read_bytes())


@cache
def file(minor: Minor) -> Any:
    return json.loads((HASHDATA / f"v{minor}.json").read_bytes())


def named() -> Iterator[tuple[str, str]]:
    """Functions that a docstring names right before their file, with its folder."""
    for path in PROGRAM.rglob("*.py"):
        for text in re.findall(r"Mirrors (?:[^.]|\.(?=\S))*", path.read_text()):
            yield from re.findall(r"\b([A-Za-z_]*[a-z][A-Z]\w*) in ((?:pkg|cmd)/[\w/]+)/\w+\.go", text)


def test_docstrings_name_many() -> None:
    assert ("computePodActions", "pkg/kubelet/kuberuntime") in set(named())
    assert len(set(named())) > 40


def test_every_function_that_a_docstring_names_has_fingerprints() -> None:
    """One that is new: go run . mirrored, with all minors."""
    known = mirrored()["functions"]
    without = {"KubeletConfiguration": "a type without methods", "SetDefaults_SecurityContext": "of no minor's newest patch"}
    assert {f"{name} in {folder}" for name, folder in named() if name not in without} - set(known) == set()


def test_fingerprints_stand_where_they_change() -> None:
    for name, states in mirrored()["functions"].items():
        minors = [tuple(map(int, one["since"].split("."))) for one in states]
        assert minors == sorted(set(minors)), name
        assert all(one["fingerprint"] != other["fingerprint"] for one, other in pairwise(states)), name
        assert any(one["fingerprint"] for one in states), name


@each_minor
def test_fingerprints_are_of_the_release_that_a_minor_was_read_from(minor: Minor) -> None:
    assert f"v{mirrored()['read'][str(minor)]}" == file(minor)["provenance"]["gates"]["version"]


@each_minor
def test_what_nobody_read_makes_a_minor_provisional(minor: Minor) -> None:
    """A note says how facts were read; of a minor that nobody read, it says so, and the file names what is to be read."""
    unread = file(minor).get("provisional", {}).get("unread", [])
    assert set(unread) <= set(mirrored()["functions"])
    told = {part: file(minor)["provenance"].get(part, {}).get("note", "") for part in HAND_READ}
    carried = {part for part, note in told.items() if "nobody read it here" in note}
    assert not carried or unread or file(minor).get("provisional", {}).get("release")


@each_minor
def test_a_pre_release_is_provisional_and_a_release_is_not_one(minor: Minor) -> None:
    version = file(minor)["provenance"]["gates"]["version"]
    release = file(minor).get("provisional", {}).get("release")
    assert (None if release is None else f"v{release}") == (version if "-" in version else None)
