"""HTTP/2 frames (RFC 9113), as far as a relay must understand them: where each ends, and what a few of them say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
"""What a client says first."""

DATA, HEADERS, RST_STREAM, SETTINGS, PUSH_PROMISE, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 5, 7, 8, 9
END_STREAM, ACK, END_HEADERS, PADDED, PRIORITY = 1, 1, 4, 8, 32
HEADER_BLOCKS = (HEADERS, PUSH_PROMISE, CONTINUATION)

FIRST_WINDOW = 65_535
"""Bytes that may be sent before anybody grants more, to a stream and to the whole connection."""
MAX_WINDOW = (1 << 31) - 1
MAX_PAYLOAD = 16_384
"""Bytes of a frame that every receiver takes."""

_HEADER = 9
_INITIAL_WINDOW_SIZE = 4
_STREAM_BITS = (1 << 31) - 1


class Frame(NamedTuple):
    """One frame; raw is the whole of it."""

    kind: int
    flags: int
    stream: int
    raw: memoryview

    @property
    def payload_size(self) -> int:
        return len(self.raw) - _HEADER

    def content(self) -> memoryview:
        """The payload without what pads it, and without the priority of HEADERS."""
        start, end = _HEADER, len(self.raw)
        if self.flags & PADDED and self.kind in (DATA, HEADERS) and end > start:
            end = max(end - self.raw[start], start + 1)
            start += 1
        if self.kind == HEADERS and self.flags & PRIORITY:
            start = min(start + 5, end)
        return self.raw[start:end]


class FrameReader:
    """Cuts a flow of bytes into frames, however it is chopped up."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that are whole now."""
        data = self._rest + data if self._rest else data
        position = 0
        view = memoryview(data)
        while len(data) - position >= _HEADER:
            end = position + _HEADER + int.from_bytes(data[position : position + 3], "big")
            if end > len(data):
                break
            stream = int.from_bytes(data[position + 5 : position + _HEADER], "big") & _STREAM_BITS
            yield Frame(data[position + 3], data[position + 4], stream, view[position:end])
            position = end
        self._rest = data[position:]


class HeaderBlock:
    """A block of headers: HEADERS and its CONTINUATIONs, between which no other frame may stand."""

    def __init__(self) -> None:
        self._frames: list[Frame] = []

    def add(self, frame: Frame) -> list[Frame] | None:
        """All frames of the block once it is whole."""
        self._frames.append(frame)
        if not frame.flags & END_HEADERS:
            return None
        whole, self._frames = self._frames, []
        return whole


def frame_header(kind: int, flags: int, stream: int, size: int) -> bytes:
    """What stands before a payload of that size."""
    return (size << 48 | kind << 40 | flags << 32 | stream).to_bytes(_HEADER, "big")


def frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    """A frame's bytes."""
    return frame_header(kind, flags, stream, len(payload)) + payload


def window_update(stream: int, size: int) -> bytes:
    """A grant of that many more bytes."""
    return frame(WINDOW_UPDATE, 0, stream, size.to_bytes(4, "big"))


def go_away(last_stream: int) -> bytes:
    """The announcement that streams after this one are not served."""
    return frame(GOAWAY, 0, 0, last_stream.to_bytes(4, "big") + bytes(4))


def granted(update: Frame) -> int:
    """The bytes that a WINDOW_UPDATE grants."""
    return int.from_bytes(update.raw[_HEADER : _HEADER + 4], "big") & _STREAM_BITS


def initial_window(settings: Frame) -> int | None:
    """SETTINGS_INITIAL_WINDOW_SIZE, if these settings have it; the last one counts."""
    found = None
    for at in range(_HEADER, len(settings.raw) - 5, 6):
        if int.from_bytes(settings.raw[at : at + 2], "big") == _INITIAL_WINDOW_SIZE:
            found = int.from_bytes(settings.raw[at + 2 : at + 6], "big")
    return found
