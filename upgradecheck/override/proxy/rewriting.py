"""The annotations of a plan's containers, changed in the bytes of CRI messages.

runtime.v1 and runtime.v1alpha2 have the same field numbers here (k8s.io/cri-api api.proto). Changed is a value that the plan maps, on the
container that it maps, if it is the one that the plan found there; all else stays as it came, byte for byte. As in Go's decoder, of a
key that comes twice the last counts, and a message that comes in parts is their concatenation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from upgradecheck.decode.protowire import BYTES, chunk, number_at, places_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override import Override, OverrideMap, Rewrite

HASH = b"io.kubernetes.container.hash"
WITHOUT_RESOURCES = b"io.kubernetes.container.hashWithoutResources"

_ID, _KEY, _VALUE = 1, 1, 2
_CACHED_RECORDS = 4096
_CACHED_BYTES = 8 << 20
_HEAD = 66
"""Bytes that hold a container's ID: two of its field, 64 of its own."""
_NOTHING: tuple[bytes, tuple[bytes, int]] = (b"", (b"", 0))


@dataclass(frozen=True, slots=True)
class Shape:
    """Where an answer has its containers, and a container its annotations. single: one container, which may come in parts."""

    containers: int
    annotations: int
    single: bool = False


SHAPES = {
    "ListContainers": Shape(1, 9),
    "StreamContainers": Shape(1, 9),
    "ContainerStatus": Shape(1, 13, single=True),
    "GetContainerEvents": Shape(5, 13),
}
"""The answers that show a container's annotations (k8s.io/cri-api v0.37.1, runtime/v1/api.proto)."""

_Field = tuple[bytes, int]
"""A container's whole field, tag and length included, and how many annotations in it are others than the runtime's."""


class Rewriter:
    """The overrides of one plan, ready to be put into answers.

    A runtime tells of the same containers again and again in the same bytes, so what became of each is kept, up to a bound. It is found
    by its first bytes, which hold the ID, and is good if all of them are the same.
    """

    def __init__(self, overrides: OverrideMap) -> None:
        self.size = len(overrides.overrides)
        self._wanted = {container_id.encode(): _annotations(one) for container_id, one in overrides.overrides.items()}
        self._known: dict[Shape, dict[bytes, tuple[bytes, _Field]]] = {shape: {} for shape in SHAPES.values()}
        self._known_bytes = 0

    def rewrite(self, shape: Shape, raw: bytes) -> _Field:
        """The answer with its annotations changed, and their number; the same object if there are none.

        Raises:
            SpecRefused: no message of that shape; it should pass as it came.
        """
        if shape.single:
            return self._single(shape, raw)
        known = self._known[shape]
        parts: list[bytes] = []
        total = done = 0
        for start, head, end in _containers(shape, raw):
            before, field = known.get(head, _NOTHING)
            if len(before) != end - start or not raw.startswith(before, start):
                field = self._field(shape, head, raw[start:end])
            changed, count = field
            if count:
                if start > done:
                    parts.append(raw[done:start])
                parts.append(changed)
                done = end
                total += count
        return (b"".join((*parts, raw[done:])), total) if total else (raw, 0)

    def _single(self, shape: Shape, raw: bytes) -> _Field:
        """Of one container, which may come in parts; it leaves in one, where the last stood."""
        places = [(start, head, end) for start, head, end in _containers(shape, raw)]
        if not places:
            return raw, 0
        content = b"".join(_content(raw[start:end]) for start, _, end in places)
        changed, count = self._container(shape, content)
        if not count:
            return raw, 0
        ends = [0, *(end for _, _, end in places)]
        between = [raw[end:start] for end, (start, _, _) in zip(ends, places, strict=False)]
        return b"".join((*between, chunk(shape.containers, changed), raw[ends[-1] :])), count

    def _field(self, shape: Shape, head: bytes, whole: bytes) -> _Field:
        """What becomes of a container's field, looked at for the first time."""
        changed, count = self._container(shape, _content(whole))
        field = (chunk(shape.containers, changed) if count else b"", count)
        size = len(whole) + len(field[0])
        if len(self._known[shape]) >= _CACHED_RECORDS or self._known_bytes + size > _CACHED_BYTES:
            self._known = {one: {} for one in self._known}
            self._known_bytes = 0
        if size < _CACHED_BYTES:
            self._known[shape][head] = whole, field
            self._known_bytes += size
        return field

    def _container(self, shape: Shape, raw: bytes) -> _Field:
        container_id, found = b"", []
        start = 0
        for number, kind, value, end in places_of(raw):
            if number == _ID:
                container_id = _whole(kind, value)
            elif number == shape.annotations:
                found.append((start, _whole(kind, value), end))
            start = end
        wanted = self._wanted.get(container_id)
        return _changed(shape.annotations, raw, _entries(found), wanted) if wanted else (raw, 0)


def _annotations(one: Override) -> tuple[tuple[bytes, Rewrite], ...]:
    return (HASH, one.hash), *([] if one.without_resources is None else [(WITHOUT_RESOURCES, one.without_resources)])


def _containers(shape: Shape, raw: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Start, first bytes and end of each container's field. Nothing but containers is the common case, and read without detours."""
    tag = shape.containers << 3 | BYTES
    start, size = 0, len(raw)
    while start + 3 < size and raw[start] == tag:
        low, high = raw[start + 1], raw[start + 2]
        if low < 0x80:
            length, begin = low, start + 2
        elif high < 0x80:
            length, begin = low & 0x7F | high << 7, start + 3
        else:
            length, begin = number_at(raw, start + 1)
        end = begin + length
        if end > size:
            raise SpecRefused("no whole protobuf message: it ends within a field")
        yield start, raw[begin : begin + _HEAD], end
        start = end
    base = start
    for number, kind, value, end in places_of(raw[base:]):
        if number == shape.containers:
            yield start, _whole(kind, value)[:_HEAD], base + end
        start = base + end


def _content(field: bytes) -> bytes:
    return next(_whole(kind, value) for _, kind, value, _ in places_of(field))


def _entries(found: list[tuple[int, bytes, int]]) -> dict[bytes, tuple[int, int, bytes]]:
    """Start, end and value of the last entry of each key that may be changed."""
    entries = {}
    for start, raw, end in found:
        parts = {_KEY: b"", _VALUE: b""}
        for number, kind, value, _ in places_of(raw):
            if number in parts:
                parts[number] = _whole(kind, value)
        if parts[_KEY] in (HASH, WITHOUT_RESOURCES):
            entries[parts[_KEY]] = start, end, parts[_VALUE]
    return entries


def _changed(
    annotations: int, raw: bytes, entries: Mapping[bytes, tuple[int, int, bytes]], wanted: tuple[tuple[bytes, Rewrite], ...]
) -> _Field:
    """The container's message with the values that the plan maps in the place of those that it found, where they are the ones."""
    nothing = len(raw), len(raw), None
    edits = []
    for key, rewrite in wanted:
        start, end, value = entries.get(key, nothing)
        if value == (None if rewrite.before is None else rewrite.before.encode()):
            edits.append((start, end, chunk(annotations, chunk(_KEY, key) + chunk(_VALUE, rewrite.after.encode()))))
    parts, done = [], 0
    for start, end, entry in sorted(edits):
        parts += [raw[done:start], entry]
        done = end
    return b"".join((*parts, raw[done:])), len(edits)


def _whole(kind: int, value: int | bytes) -> bytes:
    if kind != BYTES or isinstance(value, int):
        raise SpecRefused("expected text or a message, found a number")
    return value
