"""Types made of hashdata for several minors at once: what they do not have alike is not taken, and those that write otherwise are told apart.

No two minors of today differ so; these are made up.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.hashing.fast.affine import Pieces
from upgradecheck.hashing.fast.containers import _is_cast_whole
from upgradecheck.hashing.fast.newest import Newest
from upgradecheck.hashing.fast.shapes import is_extended, shape
from upgradecheck.hashing.fast.structs import Structs, decode_hook
from upgradecheck.hashing.fast.written import Writers
from upgradecheck.hashing.fnv import hash_text, spew_byte_slice
from upgradecheck.model.schema import Era, Schema
from upgradecheck.model.version import Minor

OURS = CATALOG.schema(Minor(1, 30))


def altered(root: str, member: str, **changes: Any) -> Schema:
    """A minor that has one field otherwise."""
    name = OURS.roots[root]
    fields = tuple(replace(one, **changes) if one.json == member else one for one in OURS.types[name].fields)
    assert fields != OURS.types[name].fields
    return replace(OURS, types={**OURS.types, name: replace(OURS.types[name], fields=fields)})


@pytest.mark.parametrize(
    ("member", "other", "written"),
    [
        pytest.param("tty", "string", b'{"tty":true}', id="a boolean, or a text"),
        pytest.param("image", "bool", b'{"image":"a"}', id="a text, or a boolean"),
        pytest.param("command", "string", b'{"command":["a"]}', id="a list, or a text"),
        pytest.param("securityContext", "string", b'{"securityContext":{}}', id="a pointer, or a text"),
    ],
)
def test_what_is_not_of_one_type_for_all_is_taken_by_nobody(member: str, other: str, written: bytes) -> None:
    for schemas in ((OURS, altered("Container", member, type=other)), (altered("Container", member, type=other), OURS)):
        decoder = msgspec.json.Decoder(Structs(schemas).root("Container"), dec_hook=decode_hook)
        decoder.decode(b'{"name":"a"}')
        with pytest.raises(msgspec.ValidationError):
            decoder.decode(written)
    msgspec.json.Decoder(Structs((OURS,)).root("Container"), dec_hook=decode_hook).decode(written)


@pytest.mark.parametrize(
    ("member", "changes"),
    [
        pytest.param("tty", {"json": "terminal"}, id="another name"),
        pytest.param("tty", {"omitempty": False}, id="written though it is empty"),
        pytest.param("tty", {"type": "string"}, id="another type"),
        pytest.param("command", {"type": "[]bool"}, id="a list of another type"),
        pytest.param("securityContext", {"type": "*bool"}, id="a pointer to another type"),
        pytest.param("env", {"type": "map[string]string"}, id="a map"),
        pytest.param("tty", {"type": "*bool"}, id="a pointer to the same type"),
    ],
)
def test_minors_that_write_a_field_otherwise_have_another_shape(member: str, changes: dict[str, Any]) -> None:
    other = altered("Container", member, **changes)
    assert shape(other, other.roots["Container"]) != shape(OURS, OURS.roots["Container"])


@pytest.mark.parametrize(
    ("member", "changes"),
    [
        pytest.param("tty", {"json": "terminal"}, id="a field that is gone"),
        pytest.param("tty", {"omitempty": False}, id="written though it is empty"),
        pytest.param("tty", {"type": "string"}, id="another type"),
        pytest.param("command", {"type": "[]bool"}, id="a list of another type"),
        pytest.param("env", {"type": "map[string]string"}, id="a map"),
        pytest.param("command", {"type": "*string"}, id="a pointer"),
    ],
)
def test_types_that_do_not_only_grow_are_told(member: str, changes: dict[str, Any]) -> None:
    other = altered("Container", member, **changes)
    ours, theirs = ((one, one.roots["Container"]) for one in (OURS, other))
    assert is_extended(ours, ours)
    assert not is_extended(ours, theirs)


def test_types_grow_from_minor_to_minor_and_are_not_what_they_were() -> None:
    json_era = [CATALOG.schema(one) for one in CATALOG.minors() if CATALOG.schema(one).era is Era.JSON]
    for old, new in pairwise((one, one.roots["Container"]) for one in json_era):
        assert is_extended(old, new)
        assert is_extended(new, old) == (shape(*old) == shape(*new))


def reordered() -> Schema:
    name = OURS.roots["Container"]
    return replace(OURS, types={**OURS.types, name: replace(OURS.types[name], fields=OURS.types[name].fields[::-1])})


def test_fields_in_another_order_are_another_type() -> None:
    assert not is_extended((OURS, OURS.roots["Container"]), (reordered(), OURS.roots["Container"]))


def test_what_the_outermost_write_alike_is_written_once_only_where_types_grow() -> None:
    """A field that the middle one alone has."""
    own = altered("Container", "tty", json="terminal")
    name = OURS.roots["Container"]
    without = replace(OURS, types={**OURS.types, name: replace(OURS.types[name], fields=OURS.types[name].fields[:-1])})
    first, middle, last = (replace(one, minor=Minor(1, place)) for place, one in enumerate((without, own, OURS)))
    lists = (b'[{"name":"a","terminal":true}]',)
    found = Writers((first, middle, last)).written(lists)
    assert [one.wholes for one in found.values()].count(found[shape(middle, name)].wholes) == 1
    growing = Writers((first, last)).written(lists)
    assert len(growing) == 2
    assert len({id(one) for one in Writers([CATALOG.schema(Minor(1, minor)) for minor in range(16, 31)]).written(lists).values()}) == 1


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"json": "terminal"}, id="a field that is gone"),
        pytest.param({"omitempty": False}, id="written though it is empty"),
        pytest.param({"type": "string"}, id="another type"),
    ],
)
def test_what_an_older_minor_writes_is_told_by_the_newest_only_where_types_grow(changes: dict[str, Any]) -> None:
    newer = replace(altered("Container", "tty", **changes), minor=Minor(1, 99))
    assert Newest([OURS]).only_grow
    assert Newest([OURS, replace(OURS, minor=Minor(1, 99))]).only_grow
    assert not Newest([OURS, newer]).only_grow


def test_texts_are_hashed_as_they_are_whatever_they_are_cut_at() -> None:
    pieces, hole = Pieces(most=3), b"abcde"
    ends = (b"", b"}", b'"resources":', b'"resources":{}', b'"resources":"kube-api-access-abcde"', b"kube-api-access-abcde}} ]")
    texts = [first + b"x" * size + second for first in ends for size in (0, 300) for second in ends]
    for _ in range(3):
        for opened in (b"", b"kube-api-access-" + hole):
            found = pieces.hashes(texts, opened, len(hole) if opened else 0)
            assert found == [hash_text(spew_byte_slice(one)) for one in texts]


def test_maps_of_other_types_have_another_shape() -> None:
    assert shape(OURS, "map[string]string") != shape(OURS, "map[string]bool")


def test_types_with_a_codec_of_their_own_have_another_shape() -> None:
    codecs = {definition.codec: name for name, definition in OURS.types.items() if definition.codec}
    shapes = {shape(OURS, name) for name in codecs.values()}
    assert len(shapes) == len(codecs) > 2


def test_an_ephemeral_container_with_another_field_is_not_cast_whole() -> None:
    assert _is_cast_whole(OURS)
    assert not _is_cast_whole(altered("Container", "tty", omitempty=False))
    assert not _is_cast_whole(altered("Container", "tty", go="Terminal"))
    assert not _is_cast_whole(altered("Container", "command", type="[]bool"))
