"""What kubelets of the json era write of lists of containers, once for all minors that write them alike.

From minor to minor fields come into the types, and none go or change their order: what the oldest and the newest write alike, each between
them writes, too. A field that one of those between knew, and wrote, the newest would have written. Where the types are not so, each minor
writes for itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import msgspec

from upgradecheck.hashing.fast.gotext import go_text
from upgradecheck.hashing.fast.shapes import is_extended, shape
from upgradecheck.hashing.fast.structs import AnyType, Structs, decode_hook
from upgradecheck.model.schema import Schema

_RESOURCES = b'"resources":'


class Written:
    """The containers of a pod as some minors write them, list after list."""

    __slots__ = ("_owns", "_without", "_writer", "wholes")

    def __init__(self, writer: Writer, owns: list[Any]) -> None:
        self._writer, self._owns = writer, owns
        self.wholes = [go_text(one) for one in owns]
        self._without: dict[int, bytes] = {}

    def without_resources(self, place: int) -> bytes:
        """One of them, its resources emptied."""
        found = self._without.get(place)
        if found is None:
            found = self._without[place] = self._writer.without_resources(self._owns[place], self.wholes[place])
        return found


def _replaced(whole: bytes, resources: bytes, none: bytes) -> bytes | None:
    """The text of a container with other resources; None where more than one place of it could be theirs."""
    begin, member, end = whole.partition(_RESOURCES)
    if not member or _RESOURCES in end or not end.startswith(resources):
        return None
    return begin + member + none + end[len(resources) :]


class Writers:
    """Writes for some minors."""

    def __init__(self, schemas: Sequence[Schema]) -> None:
        by_shape: dict[str, Schema] = {}
        for one in sorted(schemas, key=lambda schema: schema.minor):
            by_shape.setdefault(shape(one, one.roots["Container"]), one)
        self._decoders, self._writers = dict[str, msgspec.json.Decoder[list[Any]]](), dict[str, Writer]()
        for text, one in by_shape.items():
            struct = Structs((one,)).root("Container")
            self._decoders[text] = msgspec.json.Decoder(list[struct], dec_hook=decode_hook)  # type: ignore[valid-type]
            self._writers[text] = Writer(struct)
        self._shapes = tuple(by_shape)
        self._only_grow = all(
            is_extended((old, old.roots["Container"]), (new, new.roots["Container"])) for old, new in pairwise(by_shape.values())
        )

    def written(self, lists: Sequence[bytes]) -> dict[str, Written]:
        """What is written of some lists, by shape.

        Raises:
            MsgspecError: a minor does not take them.
        """
        found: dict[str, Written] = {}
        if self._shapes:
            self._write(lists, self._shapes, found)
        return found

    def _write(self, lists: Sequence[bytes], shapes: tuple[str, ...], found: dict[str, Written]) -> None:
        """Those of some shapes that follow each other; the outermost first."""
        for text in {shapes[0]: None, shapes[-1]: None}:
            if text not in found:
                decoder = self._decoders[text]
                found[text] = Written(self._writers[text], [one for raw in lists if raw for one in decoder.decode(raw)])
        if len(shapes) <= 2:
            return
        first, last = found[shapes[0]], found[shapes[-1]]
        if self._only_grow and first.wholes == last.wholes:
            found.update(dict.fromkeys(shapes[:-1], last))
            return
        half = len(shapes) // 2
        self._write(lists, shapes[: half + 1], found)
        self._write(lists, shapes[half:], found)


class Writer:
    """Writes containers as some minors have them, which all know the same fields."""

    def __init__(self, struct: AnyType) -> None:
        resources = next(one for one in msgspec.structs.fields(struct) if one.encode_name == "resources")
        self._resources, self._none = resources.name, resources.type()
        self._no_text = go_text(self._none)

    def without_resources(self, own: Any, whole: bytes) -> bytes:
        """The text of a container with its resources emptied; whole: its text."""
        found = _replaced(whole, go_text(getattr(own, self._resources)), self._no_text)
        return go_text(msgspec.structs.replace(own, **{self._resources: self._none})) if found is None else found
