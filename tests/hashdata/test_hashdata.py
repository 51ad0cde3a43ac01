"""What every file of hashdata must be, and what must hold from one minor to the next.

These tests run over the files that exist; a minor's hashes are tested where hashes are made.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from msgspec.structs import replace

from tests.oracle.configurations.asking import listed
from upgradecheck.catalog import Catalog
from upgradecheck.catalog.releases import PRERELEASE_WITH_OWN_HASH
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.schema import ContainerKind, Era, JSONDecoder, Schema, UIDHasher, UIDInput
from upgradecheck.model.version import Minor
from upgradecheck.planning.asking.filled_in import UNFILLED

FOLDER = Path(__file__).parents[2] / "hashdata"
CATALOG = Catalog()
MINORS = CATALOG.minors()
GO_BUILTINS = {"string", "bool", "uint8", "int", "int32", "int64", "uint", "uint64", "float64", "byte"}

SEEN: set[str] = set()
"""Goldens that were found to be what the JSON Schema says."""

each_minor = pytest.mark.parametrize("minor", MINORS, ids=str)
each_step = pytest.mark.parametrize(("older", "newer"), list(pairwise(MINORS)), ids=str)


@cache
def file(minor: Minor) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"v{minor}.json").read_bytes())
    return content


@cache
def validator() -> Any:
    rules = json.loads((FOLDER / "schema.json").read_bytes())
    checked = jsonschema.validators.validator_for(rules)
    checked.check_schema(rules)
    return checked(rules)


def test_there_are_minors() -> None:
    assert MINORS


@each_step
def test_no_minor_is_left_out(older: Minor, newer: Minor) -> None:
    assert newer == Minor(older.major, older.minor + 1)


@pytest.mark.parametrize(
    "minor",
    [pytest.param(minor, id=str(minor), marks=pytest.mark.long if place % 3 else ()) for place, minor in enumerate(reversed(MINORS))],
)
def test_a_file_is_what_the_json_schema_says_and_of_the_minor_in_its_name(minor: Minor) -> None:
    """A golden that another minor has too, as most are, is looked at once."""
    new = [golden for golden in file(minor)["goldens"] if json.dumps(golden) not in SEEN]
    SEEN.update(map(json.dumps, new))
    shown = file(minor) | {"goldens": [*new, *file(minor)["goldens"][: max(0, 60 - len(new))]]}
    problems = [f"{error.json_path}: {error.message[:200]}" for error in validator().iter_errors(shown)]
    assert problems == []
    assert file(minor)["minor"] == str(minor)


def test_the_json_schema_is_closed() -> None:
    """An unknown key at the top is refused, so that a misspelt fact cannot hide."""
    assert not validator().is_valid({**file(MINORS[-1]), "surprise": 1})


@each_minor
def test_patches_stand_in_order_without_a_gap_and_their_go_never_goes_back(minor: Minor) -> None:
    patches = CATALOG.patches(minor)
    assert patches == tuple(range(len(patches)))
    gos = [tuple(map(int, go.split("."))) for go, _ in filter(None, (CATALOG.go_version(minor, patch) for patch in patches))]
    assert len(gos) == len(patches)
    assert gos == sorted(gos)


@each_minor
def test_escapes_change_at_the_patches_that_were_found(minor: Minor) -> None:
    """docs/reference/minors.md: the only patch upgrades that change a hash."""
    changes = []
    for before, after in pairwise(CATALOG.patches(minor)):
        old, new = (CATALOG.resolve(parse_kubelet_version(f"{minor}.{patch}")) for patch in (before, after))
        if old != new:
            changes.append(after)
    assert changes == {Minor(1, 27): [16], Minor(1, 28): [12], Minor(1, 29): [7]}.get(minor, [])
    assert len(CATALOG.hash_classes(minor)) == len(changes) + 1


@each_minor
def test_types_are_closed_and_all_of_them_are_reached(minor: Minor) -> None:
    schema = CATALOG.schema(minor)
    assert {"Container", "Pod", "PodSpec"} <= schema.roots.keys()
    assert reached(schema, set(schema.roots.values())) == set(schema.types)


def reached(schema: Schema, names: set[str]) -> set[str]:
    """Names of types reached from some; fails with the expression that names a type that is not there."""
    found: set[str] = set()
    while names:
        name = names.pop()
        assert name in schema.types, f"{name} is named but not described"
        found.add(name)
        definition = schema.types[name]
        for expression in (*(field.type for field in definition.fields), *([definition.elem] if definition.elem else [])):
            names |= named_in(expression) - found
    return found


def named_in(expression: str) -> set[str]:
    words = set(re.findall(r"[A-Za-z][A-Za-z0-9_/.]*", expression)) - {"map"}
    return {word for word in words if word not in GO_BUILTINS}


@each_minor
def test_a_type_has_the_parts_of_its_kind(minor: Minor) -> None:
    for name, definition in CATALOG.schema(minor).types.items():
        assert bool(definition.elem) == (definition.kind in {"map", "slice"} and definition.codec is None), name
        assert not definition.fields or definition.kind == "struct", name
        json_names = [field.json for field in definition.fields if field.json]
        assert len(json_names) == len(set(json_names)), name


@pytest.mark.parametrize(
    ("older", "newer"),
    [(older, newer) for older, newer in pairwise(MINORS) if Minor(1, 16) <= older and newer <= Minor(1, 30)],
    ids=str,
)
def test_in_the_json_era_fields_of_a_container_are_only_added(older: Minor, newer: Minor) -> None:
    """Never removed, reordered, retagged or given another JSON shape: else more than newly known fields would change hashes."""
    before, after = (list(json_fields(CATALOG.schema(minor), "Container")) for minor in (older, newer))
    assert [field for field in after if field in set(before)] == before


def json_fields(schema: Schema, root: str) -> Iterator[tuple[str, str, bool]]:
    """Path, JSON shape and omitempty of every field that JSON sees below a root, embedded structs spread out, in Go's order."""

    def below(name: str, path: str) -> Iterator[tuple[str, str, bool]]:
        for field in schema.types[name].fields:
            spread = field.inline or (field.embedded and not field.json)
            if field.json is None and not spread:
                continue
            inner = [word for word in re.findall(r"[A-Za-z][A-Za-z0-9_/.]*", field.type) if word in schema.types]
            if not spread:
                yield f"{path}.{field.json}", shape(schema, field.type), field.omitempty
            if inner and schema.types[inner[-1]].codec is None:
                yield from below(inner[-1], path if spread else f"{path}.{field.json}")

    return below(schema.roots[root], "")


def shape(schema: Schema, expression: str) -> str:
    """A type expression with the names of types replaced by what they are in JSON: renamed Go types encode alike."""

    def kind(word: re.Match[str]) -> str:
        definition = schema.types.get(word[0])
        return word[0] if definition is None else definition.codec or definition.elem or definition.kind

    return re.sub(r"[A-Za-z][A-Za-z0-9_/.]*", kind, expression)


def test_eras_and_decoders_follow_each_other() -> None:
    eras = [CATALOG.schema(minor).era for minor in MINORS]
    assert [era for era, _ in groupby(eras)] == [era for era in Era if era in eras]
    decoders = [CATALOG.schema(minor).decoder for minor in MINORS]
    assert [decoder for decoder, _ in groupby(decoders)] == [decoder for decoder in JSONDecoder if decoder in decoders]


FIRSTS = [
    (Minor(1, 8), Era.TYPED, JSONDecoder.JSONITER),
    (Minor(1, 16), Era.JSON, JSONDecoder.JSONITER),
    (Minor(1, 23), Era.JSON, JSONDecoder.KJSON),
    (Minor(1, 31), Era.IMAGE_NAME, JSONDecoder.KJSON),
]


@each_minor
def test_eras_and_decoders_begin_where_they_were_found_to(minor: Minor) -> None:
    _, era, decoder = next(first for first in reversed(FIRSTS) if first[0] <= minor)
    assert (CATALOG.schema(minor).era, CATALOG.schema(minor).decoder) == (era, decoder)


@each_minor
def test_container_kinds_are_known_and_compared_from_the_minors_on_that_were_found(minor: Minor) -> None:
    """docs/reference/minors.md: sidecars are known from 1.28 on and compared from 1.32 on."""
    since = {ContainerKind.EPHEMERAL: Minor(1, 16), ContainerKind.SIDECAR: Minor(1, 28)}
    schema = CATALOG.schema(minor)
    assert schema.kinds_known == {kind for kind in ContainerKind if since.get(kind, minor) <= minor}
    assert schema.kinds_compared == {ContainerKind.APP} | ({ContainerKind.SIDECAR} if minor >= Minor(1, 32) else set())


@each_minor
def test_the_hash_without_resources_exists_from_1_27_to_1_30(minor: Minor) -> None:
    assert CATALOG.schema(minor).hash_without_resources == (Minor(1, 27) <= minor <= Minor(1, 30))


NODE_AND_SOURCE_SINCE, FNV_SINCE, CORE_SINCE = Minor(1, 21), Minor(1, 35), Minor(1, 9)


@each_minor
def test_the_uid_of_static_pods_is_made_as_was_found(minor: Minor) -> None:
    """docs/reference/minors.md: what the UID is a sum of."""
    rule = CATALOG.schema(minor).static_pod_uid
    place = () if minor < NODE_AND_SOURCE_SINCE else (UIDInput.NODE, UIDInput.SOURCE)
    assert rule.input == (UIDInput.POD, *place)
    assert rule.hasher is (UIDHasher.MD5 if minor < FNV_SINCE else UIDHasher.FNV128A)
    assert rule.object == ("*api.Pod" if minor < CORE_SINCE else "*core.Pod")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"surprise": 1}, id="an unknown key"),
        pytest.param({"hasher": "sha1"}, id="an unknown hasher"),
        pytest.param({"input": ["node", "pod"]}, id="another order"),
        pytest.param({"object": "*v1.Pod"}, id="another type"),
        pytest.param({"change": "all"}, id="what follows from the types"),
    ],
)
def test_the_json_schema_refuses_a_static_pod_rule_with(changes: dict[str, Any]) -> None:
    content = file(MINORS[-1])
    assert not validator().is_valid({**content, "static_pod_uid": {**content["static_pod_uid"], **changes}})


CONVERSION = {"drops-init-annotations": (8, 36), "syncs-pod-ips": (16, None)}


@each_minor
def test_the_internal_types_differ_from_the_published_ones_as_was_found(minor: Minor) -> None:
    """docs/reference/minors.md: four structs in another order, one type, and by 1.37 none at all."""
    internal = CATALOG.schema(minor).internal_pod
    others = {"PodSecurityContext", "PodSpec", "PodStatus", "VolumeSource"} if minor < Minor(1, 37) else set()
    assert set(internal.fields) == others
    token = {"ServiceAccountTokenProjection.ExpirationSeconds": "int64"} if Minor(1, 11) <= minor < Minor(1, 37) else {}
    assert internal.types == token
    assert {one.value for one in internal.conversion} == {
        name for name, (first, last) in CONVERSION.items() if first <= minor.minor and (last is None or minor.minor <= last)
    }
    assert internal.time[0] == ("sec int64" if minor == Minor(1, 8) else "wall uint64")


@each_minor
def test_every_field_of_an_internal_struct_is_a_published_one(minor: Minor) -> None:
    """Of the same struct, or of the spec for what PodSecurityContext took over; what is left out is only what conversion merges."""
    schema = CATALOG.schema(minor)
    spec = {field.go for field in schema.types["core/v1.PodSpec"].fields}
    moved: set[str] = set()
    for name, order in schema.internal_pod.fields.items():
        published = {field.go for field in schema.types[f"core/v1.{name}"].fields}
        assert len(set(order)) == len(order)
        taken = set(order) - published
        assert taken <= (spec if name == "PodSecurityContext" else set()), name
        moved |= taken
    for name, order in schema.internal_pod.fields.items():
        left_out = {field.go for field in schema.types[f"core/v1.{name}"].fields} - set(order)
        merged = {"PodSpec": moved | {"DeprecatedServiceAccount"}, "PodStatus": {"PodIP"} if minor >= Minor(1, 16) else set()}
        assert left_out == merged.get(name, set()), name


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"surprise": 1}, id="an unknown key"),
        pytest.param({"fields": {"PodSpec": []}}, id="a struct without fields"),
        pytest.param({"conversion": ["moves"]}, id="an unknown rule"),
        pytest.param({"time": ["ext int64"]}, id="another time"),
    ],
)
def test_the_json_schema_refuses_internal_types_with(changes: dict[str, Any]) -> None:
    content = file(MINORS[-1])
    assert not validator().is_valid({**content, "internal_pod": {**content["internal_pod"], **changes}})


@each_minor
def test_facts_say_where_they_were_read(minor: Minor) -> None:
    sources = {fact: source for fact, source in CATALOG.facts(minor).provenance.items() if isinstance(source, dict) and "module" in source}
    assert {
        "types",
        "hash",
        "container_kinds",
        "decoder",
        "gates",
        "go_versions",
        "removed_flags",
        "static_pod_uid",
        "internal_pod",
    } <= sources.keys()
    assert sources.pop("kubelet_lag")["module"] == "kubernetes/website"
    for fact, source in sources.items():
        assert re.match(rf"v[01]\.{minor.minor}\.", source["version"]), fact
        assert source["paths"], fact


@each_minor
def test_gates_that_touch_pods_are_on_by_default_since_the_minor_that_is_said(minor: Minor) -> None:
    gates = CATALOG.feature_gates(minor)
    told = {one.name: minor >= one.on_since for one in CATALOG.gate_effects().touching if one.name in gates}
    assert {name: gates[name].default for name in told} == told


@each_step
def test_every_gate_whose_default_moves_was_read(older: Minor, newer: Minor) -> None:
    """A gate that a minor brings with it, switched on, moves as well; one that leaves stays as it was."""
    before, effects = CATALOG.feature_gates(older), CATALOG.gate_effects()
    moved = {
        name
        for name, gate in CATALOG.feature_gates(newer).items()
        if gate.default is not (before[name].default if name in before else _was_on(name, older))
    }
    assert moved - effects.no_pods - {one.name for one in effects.touching} == set()


def _was_on(name: str, minor: Minor) -> bool:
    return any(name in CATALOG.feature_gates(one) and CATALOG.feature_gates(one)[name].default for one in CATALOG.minors() if one <= minor)


def test_no_gate_both_touches_pods_and_does_not() -> None:
    told = json.loads((FOLDER / "gates.json").read_bytes())
    kinds = [list(told["gates"]), *(list(told["no_pods"][kind]) for kind in ("elsewhere", "checked", "node"))]
    assert kinds == [sorted(kind) for kind in kinds]
    assert sum(map(len, kinds)) == len({name for kind in kinds for name in kind})


def test_gates_that_touch_pods_are_read_in_the_minor_that_has_them_on() -> None:
    gates = json.loads((FOLDER / "gates.json").read_bytes())["gates"]
    assert list(gates) == sorted(gates)
    assert {name for name, one in gates.items() if not one["source"]["version"].startswith(f"v{one['on_since']}.")} == set()


def test_refusals_are_of_fields_that_their_minors_have_and_read_there() -> None:
    options, told = CATALOG.options(), json.loads((FOLDER / "refusals.json").read_bytes())["refusals"]
    assert len(told) == len(options.refusals)
    for one, read in zip(options.refusals, told, strict=True):
        known = (
            options.flag(one.field, one.since)
            if one.field.startswith("--")
            else options.field(listed(one.field.removesuffix(UNFILLED)), one.since)
        )
        assert known is not None or one.field.partition(" of a drop-in")[0] in ("apiVersion", "kind"), one
        assert one.of(parse_kubelet_version(read["source"]["version"].replace("v0.", "v1.")).minor), one
        assert not one.gate or one.gate in {**CATALOG.schema(one.since).feature_gates, **CATALOG.schema(one.since).other_gates}, one


def test_labels_are_read_in_minors_that_take_them() -> None:
    labels, told = CATALOG.options().labels, json.loads((FOLDER / "labels.json").read_bytes())
    assert labels is not None
    assert len(told["allowed"]) == len(labels.allowed)
    for one, read in zip(labels.allowed, told["allowed"], strict=True):
        minor = parse_kubelet_version(read["source"]["version"]).minor
        assert labels.refused(one.label, minor) is None, one
        assert one.until is None or labels.refused(one.label, one.until) == one.until, one


def test_gates_that_want_others_agree_with_the_defaults_of_their_minors() -> None:
    """No kubelet would start otherwise. A gate that has left is locked on or off, and wants nothing that is off."""
    for minor, wants in CATALOG.options().gates_want.items():
        known = {**CATALOG.schema(minor).feature_gates, **CATALOG.schema(minor).other_gates}
        on = {name for name, gate in known.items() if gate is not None and gate.default}
        off = {name for name, gate in known.items() if gate is not None and not gate.default}
        assert {gate for gate, others in wants.items() if gate in on and off & set(others)} == set(), minor
        assert len(wants.keys() & known.keys()) > len(wants) * 3 // 4, minor


@each_step
def test_removed_flags_are_those_that_only_the_minor_before_has(older: Minor, newer: Minor) -> None:
    options = CATALOG.options()
    dropped = sorted(name for name in options.flags if options.flag(name, older) and not options.flag(name, newer))
    assert list(CATALOG.facts(newer).removed_flags) == dropped


def test_options_are_of_every_minor_and_change_from_state_to_state() -> None:
    options = CATALOG.options()
    assert options.minors == MINORS
    for flags in options.flags.values():
        assert in_order([(one.since, one.gone, replace(one, since=MINORS[0])) for one in flags])
    for fields in options.fields.values():
        assert in_order([(one.since, one.gone, replace(one, since=MINORS[0])) for one in fields])


def in_order(states: list[tuple[Minor, bool, object]]) -> bool:
    """Whether each state differs from the one before, and comes after it; the first is there."""
    return not states[0][1] and all(one[0] < other[0] and one[2] != other[2] for one, other in pairwise(states))


def test_flags_set_fields_that_there_are() -> None:
    options = CATALOG.options()
    for name, states in options.flags.items():
        assert all(options.field(one.field, one.since) for one in states if one.field), name


def test_what_replaces_a_flag_is_told_of_flags_that_are_gone() -> None:
    options = CATALOG.options()
    assert {name for name in options.replaced if options.gone(name, MINORS[-1]) is None} == set()


@each_minor
def test_goldens_are_many_distinct_and_either_hashed_or_refused(minor: Minor) -> None:
    goldens = CATALOG.goldens(minor)
    assert len({golden.container for golden in goldens}) >= 60
    names = [(golden.id, golden.source, golden.patch) for golden in goldens]
    assert len(names) == len(set(names))
    for golden in goldens:
        assert (golden.hash is None) != (golden.refused is None), golden.id
        assert golden.hash is None or re.fullmatch(r"0|[1-9a-f][0-9a-f]{0,7}", golden.hash), golden.id
        wanted = CATALOG.schema(minor).hash_without_resources and golden.refused is None
        assert (golden.hash_without_resources is not None) == wanted, golden.id
        assert golden.patch is None or golden.patch in CATALOG.patches(minor), golden.id


@each_minor
def test_gates_that_came_with_a_patch_are_no_later_than_what_was_read(minor: Minor) -> None:
    last = parse_kubelet_version(json.loads((FOLDER / f"v{minor}.json").read_bytes())["provenance"]["gates"]["version"]).patch or 0
    schema = CATALOG.schema(minor)
    came = {name: one.since_patch for name, one in {**schema.other_gates, **schema.feature_gates}.items() if one is not None}
    assert {name: patch for name, patch in came.items() if not 0 <= patch <= last} == {}


@each_minor
def test_what_a_gate_was_before_patches_is_told_from_the_last_back_and_was_another(minor: Minor) -> None:
    """Each state differs from the one that followed it, and none is of a patch that was not read, or in which there was no gate."""
    last = parse_kubelet_version(json.loads((FOLDER / f"v{minor}.json").read_bytes())["provenance"]["gates"]["version"]).patch or 0
    schema = CATALOG.schema(minor)
    for name, gate in {**schema.other_gates, **schema.feature_gates}.items():
        if gate is None or not gate.before:
            continue
        patches = [one.patch for one in gate.before]
        assert last >= patches[0], name
        assert all(later > earlier for later, earlier in pairwise((*patches, gate.since_patch))), name
        states = [gate.at(patch) for patch in (last, *(one - 1 for one in patches))]
        assert all(replace(one, before=()) != replace(other, before=()) for one, other in pairwise(states)), name


@each_minor
def test_gates_that_are_fixed_are_past_their_trial(minor: Minor) -> None:
    for name, gate in CATALOG.feature_gates(minor).items():
        assert gate.stage in {"alpha", "beta", "ga", "deprecated"}, name
        assert not gate.locked or gate.stage in {"ga", "deprecated"}, name


@pytest.mark.parametrize("minor", [minor for minor in PRERELEASE_WITH_OWN_HASH if minor in MINORS], ids=str)
def test_a_pre_release_known_to_hash_anew_is_of_a_minor_that_changed_its_era(minor: Minor) -> None:
    before = Minor(minor.major, minor.minor - 1)
    assert before not in MINORS or CATALOG.schema(before).era is not CATALOG.schema(minor).era
