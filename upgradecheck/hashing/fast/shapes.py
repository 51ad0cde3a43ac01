"""What JSON sees of a minor's types: fields without the embedded structs around them, and types as text, equal where minors write alike."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from upgradecheck.model.schema import Field, Schema, TypeDef


def resolved(schema: Schema, expression: str) -> str:
    """A named type that is no struct and has no codec of its own, as what it is."""
    definition = schema.types.get(expression)
    while definition is not None and definition.kind != "struct" and not definition.codec:
        expression = definition.elem or definition.kind
        definition = schema.types.get(expression)
    return expression


def json_fields(schema: Schema, definition: TypeDef) -> Iterator[Field]:
    """The fields that JSON sees, in their order."""
    for one in definition.fields:
        if one.inline:
            yield from json_fields(schema, schema.types[one.type])
        elif one.json is not None:
            yield one


@lru_cache(maxsize=8192)
def shape(schema: Schema, expression: str) -> str:
    """A type with all that it holds: equal for minors that read and write it alike."""
    expression = resolved(schema, expression)
    for prefix in ("*", "[]"):
        if expression.startswith(prefix):
            return prefix + shape(schema, expression[len(prefix) :])
    if expression.startswith("map["):
        return "map:" + shape(schema, expression.partition("]")[2])
    definition = schema.types.get(expression)
    if definition is None:
        return expression
    if definition.codec:
        return definition.codec
    inner = (f"{one.json}{'?' * one.omitempty}={shape(schema, one.type)}" for one in json_fields(schema, definition))
    return "{" + ";".join(inner) + "}"


Typed: TypeAlias = "tuple[Schema, str]"
"""A type as a minor has it."""


def is_extended(old: Typed, new: Typed) -> bool:
    """Whether a newer type has all that the older one has, in the same order and written alike, and perhaps more fields between."""
    if shape(*old) == shape(*new):
        return True
    (old_schema, old_type), (new_schema, new_type) = ((schema, resolved(schema, expression)) for schema, expression in (old, new))
    for prefix in ("*", "[]", "map["):
        if old_type.startswith(prefix) or new_type.startswith(prefix):
            begun = old_type.startswith(prefix) and new_type.startswith(prefix)
            end = "]" if prefix == "map[" else prefix
            return begun and is_extended((old_schema, old_type.partition(end)[2]), (new_schema, new_type.partition(end)[2]))
    before, after = old_schema.types.get(old_type), new_schema.types.get(new_type)
    if before is None or after is None or before.codec or after.codec:
        return shape(old_schema, old_type) == shape(new_schema, new_type)
    rest = iter(json_fields(new_schema, after))
    return all(any(_is_extended_field((old_schema, one), (new_schema, other)) for other in rest) for one in json_fields(old_schema, before))


def _is_extended_field(old: tuple[Schema, Field], new: tuple[Schema, Field]) -> bool:
    (old_schema, before), (new_schema, after) = old, new
    if (before.json, before.omitempty) != (after.json, after.omitempty):
        return False
    return is_extended((old_schema, before.type), (new_schema, after.type))
