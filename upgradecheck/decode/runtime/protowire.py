"""The protobuf wire format, as far as a container runtime's services use it: the fields that are named, the rest passed over unread.

proto3 leaves zero values out. Of a scalar that comes twice the last counts, a message that comes in parts is their concatenation, a key
that comes twice has its last value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from upgradecheck.model.errors import SpecRefused

Value = int | bytes
Reader = Callable[[Sequence[Value]], object]
Fields = Mapping[int, tuple[str, Reader]]

_VARINT, _FIXED64, BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_FIELD = (1 << 29) - 1
_MAX_SHIFT = 63
_UINT64 = (1 << 64) - 1
_UINT32 = (1 << 32) - 1


def read(raw: bytes, fields: Fields) -> dict[str, object]:
    """The named fields of a message, those that are there.

    Raises:
        SpecRefused: no such message.
    """
    found: dict[int, list[Value]] = {}
    for number, value in fields_of(raw):
        if number in fields:
            found.setdefault(number, []).append(value)
    return {fields[number][0]: fields[number][1](values) for number, values in found.items()}


def fields_of(raw: bytes) -> Iterator[tuple[int, Value]]:
    """Number and value of each field, in the order of the bytes; a fixed-size one, which nothing here is, as bytes."""
    return ((number, value) for number, _, value, _ in places_of(raw))


def places_of(raw: bytes) -> Iterator[tuple[int, int, Value, int]]:
    """Number, wire type, value and end of each field; it begins where the one before it ends.

    Raises:
        SpecRefused: no message.
    """
    position = 0
    while position < len(raw):
        tag, position = number_at(raw, position)
        number, kind = tag >> 3, tag & 7
        if not 0 < number <= _MAX_FIELD:
            raise SpecRefused("no protobuf message: a field number that cannot be")
        if kind == _VARINT:
            value, position = number_at(raw, position)
            yield number, kind, value, position
            continue
        size, position = _size_at(raw, position, kind)
        if size > len(raw) - position:
            raise SpecRefused("no whole protobuf message: it ends within a field")
        end = position + size
        yield number, kind, raw[position:end], end
        position = end


def _size_at(raw: bytes, position: int, kind: int) -> tuple[int, int]:
    if kind == BYTES:
        return number_at(raw, position)
    if kind in (_FIXED64, _FIXED32):
        return (8 if kind == _FIXED64 else 4), position
    raise SpecRefused("no protobuf message of CRI: a wire type that it does not use")


def number_at(raw: bytes, position: int) -> tuple[int, int]:
    """A varint and the position behind it; at most ten bytes, 64 bits.

    Raises:
        SpecRefused: none stands there.
    """
    number = 0
    for shift in range(0, _MAX_SHIFT + 1, 7):
        if position >= len(raw):
            raise SpecRefused("no whole protobuf message: it ends within a number")
        byte = raw[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number > _UINT64:
                break
            return number, position
    raise SpecRefused("no protobuf message: a number of more than 64 bits")


def varint(number: int) -> bytes:
    """A number as the wire has it."""
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*groups, number))


def chunk(number: int, content: bytes) -> bytes:
    """A field that holds text or a message."""
    return chunk_header(number, len(content)) + content


def chunk_header(number: int, size: int) -> bytes:
    """What stands before a text or message of that size."""
    return varint(number << 3 | BYTES) + varint(size)


def as_bytes(value: Value) -> bytes:
    """The value of a field that holds text or a message.

    Raises:
        SpecRefused: it holds a number.
    """
    if isinstance(value, int):
        raise SpecRefused("expected text or a message, found a number")
    return value


def _as_number(value: Value) -> int:
    if isinstance(value, bytes):
        raise SpecRefused("expected a number, found bytes")
    return value


def text(values: Sequence[Value]) -> str:
    """A text."""
    try:
        return as_bytes(values[-1]).decode()
    except UnicodeDecodeError:
        raise SpecRefused("expected text, found bytes that are no UTF-8") from None


def uint32(values: Sequence[Value]) -> int:
    """A number without sign, cut to 32 bits."""
    return _as_number(values[-1]) & _UINT32


def int64(values: Sequence[Value]) -> int:
    """A number with sign."""
    number = _as_number(values[-1])
    return number - (1 << 64) if number >> 63 else number


def message(fields: Fields) -> Reader:
    """A message, of which only these fields are read."""
    return lambda values: read(b"".join(map(as_bytes, values)), fields)


def text_map(*wanted: str) -> Reader:
    """A map of texts, of which only the wanted keys are decoded."""
    keys = {key.encode(): key for key in wanted}

    def read(values: Sequence[Value]) -> dict[str, str]:
        told: dict[str, str] = {}
        for entry in values:
            key, value = map_entry(as_bytes(entry))
            if key in keys:
                told[keys[key]] = text((value,))
        return told

    return read


def map_entry(raw: bytes) -> tuple[bytes, bytes]:
    """Key and value of an entry of a map."""
    parts = {1: b"", 2: b""}
    for number, value in fields_of(raw):
        if number in parts:
            parts[number] = as_bytes(value)
    return parts[1], parts[2]
