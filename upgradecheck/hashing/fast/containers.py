"""Lists of containers, as a pod writes them, to the texts that some kubelets hash of them.

The types of all kubelets asked about take them first. What the json era hashes is written by the Structs of each minor (see written), once
for those that write alike; from 1.31 on name and image are enough. What the typed era prints, the exact path prints (see printed).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

import msgspec

from upgradecheck.hashing.fast import gates
from upgradecheck.hashing.fast.affine import Pieces
from upgradecheck.hashing.fast.gotext import depends_on_go, go_text
from upgradecheck.hashing.fast.newest import Newest
from upgradecheck.hashing.fast.printed import Printed
from upgradecheck.hashing.fast.shapes import json_fields, resolved, shape
from upgradecheck.hashing.fast.structs import AnyType, Structs, decode_hook
from upgradecheck.hashing.fast.templates import STEM, Hashed, JSONTemplate, Known, TextTemplate
from upgradecheck.hashing.fast.valued import Valued
from upgradecheck.hashing.fast.written import Writers, Written
from upgradecheck.hashing.fnv import hash_text
from upgradecheck.model.schema import ContainerKind, Era, HashClass, Schema

Lists: TypeAlias = "tuple[bytes, ...]"
"""The lists of a spec as they are written, an empty text where there is none; as many, in this order, as the kubelets know."""

LISTS = (
    ("initContainers", ContainerKind.INIT, "Container"),
    ("containers", ContainerKind.APP, "Container"),
    ("ephemeralContainers", ContainerKind.EPHEMERAL, "EphemeralContainer"),
)
_ANNOUNCED = b'"%s":'
_MOST_LAID = 4096


class Row(msgspec.Struct, frozen=True, gc=False):
    """A container under a class: the places of its texts among those of its pod."""

    name: str
    kind: ContainerKind
    text: int
    without_resources: int | None


class Found(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Lists of containers: each different text that is hashed of them, and by class the containers. One is equal to itself alone.

    holds_for_all: for all lists that differ from these in the hole alone.
    """

    texts: tuple[Hashed, ...]
    rows: dict[HashClass, tuple[Row, ...]]
    holds_for_all: bool


class Texts(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What is hashed of lists of containers, not hashed yet. hole: what is open in them; each text with whether it is printed."""

    texts: tuple[tuple[bool, bytes], ...]
    rows: dict[HashClass, tuple[Row, ...]]
    hole: bytes
    holds_for_all: bool

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(text) for _, text in self.texts)


class Opened(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What is hashed of lists of containers that are open at some texts, and, behind these, at the end of the token's volume.

    texts: each different one, cut where it is open (``Valued``).
    """

    texts: tuple[tuple[bytes | int, ...], ...]
    rows: dict[HashClass, tuple[Row, ...]]
    pieces: Pieces

    def valued(self, places: Iterable[int]) -> Valued:
        """The hashes of those at these places."""
        return Valued([self.texts[place] for place in places], self.pieces)


class _Texts:
    """Each different text of a pod, with its place. Those of the typed era are hashed as they are, all others as JSON."""

    def __init__(self) -> None:
        self.places: dict[tuple[bool, bytes], int] = {}

    def place(self, text: bytes, *, typed: bool = False) -> int:
        return self.places.setdefault((typed, text), len(self.places))


class _Read(msgspec.Struct, frozen=True, gc=False):
    """One container: its place among those of its pod, its list, and what is told of it. always: it is to be restarted always."""

    place: int
    kind: ContainerKind
    name: str
    image: str
    always: bool


class _Alike(msgspec.Struct, frozen=True, gc=False):
    """What makes the rows of a class: those that have the same have the same rows. written: the shape of a container in the json era."""

    era: Era
    written: str
    lists: frozenset[ContainerKind]
    sidecars: bool
    without_resources: bool
    short_escapes: bool

    @classmethod
    def of(cls, hash_class: HashClass) -> _Alike:
        schema = hash_class.schema
        written = shape(schema, schema.roots["Container"]) if schema.era is Era.JSON else ""
        sidecars = ContainerKind.SIDECAR in schema.kinds_known
        return cls(schema.era, written, _kinds(schema), sidecars, schema.hash_without_resources, hash_class.short_control_escapes)


class FastContainers:
    """Reads lists of containers for some hash classes."""

    def __init__(self, classes: Sequence[HashClass], structs: Structs) -> None:
        self._typed = [one for one in classes if one.schema.era is Era.TYPED]
        self._printed = Printed([one.schema for one in self._typed])
        self._alike: dict[_Alike, list[HashClass]] = {}
        for one in classes:
            if one.schema.era is not Era.TYPED:
                self._alike.setdefault(_Alike.of(one), []).append(one)
        self._pieces = Pieces()
        self._structs = structs
        self._schemas = schemas = [one.schema for one in classes if one.schema.era is Era.JSON]
        self._shapes = tuple(dict.fromkeys(one.written for one in self._alike if one.written))
        self._newest = Newest([one.schema for one in classes])
        self._named_at_once = [_Named.of(self._newest.struct)] * len(LISTS)
        self._casts = all(map(_is_cast_whole, schemas))
        self._laid: dict[tuple[Any, ...], dict[HashClass, tuple[Row, ...]]] = {}

    @cached_property
    def _each(self) -> tuple[tuple[msgspec.json.Decoder[list[Any]], ...], tuple[_Named, ...], Writers]:
        """What takes each list by the types of all, where it tells what, and what writes for each minor."""
        roots = [self._structs.root(root) for _, _, root in LISTS if self._structs.meant(root)]
        decoders = tuple(msgspec.json.Decoder(list[one], dec_hook=decode_hook) for one in roots)  # type: ignore[valid-type]
        return decoders, tuple(map(_Named.of, roots)), Writers(self._schemas)

    def read(self, lists: Lists, hole: bytes, *, from_api: bool) -> Texts | None:
        """What is hashed of some lists, None where the exact path has to tell. hole: what may be left open in them.

        from_api: they come from an API server, by protobuf, which only the typed era can tell.

        Raises:
            MsgspecError, SpecRefused and the like: as None.
        """
        if len(lists) == len(LISTS) and lists[-1] and not self._casts:
            return None
        found = self._at_once(lists) or self._one_by_one(lists)
        if found is None:
            return None
        read, written = found
        holds = not _is_shown(hole, [one.name for one in read])
        texts = _Texts()
        rows = self._printed_rows(lists, texts, from_api=from_api)
        laid = self._laid_out(read, written, texts)
        if laid is None:
            return None
        return Texts(tuple(texts.places), {**rows, **laid} if rows else laid, hole if holds else b"", holds)

    def _at_once(self, lists: Lists) -> tuple[list[_Read], dict[str, Written]] | None:
        """The containers, and what is written of them by shape, where one decoding tells all."""
        newest = self._newest
        if not newest.only_grow or any(lists[2:]):
            return None
        try:
            taken = newest.taken(lists)
        except msgspec.MsgspecError:
            return None
        written = newest.written(lists, taken)
        if written is None or not newest.is_alike(written, lists):
            return None
        return _told(taken, self._named_at_once), dict.fromkeys(self._shapes, written)

    def _one_by_one(self, lists: Lists) -> tuple[list[_Read], dict[str, Written]] | None:
        """The same, by the types of each; None where the exact path has to tell."""
        if any(gates.key_comes_twice(one) for one in lists if one):
            return None
        decoders, named, writers = self._each
        taken = [decoder.decode(raw) if raw else [] for decoder, raw in zip(decoders, lists, strict=False)]
        return _told(taken, named), writers.written(lists)

    def once(self, texts: Texts) -> Found:
        """The texts hashed, nothing left open."""
        hole = texts.hole
        found = iter(self._pieces.hashes((text for typed, text in texts.texts if not typed), STEM + hole if hole else b"", len(hole)))
        hashed = tuple(Known(hash_text(text) if typed else next(found)) for typed, text in texts.texts)
        return Found(hashed, texts.rows, holds_for_all=False)

    def template(self, texts: Texts) -> Found:
        """What they have in common with their replicas' texts."""
        hashed = tuple(self._hashed(text, texts.hole, typed=typed) for typed, text in texts.texts)
        return Found(hashed, texts.rows, texts.holds_for_all)

    def opened(self, own: tuple[Lists, bytes], tried: tuple[Lists, bytes], texts: Mapping[bytes, bytes]) -> Opened | None:
        """What is hashed of lists that differ in some texts and in the name of the token's volume alone; None where that is not certain.

        own, tried: such lists, each with its hole, as of read; texts: by what stands in the tried ones what stands in its place in the own.

        Raises:
            As read.
        """
        (lists, hole), (others, its) = own, tried
        if self._typed:
            return None
        found, made = self.read(lists, hole, from_api=True), self.read(others, its, from_api=True)
        if found is None or made is None:
            return None
        cut = [_cut(text, (*texts, its)) for _, text in made.texts]
        values = (*texts.values(), hole)
        filled = [b"".join([one if isinstance(one, bytes) else values[one] for one in text]) for text in cut]
        return Opened(tuple(cut), made.rows, self._pieces) if _are_alike(found, made, filled) else None

    def _printed_rows(self, lists: Lists, texts: _Texts, *, from_api: bool) -> dict[HashClass, tuple[Row, ...]]:
        if not self._typed:
            return {}
        members = b",".join(_ANNOUNCED % name.encode() + raw for (name, _, _), raw in zip(LISTS, lists, strict=False) if raw)
        found = self._printed.of(b'{"spec":{' + members + b"}}", from_api=from_api)
        return {
            one: tuple(Row(each.name, each.kind, texts.place(each.text, typed=True), None) for each in found[one.schema])
            for one in self._typed
        }

    def _laid_out(self, read: Sequence[_Read], written: dict[str, Written], texts: _Texts) -> dict[HashClass, tuple[Row, ...]] | None:
        """The rows of each class; the same ones for all pods whose containers have these names, and are written alike."""
        known: dict[tuple[Any, ...], tuple[tuple[int, int | None], ...] | None] = {}
        places = []
        for alike in self._alike:
            by = written.get(alike.written)
            key = (id(by), alike.lists, alike.without_resources, alike.short_escapes)
            if key not in known:
                known[key] = self._places(read, alike, by, texts)
            found = known[key]
            if found is None:
                return None
            places.append(found)
        told = (tuple([(one.name, one.kind, one.always) for one in read]), *places)
        laid = self._laid.get(told)
        if laid is None:
            if len(self._laid) >= _MOST_LAID:
                self._laid.clear()
            laid = self._laid[told] = {}
            for (alike, classes), its in zip(self._alike.items(), places, strict=True):
                laid.update(dict.fromkeys(classes, _rows(read, alike, its)))
        return laid

    def _places(
        self, read: Sequence[_Read], alike: _Alike, written: Written | None, texts: _Texts
    ) -> tuple[tuple[int, int | None], ...] | None:
        """The places of what is hashed of each container, whole and without resources; None where that hangs on Go's version."""
        found = []
        for one in read:
            if one.kind not in alike.lists:
                continue
            whole = _image_and_name(one.image, one.name) if written is None else written.wholes[one.place]
            without = written.without_resources(one.place) if written is not None and alike.without_resources else None
            if not alike.short_escapes and (depends_on_go(whole) or (without is not None and depends_on_go(without))):
                return None
            found.append((texts.place(whole), None if without is None else texts.place(without)))
        return tuple(found)

    def _hashed(self, text: bytes, hole: bytes, *, typed: bool) -> Hashed:
        if hole and STEM + hole in text:
            parts = text.split(STEM + hole)
            return TextTemplate(parts) if typed else JSONTemplate(parts, self._pieces)
        return Known(hash_text(text) if typed else self._pieces.hash(text))


def _cut(text: bytes, openings: Sequence[bytes]) -> tuple[bytes | int, ...]:
    """A text where it is open: what is between, and the numbers of the openings. The last is the end of the token's volume, or empty."""
    *marks, hole = openings
    every = [*map(re.escape, marks), *((b"(?<=%b)%b" % (STEM, hole),) if hole else ())]
    parts = re.split(b"(%b)" % b"|".join(every), text)
    return tuple([openings.index(part) if place % 2 else part for place, part in enumerate(parts)])


def _are_alike(texts: Texts, tried: Texts, filled: Sequence[bytes]) -> bool:
    """Whether the rows of some lists are those of others, when what was tried there is filled with what stands in these."""
    compared = set[tuple[int, int]]()
    for one, rows in texts.rows.items():
        others = tried.rows[one]
        if len(rows) != len(others):
            return False
        for row, other in zip(rows, others, strict=True):
            if (row.name, row.kind, row.without_resources is None) != (other.name, other.kind, other.without_resources is None):
                return False
            compared.add((row.text, other.text))
            if row.without_resources is not None and other.without_resources is not None:
                compared.add((row.without_resources, other.without_resources))
    return all(texts.texts[one][1] == filled[other] for one, other in compared)


def _told(taken: Sequence[list[Any]], named: Sequence[_Named]) -> list[_Read]:
    """What is told of containers, list by list; named: where each list has it."""
    read = list[_Read]()
    for (_, kind, _), several, of in zip(LISTS, taken, named, strict=False):
        for one in several:
            always = of.restart_policy is not None and getattr(one, of.restart_policy) == "Always"
            read.append(_Read(len(read), kind, getattr(one, of.name), getattr(one, of.image), always))
    return read


def _rows(read: Sequence[_Read], alike: _Alike, places: Sequence[tuple[int, int | None]]) -> tuple[Row, ...]:
    """The rows of some classes."""
    its = (one for one in read if one.kind in alike.lists)
    return tuple(Row(one.name, _kind(one, alike), *place) for one, place in zip(its, places, strict=True))


def _kind(one: _Read, alike: _Alike) -> ContainerKind:
    return ContainerKind.SIDECAR if one.always and one.kind is ContainerKind.INIT and alike.sidecars else one.kind


@lru_cache(maxsize=4096)
def _image_and_name(image: str, name: str) -> bytes:
    return b'{"image":' + go_text(image) + b',"name":' + go_text(name) + b"}"


class _Named(msgspec.Struct, frozen=True, gc=False):
    """The attributes of a container's Struct; restart_policy is None where no kubelet knows it."""

    name: str
    image: str
    restart_policy: str | None

    @classmethod
    def of(cls, struct: AnyType) -> _Named:
        found = attributes(struct)
        return cls(found["name"], found["image"], found.get("restartPolicy"))


def _is_shown(hole: bytes, names: Iterable[str]) -> bool:
    """Whether what is left open stands in the name of a container, which is told beside its hash."""
    return bool(hole) and any(hole.decode() in name for name in names)


def attributes(struct: AnyType) -> dict[str, str]:
    """The attributes of a Struct by JSON name."""
    return {one.encode_name: one.name for one in msgspec.structs.fields(struct)}


def _kinds(schema: Schema) -> frozenset[ContainerKind]:
    """The kinds of lists that a minor knows."""
    spec = next(one.type for one in json_fields(schema, schema.types[schema.roots["Pod"]]) if one.json == "spec")
    known = {one.json for one in json_fields(schema, schema.types[resolved(schema, spec)])}
    return frozenset(kind for name, kind, _ in LISTS if name in known)


def _is_cast_whole(schema: Schema) -> bool:
    """Whether an ephemeral container has the fields of a container, and but one beside, so that the cast loses and adds nothing."""
    if "EphemeralContainer" not in schema.roots:
        return True
    ephemeral, container = (schema.types[schema.roots[name]] for name in ("EphemeralContainer", "Container"))
    both = [
        [(one.json, one.go, one.omitempty, shape(schema, one.type)) for one in json_fields(schema, definition)]
        for definition in (ephemeral, container)
    ]
    return [one for one in both[0] if one[0] != "targetContainerName"] == both[1]
