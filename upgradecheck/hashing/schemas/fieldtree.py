"""The fields of Container as one flat list of paths: what two minors are compared by.

There are two ways to see a struct. json.Marshal sees exported fields by their JSON names, and types with JSON methods of their
own as one value. A printed struct (the typed era) shows every field, private ones and embedded structs too, so that a
Quantity is a struct like any other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec

from upgradecheck.model.schema import Field, Schema


class FieldNode(msgspec.Struct, frozen=True, gc=False):
    """One field.

    path is made of JSON names (Go names where there is none), ``[]`` for the elements of a list and ``[*]`` for those of a map.
    type is the Go type as ``%#v`` prints it, wire what its JSON looks like. parent is the path of the field that it is part of.
    holder is the innermost pointer, list or map around it, without which it is not there; None if it always is. written: JSON
    holds it whatever its value.
    """

    path: str
    type: str
    wire: str
    omitempty: bool
    written: bool
    parent: str | None
    holder: str | None


@lru_cache(maxsize=128)
def field_tree(schema: Schema, *, printed: bool) -> Mapping[str, FieldNode]:
    """Every field of Container by path, in the order of the structs; printed: as a printed struct shows them."""
    walker = _Walker(schema, printed)
    return {node.path: node for node in walker.struct(schema.roots["Container"], "", None, None)}


class _Walker(msgspec.Struct, frozen=True, gc=False):
    schema: Schema
    printed: bool

    def struct(self, name: str, prefix: str, parent: str | None, holder: str | None) -> Iterator[FieldNode]:
        """The fields of a struct and all below them."""
        for field in self.schema.types[name].fields:
            if field.inline:
                if self.printed:
                    yield self._node(field, prefix + field.go, parent, holder)
                yield from self.struct(field.type, prefix, parent, holder)
            elif self.printed or field.json is not None:
                path = prefix + (field.json or field.go)
                yield self._node(field, path, parent, holder)
                yield from self._below(field.type, path, path, holder)

    def _below(self, expression: str, path: str, parent: str, holder: str | None) -> Iterator[FieldNode]:
        if expression.startswith("*"):
            yield from self._below(expression[1:], path, parent, path)
        elif expression.startswith("[]"):
            yield from self._below(expression[2:], f"{path}[]", parent, path)
        elif expression.startswith("map["):
            yield from self._below(expression.partition("]")[2], f"{path}[*]", parent, path)
        elif expression in self.schema.types:
            definition = self.schema.types[expression]
            if definition.codec is not None and not self.printed:
                return
            if definition.kind == "struct":
                yield from self.struct(expression, f"{path}.", parent, holder)
            elif definition.elem is not None:
                yield from self._below(definition.elem, path, parent, holder)

    def _node(self, field: Field, path: str, parent: str | None, holder: str | None) -> FieldNode:
        wire = self._wire(field.type)
        written = not field.omitempty or wire in ("struct", "value")
        return FieldNode(path, self._go(field.type), wire, field.omitempty, written, parent, holder)

    def _go(self, expression: str) -> str:
        """A type as reflect.Type.String gives it."""
        for prefix in ("*", "[]"):
            if expression.startswith(prefix):
                return prefix + self._go(expression[len(prefix) :])
        if expression.startswith("map["):
            key, _, elem = expression[4:].partition("]")
            return f"map[{self._go(key)}]{self._go(elem)}"
        return self.schema.types[expression].go if expression in self.schema.types else expression

    def _wire(self, expression: str) -> str:
        """What of a type shows in its JSON: names of types do not, nor does the width of an integer."""
        for prefix, word in (("*", "pointer to "), ("[]", "list of "), ("map[", "map of ")):
            if expression.startswith(prefix):
                rest = expression.partition("]")[2] if prefix == "map[" else expression[len(prefix) :]
                return word + self._wire(rest)
        definition = self.schema.types.get(expression)
        if definition is None:
            return "integer" if expression.startswith(("int", "uint")) else expression
        if definition.codec is not None:
            return "value"
        return "struct" if definition.kind == "struct" else self._wire(definition.elem or definition.kind)
