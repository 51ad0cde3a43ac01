"""The annotations of a plan's containers, changed in the bytes of CRI messages.

runtime.v1 and runtime.v1alpha2 have the same field numbers here (k8s.io/cri-api api.proto). Changed is a value that the plan maps, on the
container that it maps, if it is the one that the plan found there; all else stays as it came, byte for byte. As in Go's decoder, of a
key that comes twice the last counts, and a message that comes in parts is their concatenation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from upgradecheck.decode.runtime.protowire import BYTES, chunk, chunk_header, number_at, places_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override import Override, OverrideMap, Rewrite
from upgradecheck.override.proxy.known import Known, Tail

HASH = b"io.kubernetes.container.hash"
WITHOUT_RESOURCES = b"io.kubernetes.container.hashWithoutResources"

_ID, _KEY, _VALUE = 1, 1, 2
_ID_MARK = b"\n@"
"""How a field with an ID of 64 characters begins. Every runtime has such."""
_HEAD = 66
"""Bytes of such a field."""


class MessageShape(msgspec.Struct, frozen=True, gc=False):
    """Where an answer has its containers, and a container its annotations. single: one container, which may come in parts."""

    containers: int
    annotations: int
    single: bool = False


SHAPES = {
    "ListContainers": MessageShape(1, 9),
    "StreamContainers": MessageShape(1, 9),
    "ContainerStatus": MessageShape(1, 13, single=True),
    "GetContainerEvents": MessageShape(5, 13),
}
"""The answers that show a container's annotations (k8s.io/cri-api v0.37.1, runtime/v1/api.proto)."""

_Wanted = tuple[tuple[bytes, Rewrite], ...]
_Entries = Mapping[bytes, tuple[int, int, bytes]]
"""Start, end and value of the last entry of each key that may be changed."""
_Edits = Mapping[tuple[int, int], bytes]
"""What is put in the place of the bytes between start and end."""


class Rewriter:
    """The overrides of one plan, ready to be put into answers. What was read of a mapped container is kept until it changes."""

    def __init__(self, overrides: OverrideMap) -> None:
        self.plan_hash = overrides.plan_hash
        self.size = len(overrides.overrides)
        self._wanted = {container_id.encode(): _annotations(one) for container_id, one in overrides.overrides.items()}
        self._usual = all(len(_ID_MARK + one) == _HEAD for one in self._wanted)
        self._known: dict[MessageShape, dict[bytes, Known]] = {shape: {} for shape in SHAPES.values()}

    def rewrite(self, shape: MessageShape, raw: bytes) -> tuple[bytes, int]:
        """The answer with its annotations changed, and their number; the same object if there are none.

        Raises:
            SpecRefused: no message of that shape; it should pass as it came.
        """
        if shape.single and len(places := list(_containers(shape, raw))) > 1:
            return self._merged(shape, raw, places)
        parts: list[bytes] = []
        total = done = 0
        kept = self._known[shape]
        for start, begin, end in _containers(shape, raw):
            known = kept.get(raw[begin : begin + _HEAD])
            tail = known.told_again(raw, begin, end) if known is not None else None
            if known is None or tail is None:
                pieces, count = self._field(shape, raw[begin:end])
                if count:
                    parts += (raw[done:start], *pieces)
            elif count := tail.changes:
                split = begin + known.split
                if len(tail.content) == end - split:  # of the same size: all before it stays
                    parts += (raw[done:split], tail.content)
                else:
                    parts += (raw[done:start], tail.header, raw[begin:split], tail.content)
            if count:
                done = end
                total += count
        return (b"".join((*parts, raw[done:])), total) if total else (raw, 0)

    def _merged(self, shape: MessageShape, raw: bytes, places: list[tuple[int, int, int]]) -> tuple[bytes, int]:
        """Of one container that came in parts; it leaves in one, where the last stood."""
        whole = b"".join(raw[begin:end] for _, begin, end in places)
        pieces, count = self._field(shape, whole)
        if not count:
            return raw, 0
        ends = [0, *(end for _, _, end in places)]
        between = [raw[end:start] for end, (start, _, _) in zip(ends, places, strict=False)]
        return b"".join((*between, *pieces, raw[ends[-1] :])), count

    def _field(self, shape: MessageShape, raw: bytes) -> tuple[list[bytes], int]:
        """The pieces of the field that a container's message becomes, and how many of its annotations are others."""
        usual = self._usual and raw.startswith(_ID_MARK) and raw.count(_ID_MARK) == 1
        if usual and raw[len(_ID_MARK) : _HEAD] not in self._wanted:
            return [], 0
        return self._read(shape, raw)

    def _read(self, shape: MessageShape, raw: bytes) -> tuple[list[bytes], int]:
        container_id, found = b"", []
        start = lead = 0
        for number, kind, value, end in places_of(raw):
            if number == _ID:
                container_id = _whole(kind, value)
            elif number == shape.annotations:
                found.append((start, _whole(kind, value), end))
            if number == _ID or kind != BYTES:
                lead = end
            start = end
        wanted = self._wanted.get(container_id)
        if wanted is None:
            return [], 0
        edits = _edits(shape.annotations, len(raw), _entries(found), wanted)
        changed = _edited(raw, edits)
        header = chunk_header(shape.containers, len(changed))
        split = found[0][0] if found else len(raw)
        if lead <= split and raw.startswith(_ID_MARK + container_id):
            self._keep(shape, raw, raw[:lead], split, Tail(header, changed[split:], len(edits)))
        return [header, changed], len(edits)

    def _keep(self, shape: MessageShape, raw: bytes, lead: bytes, split: int, tail: Tail) -> None:
        known = self._known[shape].get(raw[:_HEAD])
        if known is None or (known.lead, known.split) != (lead, split):
            known = self._known[shape][raw[:_HEAD]] = Known(lead, split)
        known.keep(raw, tail)


def _annotations(one: Override) -> _Wanted:
    return (HASH, one.hash), *([] if one.without_resources is None else [(WITHOUT_RESOURCES, one.without_resources)])


def _containers(shape: MessageShape, raw: bytes) -> Iterator[tuple[int, int, int]]:
    """Start of each container's field, start and end of its message. Nothing but these is the common case, and read without detours."""
    tag = shape.containers << 3 | BYTES
    start, size = 0, len(raw)
    while start + 2 < size and raw[start] == tag:
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
        yield start, begin, end
        start = end
    base = start
    for number, kind, value, end in places_of(raw[base:]):
        if number == shape.containers:
            yield start, base + end - len(_whole(kind, value)), base + end
        start = base + end


def _entries(found: list[tuple[int, bytes, int]]) -> _Entries:
    entries = {}
    for start, raw, end in found:
        parts = {_KEY: b"", _VALUE: b""}
        for number, kind, value, _ in places_of(raw):
            if number in parts:
                parts[number] = _whole(kind, value)
        if parts[_KEY] in (HASH, WITHOUT_RESOURCES):
            entries[parts[_KEY]] = start, end, parts[_VALUE]
    return entries


def _edits(annotations: int, size: int, entries: _Entries, wanted: _Wanted) -> _Edits:
    """Of the values that the plan maps, those that it found are replaced; one that it found absent is added at the end."""
    edits = {}
    for key, rewrite in wanted:
        start, end, value = entries.get(key, (size, size, None))
        if value == (None if rewrite.before is None else rewrite.before.hex.encode()):
            edits[start, end] = chunk(annotations, chunk(_KEY, key) + chunk(_VALUE, rewrite.after.hex.encode()))
    return edits


def _edited(raw: bytes, edits: _Edits) -> bytes:
    parts, done = [], 0
    for (start, end), entry in sorted(edits.items()):
        parts += [raw[done:start], entry]
        done = end
    return b"".join((*parts, raw[done:]))


def _whole(kind: int, value: int | bytes) -> bytes:
    if kind != BYTES or isinstance(value, int):
        raise SpecRefused("expected text or a message, found a number")
    return value
