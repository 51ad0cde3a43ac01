"""Where the structs of a static pod's text stand in its manifest, by JSON names: what a person looks for when told of a field.

A struct is printed where it is held by value. Behind a pointer, and in a list or a map, it is printed where there is one: that place is
then its holder. Every pod has a container, and conversion gives each a security context.

The paths are those of the published types, which is what manifests are written in: hostNetwork and its like stand in spec, whichever
struct has them inside (conversion.py). What a type with JSON methods of its own consists of has the path of that type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec

from upgradecheck.hashing.staticuid.differing import IN_ORDER, POD
from upgradecheck.hashing.staticuid.printing import internal_types
from upgradecheck.model.schema import Field, Schema, TypeDef

_ALWAYS = frozenset(("spec.containers[]", "spec.securityContext"))


class Place(msgspec.Struct, frozen=True, gc=False):
    """One place of a struct. path is empty for the pod itself. holder: what must be there for it to be printed; None: it always is."""

    path: str
    holder: str | None
    opaque: bool = False
    """Its fields have no names in JSON."""


@lru_cache(maxsize=64)
def places_of(schema: Schema) -> Mapping[str, tuple[Place, ...]]:
    """The places of each struct that the kubelet of a minor can print, by its internal name, in the order in which they are printed."""
    found: dict[str, list[Place]] = {}
    for name, place in _below(POD, Place("", None), internal_types(schema)):
        found.setdefault(name, []).append(place)
    return {name: tuple(places) for name, places in found.items()}


def path_of(struct: str, go: str, place: Place, schema: Schema) -> str:
    """Where a field of a struct stands in a manifest; the struct's own place where it has no name there."""
    if go == IN_ORDER or place.opaque:
        return place.path
    field = next(field for field in internal_types(schema)[struct].fields if field.go == go)
    published = schema.types.get(struct.replace("core.", "core/v1."))
    moved = published is not None and all(one.go != go for one in published.fields)
    return _joined("spec" if moved else place.path, field)


def _joined(path: str, field: Field) -> str:
    if field.inline:
        return path
    name = field.json or field.go
    return f"{path}.{name}" if path else name


def _below(expression: str, place: Place, types: Mapping[str, TypeDef]) -> Iterator[tuple[str, Place]]:
    """Every struct of which a value of a type prints one, and where."""
    definition = types.get(expression)
    if definition is None:
        for prefix, mark in (("*", ""), ("[]", "[]"), ("map[", "[*]")):
            if expression.startswith(prefix):
                rest = expression.partition("]")[2] if prefix == "map[" else expression.removeprefix(prefix)
                path = place.path + mark
                yield from _below(rest, Place(path, place.holder if path in _ALWAYS else path, place.opaque), types)
    elif definition.kind != "struct":
        yield from _below(definition.elem or definition.kind, place, types)
    else:
        yield expression, place
        opaque = place.opaque or definition.codec is not None
        for field in definition.fields:
            path = place.path if opaque else _joined(place.path, field)
            yield from _below(field.type, Place(path, place.holder, opaque), types)
