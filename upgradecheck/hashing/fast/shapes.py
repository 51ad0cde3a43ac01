"""What JSON sees of a minor's types: fields without the embedded structs around them, and types as text, equal where minors write alike."""

from __future__ import annotations

from collections.abc import Iterator

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
