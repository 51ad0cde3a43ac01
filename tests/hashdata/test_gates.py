"""What becomes of a gate in every minor: it is there, was left on or off for good, or comes later. Nothing counts as off by not being there."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from itertools import takewhile
from pathlib import Path

import pytest
from msgspec.structs import replace

import upgradecheck
from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.version import Minor

CATALOG = Catalog()
MINORS = CATALOG.minors()
PROGRAM = Path(upgradecheck.__file__).parent
HASHDATA = PROGRAM.parent / "hashdata"
ASKING = {"feature_gate", "knows_feature_gate", "locked_to", "is_past_alpha"}
"""Methods of KubeletBuild that are given the name of a gate."""


def build(version: str) -> KubeletBuild:
    (only,) = CATALOG.builds(parse_kubelet_version(version))
    return only


def defaults(minor: Minor) -> Mapping[str, bool | None]:
    """The gates that a minor has; None where nobody read the default."""
    schema = CATALOG.schema(minor)
    own = {**schema.other_gates, **schema.feature_gates}
    return {name: None if gate is None else gate.default for name, gate in own.items()}


@cache
def in_any_minor() -> frozenset[str]:
    return frozenset(name for minor in MINORS for name in defaults(minor))


def asked_in(path: Path) -> Iterator[str]:
    """Names that are written where a build is asked for a gate, there or in a constant; and whatever else is the name of a gate."""
    text = path.read_text()
    if not (in_any_minor() | ASKING) & set(re.findall(r"\w+", text)):  # to parse them all takes seconds
        return
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in in_any_minor():
            yield str(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING and node.args:
            asked = node.args[0]
            if isinstance(asked, ast.Constant):
                yield str(asked.value)
            elif isinstance(asked, ast.Name) and asked.id.isupper():
                yield str(getattr(import_module(".".join(path.relative_to(PROGRAM.parent).with_suffix("").parts)), asked.id))


def asked_by_data(content: object) -> Iterator[str]:
    """Names of gates in what was read by hand."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in ("gate", "under") and value:
                yield from [value] if isinstance(value, str) else value
            yield from asked_by_data(value)
    elif isinstance(content, list):
        for one in content:
            yield from asked_by_data(one)


@cache
def asked() -> tuple[str, ...]:
    by_program = {name for path in PROGRAM.rglob("*.py") for name in asked_in(path)}
    parts = ("manifests", "decisions", "admission", "api_server", "state_files")
    files = [json.loads((HASHDATA / f"v{minor}.json").read_bytes()) for minor in MINORS]
    return tuple(sorted(by_program | {name for file in files for part in parts for name in asked_by_data(file[part])}))


def test_what_is_asked_for_by_name_is_found() -> None:
    assert {"SupplementalGroupsPolicy", "InPlacePodVerticalScaling", "EphemeralContainers", "ImageVolume"} <= set(asked())


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_a_gate_that_is_asked_for_is_there_or_was_left_for_good_or_comes_later(minor: Minor) -> None:
    """A misspelt one is in no minor at all, and would count as off for ever."""
    gone = CATALOG.schema(minor).gone_gates
    earlier = {name for one in takewhile(lambda one: one < minor, MINORS) for name in defaults(one)}
    unmarked = [
        name for name in asked() if name not in defaults(minor) and name not in gone and (name in earlier or name not in in_any_minor())
    ]
    assert unmarked == []


@pytest.mark.parametrize("minor", MINORS, ids=str)
def test_a_gate_that_is_gone_stays_as_its_last_default_was(minor: Minor) -> None:
    left: dict[str, bool | None] = {}
    for one in takewhile(lambda one: one < minor, MINORS):
        left |= defaults(one)
    assert CATALOG.schema(minor).gone_gates == {name: on for name, on in left.items() if name not in defaults(minor)}


@pytest.mark.parametrize(
    ("release", "gate", "on"),
    [
        pytest.param("1.22.17", "EphemeralContainers", False, id="alpha, off by default"),
        pytest.param("1.23.17", "EphemeralContainers", True, id="beta, on"),
        pytest.param("1.37.1", "EphemeralContainers", True, id="gone, on for good"),
        pytest.param("1.15.12", "EphemeralContainers", False, id="not there yet"),
        pytest.param("1.16.15", "DebugContainers", False, id="gone without ever being on"),
        pytest.param("1.34.10", "LegacySidecarContainers", False, id="gone, off for good"),
        pytest.param("1.30.14", "NoGateOfAnyMinor", False, id="of no minor"),
    ],
)
def test_a_build_tells_what_a_gate_switches(release: str, gate: str, on: bool) -> None:
    assert build(release).feature_gate(gate) is on


@pytest.mark.parametrize(
    ("before", "since", "gate", "on"),
    [
        pytest.param("1.23.6", "1.23.7", "JobTrackingWithFinalizers", (True, False), id="turned off"),
        pytest.param("1.12.0", "1.12.1", "AttachVolumeLimit", (False, True), id="turned on"),
        pytest.param("1.30.3", "1.30.4", "APIServingWithRoutine", (True, False), id="of a library"),
        pytest.param("1.31.0", "1.31.1", "DisableNodeKubeProxyVersion", (True, False), id="and past its trial"),
        pytest.param("1.34.1", "1.34.2", "SchedulerAsyncAPICalls", (True, False), id="in one minor"),
        pytest.param("1.35.0", "1.35.1", "SchedulerAsyncAPICalls", (True, False), id="and in the next"),
        pytest.param("1.29.0", "1.29.1", "EventedPLEG", (False, False), id="another stage alone"),
    ],
)
def test_a_gate_that_a_patch_turned_is_as_each_patch_has_it(before: str, since: str, gate: str, on: tuple[bool, bool]) -> None:
    assert (build(before).feature_gate(gate), build(since).feature_gate(gate)) == on


def test_what_a_patch_changed_of_a_gate_counts_in_stages_and_locks() -> None:
    """AllBeta turns EventedPLEG in 1.29.0 alone; of vSphere's migration kubelets before 1.26.4 are told nothing."""
    on = {release: replace(build(release), feature_gates={"AllBeta": True}).feature_gate("EventedPLEG") for release in ("1.29.0", "1.29.1")}
    assert on == {"1.29.0": True, "1.29.1": False}
    assert [build(release).locked_to("CSIMigrationvSphere") for release in ("1.26.3", "1.26.4")] == [True, None]


@pytest.mark.parametrize(
    ("release", "past"),
    [
        pytest.param("1.30.14", False, id="not there yet"),
        pytest.param("1.32.13", False, id="alpha"),
        pytest.param("1.33.13", True, id="beta"),
        pytest.param("1.37.1", True, id="GA"),
    ],
)
def test_a_gate_is_past_alpha_from_beta_on(release: str, past: bool) -> None:
    assert build(release).is_past_alpha("SupplementalGroupsPolicy") is past
    assert not build("1.37.1").is_past_alpha("DebugContainers")
