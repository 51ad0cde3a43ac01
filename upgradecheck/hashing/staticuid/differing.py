"""Why two kubelets make different UIDs of one pod: the fields that one of them prints and the other does not, or prints elsewhere.

A struct counts where a value of it is printed: in a struct that holds it by value, or where a pointer, a list or a map has one. Fields
below one that only one of the two has go without saying.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.staticuid.conversion import internal_value
from upgradecheck.hashing.staticuid.printing import internal_types
from upgradecheck.model.changes import Change
from upgradecheck.model.schema import Field, Schema, StaticPodUID, TypeDef, UIDInput

POD = "core.Pod"
IN_ORDER = ""
"""In place of a field: all are the same, and stand in another order."""
_Types = Mapping[str, TypeDef]


def differing_rules(old: StaticPodUID, new: StaticPodUID) -> Iterator[str]:
    """What two kubelets do otherwise whatever the pod."""
    if old.input != new.input:
        yield (
            f"{_inputs(old.input, new.input)} no longer erased from the hash"
            if len(new.input) > len(old.input)
            else f"{_inputs(new.input, old.input)} erased from the hash"
        )
    if old.hasher is not new.hasher:
        yield f"hasher {new.hasher.value} instead of {old.hasher.value}"
    if old.object != new.object:
        yield f"{new.object} instead of {old.object}"


def _inputs(fewer: tuple[UIDInput, ...], more: tuple[UIDInput, ...]) -> str:
    return " and ".join(part.value for part in more if part not in fewer)


def differing_fields(before: GoValue, old: Schema, after: GoValue, new: Schema) -> tuple[str, ...]:
    """``Struct.Field`` of each field that tells the texts of a pod apart, as each of two minors decodes and defaults it."""
    return fields_that_differ(printed_structs(before, old), old, printed_structs(after, new), new)


def printed_structs(pod: GoValue, schema: Schema) -> frozenset[str]:
    """The structs of which the text of a pod has a value."""
    types, found = internal_types(schema), set[str]()
    _visit(POD, internal_value(pod, schema), types, found)
    return frozenset(found)


@lru_cache(maxsize=1024)
def fields_that_differ(before: frozenset[str], old: Schema, after: frozenset[str], new: Schema) -> tuple[str, ...]:
    """The fields of structs that both print, in which these differ; those that the new one has first, in their order."""
    olds, news = internal_types(old), internal_types(new)
    shared = sorted(before & after)
    return tuple(dict.fromkeys(shown_field(name, go) for name in shared for go, _ in struct_differences(olds[name], news[name])))


def struct_differences(old: TypeDef, new: TypeDef) -> Iterator[tuple[str, Change]]:
    """The Go names of fields that one struct prints otherwise than another one: those that the new one has first, in their order."""
    before, after = ({field.go: field.type for field in side.fields} for side in (old, new))
    found = [(go, Change.CHANGED if go in before else Change.ADDED) for go, kind in after.items() if before.get(go) != kind]
    found += [(go, Change.REMOVED) for go in before if go not in after]
    if not found and tuple(before) != tuple(after):
        yield IN_ORDER, Change.CHANGED
    yield from found


def shown_field(struct: str, go: str) -> str:
    """``Struct.Field``, of a struct by its internal name."""
    name = struct.rpartition(".")[2]
    return f"{name}, in the order of its fields" if go == IN_ORDER else f"{name}.{go}"


def _visit(expression: str, value: Any, types: _Types, found: set[str]) -> None:
    """Adds the structs that a value of this type prints; None is its zero value."""
    definition = types.get(expression)
    if definition is not None:
        if definition.kind != "struct":
            _visit(definition.elem or definition.kind, value, types, found)
        else:  # what has a codec is printed by its fields all the same, which are of no API type
            _visit_struct(expression, definition, value if definition.codec is None else None, types, found)
    elif value is None or not expression.startswith(("*", "[]", "map[")):
        return
    elif expression.startswith("*"):
        _visit(expression[1:], value, types, found)
    else:
        elem = expression.partition("]")[2]
        if _is_plain(elem, types):
            return
        for one in value.values() if expression.startswith("map[") else value:
            _visit(elem, one, types, found)


def _is_plain(expression: str, types: _Types) -> bool:
    return expression not in types and not expression.startswith(("*", "[]", "map["))


def _visit_struct(name: str, definition: TypeDef, value: Any, types: _Types, found: set[str]) -> None:
    if value is None and name in found:
        return
    found.add(name)
    values = value if isinstance(value, dict) else {}
    for field in definition.fields:
        if not _is_leaf(field):
            _visit(field.type, values if field.inline and values else values.get(field.go), types, found)


def _is_leaf(field: Field) -> bool:
    return field.type in ("string", "bool", "*string", "*bool", "int32", "*int32", "int64", "*int64", "[]string", "map[string]string")
