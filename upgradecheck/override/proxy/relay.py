"""One connection's two flows of bytes, each in, each out: no socket, no thread, no clock.

Toward the runtime nothing changes, but that it is granted room for an answer that must be whole before it can be rewritten. Toward the
client frames pass in the runtime's order; the answers that may need rewriting are cut into gRPC's messages first. What cannot be
understood passes as it came, and is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.override.proxy import frames
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.frames import Frame, FrameReader, HeaderBlock
from upgradecheck.override.proxy.outlet import Outlet
from upgradecheck.override.proxy.rewriting import SHAPES, MessageShape, Rewriter

_PATHS = {f"/runtime.{api}.RuntimeService/{method}".encode(): shape for api in ("v1", "v1alpha2") for method, shape in SHAPES.items()}
_ENDLESS = {f"/runtime.{api}.RuntimeService/GetContainerEvents".encode() for api in ("v1", "v1alpha2")}
"""Calls that end only with the connection: a stop does not wait for them."""

_ROOM = 4 << 20
"""Bytes that the runtime may send ahead, on the connection and on a rewritten stream, so that no answer waits for grants."""
_GRANTED_AT = 1 << 20
_MOST_WAITING = 1 << 20
_LARGEST_MESSAGE = 64 << 20
"""Bytes; the kubelet takes 16 MiB at most. A larger message passes as it comes."""
_PREFIX = 5
"""Bytes before each message of gRPC: whether it is compressed, and its length."""


class Relay:
    """The bytes for either side gather in to_upstream and to_client; whoever sends them empties these."""

    def __init__(self, rewriter: Callable[[], Rewriter], counters: Counters) -> None:
        self.to_upstream: list[bytes | memoryview] = []
        self._open: set[int] = set()
        self._endless: set[int] = set()
        self._rewriter, self._counters = rewriter, counters
        self._outlet = Outlet()
        self._requests, self._request_headers = FrameReader(), HeaderBlock()
        self._answers, self._answer_headers = FrameReader(), HeaderBlock()
        self._decoder: Any = header_decoder()
        self._tracked: dict[int, _Answer] = {}
        self._unacknowledged: deque[int | None] = deque()
        """New streams' window in each of the client's settings: it counts once the runtime has acknowledged them (C core insists)."""
        self._greeting = b""
        self._greeted = self._foreign = self._settled = self._answered = False
        self._to_grant = self._newest = 0

    @property
    def to_client(self) -> list[bytes | memoryview]:
        return self._outlet.out

    @property
    def calls(self) -> int:
        """Calls under way that come to an end by themselves."""
        return len(self._open - self._endless)

    def from_client(self, data: bytes) -> None:
        """Bytes that the client sent."""
        if self._foreign:
            self.to_upstream.append(data)
            return
        if not self._greeted:
            data = self._greet(data)
        for frame in self._requests.feed(data):
            self._request(frame)

    def from_upstream(self, data: bytes) -> None:
        """Bytes that the runtime sent."""
        if self._foreign:
            self._outlet.now(data)
            return
        for frame in self._answers.feed(data):
            self._answer(frame)

    def say_goodbye(self, *, final: bool) -> None:
        """Tells the client to make its next calls on another connection; final: what came after the newest call known is not served."""
        if self._answered and not self._foreign:
            self._outlet.now(frames.go_away(self._newest if final else frames.MAX_WINDOW))

    def _greet(self, data: bytes) -> bytes:
        """Looks at the first bytes; what follows them."""
        self._greeting += data
        if self._greeting.startswith(frames.PREFACE):
            self._greeted = True
            self.to_upstream.append(frames.PREFACE)
            return self._greeting[len(frames.PREFACE) :]
        if not frames.PREFACE.startswith(self._greeting):
            self._foreign = True
            self._counters.not_understood += 1
            self.to_upstream.append(self._greeting)
        return b""

    def _request(self, frame: Frame) -> None:
        if frame.kind in frames.HEADER_BLOCKS:
            block = self._request_headers.add(frame)
            if block is not None:
                self.to_upstream.append(b"".join(one.raw for one in block))
                self._call(block)
            return
        if frame.kind == frames.WINDOW_UPDATE and self._outlet.credit(frame.stream, frames.granted(frame)):
            self._grant_waiting(frame.stream)
            return
        self.to_upstream.append(frame.raw)
        if frame.kind == frames.SETTINGS:
            self._settings(frame)
        elif frame.kind == frames.RST_STREAM:
            self._end(frame.stream)
            self._outlet.cancel(frame.stream)

    def _settings(self, frame: Frame) -> None:
        if not frame.flags & frames.ACK:
            self._unacknowledged.append(frames.initial_window(frame))
        if not self._settled:
            self._settled = True
            self.to_upstream.append(frames.window_update(0, _ROOM))

    def _call(self, block: list[Frame]) -> None:
        stream = block[0].stream
        path = self._path(b"".join(one.content() for one in block))
        if stream <= self._newest:  # trailers of a request
            return
        self._newest = stream
        self._open.add(stream)
        if path in _ENDLESS:
            self._endless.add(stream)
        shape = _PATHS.get(path)
        if shape is not None:
            self._tracked[stream] = _Answer(lambda raw: self._rewritten(shape, raw), self._counters)
            self._outlet.track(stream)
            self.to_upstream.append(frames.window_update(stream, _ROOM))

    def _path(self, block: bytes) -> bytes:
        """What is called. Every block is decoded, since later ones refer to it; after one that cannot be, nothing is known any more."""
        if self._decoder is None:
            return b""
        try:
            return next((value for name, value in self._decoder.decode(block, raw=True) if name == b":path"), b"")
        except Exception:  # noqa: BLE001 - whatever a foreign block does to the decoder, its bytes have passed
            self._decoder = None
            self._counters.not_understood += 1
            return b""

    def _answer(self, frame: Frame) -> None:
        self._answered = True
        if frame.kind in frames.HEADER_BLOCKS:
            block = self._answer_headers.add(frame)
            if block is not None:
                self._answer_block(block)
        elif frame.kind == frames.DATA:
            self._answer_data(frame)
        elif frame.kind == frames.RST_STREAM:
            self._outlet.after_data(frame.stream, frame.raw, headers=False)
            self._end(frame.stream)
        else:
            self._outlet.now(frame.raw)
            if frame.kind == frames.SETTINGS and frame.flags & frames.ACK and self._unacknowledged:
                window = self._unacknowledged.popleft()
                if window is not None:
                    self._outlet.resize(window)

    def _answer_block(self, block: list[Frame]) -> None:
        stream, last = block[0].stream, bool(block[0].flags & frames.END_STREAM and block[0].kind == frames.HEADERS)
        answer = self._tracked.get(stream)
        if last and answer is not None:
            self._outlet.data(stream, answer.rest(), end=False)
        self._outlet.after_data(stream, b"".join(one.raw for one in block), headers=True)
        if last:
            self._end(stream)

    def _answer_data(self, frame: Frame) -> None:
        self._grant_connection(frame.payload_size)
        if frame.stream not in self._open:  # the client has cancelled it
            return
        last = bool(frame.flags & frames.END_STREAM)
        answer = self._tracked.get(frame.stream)
        if answer is None:
            self._outlet.pass_on(frame)
        else:
            self._outlet.data(frame.stream, answer.feed(frame.content()) + (answer.rest() if last else []), end=last)
            answer.owed += frame.payload_size
            self._grant_waiting(frame.stream)
        if last:
            self._end(frame.stream)

    def _grant_connection(self, size: int) -> None:
        self._to_grant += size
        if self._to_grant >= _GRANTED_AT:
            self.to_upstream.append(frames.window_update(0, self._to_grant))
            self._to_grant = 0

    def _grant_waiting(self, stream: int) -> None:
        """Lets the runtime go on with a rewritten stream, unless much of it waits for the client already."""
        for number in self._tracked if stream == 0 else (stream,):
            answer = self._tracked.get(number)
            if answer is not None and answer.owed >= _GRANTED_AT and self._outlet.queued(number) <= _MOST_WAITING:
                self.to_upstream.append(frames.window_update(number, answer.owed))
                answer.owed = 0

    def _end(self, stream: int) -> None:
        self._tracked.pop(stream, None)
        self._open.discard(stream)
        self._endless.discard(stream)
        self._outlet.finish(stream)

    def _rewritten(self, shape: MessageShape, raw: bytes) -> bytes:
        try:
            changed, count = self._rewriter().rewrite(shape, raw)
        except SpecRefused:
            self._counters.not_understood += 1
            return raw
        self._counters.looked_at += 1
        self._counters.rewritten += count
        return changed


class _Answer:
    """The messages of one answer; each leaves when it is whole. owed: bytes received that were not granted again yet."""

    def __init__(self, rewrite: Callable[[bytes], bytes], counters: Counters) -> None:
        self._rewrite, self._counters = rewrite, counters
        self._pieces: list[bytes | memoryview] = []
        self._gathered, self._wanted = 0, _PREFIX
        self._as_it_comes = False
        self.owed = 0

    def feed(self, data: memoryview) -> list[bytes | memoryview]:
        """What can leave now."""
        self._pieces.append(data)
        self._gathered += len(data)
        return self._ready() if self._gathered >= self._wanted else []

    def rest(self) -> list[bytes | memoryview]:
        """What is left, as it came."""
        left, self._pieces = self._pieces, []
        self._gathered = 0
        return left

    def _ready(self) -> list[bytes | memoryview]:
        if self._as_it_comes:
            return self.rest()
        data = memoryview(b"".join(self._pieces))
        out: list[bytes | memoryview] = []
        start = 0
        while (left := len(data) - start) >= _PREFIX:
            size = int.from_bytes(data[start + 1 : start + _PREFIX], "big")
            if size > _LARGEST_MESSAGE:
                self._as_it_comes, self._wanted = True, 0
                self._counters.not_understood += 1
                break
            self._wanted = _PREFIX + size
            if left < self._wanted:
                break
            out += self._message(data, start, start + self._wanted)
            start += self._wanted
            self._wanted = _PREFIX
        self._pieces, self._gathered = [data[start:]], len(data) - start
        return out + (self.rest() if self._as_it_comes else [])

    def _message(self, data: memoryview, start: int, end: int) -> list[bytes | memoryview]:
        if data[start]:
            self._counters.not_understood += 1  # compressed: neither kubelet nor runtime does that
            return [data[start:end]]
        message = self._rewrite(bytes(data[start + _PREFIX : end]))
        prefix = b"\0" + len(message).to_bytes(4, "big")
        return [prefix + message] if len(message) < frames.MAX_PAYLOAD else [prefix, message]


def header_decoder() -> Any:
    """A decoder of one connection's header blocks.

    Raises:
        InputError: hpack is not installed.
    """
    try:
        from hpack import Decoder
    except ImportError as error:
        raise InputError("override proxy needs hpack, which is not installed. Install it: pip install 'upgradecheck[override]'.") from error
    decoder = Decoder(max_header_list_size=1 << 24)
    decoder.max_allowed_table_size = (1 << 32) - 1  # the runtime's business, who is free to refuse
    return decoder
