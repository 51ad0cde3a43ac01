"""A minor's Go types as codecs, made from its schema: type expressions such as ``[]*core/v1.Probe`` in, codecs out."""

from __future__ import annotations

from functools import lru_cache

from upgradecheck.hashing.codecs import (
    BoolCodec,
    Codec,
    IntCodec,
    MapCodec,
    PointerCodec,
    SliceCodec,
    StringCodec,
    StructCodec,
    StructField,
    struct_field,
)
from upgradecheck.hashing.special_codecs import CACHED_TEXT, FieldTreeCodec, IntOrStringCodec, OpaqueCodec, QuantityCodec, TimeCodec
from upgradecheck.model.errors import DataError
from upgradecheck.model.schema import Field, Schema

_INT_BITS = {"int": 64, "int8": 8, "int16": 16, "int32": 32, "int64": 64}
_UINT_BITS = {"uint": 64, "uint8": 8, "uint16": 16, "uint32": 32, "uint64": 64}


@lru_cache(maxsize=64)
def codecs(schema: Schema) -> Codecs:
    """The codecs of a minor, made once."""
    return Codecs(schema)


class Codecs:
    """Codecs of one schema by type expression."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._made: dict[str, Codec] = {}

    def root(self, name: str) -> Codec:
        """The codec of a root type: Pod, PodSpec, Container or EphemeralContainer."""
        return self.of(self._schema.roots[name])

    def of(self, expression: str) -> Codec:
        """The codec of a type expression such as ``[]*core/v1.Probe``.

        Raises:
            DataError: hashdata has a type that no codec knows.
        """
        made = self._made.get(expression)
        if made is None:
            made = self._made[expression] = self._make(expression)
        return made

    def _make(self, expression: str) -> Codec:
        if expression.startswith("*"):
            return PointerCodec(self.of(expression[1:]))
        if expression.startswith("[]"):
            return SliceCodec(self.of(expression[2:]))
        if expression.startswith("map["):
            return MapCodec(self.of(expression.partition("]")[2]), self._schema.decoder)
        if expression in self._schema.types:
            return self._named(expression)
        return self._basic(expression)

    def _basic(self, kind: str) -> Codec:
        if kind == "bool":
            return BoolCodec()
        if kind == "string":
            return StringCodec(self._schema.decoder)
        if kind in _INT_BITS:
            return IntCodec(-(1 << (_INT_BITS[kind] - 1)), (1 << (_INT_BITS[kind] - 1)) - 1)
        if kind in _UINT_BITS:
            return IntCodec(0, (1 << _UINT_BITS[kind]) - 1)
        raise DataError(f"hashdata of {self._schema.minor}: no codec for the Go type {kind}")

    def _named(self, name: str) -> Codec:
        definition = self._schema.types[name]
        match definition.codec:
            case "quantity":
                return QuantityCodec(self._schema.decoder, caching=CACHED_TEXT in self._schema.types)
            case "int-or-string":
                return IntOrStringCodec()
            case "time" | "micro-time":
                return TimeCodec(self._schema.decoder)
            case "fields-v1":
                return OpaqueCodec(self._schema.decoder)
            case "field-tree":
                return FieldTreeCodec()
            case None:
                pass
            case other:
                raise DataError(f"hashdata of {self._schema.minor}: type {name} has the unknown codec {other}")
        if definition.kind == "map" and definition.elem is not None:
            return MapCodec(self.of(definition.elem.partition("]")[2]), self._schema.decoder, name)
        if definition.kind != "struct":
            return self.of(definition.elem or definition.kind)
        return StructCodec(name, self._schema.decoder, lambda: self._flatten(definition.fields))

    def _flatten(self, fields: tuple[Field, ...]) -> tuple[StructField, ...]:
        found: list[StructField] = []
        for declared in fields:
            if declared.inline:
                found += self._flatten(self._schema.types[declared.type].fields)
            elif declared.json is not None:
                found.append(struct_field(declared.go, declared.json, self.of(declared.type), omitempty=declared.omitempty))
        return tuple(found)
