"""A Go value as spew prints it with ``%#v``: what kubelets up to 1.15 hash.

Types are printed before values, except for elements of slices and maps and behind a pointer; fields come in struct order
with their Go names, embedded structs and unexported fields included; strings raw; map keys sorted; nil slices and maps
differ from empty ones.

Mirrors formatState.format in github.com/davecgh/go-spew/spew/format.go (v1.1.1) with SortKeys and DisableMethods, as
DeepHashObject in pkg/util/hash/hash.go uses it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from upgradecheck.hashing.quantity import Quantity
from upgradecheck.hashing.special_codecs import IntOrString
from upgradecheck.model.errors import DataError
from upgradecheck.model.schema import Field, Schema

_NIL = b"<nil>"
_WORD = 64


@lru_cache(maxsize=64)
def spew(schema: Schema) -> Spew:
    """The printer of a minor's types, made once."""
    return Spew(schema)


class Spew:
    """Prints the Go values of one schema."""

    def __init__(self, schema: Schema) -> None:
        self._types = schema.types

    def value(self, expression: str, value: Any, *, typed: bool = True) -> bytes:
        """A value of the type, with its type in front unless an outer value has told it.

        Raises:
            DataError: hashdata has a type that cannot be printed.
        """
        if expression.startswith("*"):
            return self._pointer(expression, value, typed=typed)
        prefix = b"(" + self.type_name(expression).encode() + b")" if typed else b""
        return prefix + self._plain(expression, value)

    def type_name(self, expression: str) -> str:
        """A type as reflect.Type.String gives it: ``[]v1.EnvVar``, ``map[string]string``."""
        for prefix in ("*", "[]"):
            if expression.startswith(prefix):
                return prefix + self.type_name(expression[len(prefix) :])
        if expression.startswith("map["):
            key, _, elem = expression[4:].partition("]")
            return f"map[{self.type_name(key)}]{self.type_name(elem)}"
        return self._types[expression].go if expression in self._types else expression

    def _pointer(self, expression: str, value: Any, *, typed: bool) -> bytes:
        elem = expression[1:]
        if value is None:
            return b"(*" + self.type_name(elem).encode() + b")" + _NIL if typed else _NIL
        prefix = b"(*" + self.type_name(elem).encode() + b")" if typed else b"<*>"
        return prefix + self._plain(elem, value)

    def _plain(self, expression: str, value: Any) -> bytes:
        definition = self._types.get(expression)
        if definition is not None and definition.kind == "struct":
            return self._struct(definition.fields, _fields_of(value))
        if definition is not None:
            return self._plain(definition.elem or definition.kind, value)
        if expression.startswith("[]"):
            return self._slice(expression[2:], value)
        if expression.startswith("map["):
            return self._map(expression[4:], value)
        if expression == "string":
            return bytes(value or b"")
        if expression == "bool":
            return b"true" if value else b"false"
        if expression.startswith(("int", "uint")):
            return b"%d" % (value or 0)
        raise DataError(f"a value of the Go type {expression} cannot be printed")

    def _struct(self, fields: tuple[Field, ...], values: dict[str, Any]) -> bytes:
        printed = (
            # The fields of an embedded struct stand beside those of the outer one (see codecs).
            field.go.encode() + b":" + self.value(field.type, values if field.inline else values.get(field.go))
            for field in fields
        )
        return b"{" + b" ".join(printed) + b"}"

    def _slice(self, elem: str, value: list[Any] | None) -> bytes:
        if value is None:
            return _NIL
        return b"[" + b" ".join(self.value(elem, element, typed=False) for element in value) + b"]"

    def _map(self, rest: str, value: dict[bytes, Any] | None) -> bytes:
        if value is None:
            return _NIL
        elem = rest.partition("]")[2]
        return b"map[" + b" ".join(key + b":" + self.value(elem, value[key], typed=False) for key in sorted(value)) + b"]"


def _fields_of(value: Any) -> dict[str, Any]:
    """A struct's fields by Go name, the private ones of Quantity and IntOrString too."""
    match value:
        case None:
            return {}
        case Quantity():
            return _quantity_fields(value)
        case IntOrString():
            return {"Type": int(value.is_text), "IntVal": value.number, "StrVal": value.text}
        case dict():
            return value
        case _:
            raise DataError("a struct that cannot be printed")


def _quantity_fields(quantity: Quantity) -> dict[str, Any]:
    decimal = {"unscaled": _big_int(quantity.value), "scale": -quantity.scale} if quantity.wide else None
    amount = {} if quantity.wide else {"value": quantity.value, "scale": quantity.scale}
    return {"i": amount, "d": {"Dec": decimal}, "s": quantity.text.encode(), "Format": quantity.format.value.encode()}


def _big_int(number: int) -> dict[str, Any]:
    """math/big.Int: sign and little-endian words."""
    words, rest = [], abs(number)
    while rest:
        words.append(rest & ((1 << _WORD) - 1))
        rest >>= _WORD
    return {"neg": number < 0, "abs": words or None}
