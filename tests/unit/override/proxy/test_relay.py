"""The relay as a machine: however bytes are chopped and windows granted, all arrives, in order, within the windows."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hpack import Encoder
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing import tried
from tests.unit.override.proxy.samples import C1, HASH, container, override, override_map
from upgradecheck.decode.runtime.protowire import chunk
from upgradecheck.override.proxy import frames
from upgradecheck.override.proxy.counters import Counters
from upgradecheck.override.proxy.frames import FrameReader, frame
from upgradecheck.override.proxy.relay import Relay
from upgradecheck.override.proxy.rewriting import Rewriter

REWRITER = Rewriter(override_map(**{C1: override("1", "22222222")}))
LIST, IMAGES = "/runtime.v1.RuntimeService/ListContainers", "/runtime.v1.ImageService/ListImages"


def answer(value: str, size: int = 0) -> bytes:
    """A message of gRPC: a list with the mapped container."""
    raw = chunk(1, container(9, C1, (HASH, value), ("x", "y" * size)))
    return b"\0" + len(raw).to_bytes(4, "big") + raw


@dataclass
class Ends:
    """A client and a runtime on both sides of a relay, that keep the books which HTTP/2 wants."""

    relay: Relay = field(default_factory=lambda: Relay(lambda: REWRITER, Counters()))
    encoder: Encoder = field(default_factory=Encoder)
    received: dict[int, bytes] = field(default_factory=dict)
    ended: list[int] = field(default_factory=list)
    other: list[int] = field(default_factory=list)
    windows: dict[int, int] = field(default_factory=dict)
    reader: FrameReader = field(default_factory=FrameReader)

    def begin(self, initial: int = 65_535) -> None:
        self.initial = initial
        self.windows[0] = 65_535
        self.relay.from_client(frames.PREFACE + frame(frames.SETTINGS, 0, 0, b"\0\4" + initial.to_bytes(4, "big")))
        self.relay.from_upstream(frame(frames.SETTINGS, 0, 0, b"") + frame(frames.SETTINGS, frames.ACK, 0, b""))

    def call(self, stream: int, path: str, *, split: bool = False) -> None:
        block = self.encoder.encode([(":method", "POST"), (":path", path), ("grpc-timeout", f"{stream}S")])
        first, rest = (block[:3], block[3:]) if split else (block, b"")
        self.windows[stream] = self.initial
        self.relay.from_client(frame(frames.HEADERS, 0 if split else frames.END_HEADERS, stream, first))
        if split:
            self.relay.from_client(frame(frames.CONTINUATION, frames.END_HEADERS, stream, rest))

    def grant(self, stream: int, size: int) -> None:
        self.windows[stream] += size
        self.relay.from_client(frames.window_update(stream, size))
        self.take()

    def take(self) -> None:
        """What the client gets; its windows must suffice."""
        data = b"".join(self.relay.to_client)
        self.relay.to_client.clear()
        for one in self.reader.feed(data):
            if one.kind == frames.DATA:
                self.windows[0] -= one.payload_size
                self.windows[one.stream] -= one.payload_size
                assert min(self.windows[0], self.windows[one.stream]) >= 0, "more than was granted"
                self.received[one.stream] = self.received.get(one.stream, b"") + one.content()
            elif one.kind == frames.HEADERS and one.flags & frames.END_STREAM:
                self.ended.append(one.stream)
            else:
                self.other.append(one.kind)


def answered(stream: int, message: bytes, *, padded: bool = False) -> bytes:
    """Headers, data in frames, trailers, as a runtime sends them."""
    pieces = [message[at : at + 16_000] for at in range(0, len(message), 16_000)]
    told = [
        frame(frames.DATA, frames.PADDED, stream, b"\x03" + one + b"\0\0\0") if padded else frame(frames.DATA, 0, stream, one)
        for one in pieces
    ]
    return b"".join(
        [
            frame(frames.HEADERS, frames.END_HEADERS, stream, b"\x88"),
            *told,
            frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, stream, b"\xbe"),
        ]
    )


@given(
    st.lists(st.integers(200, 60_000), min_size=1, max_size=8),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 90_000)), max_size=30),
    st.booleans(),
    st.sampled_from([0, 1, 65_535, 1 << 20]),
)
@tried(30)
def test_within_the_windows_however_they_are_granted(cuts: list[int], grants: list[tuple[int, int]], padded: bool, initial: int) -> None:
    ends = Ends()
    ends.begin(initial)
    for stream, path in ((1, LIST), (3, LIST), (5, LIST)):
        ends.call(stream, path, split=stream == 3)
    flow = answered(1, answer("1", 80_000), padded=padded) + answered(3, answer("1") * 30) + answered(5, answer("2", 10))
    while flow:
        size = cuts[len(flow) % len(cuts)]
        ends.relay.from_upstream(flow[:size])
        flow = flow[size:]
        ends.take()
        if grants:
            which, more = grants.pop()
            ends.grant((0, 1, 3, 5)[which], more)
    for stream in (0, 1, 3, 5):
        if ends.windows[stream] < 1 << 29:
            ends.grant(stream, 1 << 29)
    assert ends.received == {1: answer("22222222", 80_000), 3: answer("22222222") * 30, 5: answer("2", 10)}
    assert sorted(ends.ended) == [1, 3, 5]


def test_byte_by_byte() -> None:
    ends = Ends()
    ends.begin()
    ends.call(1, LIST, split=True)
    for byte in answered(1, answer("1") * 3, padded=True):
        ends.relay.from_upstream(bytes([byte]))
    ends.take()
    assert (ends.received, ends.ended) == ({1: answer("22222222") * 3}, [1])


def test_the_runtime_need_not_wait_for_the_client() -> None:
    """An answer larger than the client's windows must be whole before the client can see any of it."""
    ends = Ends()
    ends.begin()
    ends.call(1, LIST)
    granted = {
        one.stream: frames.granted(one)
        for one in FrameReader().feed(b"".join(ends.relay.to_upstream)[len(frames.PREFACE) :])
        if one.kind == frames.WINDOW_UPDATE
    }
    assert min(granted[0], granted[1]) >= 1 << 20


def test_windows_of_other_calls_stay_between_client_and_runtime() -> None:
    ends = Ends()
    ends.begin()
    ends.call(1, IMAGES)
    ends.relay.to_upstream.clear()
    ends.relay.from_client(frames.window_update(1, 77) + frames.window_update(0, 88))
    assert b"".join(ends.relay.to_upstream) == frames.window_update(1, 77)


def test_a_larger_window_counts_once_the_runtime_has_acknowledged_it() -> None:
    """gRPC's C core refuses what comes before: "frame of size 16384 overflows local window of 0" (seen)."""
    ends = Ends()
    ends.begin(initial=10)
    ends.call(1, LIST)
    ends.relay.from_client(
        frame(frames.SETTINGS, 0, 0, b"\0\4" + (1000).to_bytes(4, "big")) + frame(frames.SETTINGS, 0, 0, b"\0\3\0\0\0\1")
    )
    ends.relay.from_upstream(answered(1, answer("1")))
    ends.take()
    assert len(ends.received[1]) == 10
    ends.windows[1] += 990
    ends.relay.from_upstream(frame(frames.SETTINGS, frames.ACK, 0, b""))
    ends.take()
    assert ends.received[1] == answer("22222222")


def test_a_reset_after_the_answer_does_not_overtake_it() -> None:
    ends = Ends()
    ends.begin(initial=10)
    ends.call(1, LIST)
    reset = frame(frames.RST_STREAM, 0, 1, bytes(4))
    ends.relay.from_upstream(answered(1, answer("1")) + reset)
    ends.take()
    assert (ends.ended, frames.RST_STREAM in ends.other) == ([], False)
    ends.grant(1, 1000)
    assert (ends.received, ends.ended, ends.other[-1]) == ({1: answer("22222222")}, [1], frames.RST_STREAM)


def test_after_a_cancellation_headers_still_pass_and_data_does_not() -> None:
    ends = Ends()
    ends.begin(initial=0)
    ends.call(1, LIST)
    ends.relay.from_upstream(answered(1, answer("1")))
    ends.take()
    ends.relay.from_client(frame(frames.RST_STREAM, 0, 1, bytes(4)))
    ends.take()
    assert (ends.received, ends.ended) == ({}, [1])
    ends.relay.from_upstream(frame(frames.DATA, 0, 1, b"late"))
    assert b"".join(ends.relay.to_client) == b""


def test_an_answer_that_ends_within_a_message_passes_as_it_is() -> None:
    ends = Ends()
    ends.begin()
    ends.call(1, LIST)
    ends.relay.from_upstream(answered(1, answer("1") + answer("1")[:-3]))
    ends.take()
    assert ends.received == {1: answer("22222222") + answer("1")[:-3]}


def test_a_message_too_large_to_be_kept_passes_as_it_comes() -> None:
    ends = Ends()
    ends.begin()
    ends.call(1, LIST)
    begins = b"\0" + (1 << 30).to_bytes(4, "big") + answer("1")
    ends.relay.from_upstream(
        frame(frames.DATA, 0, 1, answer("1") + begins[:3]) + frame(frames.DATA, 0, 1, begins[3:]) + frame(frames.DATA, 0, 1, b"more")
    )
    ends.take()
    assert ends.received == {1: answer("22222222") + begins + b"more"}


def test_after_headers_that_cannot_be_decoded_all_passes() -> None:
    counters = Counters()
    relay = Relay(lambda: REWRITER, counters)
    relay.from_client(frames.PREFACE + frame(frames.SETTINGS, 0, 0, b""))
    relay.to_upstream.clear()
    wrong = frame(frames.HEADERS, frames.END_HEADERS, 1, b"\xff\xff\xff\xff\xff\xff")
    right = frame(frames.HEADERS, frames.END_HEADERS, 3, Encoder().encode([(":path", LIST)]))
    relay.from_client(wrong + right)
    assert b"".join(relay.to_upstream) == wrong + right
    flow = answered(3, answer("1"))
    relay.from_upstream(flow)
    assert (b"".join(relay.to_client), counters.not_understood) == (flow, 1)


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_noise_never_stops_the_relay(requests: bytes, answers: bytes) -> None:
    relay = Relay(lambda: REWRITER, Counters())
    relay.from_client(frames.PREFACE + frame(frames.SETTINGS, 0, 0, b"\0"))
    relay.from_client(requests)
    relay.from_upstream(answers)
    relay.say_goodbye(final=True)


_BODIES = st.sampled_from(
    [b"", answer("1"), answer("1")[:20], Encoder().encode([(":path", LIST)]), b"\0\0\x10\0", b"\x7f\xff\xff\xff"]
) | st.binary(max_size=20)
_FRAMES = st.tuples(
    st.booleans(), st.integers(0, 10), st.sampled_from([0, 1, 4, 5, 8, 9, 12, 32, 37, 255]), st.sampled_from([0, 1, 1, 3, 5]), _BODIES
)


@given(st.lists(_FRAMES, max_size=30))
def test_frames_of_any_kind_never_stop_the_relay(given: list[tuple[bool, int, int, int, bytes]]) -> None:
    relay = Relay(lambda: REWRITER, Counters())
    relay.from_client(frames.PREFACE + frame(frames.SETTINGS, 0, 0, b""))
    for client, *parts in given:
        (relay.from_client if client else relay.from_upstream)(frame(*parts))  # type: ignore[arg-type]
    relay.say_goodbye(final=False)


@pytest.mark.parametrize("greeting", [b"GET / HTTP/1.1\r\n", b"PRI * HTTP/2.0\r\n\r\nXX"])
def test_another_protocol_passes(greeting: bytes) -> None:
    relay = Relay(lambda: REWRITER, Counters())
    for at in range(len(greeting)):
        relay.from_client(greeting[at : at + 1])
    relay.from_upstream(b"anything")
    assert (b"".join(relay.to_upstream), b"".join(relay.to_client)) == (greeting, b"anything")
