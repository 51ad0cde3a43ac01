"""What the real validation of a minor refuses, against what is told of it: the entries of hashdata, and fields that no entry names."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.oracle.configurations.asking import FILE, NOT_OF_THIS_MACHINE, in_minor, refuses, with_gate
from tests.oracle.configurations.real import PROGRAM, Configurations
from tests.oracle.configurations.telling import as_released, told
from upgradecheck.decisions.containers import KubeletEnd
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.planning.asking.dependencies import gates_that_clash
from upgradecheck.planning.asking.feature_gates import gates_that_stop
from upgradecheck.planning.asking.refused import kinds_that_stop

pytestmark = pytest.mark.oracle

STEPS = (
    ("1.22.17", "1.26.15"),
    ("1.26.15", "1.30.14"),
    ("1.29.15", "1.30.14"),
    ("1.30.14", "1.31.14"),
    ("1.30.14", "1.32.13"),
    ("1.34.10", "1.36.4"),
    ("1.36.4", "1.37.1"),
    ("1.37.1", "1.38.0-beta.0"),
)
EDGES: tuple[Any, ...] = (
    -2,
    -1,
    0,
    1,
    2,
    3,
    100,
    101,
    65536,
    "0s",
    "-1s",
    "1ns",
    "2s",
    "3s",
    "1h",
    "1.29",
    "pods",
    "none",
    "/",
    "",
    True,
    False,
)
OF_MEMBERS: tuple[Any, ...] = (
    1.5,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    None,
    [],
    {},
    [1],
    ["1"],
    [True],
    [{}],
    [[]],
    [None],
    ["1", 1],
    {"a": 1},
    {"a": "1"},
    {"a": True},
    {"a": ["1"]},
    {"a": {}},
    {"a": None},
    {"a": "1", "b": 1},
    "1Ki",
    "x",
    "1 Gi",
    2**32 - 1,
    2**32,
    [1, 2],
    {"memory": "1Gi", "hugepages-2Mi": 1},
    {"memory": "x"},
    {"memory": ""},
)
NOT_LOOKED_AT = (
    "featureGates",
    "logging",
    "registerWithTaints",
    "reservedMemory",
    "tracing",
    "singleProcessOOMKill",
    "failCgroupV1",
    "podLogsDir",
)
"""Fields that are judged elsewhere, hold what is not read, hang on the node's cgroups, or are made absolute before they are validated."""


def real(version: str) -> Configurations:
    if PROGRAM.found(version) is None:
        pytest.skip(f"{version} is not built: python -m tests.oracle.configurations.real {version}")
    return Configurations(version)


@pytest.mark.parametrize("version", sorted({version for step in STEPS for version in step}))
def test_entries_hold_in_the_minors_that_they_name(version: str) -> None:
    minor = parse_kubelet_version(version).minor
    every = json.loads(FILE.read_bytes())["refusals"]
    entries = [(entry, known) for entry, known in zip(every, CATALOG.options().refusals, strict=True) if "asked" in entry]
    assert len(entries) > 50
    with real(version) as asked:
        for entry, known in entries:
            assert refuses(asked.refuses, minor, entry) is (
                known.of(minor) and with_gate(minor, known.gate, on=known.while_on) is not None
            ), entry


@pytest.mark.parametrize("version", sorted({version for step in STEPS for version in step}))
def test_what_entries_ask_is_predicted(version: str) -> None:
    minor = parse_kubelet_version(version).minor
    with real(version) as asked:
        for entry in json.loads(FILE.read_bytes())["refusals"]:
            gates = with_gate(minor, entry.get("gate", ""), on=entry.get("gate_is") == "on")
            if "asked" not in entry or gates is None:
                continue
            for content in [*in_minor(entry, minor)["refused"], *in_minor(entry, minor)["taken"]]:
                whole = {**NOT_OF_THIS_MACHINE, **content, **({"featureGates": gates} if gates else {})}
                assert bool(asked.refuses(whole)) is told(version, whole), (entry["field"], whole)


@pytest.mark.parametrize("version", sorted({version for step in STEPS for version in step}))
def test_what_is_not_decoded_is_predicted(version: str) -> None:
    """Whatever a field of any kind holds, and whatever its members are."""
    parsed, options = as_released(version), CATALOG.options()
    end = KubeletEnd(parsed, (CATALOG.builds(parsed)[0],))
    with real(version) as asked:
        for path in options.fields:
            state = options.field(path, parsed.minor)
            if state is None or state.kind is None:
                continue
            for value in (*EDGES, *OF_MEMBERS):
                whole = {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **_at(path, value)}
                undecoded = bool(asked.request(configuration=whole).get("undecoded"))
                config = kubelet_config(json.dumps(whole).encode())
                given = {one: config.values.get(one) for one in config.given}
                told = [one.name for one in kinds_that_stop(end, options, given, "", config.forms)]
                assert told == ([path.replace("[]", "[0]")] if undecoded else []), (path, value)


def _at(path: str, value: Any) -> dict[str, Any]:
    """With [] behind a name, the value is in the only member of a list."""
    for name in reversed(path.split(".")):
        value = {name.removesuffix("[]"): [value] if name.endswith("[]") else value}
    found: dict[str, Any] = value
    return found


@pytest.mark.parametrize(("older", "newer"), STEPS, ids=["-".join(step) for step in STEPS])
def test_whatever_only_the_newer_one_refuses_is_predicted(older: str, newer: str) -> None:
    """Every field of either with values at the edges of what its kind can be; a value that neither can read, or both refuse, is no matter."""
    with real(older) as before, real(newer) as after:
        for content in _drawn(older, newer):
            old, new = before.refuses(content), after.refuses(content)
            if "failed to decode" not in old + new and "cannot unmarshal" not in old + new:
                assert (not old and bool(new)) is (told(newer, content) and not told(older, content)), (content, old, new)


def _drawn(*versions: str) -> Iterator[dict[str, Any]]:
    options, minors = CATALOG.options(), [parse_kubelet_version(version).minor for version in versions]
    for path in options.fields:
        if path.partition(".")[0] in NOT_LOOKED_AT or not any(options.field(path, minor) for minor in minors):
            continue
        for value in EDGES:
            yield {**NOT_OF_THIS_MACHINE, **_at(path, value)}


@pytest.mark.parametrize("version", sorted({version for step in STEPS for version in step}))
def test_gates_that_are_refused_alone_are_predicted(version: str) -> None:
    """Every gate of this minor and its neighbours, set to what it is not by default: unknown, locked, or against another one (1.35 on)."""
    parsed = as_released(version)
    end = KubeletEnd(parsed, (CATALOG.builds(parsed)[0],))
    near = [CATALOG.schema(minor) for minor in CATALOG.minors() if abs(minor.minor - parsed.minor.minor) <= 2]
    own = {**CATALOG.schema(parsed.minor).feature_gates, **CATALOG.schema(parsed.minor).other_gates}
    with real(version) as asked:
        wrong = {}
        for name in sorted({name for schema in near for name in schema.feature_gates}):
            known = own.get(name)
            gates = {name: not (known is not None and known.default)}
            clash = gates_that_clash(end, CATALOG.options(), gates, (name,), "")
            predicted = any(gates_that_stop(end, gates, "")) or any(clash)
            why = asked.refuses({**NOT_OF_THIS_MACHINE, "featureGates": gates})
            if bool(why) is not predicted:
                wrong[name] = why
    assert wrong == {}
