"""Go types as msgspec Structs, made from schemas: they take less than Go's decoders do, and write what json.Marshal writes.

Made of one minor's schema, the fields of a Struct stand in their order under their JSON names, those of embedded structs inlined. What
omitempty leaves out has its zero value as the default, and all else is always written. Made of several, a Struct has the fields of all of
them: what it takes, each of them takes, since a decoder passes over what it does not know. A field that is not of one type for all who know
it is taken by nobody.

A null is taken where it means the same to Go whatever stood there before: for a pointer, for a slice or a map that is written when it is
nil, for a time. Quantities are read by the exact path's own ``quantity``, so that there is no second truth about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Optional, TypeAlias, Union

import msgspec
from msgspec import Meta, Raw

from upgradecheck.hashing.fast.shapes import json_fields, resolved
from upgradecheck.hashing.quantity import ZERO, from_json_token
from upgradecheck.model.errors import DataError, SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.schema import Field, Schema

AnyType: TypeAlias = Any
"""A type as msgspec takes it: a class, or an expression of typing."""

Meant: TypeAlias = "tuple[tuple[Schema, str], ...]"
"""A type as some minors have it: each with its expression."""

_INT_BITS = {"int": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64}
_UINT_BITS = {"uint": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}
_LONGEST = 63
_TIMES = ("time", "micro-time")
_PLAIN_QUANTITY = pattern(r"[0-9A-Za-z.+-]+")
DAY = r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
PLAIN_TIME = rf"^[0-9]{{4}}-{DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{{1,9}})?(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])\Z"
"""Times that every Go reads; the last day of a leap year's February is not among them."""


_ALWAYS_WRITTEN = ("struct", "quantity", "int-or-string", *_TIMES)
"""What omitempty does not leave out."""
_REQUIRED = object()


class Amount:
    """A quantity, as the text that is written for it."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


class Untaken:
    """The type of what is not of one type for all, or is looked at by the exact path alone."""


_NOTHING = Amount("0")
_MOST_KEPT = 4096
_amounts: dict[str, Amount] = {}


def decode_hook(wanted: type, value: Any) -> Any:
    """The amount of a quantity's text or number.

    Raises:
        ValueError: it is none, or not plain.
    """
    if wanted is not Amount:
        raise ValueError("not of one type")
    if type(value) is str:
        known = _amounts.get(value)
        return _amount(value) if known is None else known
    if type(value) is int and value:  # 0 may have been -0
        return Amount(_written(str(value)))
    raise ValueError("a quantity that is not plain")


def text_hook(wanted: type, value: Any) -> Any:
    """The same of texts alone: what is a number is written as a text, with quotes that were not there.

    Raises:
        ValueError: as of decode_hook, and of a number.
    """
    if type(value) is str:
        return decode_hook(wanted, value)
    raise ValueError("a quantity that is no text")


def encode_hook(value: Any) -> str:
    """A quantity's text."""
    return str(value.text)


def _amount(text: str) -> Amount:
    if not _PLAIN_QUANTITY.fullmatch(text):
        raise ValueError("a quantity that is not plain")
    made = Amount(_written(f'"{text}"'))
    if len(_amounts) < _MOST_KEPT:
        _amounts[text] = made
    return made


def _written(token: str) -> str:
    try:
        return from_json_token(token, ZERO).json_text()
    except SpecRefused as error:
        raise ValueError("no quantity") from error


class Structs:
    """The Structs of some minors. writes: what is read by them is written again, too; else a default needs no call to be made.

    complete: they take only what has all members that are written though they are empty, so that no member is written that was not read.
    """

    def __init__(self, schemas: Sequence[Schema], *, writes: bool = True, complete: bool = False) -> None:
        self._schemas = tuple(schemas)
        self._writes, self._complete = writes, complete
        self._made: dict[Meant, AnyType] = {}
        self._open: set[Meant] = set()

    def root(self, name: str) -> AnyType:
        """The Struct of a root type, such as Container.

        Raises:
            DataError: hashdata has a type that is not known here.
        """
        return self.of(self.meant(name))

    def meant(self, name: str) -> Meant:
        """A root type as the minors have it that do."""
        return tuple((one, resolved(one, one.roots[name])) for one in self._schemas if name in one.roots)

    def members(self, meant: Meant) -> dict[str, tuple[Field, Meant]]:
        """The fields of a struct by JSON name, each as the first minor that knows it declares it, with its type."""
        found: dict[str, tuple[Field, Meant]] = {}
        for schema, expression in meant:
            for known in json_fields(schema, schema.types[expression]):
                name, typed = known.json or "", (schema, resolved(schema, known.type))
                first, types = found.get(name, (known, ()))
                found[name] = first, (*types, typed)
        return found

    def struct(self, meant: Meant, own: dict[str, tuple[AnyType, Any]] | None = None) -> AnyType:
        """The Struct of a struct. own: members that have a type and a default of their own."""
        if meant in self._open:
            raise DataError(f"hashdata of {meant[0][0].minor}: type {meant[0][1]} reaches itself")
        self._open.add(meant)
        try:
            fields = {
                name: (own or {}).get(name) or (self._type(known, types), self._default(known, types))
                for name, (known, types) in self.members(meant).items()
            }
        finally:
            self._open.discard(meant)
        listed = [(f"f{place}", *(each for each in field if each is not _REQUIRED)) for place, field in enumerate(fields.values())]
        names = {f"f{place}": name for place, name in enumerate(fields)}
        made: AnyType = msgspec.defstruct("Fast", listed, rename=names, omit_defaults=True, kw_only=True, gc=False)
        return made

    def of(self, meant: Meant) -> AnyType:
        meant = tuple(dict.fromkeys((schema, resolved(schema, expression)) for schema, expression in meant))
        made = self._made.get(meant)
        if made is None:
            made = self._made[meant] = self._make(meant)
        return made

    def _make(self, meant: Meant) -> AnyType:
        kinds = {kind_of(schema, expression) for schema, expression in meant}
        if len(kinds) > 1:
            return Untaken
        schema, expression = meant[0]
        match kinds.pop():
            case "*":
                inner = self.of(_inside(meant))
                return inner if inner in (Raw, Untaken) else Optional[inner]  # noqa: UP045 - an expression, made of a value
            case "[]":
                return list[self.of(_inside(meant))]  # type: ignore[misc]
            case "map":
                return dict[str, self.of(_inside(meant))]  # type: ignore[misc]
            case "struct":
                return self.struct(meant)
            case "quantity":
                return Amount
            case "int-or-string":
                return Union[Annotated[int, Meta(ge=-(1 << 31), le=(1 << 31) - 1)], str]  # noqa: UP007 - as above
            case "time" | "micro-time":
                return Annotated[str, Meta(pattern=PLAIN_TIME)]
            case "fields-v1":
                return Raw
            case "field-tree":
                return Untaken
            case "bool":
                return bool
            case "string":
                return str
            case kind if kind in _INT_BITS:
                return Annotated[int, Meta(ge=-(1 << (_INT_BITS[kind] - 1)), le=(1 << (_INT_BITS[kind] - 1)) - 1)]
            case kind if kind in _UINT_BITS:
                return Annotated[int, Meta(ge=0, le=(1 << min(_UINT_BITS[kind], _LONGEST)) - 1)]
            case _:
                raise DataError(f"hashdata of {schema.minor}: nothing is known of the Go type {expression}")

    def _type(self, known: Field, meant: Meant) -> AnyType:
        found = self.of(meant)
        kind = kind_of(*meant[0])
        nil = kind in _TIMES or (kind in ("[]", "map") and not known.omitempty)
        return Optional[found] if nil and found is not Untaken else found  # noqa: UP045 - an expression, made of a value

    def _default(self, known: Field, meant: Meant) -> Any:
        """The zero value: what omitempty leaves out is the default itself, and what is always written comes from a factory."""
        found = self.of(meant)
        if found in (Raw, Untaken):
            return Raw()
        if self._complete and (not known.omitempty or kind_of(*meant[0]) in _ALWAYS_WRITTEN):
            return _REQUIRED
        match kind_of(*meant[0]):
            case "*":
                return self._zero(None, left_out=known.omitempty)
            case "[]" | "map" as kind:
                return self._zero(None, left_out=False) if not known.omitempty else msgspec.field(default_factory=_EMPTY[kind])
            case "struct":
                return msgspec.field(default_factory=found)
            case "quantity":
                return self._zero(_NOTHING, left_out=False)
            case "time" | "micro-time":
                return self._zero(None, left_out=False)
            case "int-or-string":
                return self._zero(0, left_out=False)
            case kind:
                return self._zero(_ZERO.get(kind, 0), left_out=known.omitempty)

    def _zero(self, zero: Any, *, left_out: bool) -> Any:
        return zero if left_out or not self._writes else msgspec.field(default_factory=lambda: zero)


_EMPTY = {"[]": list, "map": dict}
_ZERO = {"string": "", "bool": False}


def element(meant: Meant) -> Meant:
    """The type of what a slice, a map or a pointer holds."""
    return tuple(dict.fromkeys((schema, resolved(schema, expression)) for schema, expression in _inside(meant)))


def kind_of(schema: Schema, expression: str) -> str:
    """``*``, ``[]``, ``map`` or struct, a codec, or the name of a basic type."""
    for prefix in ("*", "[]", "map"):
        if expression.startswith(prefix):
            return prefix
    definition = schema.types.get(expression)
    return expression if definition is None else definition.codec or "struct"


def _inside(meant: Meant) -> Meant:
    """The types of what pointers, slices or maps hold."""
    inside = {"*": lambda text: text[1:], "[": lambda text: text[2:], "m": lambda text: text.partition("]")[2]}
    return tuple((schema, inside[expression[0]](expression)) for schema, expression in meant)
