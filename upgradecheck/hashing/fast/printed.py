"""What kubelets of the typed era print of a container, for several minors at once: by the exact path's decoder, protobuf and printer, but
field by field.

From one of these minors to the next few types change, so most fields of a container are of types that all have alike, and are printed once
for all of them. A pod is decoded once for those that read it alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from upgradecheck.hashing.alike import values_alike
from upgradecheck.hashing.codecs import Codec, GoValue, StructCodec, printable
from upgradecheck.hashing.containers import LISTS, parse_pod, pod_value
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.protobuf import sent_unset, through_protobuf
from upgradecheck.hashing.spew import Part, spew
from upgradecheck.model.errors import DataError
from upgradecheck.model.schema import ContainerKind, Schema, TypeDef


class PrintedContainer(msgspec.Struct, frozen=True, gc=False):
    """A container and its text."""

    name: str
    kind: ContainerKind
    text: bytes


class Printed:
    """Prints the containers of pods for some minors."""

    def __init__(self, schemas: Sequence[Schema]) -> None:
        self._schemas = tuple(dict.fromkeys(schemas))
        numbers: dict[tuple[str, str], int] = {}
        self._structs = {one: _Struct(one, numbers) for one in self._schemas}

    def of(self, pod: bytes, *, from_api: bool) -> dict[Schema, tuple[PrintedContainer, ...]]:
        """Those of a pod, by minor. from_api: it comes by protobuf.

        Raises:
            SpecRefused: one of the minors would refuse it.
        """
        tree = parse_pod(pod)
        values = values_alike(tree, self._schemas) or {one: pod_value(tree, one) for one in self._schemas}
        known: dict[int, dict[int, bytes]] = {}
        return {one: tuple(self._containers(values[one], one, known, from_api=from_api)) for one in self._schemas}

    def _containers(
        self, pod: GoValue, schema: Schema, known: dict[int, dict[int, bytes]], *, from_api: bool
    ) -> Iterator[PrintedContainer]:
        """known: by the identity of a container, which lives as long as this, the texts of its fields."""
        struct, spec = self._structs[schema], pod.get("Spec", {})
        for field, kind in LISTS:
            for content in spec.get(field) or ():
                text = struct.text(content, known.setdefault(id(content), {}), from_api=from_api)
                yield PrintedContainer(printable(content.get("Name", b"")), kind, text)


class _Field(msgspec.Struct, frozen=True):
    """A field of a container: how it is printed, how it is sent (None: never), and a number that minors share which do both alike."""

    part: Part
    codec: Codec | None
    number: int


class _Struct:
    """The struct of a container, as a minor has it."""

    def __init__(self, schema: Schema, numbers: dict[tuple[str, str], int]) -> None:
        expression = schema.roots["Container"]
        codec = codecs(schema).root("Container")
        assert isinstance(codec, StructCodec)
        by_go = {known.go: known.codec for known in codec.fields}
        printer = spew(schema)
        self._front = b"(" + printer.type_name(expression).encode() + b"){"
        self._fields: list[_Field] = []
        for one in schema.types[expression].fields:
            if one.inline:
                raise DataError(f"hashdata of {schema.minor}: a container has an embedded struct, which is not printed apart")
            number = numbers.setdefault((one.go, _types(schema, one.type)), len(numbers))
            self._fields.append(_Field(printer.part(one), by_go.get(one.go), number))
        self._places = {one.part.go: place for place, one in enumerate(self._fields)}
        self._unset = [one.part.unset for one in self._fields]
        if sent_unset(codec):
            raise DataError(f"hashdata of {schema.minor}: a field of a container that is not set comes out of protobuf set")
        every = repr((self._front, [one.number for one in self._fields]))
        self._number = numbers.setdefault(("", every), len(numbers))

    def text(self, content: GoValue, known: dict[int, bytes], *, from_api: bool) -> bytes:
        """The container's. known: the texts of its fields and of itself, by number."""
        if self._number not in known:
            known[self._number] = self._front + b" ".join(self._texts(content, known, from_api=from_api)) + b"}"
        return known[self._number]

    def _texts(self, content: GoValue, known: dict[int, bytes], *, from_api: bool) -> list[bytes]:
        texts = self._unset[:]
        for name, value in content.items():
            place = self._places.get(name)
            if place is None:  # this minor does not know it
                continue
            field = self._fields[place]
            text = known.get(field.number)
            if text is None:
                sent = through_protobuf(field.codec, value) if from_api and field.codec is not None else value
                text = known[field.number] = field.part.head + field.part.printer(sent)
            texts[place] = text
        return texts


def _types(schema: Schema, expression: str) -> str:
    """A type with all that it holds, as it is printed and read."""
    found: dict[str, TypeDef | None] = {}
    reached = [expression]
    while reached:
        name = reached.pop()
        if name in found:
            continue
        if name.startswith(("*", "[]", "map[")):
            found[name] = None
            reached.append(name.partition("]")[2] if name.startswith("map[") else name.removeprefix("*").removeprefix("[]"))
            continue
        definition = found[name] = schema.types.get(name)
        if definition is not None:
            reached += [one.type for one in definition.fields] + ([definition.elem] if definition.elem else [])
    return f"{expression} {sorted(found.items(), key=lambda item: item[0])!r} {schema.decoder}"
