"""A Go value as spew prints it with ``%#v``: what kubelets up to 1.15 hash of a container, and all of them of a static pod.

Types are printed before values, except for elements of slices and maps and behind a pointer; fields come in struct order
with their Go names, embedded structs and unexported fields included; strings raw; map keys sorted; nil slices and maps
differ from empty ones.

Mirrors formatState.format in github.com/davecgh/go-spew/spew/format.go (v1.1.1) with SortKeys and DisableMethods, as
DeepHashObject in pkg/util/hash/hash.go uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from upgradecheck.hashing.quantity import Quantity, QuantityFormat
from upgradecheck.hashing.special_codecs import CACHED_TEXT, IntOrString
from upgradecheck.model.errors import DataError
from upgradecheck.model.schema import Field, Schema, TypeDef

_NIL = b"<nil>"
_WORD = 64
_FORMAT_CODES = (QuantityFormat.ABSENT, QuantityFormat.DECIMAL_EXPONENT, QuantityFormat.BINARY_SI, QuantityFormat.DECIMAL_SI)
"""As formatCodeOf numbers them."""

Printer = Callable[[Any], bytes]
"""Prints a value of one type, without the type's name; None is the zero value."""


class Part(msgspec.Struct, frozen=True):
    """A field: what stands before its value, and its text where it is not set. An inline one stands in the struct's own values."""

    go: str
    head: bytes
    printer: Printer
    unset: bytes
    inline: bool


@lru_cache(maxsize=64)
def spew(schema: Schema) -> Spew:
    """The printer of a minor's types, made once."""
    return Spew(schema.types)


class Spew:
    """Prints the Go values of some types. What is needed of a type is made when a value of it is first met."""

    def __init__(self, types: Mapping[str, TypeDef]) -> None:
        self._types = types
        self._printers: dict[str, Printer] = {}

    def value(self, expression: str, value: Any, *, typed: bool = True) -> bytes:
        """A value of the type, with its type in front unless an outer value has told it.

        Raises:
            DataError: hashdata has a type that cannot be printed.
        """
        return self._front(expression, value, typed=typed) + self._printer(expression)(value)

    def type_name(self, expression: str) -> str:
        """A type as reflect.Type.String gives it: ``[]v1.EnvVar``, ``map[string]string``."""
        for prefix in ("*", "[]"):
            if expression.startswith(prefix):
                return prefix + self.type_name(expression[len(prefix) :])
        if expression.startswith("map["):
            key, _, elem = expression[4:].partition("]")
            return f"map[{self.type_name(key)}]{self.type_name(elem)}"
        return self._types[expression].go if expression in self._types else expression

    def fields_of(self, name: str, value: Any) -> Mapping[str, Any]:
        """A struct's fields by Go name, the private ones of Quantity and IntOrString too; name is the struct's type."""
        match value:
            case None:
                return {}
            case Quantity():
                return _quantity_fields(value, text_alone=CACHED_TEXT not in self._types)
            case IntOrString():
                return {"Type": int(value.is_text), "IntVal": value.number, "StrVal": value.text}
            case dict():
                return value
            case _:
                raise DataError(f"a value of the Go type {name} cannot be printed")

    def _front(self, expression: str, value: Any, *, typed: bool) -> bytes:
        if typed:
            return b"(" + self.type_name(expression).encode() + b")"
        return b"<*>" if expression.startswith("*") and value is not None else b""

    def _printer(self, expression: str) -> Printer:
        made = self._printers.get(expression)
        if made is None:
            made = self._printers[expression] = self._make(expression)
        return made

    def _make(self, expression: str) -> Printer:
        definition = self._types.get(expression)
        if definition is not None:
            return (
                self._struct(expression, definition) if definition.kind == "struct" else self._printer(definition.elem or definition.kind)
            )
        if expression.startswith("*"):
            return self._pointer(expression[1:])
        if expression.startswith("[]"):
            return self._slice(expression[2:])
        if expression.startswith("map["):
            return self._map(expression.partition("]")[2])
        if expression == "string":
            return lambda value: value or b""
        if expression == "bool":
            return lambda value: b"true" if value else b"false"
        if expression.startswith(("int", "uint")):
            return lambda value: b"%d" % (value or 0)
        return self._unknown(expression)

    def _unknown(self, expression: str) -> Printer:
        """A pointer to such a type prints as long as it is nil: *time.Location."""

        def fail(value: Any) -> bytes:
            raise DataError(f"a value of the Go type {expression} cannot be printed")

        return fail

    def _pointer(self, elem: str) -> Printer:
        inner = self._printer(elem)
        return lambda value: _NIL if value is None else inner(value)

    def _struct(self, name: str, definition: TypeDef) -> Printer:
        parts: list[Part] = []

        def printed(value: Any) -> bytes:
            if not parts:
                parts.extend(map(self.part, definition.fields))
            values = self.fields_of(name, value)
            return b"{" + b" ".join(list(_texts(parts, values))) + b"}"

        return printed

    def part(self, field: Field) -> Part:
        """How a field of a struct is printed."""
        head = field.go.encode() + b":" + self._front(field.type, None, typed=True)
        printer = self._printer(field.type)
        return Part(field.go, head, printer, head + printer(None), field.inline)

    def _slice(self, elem: str) -> Printer:
        def printed(value: list[Any] | None) -> bytes:
            return _NIL if value is None else b"[" + b" ".join([self.value(elem, element, typed=False) for element in value]) + b"]"

        return printed

    def _map(self, elem: str) -> Printer:
        """Keys are texts, or numbers."""

        def printed(value: dict[Any, Any] | None) -> bytes:
            if value is None:
                return _NIL
            return b"map[" + b" ".join([_key(key) + b":" + self.value(elem, value[key], typed=False) for key in sorted(value)]) + b"]"

        return printed


def _key(key: bytes | int) -> bytes:
    return key if isinstance(key, bytes) else b"%d" % key


def _texts(parts: list[Part], values: Mapping[str, Any]) -> Iterator[bytes]:
    for part in parts:
        if part.inline:  # the fields of an embedded struct stand beside those of the outer one (see codecs)
            yield part.head + part.printer(values)
        elif part.go in values:
            yield part.head + part.printer(values[part.go])
        else:
            yield part.unset


def _quantity_fields(quantity: Quantity, *, text_alone: bool) -> dict[str, Any]:
    decimal = {"unscaled": _big_int(quantity.value), "scale": -quantity.scale} if quantity.wide else None
    amount = {} if quantity.wide else {"value": quantity.value, "scale": quantity.scale}
    text, form = quantity.text.encode(), quantity.format.value.encode()
    cached = {"str": text, "format": _FORMAT_CODES.index(quantity.format)} if text else {}
    return {"i": amount, "d": {"Dec": decimal}, "s": text if text_alone else cached, "Format": form}


def _big_int(number: int) -> dict[str, Any]:
    """math/big.Int: sign and little-endian words."""
    words, rest = [], abs(number)
    while rest:
        words.append(rest & ((1 << _WORD) - 1))
        rest >>= _WORD
    return {"neg": number < 0, "abs": words or None}
