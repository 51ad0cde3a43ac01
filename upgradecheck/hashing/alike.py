"""One decode for several minors, where they read a document alike: neighbouring minors know nearly the same fields.

What a decoder makes of a node hangs on the fields that it knows, and no document has them all. So a node is decoded once, by a codec of
what all of the minors have in common, which gives up where it meets a field that not all know, or a type that not all have. Metadata, spec
and status are tried each by itself, where that fails their members; what still is read in several ways is decoded for fewer minors at a
time, in the end for one by its own codec.

Works on trees of jsonscan only. Of those, json-iterator and sigs.k8s.io/json make the same but for a null that meets a text which an
earlier duplicate of the key left, and a time with a comma. A pod that any of the minors refuses is not for this module either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, NoReturn

from upgradecheck.hashing.codecs import (
    Codec,
    GoValue,
    MapCodec,
    PointerCodec,
    SliceCodec,
    StringCodec,
    StructCodec,
    StructField,
    struct_field,
)
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.jsonscan import is_scanned
from upgradecheck.hashing.jsontext import Node
from upgradecheck.hashing.special_codecs import OpaqueCodec, QuantityCodec, TimeCodec
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import JSONDecoder, Schema

_ROOT, _PART, _BELOW = 2, 1, 0
"""How far up a place is: the pod, one of its metadata, spec and status, or anything below."""


def values_alike(tree: Node, schemas: Sequence[Schema]) -> Mapping[Schema, GoValue]:
    """A pod as the decoder of each minor makes it, where that is found here; what is equal may be one and the same value."""
    if len(schemas) < 2 or not is_scanned(tree):
        return {}
    try:
        return dict(zip(schemas, _pod(tuple(schemas)).values(tree, [{} for _ in schemas]), strict=True))
    except SpecRefused:
        return {}


@lru_cache(maxsize=64)
def _pod(schemas: tuple[Schema, ...]) -> _Place:
    return _Place(tuple(codecs(schema).root("Pod") for schema in schemas), _Common(), _ROOT)


class _Differs(Exception):
    """Not all of the minors make the same of a node."""


class _SeveralCodec:
    """A type that the minors do not have in common."""

    zero = None

    def decode(self, node: Node, previous: Any) -> NoReturn:
        raise _Differs

    def is_empty(self, value: Any) -> bool:
        return value is None

    def encode(self, value: Any, *, short_control_escapes: bool) -> bytes:
        raise NotImplementedError


class _StringCodec(StringCodec, frozen=True):
    """A text for both decoders."""

    def decode(self, node: Node, previous: bytes) -> bytes:
        if isinstance(node, str):
            return node.encode()
        if node is None and previous:
            raise _Differs
        return super().decode(node, previous)


class _TimeCodec(TimeCodec, frozen=True):
    """A time for both decoders."""

    def decode(self, node: Node, previous: bytes) -> bytes:
        if isinstance(node, str) and "," in node:
            raise _Differs
        return super().decode(node, previous)


class _Common:
    """Codecs of what several minors have in common; kept, since the types of all places are met again."""

    def __init__(self) -> None:
        self._made: dict[tuple[int, ...], StructCodec] = {}

    def of(self, several: tuple[Codec, ...]) -> Codec:
        """The codec that decodes a node as each of these does, or gives up."""
        first = several[0]
        if any(type(one) is not type(first) for one in several):
            return _SeveralCodec()
        match first:
            case StructCodec():
                return self._struct(several)
            case PointerCodec():
                return PointerCodec(self.of(_elements(several)))
            case SliceCodec():
                return SliceCodec(self.of(_elements(several)))
            case MapCodec():
                return MapCodec(self.of(_elements(several)), JSONDecoder.KJSON)
            case _ if all(one == first for one in several):
                return first
            case StringCodec():
                return _StringCodec(JSONDecoder.KJSON)
            case TimeCodec():
                return _TimeCodec(JSONDecoder.KJSON)
            case QuantityCodec():
                return first if all(isinstance(one, QuantityCodec) and one.caching is first.caching for one in several) else _SeveralCodec()
            case OpaqueCodec():
                return first
            case _:
                return _SeveralCodec()

    def _struct(self, several: tuple[Codec, ...]) -> StructCodec:
        key = tuple(map(id, several))
        if key in self._made:
            return self._made[key]
        structs = [one for one in several if isinstance(one, StructCodec)]
        made = self._made[key] = StructCodec(structs[0].name, JSONDecoder.KJSON, lambda: self._fields(structs))
        return made

    def _fields(self, structs: Sequence[StructCodec]) -> tuple[StructField, ...]:
        return tuple(self._field(name, structs) for name in dict.fromkeys(known.json for one in structs for known in one.fields))

    def _field(self, name: str, structs: Sequence[StructCodec]) -> StructField:
        """A field of the common struct; one that not all have, or not under one name of Go, cannot be decoded by it."""
        found = [one.by_json[name] for one in structs if name in one.by_json]
        first = found[0]
        in_all = len(found) == len(structs) and all(known.go == first.go for known in found)
        codec = self.of(tuple(known.codec for known in found)) if in_all else _SeveralCodec()
        return struct_field(first.go, name, codec, omitempty=first.omitempty)


def _elements(several: Sequence[Codec]) -> tuple[Codec, ...]:
    return tuple(one.elem for one in several if isinstance(one, (PointerCodec, SliceCodec, MapCodec)))


class _Place:
    """A place in the types of several minors, each of which has a codec for what stands there."""

    def __init__(self, several: tuple[Codec, ...], common: _Common, level: int) -> None:
        self._several, self._common, self._level = several, common, level
        self._structs = tuple(one for one in several if isinstance(one, StructCodec))
        self._members: dict[str | bytes, _Member] = {}

    def values(self, node: Node, previous: Sequence[Any]) -> list[Any]:
        """What each makes of the node; previous as of Codec.decode, for each of them.

        Raises:
            SpecRefused: one of them would refuse it.
        """
        if len(self._several) == 1:
            return [self._several[0].decode(node, previous[0])]
        if self._level != _ROOT and (all(one is previous[0] for one in previous) or not any(previous)):
            try:
                return [self._together.decode(node, previous[0])] * len(previous)
            except _Differs:
                pass
        if self._level != _BELOW and isinstance(node, tuple) and len(self._structs) == len(self._several):
            return self._by_member(node, previous)
        first, second = self._halves
        half = len(first._several)
        return [*first.values(node, previous[:half]), *second.values(node, previous[half:])]

    @cached_property
    def _together(self) -> Codec:
        return self._common.of(self._several)

    @cached_property
    def _halves(self) -> tuple[_Place, _Place]:
        half = len(self._several) // 2
        first, second = self._several[:half], self._several[half:]
        return _Place(first, self._common, self._level), _Place(second, self._common, self._level)

    def _by_member(self, members: Sequence[tuple[str | bytes, Node]], previous: Sequence[dict[str, Any]]) -> list[Any]:
        values = [dict(one) for one in previous]
        for key, node in members:
            member = self._members.get(key) or self._member(key)
            before = [values[index].get(known.go, known.zero) for index, known in member.fields]
            for (index, known), value in zip(member.fields, member.place.values(node, before) if before else (), strict=True):
                values[index][known.go] = value
        return values

    def _member(self, key: str | bytes) -> _Member:
        """The member of this name; it is kept if any of the minors knows it, of which there are not many."""
        fields = tuple((index, struct.by_json[key]) for index, struct in enumerate(self._structs) if key in struct.by_json)
        member = _Member(fields, _Place(tuple(known.codec for _, known in fields), self._common, self._level - 1))
        if fields:
            self._members[key] = member
        return member


class _Member(NamedTuple):
    """A member of a struct: which of the minors know it, as which field, and the place of its value."""

    fields: tuple[tuple[int, StructField], ...]
    place: _Place
