"""One decode for several minors gives what the decoder of each gives, or nothing."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import CATALOG, Document, pod, raw, with_field, with_new_probe_field
from tests.drawing import tried
from tests.property.strategies import container_texts, pod_texts
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing.alike import values_alike
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.containers import pod_value
from upgradecheck.hashing.jsonscan import scan
from upgradecheck.hashing.jsontext import Node, parse
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import Schema

MINORS = CATALOG.minors()
SCHEMAS = tuple(map(CATALOG.schema, MINORS))
some = tried(50)
groups = st.lists(st.sampled_from(SCHEMAS), min_size=2, max_size=6, unique=True)


def separately(tree: Node, schemas: list[Schema] | tuple[Schema, ...]) -> dict[Schema, GoValue]:
    """What the decoder of each makes; nothing if one of them refuses it."""
    try:
        return {schema: pod_value(tree, schema) for schema in schemas}
    except SpecRefused:
        return {}


@some
@given(st.data(), groups, st.sampled_from(SCHEMAS))
def test_a_pod_drawn_from_one_minor_is_decoded_as_each_of_the_others_does_it(
    data: st.DataObject, schemas: list[Schema], drawn_from: Schema
) -> None:
    tree = scan(data.draw(pod_texts(drawn_from)))
    if tree is not None:
        assert values_alike(tree, schemas) == separately(tree, schemas)


@some
@given(st.data(), groups, st.sampled_from(SCHEMAS))
def test_so_is_a_pod_of_which_parts_come_twice(data: st.DataObject, schemas: list[Schema], drawn_from: Schema) -> None:
    """What comes twice is decoded into what was there, and may be read alike the first time only."""
    container = container_texts(drawn_from, refusable=False)
    specs = data.draw(
        st.lists(st.lists(container, max_size=3).map(lambda found: b'{"containers":[' + b",".join(found) + b"]}"), max_size=3)
    )
    tree = scan(b"{" + b",".join(b'"spec":' + spec for spec in specs) + b"}")
    if tree is not None:
        assert values_alike(tree, schemas) == separately(tree, schemas)


@pytest.mark.parametrize(
    ("document", "old", "new"),
    [
        pytest.param(b'{"metadata":{"creationTimestamp":"2024-06-02T21:30:00,5Z"}}', "1.22", "1.30", id="a time with a comma"),
        pytest.param(b'{"spec":{"hostname":"a","hostname":null}}', "1.22", "1.30", id="a null that empties a text, or leaves it"),
        pytest.param(b'{"spec":{"hostname":null}}', "1.22", "1.30", id="a null that finds none"),
        pytest.param(
            b'{"spec":{"initContainers":[{"restartPolicy":"Always"}]},"spec":{"initContainers":[{"name":"a"}]}}',
            "1.27",
            "1.28",
            id="what was read in two ways comes again",
        ),
        pytest.param(b'{"spec":{"containers":5}}', "1.22", "1.30", id="what none of them reads"),
        pytest.param(b'{"spec":{"overhead":5}}', "1.15", "1.16", id="what only one of them reads, being older"),
        pytest.param(b'{"spec":[],"status":null}', "1.15", "1.31", id="a list for an object"),
        pytest.param(b"{}", "1.15", "1.31", id="nothing"),
    ],
)
def test_odd_pods(document: bytes, old: str, new: str) -> None:
    schemas = [CATALOG.schema(parse_minor(minor)) for minor in (old, new)]
    tree = scan(document)
    assert tree is not None
    assert values_alike(tree, schemas) == separately(tree, schemas)


def test_real_pods_under_all_minors() -> None:
    listed = json.loads((files("upgradecheck.example") / "api-pods.json").read_text())["items"]
    trees = [tree for tree in map(scan, map(raw, listed)) if tree is not None]
    assert len(trees) > 40
    for tree in trees:
        assert values_alike(tree, SCHEMAS) == separately(tree, SCHEMAS)


@pytest.mark.parametrize(
    ("document", "old", "new", "shared"),
    [
        pytest.param(pod(), "1.22", "1.30", ["ObjectMeta", "Spec", "Status"], id="nothing new is set"),
        pytest.param(pod() | {"status": {"hostIPs": []}}, "1.22", "1.30", ["ObjectMeta", "Spec"], id="a new field in the status"),
        pytest.param(with_new_probe_field(pod()), "1.20", "1.30", ["ObjectMeta", "Status"], id="a new field in a container"),
        pytest.param(with_field(pod(), "app", "image", "a,b"), "1.22", "1.30", ["ObjectMeta", "Spec", "Status"], id="a comma in a text"),
    ],
)
def test_what_is_read_alike_is_decoded_once(document: Document, old: str, new: str, shared: list[str]) -> None:
    schemas = [CATALOG.schema(parse_minor(minor)) for minor in (old, new)]
    before, after = values_alike(scan(raw(document)), schemas).values()
    assert [part for part in ("ObjectMeta", "Spec", "Status") if before.get(part) is after.get(part)] == shared


def test_what_only_the_exact_parser_reads_is_decoded_for_each_alone() -> None:
    assert values_alike(parse(raw(pod())), SCHEMAS) == {}
    assert values_alike(None, SCHEMAS) == {}
    assert values_alike(scan(raw(pod())), SCHEMAS[:1]) == {}
