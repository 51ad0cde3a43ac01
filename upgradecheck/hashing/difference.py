"""Why two minors hash one container differently: the field paths that the one writes and the other does not.

From 1.16 to 1.30 minors only ever add fields, so an upgrade shows a field that the old kubelet dropped when it decoded the
spec. Going back, a field is lost. Where both write the same JSON values and the bytes still differ, it is Go's escaping.

Up to 1.15 a struct is printed with all its fields: one that the struct got, or lost, counts wherever the struct is printed,
set or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec

from upgradecheck.hashing.codecs import Codec, MapCodec, PointerCodec, SliceCodec, StructCodec, printable
from upgradecheck.hashing.containers import DecodedContainer
from upgradecheck.hashing.gotypes import Codecs, codecs
from upgradecheck.hashing.since import era_since, going_back
from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.plan import Cause, CauseKind
from upgradecheck.model.schema import Era, Schema

RESIZE_POLICY = "resizePolicy"
Path = tuple[str | int, ...]
"""JSON field names, list indexes, map keys written as ``[key]``, and ``[]`` for every element of a list."""


def causes(
    old: DecodedContainer, new: DecodedContainer, old_schema: Schema, new_schema: Schema, catalog: SchemaCatalog
) -> tuple[Cause, ...]:
    """What makes the hash of a container change between two minors, for a container whose hash does change."""
    if old_schema.era is not new_schema.era:
        since = era_since(max(old_schema, new_schema, key=lambda schema: schema.minor), catalog)
        return _one_of_equals((Cause(CauseKind.ALGORITHM, since=since),))
    old_codec, new_codec = codecs(old_schema).root("Container"), codecs(new_schema).root("Container")
    printed = new_schema.era is Era.TYPED
    comparison = _Comparison(printed)
    added = [
        Cause(CauseKind.FIELD_ADDED, path=_text(path), since=_since(path, new_schema, catalog), printed=printed)
        for path in comparison.only_in_new(old_codec, new_codec, old.content, new.content)
    ]
    lost = [
        Cause(CauseKind.FIELD_VALUE, path=_text(path), printed=printed)
        for path in comparison.only_in_new(new_codec, old_codec, new.content, old.content)
    ]
    return _one_of_equals(tuple(dict.fromkeys(added + lost)) or (Cause(CauseKind.ALGORITHM),))


def set_by_server(paths: tuple[str, ...]) -> tuple[Cause, ...]:
    """The causes that fields are which an API server sets: resizePolicy by a gate, procMount by its version."""
    return _one_of_equals(
        tuple(Cause(CauseKind.FEATURE_GATE if path == RESIZE_POLICY else CauseKind.API_SERVER, path=path) for path in paths)
    )


@lru_cache(maxsize=4096)
def _one_of_equals(found: tuple[Cause, ...]) -> tuple[Cause, ...]:
    """The same for containers that differ alike: 300,000 of them are kept."""
    return found


@lru_cache(maxsize=256)
def knows_more(old_schema: Schema, new_schema: Schema) -> bool:
    """Whether the new minor has a Container field, at any depth, that the old one has not."""
    return bool(_fields(new_schema) - _fields(old_schema))


@lru_cache(maxsize=64)
def _fields(schema: Schema) -> frozenset[tuple[str, ...]]:
    return frozenset(_walk(codecs(schema).root("Container"), ()))


def _walk(codec: Codec, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    codec = _element(codec)
    if isinstance(codec, StructCodec):
        for known in codec.fields:
            yield (*path, known.json)
            yield from _walk(known.codec, (*path, known.json))


def _element(codec: Codec) -> Codec:
    while isinstance(codec, PointerCodec | SliceCodec | MapCodec):
        codec = codec.elem
    return codec


class _Comparison(msgspec.Struct, frozen=True, gc=False):
    """Walks two values side by side. printed: fields count though they are not set, and all elements of a list alike."""

    printed: bool

    def only_in_new(self, old: Codec, new: Codec, before: Any, after: Any) -> Iterator[Path]:
        """Paths of fields that only the new struct has and that are written for this value."""
        if before is None or after is None:
            return
        if isinstance(old, PointerCodec) and isinstance(new, PointerCodec):
            yield from self.only_in_new(old.elem, new.elem, before, after)
        elif isinstance(old, SliceCodec) and isinstance(new, SliceCodec):
            for index, pair in enumerate(zip(before, after, strict=False)):
                step = "[]" if self.printed else index
                yield from ((step, *path) for path in self.only_in_new(old.elem, new.elem, *pair))
        elif isinstance(old, MapCodec) and isinstance(new, MapCodec):
            for key in sorted(after):
                inside = self.only_in_new(old.elem, new.elem, before.get(key), after[key])
                yield from ((f"[{printable(key)}]", *path) for path in inside)
        elif isinstance(old, StructCodec) and isinstance(new, StructCodec):
            yield from self._struct(old, new, before, after)

    def _struct(self, old: StructCodec, new: StructCodec, before: Any, after: Any) -> Iterator[Path]:
        for known in new.fields:
            content = after.get(known.go, known.codec.zero)
            twin = old.by_json.get(known.json.encode())
            if twin is not None:
                inside = self.only_in_new(twin.codec, known.codec, before.get(twin.go, twin.codec.zero), content)
                yield from ((known.json, *path) for path in inside)
            elif self.printed or not (known.omitempty and known.codec.is_empty(content)):
                yield (known.json,)


def _text(path: Path) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.startswith("["):
            text += step
        else:
            text += f".{step}" if text else step
    return text


def _since(path: Path, schema: Schema, catalog: SchemaCatalog) -> str | None:
    """The first minor that has the field; None if the new one itself has it not."""
    fields = tuple(step for step in path if isinstance(step, str) and not step.startswith("["))
    if not _has(codecs(schema), fields):
        return None
    return going_back(schema, catalog, lambda earlier: _has(codecs(earlier), fields))


def _has(minor_codecs: Codecs, fields: tuple[str, ...]) -> bool:
    codec: Codec = minor_codecs.root("Container")
    for name in fields:
        codec = _element(codec)
        known = codec.by_json.get(name.encode()) if isinstance(codec, StructCodec) else None
        if known is None:
            return False
        codec = known.codec
    return True
