"""What goes to the client, as fast as its windows allow.

An answer that is rewritten may grow, so the runtime's own account of the client's windows no longer fits: of the whole connection, and of
each rewritten stream, the account is kept here. Other streams' windows stay between client and runtime. What must wait lets other streams
pass; only blocks of headers keep their order, since HPACK refers back to earlier ones.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from upgradecheck.override.proxy.frames import DATA, END_STREAM, FIRST_WINDOW, MAX_PAYLOAD, Frame, frame_header


class _Waiting(NamedTuple):
    """data: the content of DATA frames, or with end an empty last one; else raw bytes, of headers if ordered."""

    stream: int
    content: memoryview
    data: bool
    end: bool = False
    ordered: bool = False


class Outlet:
    """Bytes for the client gather in out; whoever sends them empties it."""

    def __init__(self) -> None:
        self.out: list[bytes | memoryview] = []
        self._waiting: deque[_Waiting] = deque()
        self._window = self._initial = FIRST_WINDOW
        self._windows: dict[int, int] = {}
        self._ended: set[int] = set()

    def now(self, raw: bytes | memoryview) -> None:
        """A frame that concerns no stream's order."""
        self.out.append(raw)

    def track(self, stream: int) -> None:
        """Keeps this stream's account from now on."""
        self._windows[stream] = self._initial

    def pass_on(self, data: Frame) -> None:
        """A DATA frame of a stream whose account is not kept."""
        if not self._waiting and data.payload_size <= self._window:
            self.out.append(data.raw)
            self._window -= data.payload_size
        else:
            self.data(data.stream, [data.content()], end=bool(data.flags & END_STREAM))

    def data(self, stream: int, pieces: Sequence[bytes | memoryview], *, end: bool) -> None:
        """The next bytes of a stream, in frames of any size. end: its last."""
        for content in pieces:
            self._waiting.append(_Waiting(stream, memoryview(content), data=True))
        if end:
            self._waiting.append(_Waiting(stream, memoryview(b""), data=True, end=True))
        self._flush()

    def after_data(self, stream: int, raw: bytes | memoryview, *, headers: bool) -> None:
        """Frames of a stream that come after what it has sent: blocks of headers, or a reset."""
        self._waiting.append(_Waiting(stream, memoryview(raw), data=False, ordered=headers))
        self._flush()

    def credit(self, stream: int, size: int) -> bool:
        """The client grants more bytes; False if that stream's account is not kept here. Stream 0 is the connection."""
        if stream == 0:
            self._window += size
        elif stream in self._windows:
            self._windows[stream] += size
        else:
            return False
        self._flush()
        return True

    def resize(self, initial: int) -> None:
        """The client's setting of a new stream's window; it moves those of open streams too."""
        for stream in self._windows:
            self._windows[stream] += initial - self._initial
        self._initial = initial
        self._flush()

    def queued(self, stream: int) -> int:
        """Bytes of a stream that wait."""
        return sum(len(one.content) for one in self._waiting if one.stream == stream)

    def finish(self, stream: int) -> None:
        """Nothing more comes from the runtime; what waits is still sent."""
        self._ended.add(stream)
        self._forget_sent()

    def cancel(self, stream: int) -> None:
        """The client wants no more of it. Headers still pass: HPACK's tables depend on them."""
        self._waiting = deque(one for one in self._waiting if one.stream != stream or one.ordered)
        self.finish(stream)
        self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        kept: deque[_Waiting] = deque()
        blocked: set[int] = set()
        headers_blocked = False
        for one in self._waiting:
            rest = one if one.stream in blocked or (one.ordered and headers_blocked) else self._send(one)
            if rest is not None:
                kept.append(rest)
                blocked.add(one.stream)
                headers_blocked = headers_blocked or one.ordered
        self._waiting = kept
        self._forget_sent()

    def _send(self, one: _Waiting) -> _Waiting | None:
        """Sends what the windows allow; what is left."""
        if not one.data:
            self.out.append(one.content)
            return None
        content = one.content
        while content:
            room = min(self._window, self._windows.get(one.stream, self._window), MAX_PAYLOAD, len(content))
            if room <= 0:
                return one._replace(content=content)
            self._frame(one.stream, content[:room], end=False)
            content = content[room:]
        if one.end:
            self._frame(one.stream, content, end=True)
        return None

    def _frame(self, stream: int, content: memoryview, *, end: bool) -> None:
        self.out += (frame_header(DATA, END_STREAM if end else 0, stream, len(content)), content)
        self._window -= len(content)
        if stream in self._windows:
            self._windows[stream] -= len(content)

    def _forget_sent(self) -> None:
        if self._ended:
            busy = {one.stream for one in self._waiting}
            for stream in self._ended - busy:
                self._windows.pop(stream, None)
            self._ended &= busy
