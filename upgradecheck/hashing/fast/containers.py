"""Lists of containers, as a pod writes them, to the texts that some kubelets hash of them.

The types of all kubelets asked about take them first. What the json era hashes is written by the Structs of each minor, once for those
that know the same fields; from 1.31 on name and image are enough. What the typed era prints, the exact path prints: its minors are old, and
a text that comes again costs nothing there either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from upgradecheck.hashing.containers import containers_of, parse_pod, pod_value
from upgradecheck.hashing.eras import HASH_INPUT
from upgradecheck.hashing.fast import gates
from upgradecheck.hashing.fast.affine import Pieces
from upgradecheck.hashing.fast.gotext import depends_on_go, go_text
from upgradecheck.hashing.fast.shapes import json_fields, resolved, shape
from upgradecheck.hashing.fast.structs import AnyType, Structs, decode_hook
from upgradecheck.hashing.fast.templates import STEM, Hashed, JSONTemplate, Known, TextTemplate
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


class _Texts:
    """Each different text of a pod, with its place. Those of the typed era are hashed as they are, all others as JSON."""

    def __init__(self) -> None:
        self.places: dict[tuple[bool, bytes], int] = {}

    def place(self, text: bytes, *, typed: bool = False) -> int:
        return self.places.setdefault((typed, text), len(self.places))


class _Read(msgspec.Struct, frozen=True):
    """One container: its list, how all kubelets take it, and by shape how those that know the same fields have it."""

    kind: ContainerKind
    taken: Any
    own: dict[str, Any]


class FastContainers:
    """Reads lists of containers for some hash classes."""

    def __init__(self, classes: Sequence[HashClass], structs: Structs) -> None:
        self._classes = tuple(classes)
        self._pieces = Pieces()
        schemas = tuple(dict.fromkeys(one.schema for one in classes))
        self._kinds = {one: _kinds(one) for one in schemas}
        roots = [structs.root(root) for _, _, root in LISTS if structs.meant(root)]
        self._taken = [msgspec.json.Decoder(list[one], dec_hook=decode_hook) for one in roots]  # type: ignore[valid-type]
        self._named = [_Named.of(one) for one in roots]
        self._shapes = {one: shape(one, one.roots["Container"]) for one in schemas if one.era is Era.JSON}
        self._writers = {text: _Writer(one) for one, text in self._shapes.items()}
        self._casts = all(_is_cast_whole(one) for one in self._shapes)

    def read(self, lists: Lists, hole: bytes, *, from_api: bool) -> Found | None:
        """What is hashed of some lists, None where the exact path has to tell. hole: what is left open in them.

        from_api: they come from an API server, by protobuf, which only the typed era can tell.

        Raises:
            MsgspecError, SpecRefused and the like: as None.
        """
        if any(gates.key_comes_twice(one) for one in lists if one):
            return None
        if len(lists) == len(LISTS) and lists[-1] and not self._casts:
            return None
        read = list(self._read(lists))
        holds = not _is_shown(hole, map(self._name, read))
        texts = _Texts()
        rows: dict[HashClass, tuple[Row, ...]] = {}
        for one in self._classes:
            found = self._typed(lists, one, texts, from_api=from_api) if one.schema.era is Era.TYPED else self._rows(read, one, texts)
            if found is None:
                return None
            rows[one] = found
        left_open = hole if holds else b""
        return Found(tuple(self._hashed(text, left_open, typed=typed) for typed, text in texts.places), rows, holds)

    def _read(self, lists: Lists) -> Iterator[_Read]:
        for (_, kind, _), decoder, raw in zip(LISTS, self._taken, lists, strict=False):
            if raw:
                owns = {text: writer.decoder.decode(raw) for text, writer in self._writers.items()}
                for place, taken in enumerate(decoder.decode(raw)):
                    yield _Read(kind, taken, {text: own[place] for text, own in owns.items()})

    def _of(self, one: _Read) -> _Named:
        return self._named[one.kind is ContainerKind.EPHEMERAL]

    def _name(self, one: _Read) -> str:
        return str(getattr(one.taken, self._of(one).name))

    def _rows(self, read: Sequence[_Read], hash_class: HashClass, texts: _Texts) -> tuple[Row, ...] | None:
        rows = []
        for one in read:
            if one.kind not in self._kinds[hash_class.schema]:
                continue
            found = self._texts(one, hash_class)
            if not hash_class.short_control_escapes and any(map(depends_on_go, found)):
                return None
            places = [texts.place(text) for text in found]
            rows.append(Row(self._name(one), self._kind(one, hash_class.schema), places[0], places[1] if len(places) > 1 else None))
        return tuple(rows)

    def _texts(self, one: _Read, hash_class: HashClass) -> tuple[bytes, ...]:
        """What is hashed of a container, and, where a class records that too, of it without its resources."""
        schema = hash_class.schema
        if schema.era is Era.IMAGE_NAME:
            of = self._of(one)
            image, name = go_text(getattr(one.taken, of.image)), go_text(getattr(one.taken, of.name))
            return (b'{"image":' + image + b',"name":' + name + b"}",)
        text = self._shapes[schema]
        own, writer = one.own[text], self._writers[text]
        whole = go_text(own)
        return (whole, go_text(writer.without_resources(own))) if schema.hash_without_resources else (whole,)

    def _kind(self, one: _Read, schema: Schema) -> ContainerKind:
        policy = self._of(one).restart_policy
        restartable = one.kind is ContainerKind.INIT and policy is not None and getattr(one.taken, policy) == "Always"
        return ContainerKind.SIDECAR if restartable and ContainerKind.SIDECAR in schema.kinds_known else one.kind

    def _typed(self, lists: Lists, hash_class: HashClass, texts: _Texts, *, from_api: bool) -> tuple[Row, ...]:
        members = b",".join(_ANNOUNCED % name.encode() + raw for (name, _, _), raw in zip(LISTS, lists, strict=False) if raw)
        value = pod_value(parse_pod(b'{"spec":{' + members + b"}}"), hash_class.schema)
        found = containers_of(value, hash_class.schema, from_api=from_api)
        printed = HASH_INPUT[Era.TYPED]
        return tuple(Row(one.name, one.kind, texts.place(printed(one.content, hash_class), typed=True), None) for one in found)

    def _hashed(self, text: bytes, hole: bytes, *, typed: bool) -> Hashed:
        if hole and STEM + hole in text:
            parts = text.split(STEM + hole)
            return TextTemplate(parts) if typed else JSONTemplate(parts, self._pieces)
        return Known(hash_text(text) if typed else self._pieces.hash(text))


class _Named(msgspec.Struct, frozen=True, gc=False):
    """The attributes of a container's Struct; restart_policy is None where no kubelet knows it."""

    name: str
    image: str
    restart_policy: str | None

    @classmethod
    def of(cls, struct: AnyType) -> _Named:
        found = attributes(struct)
        return cls(found["name"], found["image"], found.get("restartPolicy"))


class _Writer:
    """Containers as some minors have them, which all know the same fields."""

    def __init__(self, schema: Schema) -> None:
        struct = Structs((schema,)).root("Container")
        self.decoder: msgspec.json.Decoder[list[Any]] = msgspec.json.Decoder(list[struct], dec_hook=decode_hook)  # type: ignore[valid-type]
        resources = next(one for one in msgspec.structs.fields(struct) if one.encode_name == "resources")
        self._resources, self._none = resources.name, resources.type()

    def without_resources(self, own: Any) -> Any:
        """The container with its resources emptied."""
        return msgspec.structs.replace(own, **{self._resources: self._none})


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
