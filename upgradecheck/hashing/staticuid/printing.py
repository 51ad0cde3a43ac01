"""An internal pod as DeepHashObject prints it, in the Go types of one minor.

What a manifest does not tell cannot be printed. A time that is set prints with its Location, which is the node's time zone with all its
tables; managed fields print as the bytes that stood in the document, which decoding here does not keep.

Mirrors DeepHashObject in pkg/util/hash/hash.go, over the structs of pkg/apis/core/types.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.spew import Printer, Spew
from upgradecheck.hashing.staticuid.conversion import internal_value
from upgradecheck.model.internal import InternalPod
from upgradecheck.model.schema import Field, Schema, TypeDef
from upgradecheck.model.static_uid import WhyNoUID

_PUBLISHED, _INTERNAL = "core/v1.", "core."
_TIMES = ("time", "micro-time")
_NULL = b"null"
_SHARED = ("core.Container", "core.Volume")
_MOST_SHARED = 3


class Unprintable(Exception):
    """A pod of which the manifest does not tell how it prints."""

    def __init__(self, why: WhyNoUID) -> None:
        super().__init__(why.value)
        self.why = why


def internal_text(pod: GoValue, schema: Schema) -> bytes:
    """What goes through the hasher of a pod that is decoded and defaulted.

    Raises:
        Unprintable: it cannot be known.
    """
    return _printer(schema).value("*core.Pod", internal_value(pod, schema))


@lru_cache(maxsize=64)
def _printer(schema: Schema) -> Spew:
    return _InternalSpew(internal_types(schema))


@lru_cache(maxsize=64)
def internal_types(schema: Schema) -> Mapping[str, TypeDef]:
    """The types that a kubelet of the minor prints, by the names that they have inside."""
    return dict(_types(schema, schema.internal_pod))


class _InternalSpew(Spew):
    """Of the types by the names that they have inside: ``core.Pod``.

    What a manifest can have been shares its containers and volumes: those of the pod before are printed once, and known by being the same
    object, which is held for so long.
    """

    def __init__(self, types: Mapping[str, TypeDef]) -> None:
        super().__init__(types)
        self._printed: dict[int, tuple[list[Any], bytes]] = {}

    def _slice(self, elem: str) -> Printer:
        inner = super()._slice(elem)
        if elem not in _SHARED:
            return inner

        def printed(value: list[Any] | None) -> bytes:
            if not value:
                return inner(value)
            known = self._printed.get(id(value))
            if known is None:
                if len(self._printed) >= _MOST_SHARED:
                    self._printed.clear()
                known = self._printed[id(value)] = value, inner(value)
            return known[1]

        return printed

    def fields_of(self, name: str, value: Any) -> Mapping[str, Any]:
        if self._types[name].codec in _TIMES:
            if value not in (None, _NULL):
                raise Unprintable(WhyNoUID.TIME)
            return {}
        if name == "meta/v1.ManagedFieldsEntry":
            raise Unprintable(WhyNoUID.MANAGED_FIELDS)
        return super().fields_of(name, value)


def _types(schema: Schema, internal: InternalPod) -> Iterator[tuple[str, TypeDef]]:
    """The minor's types, those of the core package as the kubelet has them inside."""
    package = schema.static_pod_uid.object.removeprefix("*").partition(".")[0]
    for name, definition in schema.types.items():
        if name.startswith(_PUBLISHED):
            yield _inside(name), _internal_type(definition, name.removeprefix(_PUBLISHED), package, schema, internal)
        else:
            yield name, definition
    time = (field.split(" ") for field in internal.time)
    yield "time.Time", TypeDef("time.Time", "struct", tuple(Field(name, kind) for name, kind in time))


def _internal_type(definition: TypeDef, name: str, package: str, schema: Schema, internal: InternalPod) -> TypeDef:
    known = {field.go: field for field in definition.fields}
    if name == "PodSecurityContext":
        known = {field.go: field for field in schema.types[_PUBLISHED + "PodSpec"].fields} | known
    order = internal.fields.get(name) or [field.go for field in definition.fields]
    fields = (replace(known[go], type=_inside(internal.types.get(f"{name}.{go}", known[go].type))) for go in order)
    elem = definition.elem and _inside(definition.elem)
    return TypeDef(f"{package}.{definition.go.partition('.')[2]}", definition.kind, tuple(fields), elem, definition.codec)


def _inside(expression: str) -> str:
    return expression.replace(_PUBLISHED, _INTERNAL)
