"""What changes between two minors, and which unchanged containers that touches: read off the data, checked against hashes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import ADMISSION, API_SERVER, CATALOG, DECISIONS, INTERNAL, MANIFESTS
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import StructCodec
from upgradecheck.hashing.containers import DecodedContainer, hash_container
from upgradecheck.hashing.eras import container_json
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.protobuf import through_protobuf
from upgradecheck.hashing.schemas.changes import diff_kubelets, effect_reasons, field_changes, make_matrix, newest_build, newest_class
from upgradecheck.hashing.schemas.fieldtree import field_tree
from upgradecheck.model.changes import Aspect, Change, Effect, EffectKind, EffectReason, FieldChange, effect_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.facts import ByPatch
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import (
    ContainerKind,
    Era,
    Field,
    HashClass,
    JSONDecoder,
    Schema,
    StaticPodUID,
    TypeDef,
    UIDHasher,
    UIDInput,
)
from upgradecheck.model.version import Minor

NONE, CONDITIONAL, ALL = Effect.NONE, Effect.CONDITIONAL, Effect.ALL
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
SECURITY, MOUNTS = "securityContext", "volumeMounts"


def minor_class(text: str) -> HashClass:
    return newest_class(parse_minor(text), CATALOG)


def build(text: str) -> KubeletBuild:
    return newest_build(parse_minor(text), CATALOG)


def reasons(old: str, new: str) -> tuple[EffectReason, ...]:
    return effect_reasons(minor_class(old), minor_class(new), CATALOG)


def printed(path: str, since: str, holder: str | None) -> EffectReason:
    return EffectReason(EffectKind.STRUCT_FIELD, path, holder, since)


def seen(path: str, since: str) -> EffectReason:
    return EffectReason(EffectKind.FIELD_ADDED, path, since=since)


def lost(path: str, since: str) -> EffectReason:
    return EffectReason(EffectKind.FIELD_REMOVED, path, since=since)


def algorithm(since: str) -> EffectReason:
    return EffectReason(EffectKind.ALGORITHM, since=since)


def sidecars(*creators: str) -> EffectReason:
    return EffectReason(EffectKind.KIND_COMPARED, since="1.32", container_kind=ContainerKind.SIDECAR, creators=creators)


DEVICES = printed("volumeDevices", "1.9", None)
GROUP = printed("securityContext.runAsGroup", "1.10", SECURITY)
PROC = printed("securityContext.procMount", "1.12", SECURITY)
SUBPATH = printed("volumeMounts[].subPathExpr", "1.14", MOUNTS)
WINDOWS = printed("securityContext.windowsOptions", "1.15", SECURITY)
ESCAPES = EffectReason(EffectKind.GO_ESCAPES)
UNTOUCHED = StaticPodUID(UIDHasher.MD5, (UIDInput.POD,), "*core.Pod")
GRACE = tuple(seen(f"{probe}.terminationGracePeriodSeconds", "1.21") for probe in PROBES)
GRPC = tuple(seen(f"{probe}.grpc", "1.23") for probe in PROBES)


@pytest.mark.parametrize(
    ("old", "new", "effect", "expected"),
    [
        pytest.param("1.8", "1.9", ALL, {DEVICES}, id="a field in the printed Container itself"),
        pytest.param("1.9", "1.10", CONDITIONAL, {GROUP}, id="a field behind a pointer"),
        pytest.param("1.10", "1.11", NONE, set(), id="no printed struct changes"),
        pytest.param("1.11", "1.12", CONDITIONAL, {PROC}, id="behind a pointer again"),
        pytest.param("1.12", "1.13", NONE, set(), id="no printed struct changes again"),
        pytest.param("1.13", "1.14", CONDITIONAL, {SUBPATH}, id="a field in the elements of a list"),
        pytest.param("1.14", "1.15", CONDITIONAL, {WINDOWS}, id="a struct behind a pointer"),
        pytest.param("1.9", "1.15", CONDITIONAL, {GROUP, PROC, SUBPATH, WINDOWS}, id="skipped minors add up"),
        pytest.param("1.8", "1.10", ALL, {DEVICES, GROUP}, id="all, and more"),
        pytest.param("1.15", "1.13", CONDITIONAL, {SUBPATH, WINDOWS}, id="going back, the struct changes back"),
        pytest.param("1.15", "1.16", ALL, {algorithm("1.16")}, id="the typed era ends"),
        pytest.param("1.16", "1.15", ALL, {algorithm("1.16")}, id="and begins, going back"),
        pytest.param("1.16", "1.17", NONE, set(), id="nothing new to see"),
        pytest.param("1.18", "1.19", CONDITIONAL, {seen("securityContext.seccompProfile", "1.19")}, id="a new field, if it is set"),
        pytest.param("1.20", "1.21", CONDITIONAL, set(GRACE), id="a field of a struct that stands in three places"),
        pytest.param("1.22", "1.23", CONDITIONAL, set(GRPC), id="a renamed embedded struct does not show in JSON"),
        pytest.param("1.20", "1.23", CONDITIONAL, {*GRACE, *GRPC, seen("securityContext.windowsOptions.hostProcess", "1.22")},
                     id="skipped minors add up in JSON"),
        pytest.param("1.26", "1.27", CONDITIONAL, {seen("resizePolicy", "1.27"), ESCAPES}, id="the newest patch is built with another Go"),
        pytest.param("1.27", "1.28", CONDITIONAL, {seen("restartPolicy", "1.28")}, id="the same Go in both newest patches"),
        pytest.param("1.28", "1.27", CONDITIONAL, {lost("restartPolicy", "1.28")}, id="going back, a set field is lost"),
        pytest.param("1.30", "1.31", ALL, {algorithm("1.31")}, id="the json era ends"),
        pytest.param("1.31", "1.32", CONDITIONAL, {sidecars("1.28", "1.29", "1.30")}, id="sidecars come to light"),
        pytest.param("1.31", "1.36", CONDITIONAL, {sidecars("1.28", "1.29", "1.30")}, id="and do so later"),
        pytest.param("1.30", "1.32", ALL, {algorithm("1.31"), sidecars("1.28", "1.29", "1.30")}, id="all, sidecars too"),
        pytest.param("1.28", "1.32", ALL, {algorithm("1.31"), sidecars("1.28")}, id="no later minor can have made the sidecar"),
        pytest.param("1.22", "1.32", ALL, {algorithm("1.31")}, id="a minor that knows no sidecars made none"),
        pytest.param("1.32", "1.36", NONE, set(), id="sidecars compared before carry the right hash"),
        pytest.param("1.36", "1.31", NONE, set(), id="going back, sidecars are left alone"),
        pytest.param("1.15", "1.31", ALL, {algorithm("1.31")}, id="two boundaries are one"),
    ],
)  # fmt: skip
def test_which_unchanged_containers_change(old: str, new: str, effect: Effect, expected: set[EffectReason]) -> None:
    found = reasons(old, new)
    assert (effect_of(found), set(found)) == (effect, expected)
    assert len(found) == len(expected)


PAIRS = list(pairwise(CATALOG.minors()))
SKIPPING = list(zip(CATALOG.minors(), CATALOG.minors()[4:], strict=False))


@pytest.mark.parametrize(("old", "new"), [*PAIRS, *((new, old) for old, new in PAIRS[::3]), *SKIPPING[::2]], ids=str)
def test_the_conditions_tell_exactly_which_hashes_change(old: Minor, new: Minor) -> None:
    """Of the containers that Go hashed for the goldens, those that meet a condition change, and no others.

    Left out are texts that no API server emits (lone surrogates, invalid UTF-8) where the decoder changes with 1.23.
    """
    before, after = newest_class(old, CATALOG), newest_class(new, CATALOG)
    found = [reason for reason in effect_reasons(before, after, CATALOG) if reason.kind is not EffectKind.KIND_COMPARED]
    examined = 0
    for golden in CATALOG.goldens(max(old, new))[::5]:
        if before.schema.decoder is not after.schema.decoder and golden.id.startswith("quirk/"):
            continue
        try:
            tree = jsontext.parse(golden.container)
            first, second = decoded(tree, before), decoded(tree, after)
        except SpecRefused:
            continue
        examined += 1
        changed = hash_container(first, before) != hash_container(second, after)
        assert changed == any(meets(reason, first, second, before, after) for reason in found), golden.id
    assert examined > 15


def decoded(tree: jsontext.Node, hash_class: HashClass) -> DecodedContainer:
    codec = codecs(hash_class.schema).root("Container")
    content = codec.decode(tree, codec.zero)
    if hash_class.schema.era is Era.TYPED:
        content = through_protobuf(codec, content)
    return DecodedContainer("", "", ContainerKind.APP, content)


def meets(reason: EffectReason, first: DecodedContainer, second: DecodedContainer, before: HashClass, after: HashClass) -> bool:
    if reason.strikes_all:
        return True
    if reason.kind is EffectKind.GO_ESCAPES:
        return len({container_json(second.content, replace(after, short_control_escapes=short)) for short in (False, True)}) == 2
    container, hash_class = (first, before) if reason.kind is EffectKind.FIELD_REMOVED else (second, after)
    text = container_json(container.content, hash_class).decode("utf-8", "replace")
    path = reason.holder or reason.path
    assert path is not None
    return any(True for _ in values([json.loads(text)], path.replace("[]", "/").replace(".", "/").split("/")))


def values(found: list[Any], steps: list[str]) -> Iterator[Any]:
    """What stands at a path; an empty step goes into the elements of a list."""
    if not steps:
        yield from found
    elif steps[0] == "":
        yield from values([element for each in found for element in each], steps[1:])
    else:
        flat = [element for each in found for element in (each if isinstance(each, list) else [each])]
        yield from values([each[steps[0]] for each in flat if steps[0] in each], steps[1:])


def field(go: str, type_: str, **changes: Any) -> Field:
    return Field(**{"go": go, "type": type_, "json": go[0].lower() + go[1:], "omitempty": True, **changes})


def struct(*fields: Field) -> TypeDef:
    return TypeDef(go="", kind="struct", fields=fields)


def schema(minor: int, era: Era, **types: TypeDef) -> Schema:
    named = {name: replace(definition, go=definition.go or f"v1.{name}") for name, definition in types.items()}
    kinds = frozenset({ContainerKind.APP})
    roots = {"Container": "Container"}
    return Schema(
        Minor(2, minor),
        era,
        JSONDecoder.KJSON,
        kinds,
        kinds,
        False,
        roots,
        named,
        3,
        40,
        UNTOUCHED,
        INTERNAL,
        ByPatch(MANIFESTS),
        ByPatch(DECISIONS),
        ByPatch(ADMISSION),
        ByPatch(API_SERVER),
        {},
    )


class Several:
    """A catalog of some minors."""

    def __init__(self, *schemas: Schema) -> None:
        self._schemas = {one.minor: one for one in schemas}

    def minors(self) -> tuple[Minor, ...]:
        return tuple(sorted(self._schemas))

    def schema(self, minor: Minor) -> Schema:
        return self._schemas[minor]

    def hash_classes(self, minor: Minor) -> tuple[HashClass, ...]:
        return (HashClass(self._schemas[minor], True),)


NAME, TTY = field("Name", "string", omitempty=False), field("Tty", "bool")
INNER = field("Inner", "Inner")
PORT, TEXT, AGE = field("Port", "int32"), field("Text", "string"), field("Age", "*int64")


@pytest.mark.parametrize(
    ("era", "old", "new", "expected"),
    [
        pytest.param(Era.TYPED, {"Container": struct(NAME, INNER), "Inner": struct(PORT)},
                     {"Container": struct(NAME, INNER), "Inner": struct(PORT, AGE)},
                     [("struct_field", "inner.age", None)], id="a struct held by value is always printed"),
        pytest.param(Era.JSON, {"Container": struct(NAME, INNER), "Inner": struct(PORT)},
                     {"Container": struct(NAME, INNER), "Inner": struct(PORT, AGE)},
                     [("field_added", "inner.age", None)], id="its JSON holds the field only if it is set"),
        pytest.param(Era.JSON, {"Container": struct(NAME)}, {"Container": struct(NAME, INNER), "Inner": struct(PORT)},
                     [("field_rewritten", "inner", None)], id="a struct is written in spite of omitempty"),
        pytest.param(Era.JSON, {"Container": struct(NAME, replace(INNER, type="*Inner")), "Inner": struct(PORT)},
                     {"Container": struct(NAME, replace(INNER, type="*Inner")), "Inner": struct(PORT, replace(AGE, omitempty=False))},
                     [("field_rewritten", "inner.age", "inner")], id="a field that is always written, behind a pointer"),
        pytest.param(Era.TYPED, {"Container": struct(NAME, PORT, TEXT)}, {"Container": struct(NAME, TEXT, PORT)},
                     [("struct_field", "port", None), ("struct_field", "text", None)], id="another order is printed"),
        pytest.param(Era.TYPED, {"Container": struct(NAME, PORT, TEXT)}, {"Container": struct(NAME, AGE, PORT, TEXT)},
                     [("struct_field", "age", None)], id="an insertion is no other order"),
        pytest.param(Era.TYPED, {"Container": struct(NAME, PORT)}, {"Container": struct(NAME, replace(PORT, type="int64"))},
                     [("struct_field", "port", None)], id="another type is printed"),
        pytest.param(Era.JSON, {"Container": struct(NAME, PORT)}, {"Container": struct(NAME, replace(PORT, type="int64"))},
                     [], id="the width of an integer is not seen in JSON"),
        pytest.param(Era.JSON, {"Container": struct(NAME, PORT)}, {"Container": struct(NAME, replace(PORT, type="*int32"))},
                     [("field_rewritten", "port", None)], id="a pointer is: an explicit 0 is written"),
        pytest.param(Era.TYPED, {"Container": struct(NAME, PORT)}, {"Container": struct(NAME, replace(PORT, omitempty=False))},
                     [], id="omitempty is not printed (1.12.0 and later patches differ in one)"),
        pytest.param(Era.JSON, {"Container": struct(NAME, PORT)}, {"Container": struct(NAME, replace(PORT, omitempty=False))},
                     [("field_rewritten", "port", None)], id="omitempty decides in JSON"),
        pytest.param(Era.IMAGE_NAME, {"Container": struct(NAME)}, {"Container": struct(NAME, INNER), "Inner": struct(PORT)},
                     [], id="nothing but name and image counts"),
        pytest.param(Era.TYPED, {"Container": struct(NAME, replace(INNER, type="map[string]Inner")), "Inner": struct(PORT)},
                     {"Container": struct(NAME, replace(INNER, type="map[string]Inner")),
                      "Inner": struct(PORT, replace(AGE, json=None, exported=False))},
                     [("struct_field", "inner[*].Age", "inner")], id="private fields are printed, here for each key of a map"),
    ],
)  # fmt: skip
def test_what_a_change_of_a_struct_does(
    era: Era, old: dict[str, TypeDef], new: dict[str, TypeDef], expected: list[tuple[str, str, str | None]]
) -> None:
    catalog = Several(schema(1, era, **old), schema(2, era, **new))
    classes = [catalog.hash_classes(minor)[0] for minor in catalog.minors()]
    found = effect_reasons(classes[0], classes[1], catalog)  # type: ignore[arg-type]
    assert [(reason.kind.value, reason.path, reason.holder) for reason in found] == expected
    back = effect_reasons(classes[1], classes[0], catalog)  # type: ignore[arg-type]
    assert effect_of(back) is effect_of(found)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("1.25", "1.26", [FieldChange(Change.ADDED, "resources.claims", "[]v1.ResourceClaim")], id="what is below is not told again"),
        pytest.param("1.26", "1.25", [FieldChange(Change.REMOVED, "resources.claims", "[]v1.ResourceClaim")], id="going back"),
        pytest.param("1.16", "1.17", [], id="nothing"),
        pytest.param(
            "1.22",
            "1.23",
            [
                *(FieldChange(Change.ADDED, f"{probe}.grpc", "*v1.GRPCAction") for probe in PROBES),
                *(FieldChange(Change.CHANGED, f"lifecycle.{hook}", "*v1.LifecycleHandler", "*v1.Handler", (Aspect.TYPE,))
                  for hook in ("postStart", "preStop")),
            ],
            id="a type that got another name",
        ),
    ],
)  # fmt: skip
def test_field_changes(old: str, new: str, expected: list[FieldChange]) -> None:
    assert list(field_changes(CATALOG.schema(parse_minor(old)), CATALOG.schema(parse_minor(new)))) == expected


def test_every_field_that_strikes_a_container_is_among_the_field_changes() -> None:
    """deepdiff over the trees and the derivation of effects agree about what was added."""
    for old, new in PAIRS[::2]:
        told = {change.path for change in field_changes(CATALOG.schema(old), CATALOG.schema(new)) if change.change is Change.ADDED}
        paths = {reason.path for reason in effect_reasons(newest_class(old, CATALOG), newest_class(new, CATALOG), CATALOG)}
        assert paths - {None} <= told, (old, new)


def test_diff_tells_both_sides() -> None:
    diff = diff_kubelets(build("1.31"), "1.31.2", build("1.32"), "1.32", CATALOG)
    assert (diff.old.version, diff.new.version, diff.old.era, diff.new.era) == ("1.31.2", "1.32", Era.IMAGE_NAME, Era.IMAGE_NAME)
    assert (diff.old.kinds_compared, diff.new.kinds_compared) == ((ContainerKind.APP,), (ContainerKind.APP, ContainerKind.SIDECAR))
    assert (diff.effect, diff.reasons) == (CONDITIONAL, (sidecars("1.28", "1.29", "1.30"),))


def test_a_diff_tells_how_both_sides_make_uids() -> None:
    diff = diff_kubelets(build("1.20"), "1.20", build("1.35"), "1.35", CATALOG)
    assert (diff.old.static_pod_uid.hasher, diff.old.static_pod_uid.input) == (UIDHasher.MD5, (UIDInput.POD,))
    assert (diff.new.static_pod_uid.hasher, diff.new.static_pod_uid.input) == (UIDHasher.FNV128A, tuple(UIDInput))


def test_matrix_has_every_ordered_pair_once() -> None:
    every = CATALOG.minors()
    matrix = make_matrix(every, every, CATALOG)
    assert matrix.minors == every
    assert [(cell.old, cell.new) for cell in matrix.cells] == [(old, new) for old in every for new in every if old != new]
    assert matrix.pods is None
    assert {cell.counts for cell in matrix.cells} == {None}


def test_matrix_of_two_ranges() -> None:
    rows, columns = [parse_minor("1.30"), parse_minor("1.16")], [parse_minor("1.31"), parse_minor("1.30")]
    matrix = make_matrix(rows, columns, CATALOG)
    assert [(str(cell.old), str(cell.new), cell.effect) for cell in matrix.cells] == [
        ("1.16", "1.30", CONDITIONAL), ("1.16", "1.31", ALL), ("1.30", "1.31", ALL),
    ]  # fmt: skip
    assert [str(minor) for minor in matrix.minors] == ["1.16", "1.30", "1.31"]


def test_the_tree_holds_every_field_that_json_sees() -> None:
    """Its paths are those of the codecs, which the goldens prove."""
    for minor in CATALOG.minors()[::5]:
        codec = codecs(CATALOG.schema(minor)).root("Container")
        assert isinstance(codec, StructCodec)
        top = [path for path in field_tree(CATALOG.schema(minor), printed=False) if "." not in path and "[" not in path]
        assert top == [known.json for known in codec.fields]
