"""Every path of a minor's Pod, one at a time: manifests of which each sets one field, with each of a few values, and no other.

Validation would refuse most of them. They go through decoding, defaulting, conversion and printing, which look at each field for itself.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from upgradecheck.model.schema import Field, Schema

Given = tuple[str, Any]
"""A path below some type, and a JSON value of the type that sets it."""

_WITH_CODEC: Mapping[str, Sequence[Any]] = {
    "quantity": ("1", "1500m", "0.0001", "1Gi", "1e3", 2, "0.00000000001"),
    "int-or-string": (8080, "http", 0),
    "time": (None,),
    "micro-time": (None,),
    "fields-v1": ({},),
    "field-tree": ({},),
}
_BASIC: Mapping[str, Sequence[Any]] = {"string": ("x", ""), "bool": (True, False)}
_INTEGER = (7, 0, -1)
_PARTS = ("metadata", "spec", "status")
_NAME = ".metadata.name"
_MANAGED = "managedFields[]"
_SHOWN = 16


def one_path_manifests(schema: Schema) -> Iterator[tuple[str, bytes]]:
    """Names (paths, numbered where several values are given) and manifests. The pod's own name is always there."""
    told: dict[str, int] = {}
    for path, value in _of(schema, schema.roots["Pod"]):
        if path.startswith(tuple(f".{part}" for part in _PARTS)) and path != _NAME:
            told[path] = told.get(path, -1) + 1
            document = {"apiVersion": "v1", "kind": "Pod", **value, "metadata": {"name": "web", **value.get("metadata", {})}}
            yield f"{path}#{told[path]}", json.dumps(document).encode()


def is_computable(name: str) -> bool:
    """Whether the manifest of this name has a UID that can be computed: of managed fields there is none."""
    return _MANAGED not in name


def is_defaulted_alike(document: bytes, version: str) -> bool:
    """Whether this version sets the defaults that ours sets: to ephemeral containers, which no manifest may have, not before 1.20."""
    return b"ephemeralContainers" not in document or version.split(".")[1] not in ("16", "17", "18", "19")


def digests(uids: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Of names, UIDs and the digests of their texts: how many there are and what they are, by the field of metadata, spec or status."""
    sections: dict[str, list[str]] = defaultdict(list)
    for name, uid, digest in uids:
        sections[".".join(name.partition("#")[0].split(".")[1:3]).rstrip("[]{}")].append(f"{name} {uid} {digest}\n")
    return {section: f"{len(lines)} {digest_of(''.join(lines).encode())}" for section, lines in sections.items()}


def digest_of(text: bytes) -> str:
    """The start of the SHA-256, as the oracle gives it of a text."""
    return hashlib.sha256(text).hexdigest()[:_SHOWN]


def merged(one: Any, other: Any) -> Any:
    """Two JSON values as one: objects and the first elements of lists together, else the other."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{key: merged(one[key], value) if key in one else value for key, value in other.items()}}
    if isinstance(one, list) and isinstance(other, list) and one and other:
        return [merged(one[0], other[0])]
    return other


def _of(schema: Schema, expression: str) -> Iterator[Given]:
    if expression.startswith("*"):
        yield "", None
        yield from _of(schema, expression[1:])
    elif expression.startswith("[]"):
        yield "", []
        yield from ((f"[]{path}", [value]) for path, value in _of(schema, expression[2:]))
    elif expression.startswith("map["):
        yield "", {}
        yield from ((f"{{}}{path}", {"key": value}) for path, value in _of(schema, expression.partition("]")[2]))
    elif expression in schema.types:
        yield from _named(schema, expression)
    else:
        yield from (("", value) for value in _BASIC.get(expression, _INTEGER))


def _named(schema: Schema, name: str) -> Iterator[Given]:
    definition = schema.types[name]
    if definition.codec is not None:
        yield from (("", value) for value in _WITH_CODEC[definition.codec])
    elif definition.kind == "struct":
        yield "", {}
        for field in definition.fields:
            yield from _field(schema, field)
    else:
        yield from _of(schema, definition.elem or definition.kind)


def _field(schema: Schema, field: Field) -> Iterator[Given]:
    if field.inline:
        yield from (given for given in _of(schema, field.type) if given[0])
    elif field.json is not None:
        yield from ((f".{field.json}{path}", {field.json: value}) for path, value in _of(schema, field.type))
