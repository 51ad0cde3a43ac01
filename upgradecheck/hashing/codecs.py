"""Codecs of Go types: decode a JSON tree as a minor's decoder would, encode the value as its json.Marshal would.

Go values look like this here: strings are bytes (Go's may hold invalid UTF-8), nil slices, maps and pointers are None, a
pointer is its pointee, a struct is a dict from Go field name to value in which an absent key is the zero value. The
fields of embedded structs stand in the outer dict, as encoding/json flattens them.

What surprises: a key that comes twice is decoded *into* the value of the first. Structs, pointers to structs and maps
merge; a list takes over the elements of the earlier one, field by field, even those that a shorter list in between had
cut off. Elements of maps start anew. null leaves a scalar alone, except that json-iterator empties a string.

Mirrors sigs.k8s.io/json/internal/golang/encoding/json/decode.go, json-iterator's reflect_*.go, encoding/json/encode.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import msgspec

from upgradecheck.hashing import jsontext
from upgradecheck.hashing.gojson import encode_string
from upgradecheck.hashing.jsontext import Node, Number, Text
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.schema import JSONDecoder

GoValue: TypeAlias = Mapping[str, Any]
"""A Go struct, as the module docstring tells: a pod, a container or a part of one; it may hold secrets."""

_INT = pattern(rb"-?[0-9]+")
_LONGEST_INT = 20


class Codec(Protocol):
    """One Go type. ``Any`` is a Go value as the module docstring tells."""

    @property
    def zero(self) -> Any:
        """The zero value."""
        ...

    def decode(self, node: Node, previous: Any) -> Any:
        """The value of a JSON node; previous is what an earlier duplicate of the key left, else the zero value.

        Raises:
            SpecRefused: Go would refuse the node for this type.
        """
        ...

    def is_empty(self, value: Any) -> bool:
        """Whether omitempty leaves the value out."""
        ...

    def encode(self, value: Any, *, short_control_escapes: bool) -> bytes:
        """The value's JSON."""
        ...


def kind_of(node: Node) -> str:
    """The JSON type of a node in words."""
    match node:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case Number():
            return "a number"
        case str() | Text():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def refuse(node: Node, wanted: str) -> SpecRefused:
    """The error for a node of another JSON type than wanted."""
    return SpecRefused(f"{wanted} is expected, {kind_of(node)} was found")


class BoolCodec(msgspec.Struct, frozen=True, gc=False):
    zero: bool = False

    def decode(self, node: Node, previous: bool) -> bool:
        if node is None:
            return previous
        if not isinstance(node, bool):
            raise refuse(node, "true or false")
        return node

    def is_empty(self, value: bool) -> bool:
        return not value

    def encode(self, value: bool, *, short_control_escapes: bool) -> bytes:
        return b"true" if value else b"false"


class IntCodec(msgspec.Struct, frozen=True, gc=False):
    lowest: int
    highest: int
    zero: int = 0

    def decode(self, node: Node, previous: int) -> int:
        if node is None:
            return previous
        if not isinstance(node, Number) or not _INT.fullmatch(node):
            raise SpecRefused("a number without point and exponent is expected") if isinstance(node, Number) else refuse(node, "a number")
        value = int(node) if len(node) <= _LONGEST_INT else None
        if value is None or not self.lowest <= value <= self.highest:
            raise SpecRefused(f"out of range: an integer from {self.lowest} to {self.highest} is expected")
        return value

    def is_empty(self, value: int) -> bool:
        return value == 0

    def encode(self, value: int, *, short_control_escapes: bool) -> bytes:
        return b"%d" % value


class StringCodec(msgspec.Struct, frozen=True, gc=False):
    decoder: JSONDecoder
    zero: bytes = b""

    def decode(self, node: Node, previous: bytes) -> bytes:
        if isinstance(node, str):
            return node.encode()
        if node is None:
            return b"" if self.decoder is JSONDecoder.JSONITER else previous
        if not isinstance(node, Text):
            raise refuse(node, "a string")
        return _unquote(node, self.decoder)

    def is_empty(self, value: bytes) -> bool:
        return not value

    def encode(self, value: bytes, *, short_control_escapes: bool) -> bytes:
        return encode_string(value, short_control_escapes=short_control_escapes)


class GoSlice(list[Any]):
    """A non-nil slice; ``hidden`` are elements between its length and its capacity, which a later duplicate brings back."""

    __slots__ = ("hidden",)

    def __init__(self, elements: list[Any], hidden: list[Any]) -> None:
        super().__init__(elements)
        self.hidden = hidden


class SliceCodec(msgspec.Struct, frozen=True):
    elem: Codec
    zero: None = None

    def decode(self, node: Node, previous: GoSlice | None) -> GoSlice | None:
        if node is None:
            return None
        if not isinstance(node, list):
            raise refuse(node, "a list")
        if not node:
            return GoSlice([], [])
        if previous is None:
            with suppress(SpecRefused):  # told below, with its place
                return GoSlice([self.elem.decode(element, self.elem.zero) for element in node], [])
        below: list[Any] = [*previous, *previous.hidden] if previous is not None else []
        elements = []
        for index, element in enumerate(node):
            try:
                elements.append(self.elem.decode(element, below[index] if index < len(below) else self.elem.zero))
            except SpecRefused as error:
                raise _inside(f"[{index}]", error) from None
        return GoSlice(elements, below[len(elements) :])

    def is_empty(self, value: GoSlice | None) -> bool:
        return not value

    def encode(self, value: GoSlice | None, *, short_control_escapes: bool) -> bytes:
        if value is None:
            return b"null"
        return b"[" + b",".join(self.elem.encode(element, short_control_escapes=short_control_escapes) for element in value) + b"]"


class MapCodec(msgspec.Struct, frozen=True):
    """A map; name is that of a type of its own, such as ResourceList."""

    elem: Codec
    decoder: JSONDecoder
    name: str = ""
    zero: None = None

    def decode(self, node: Node, previous: dict[bytes, Any] | None) -> dict[bytes, Any] | None:
        if node is None:
            return None
        if not isinstance(node, tuple):
            raise refuse(node, "an object")
        value = dict(previous or {})
        for text, element in node:
            key = _unquote(text, self.decoder)
            try:
                value[key] = self.elem.decode(element, self.elem.zero)
            except SpecRefused as error:
                raise _inside(f"[{printable(key)}]", error) from None
        return value

    def is_empty(self, value: dict[bytes, Any] | None) -> bool:
        return not value

    def encode(self, value: dict[bytes, Any] | None, *, short_control_escapes: bool) -> bytes:
        if value is None:
            return b"null"
        members = (
            encode_string(key, short_control_escapes=short_control_escapes)
            + b":"
            + self.elem.encode(value[key], short_control_escapes=short_control_escapes)
            for key in sorted(value)
        )
        return b"{" + b",".join(members) + b"}"


class PointerCodec(msgspec.Struct, frozen=True):
    elem: Codec
    zero: None = None

    def decode(self, node: Node, previous: Any) -> Any:
        return None if node is None else self.elem.decode(node, self.elem.zero if previous is None else previous)

    def is_empty(self, value: Any) -> bool:
        return value is None

    def encode(self, value: Any, *, short_control_escapes: bool) -> bytes:
        return b"null" if value is None else self.elem.encode(value, short_control_escapes=short_control_escapes)


class StructField(msgspec.Struct, frozen=True):
    """A field that JSON sees: its Go name, its key as json.Marshal writes it, and whether it is left out when empty.

    zero: what stands for it where it is absent; left_out: whether it is then left out.
    """

    go: str
    json: str
    key: bytes
    codec: Codec
    omitempty: bool
    zero: Any
    left_out: bool


def struct_field(go: str, json: str, codec: Codec, *, omitempty: bool) -> StructField:
    """The field of a struct of this name, key and type."""
    return StructField(go, json, b'"%s":' % json.encode(), codec, omitempty, codec.zero, omitempty and codec.is_empty(codec.zero))


class StructCodec:
    """A struct. Its fields are made when it is first met: types may reach themselves, and most are in no document at all."""

    def __init__(self, name: str, decoder: JSONDecoder, make: Callable[[], tuple[StructField, ...]]) -> None:
        self.name, self.decoder, self._make = name, decoder, make
        self.zero: dict[str, Any] = {}

    @cached_property
    def fields(self) -> tuple[StructField, ...]:
        """Those that JSON sees, in their order."""
        return self._make()

    @cached_property
    def by_json(self) -> dict[str | bytes, StructField]:
        """Each field by its key, as bytes and as text."""
        return {key: known for known in self.fields for key in (known.json, known.json.encode())}

    def decode(self, node: Node, previous: dict[str, Any]) -> dict[str, Any]:
        if node is None:
            return previous
        if not isinstance(node, tuple):
            raise refuse(node, "an object")
        value = dict(previous)
        for key, member in node:
            known = self.by_json.get(key)
            if known is None and isinstance(key, Text) and key.find(b"\\") >= 0:
                known = self.by_json.get(jsontext.unquote(key))
            if known is None:
                skip(member, self.decoder)
                continue
            try:
                value[known.go] = known.codec.decode(member, value.get(known.go, known.zero))
            except SpecRefused as error:
                raise _inside(known.json, error) from None
        return value

    def is_empty(self, value: dict[str, Any]) -> bool:
        return False

    def encode(self, value: dict[str, Any], *, short_control_escapes: bool) -> bytes:
        members = []
        for known in self.fields:
            if known.left_out and known.go not in value:
                continue
            content = value.get(known.go, known.zero)
            if not (known.omitempty and known.codec.is_empty(content)):
                members.append(known.key + known.codec.encode(content, short_control_escapes=short_control_escapes))
        return b"{" + b",".join(members) + b"}"


def skip(node: Node, decoder: JSONDecoder) -> None:
    """Passes over a value as the decoder does for unknown fields and for types with JSON methods of their own.

    Raises:
        SpecRefused: json-iterator cannot skip it.
    """
    if decoder is JSONDecoder.JSONITER and jsontext.has_huge_number(node):
        raise SpecRefused("a number beyond the range of float64, which json-iterator cannot skip")


def _unquote(text: str | Text, decoder: JSONDecoder) -> bytes:
    return jsontext.unquote_jsoniter(text) if decoder is JSONDecoder.JSONITER else jsontext.unquote(text)


def _inside(step: str, error: SpecRefused) -> SpecRefused:
    joint = "" if not error.path or error.path.startswith("[") else "."
    return SpecRefused(error.reason, f"{step}{joint}{error.path}")


def printable(text: bytes) -> str:
    """Bytes for a message or path: invalid UTF-8 as U+FFFD."""
    return text.decode("utf-8", "replace")
