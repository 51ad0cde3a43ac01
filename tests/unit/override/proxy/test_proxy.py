"""The proxy over real sockets: a caller sees what it would see of the runtime itself, but for the annotations that the plan maps."""

from __future__ import annotations

import os
import random
import socket
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from tests.patience import PATIENCE
from tests.unit.override.proxy.runtime import OPTIONS, Running, called, methods, proxy_of
from tests.unit.override.proxy.samples import C1, C2, HASH, container, override, saved_plan
from upgradecheck.decode.runtime.protowire import chunk

OVERRIDES = {C1: override("c18c318c", "f2adbab"), C2: override("1", "22222222")}
OLD_LIST, NEW_LIST = (chunk(1, container(9, "x", (HASH, "1"))) + chunk(1, container(9, C1, (HASH, one))) for one in ("c18c318c", "f2adbab"))
OLD_STATUS, NEW_STATUS = (chunk(1, container(13, C1, (HASH, one))) for one in ("c18c318c", "f2adbab"))
V1, V1ALPHA2 = "/runtime.v1.RuntimeService/", "/runtime.v1alpha2.RuntimeService/"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with proxy_of(tmp_path_factory.mktemp("proxy"), OVERRIDES) as running:
        yield running


@pytest.fixture
def running(shared: Running) -> Iterator[Running]:
    for event in (shared.runtime.cancelled, shared.runtime.under_way, shared.runtime.go_on):
        event.clear()
    shared.runtime.script.clear()
    yield shared
    shared.runtime.go_on.set()


def says(*messages: bytes) -> Any:
    def script(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        list(requests)
        yield from messages

    return script


def fails(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
    """An error with all that can come with one, after as many messages as there were requests."""
    context.send_initial_metadata((("first", "1"), ("raw-bin", b"\x00\xff\x01")))
    for request in requests:
        if request == b"answered":
            yield request
    context.set_trailing_metadata((("last", "x" * 3000), ("grpc-status-details-bin", b"\x08\x05\x12\x02no")))
    context.abort(grpc.StatusCode.NOT_FOUND, 'an error occurred: container "über" in\tnamespace: not found')


@pytest.mark.parametrize(("method", "many"), methods(), ids=lambda one: one if isinstance(one, str) else "")
def test_every_method_of_both_versions(running: Running, method: str, many: tuple[bool, bool]) -> None:
    requests = [random.Random(method).randbytes(200)]
    metadata = (("key", "value"), ("raw-bin", b"\x00\x80\xff"))
    answers = [called(one, method, requests, many=many, metadata=metadata) for one in (running.direct, running.proxied)]
    assert answers[0] == answers[1]
    assert answers[1].messages == [requests[0][::-1]]
    assert [seen[:2] for seen in running.runtime.seen[-2:]] == [(method, dict(metadata))] * 2
    running.runtime.script[method] = fails
    answers = [called(one, method, requests, many=many) for one in (running.direct, running.proxied)]
    assert answers[0] == answers[1]
    assert (answers[1].code, len(answers[1].trailing)) == ("NOT_FOUND", 2)


@pytest.mark.parametrize("many", [(False, False), (False, True), (True, False), (True, True)], ids=str)
def test_methods_that_nobody_knows(running: Running, many: tuple[bool, bool]) -> None:
    requests = [random.Random(1).randbytes(size) for size in ((0, 1, 70_000, 3) if many[0] else (3,))]
    expected = [one[::-1] for one in requests] if many[1] else [b"one"]
    if not many[1]:
        running.runtime.script["/future.v7.Other/Method"] = says(b"one")
    answers = [called(one, "/future.v7.Other/Method", requests, many=many) for one in (running.direct, running.proxied)]
    assert answers[0] == answers[1]
    assert answers[1].messages == expected


@pytest.mark.parametrize("api", [V1, V1ALPHA2])
def test_rewrites_what_the_plan_maps_and_nothing_else(running: Running, api: str) -> None:
    event = [chunk(1, b"id") + chunk(5, container(13, C1, (HASH, one))) for one in ("c18c318c", "f2adbab")]
    for method, many, before, after in (
        ("ListContainers", (False, False), [OLD_LIST], [NEW_LIST]),
        ("ContainerStatus", (False, False), [OLD_STATUS], [NEW_STATUS]),
        ("StreamContainers", (False, True), [OLD_LIST, b"", OLD_LIST], [NEW_LIST, b"", NEW_LIST]),
        ("GetContainerEvents", (False, True), [event[0], event[0]], [event[1], event[1]]),
        ("ListPodSandbox", (False, False), [OLD_LIST], [OLD_LIST]),
    ):
        running.runtime.script[api + method] = says(*before)
        assert called(running.direct, api + method, [b""], many=many).messages == before
        assert called(running.proxied, api + method, [b""], many=many).messages == after


def test_other_services_with_methods_of_that_name_pass(running: Running) -> None:
    running.runtime.script["/other.v1.RuntimeService/ListContainers"] = says(OLD_LIST)
    assert called(running.proxied, "/other.v1.RuntimeService/ListContainers", [b""]).messages == [OLD_LIST]


@pytest.mark.parametrize(
    "raw", [OLD_LIST[:-1], b"\xff" * 40, OLD_LIST + b"\x0b", chunk(1, b"\x08\x01")], ids=["cut", "noise", "group", "number"]
)
def test_what_is_no_message_passes_unchanged(running: Running, raw: bytes) -> None:
    running.runtime.script[V1 + "ListContainers"] = says(raw)
    assert called(running.proxied, V1 + "ListContainers", [b""], many=(False, False)).messages == [raw]


def test_compressed_messages_pass_unchanged(running: Running) -> None:
    def script(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.set_compression(grpc.Compression.Gzip)
        yield OLD_LIST * 50

    running.runtime.script[V1 + "ListContainers"] = script
    assert called(running.proxied, V1 + "ListContainers", [b""], many=(False, False)).messages == [OLD_LIST * 50]


def test_large_messages_in_both_directions(running: Running) -> None:
    padding = chunk(1, container(9, "x", ("big", "x" * (6 << 20))))
    running.runtime.script[V1 + "ListContainers"] = says(padding + OLD_LIST + padding)
    assert called(running.proxied, V1 + "ListContainers", [b""], many=(False, False)).messages == [padding + NEW_LIST + padding]
    huge = os.urandom(1 << 20) * 9
    assert called(running.proxied, V1 + "ExecSync", [huge], many=(False, False)).messages == [huge[::-1]]


def test_growing_answers_do_not_exhaust_the_connection(running: Running) -> None:
    """Each answer is longer than what the runtime sent; windows would shrink by that each time if they were not kept apart."""
    before, after = (chunk(1, container(9, C2, (HASH, one), ("x", "y" * 8000))) for one in ("1", "22222222"))
    running.runtime.script[V1 + "StreamContainers"] = says(*[before] * 400)
    for _ in range(3):
        assert called(running.proxied, V1 + "StreamContainers", [b""], many=(False, True)).messages == [after] * 400


def test_a_slow_reader_does_not_hinder_other_calls(running: Running) -> None:
    for method in ("StreamContainers", "StreamImages"):
        running.runtime.script[V1 + method] = says(*[chunk(1, container(9, "x", ("big", "x" * 50_000)))] * 200)
        slow = running.proxied.unary_stream(V1 + method)(b"", timeout=PATIENCE)
        next(slow)
        assert called(running.proxied, V1 + "Version", [b"ab"], many=(False, False)).messages == [b"ba"]
        assert len(list(slow)) == 199


def test_the_deadline_reaches_the_runtime_and_ends_the_call(running: Running) -> None:
    def sleeps(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(running.runtime.cancelled.set)
        running.runtime.go_on.wait(PATIENCE)
        yield b""

    running.runtime.script[V1 + "ExecSync"] = sleeps
    with pytest.raises(grpc.RpcError) as caught:
        running.proxied.unary_unary(V1 + "ExecSync")(b"", timeout=0.4)
    assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    remaining = running.runtime.seen[-1][2]
    assert remaining is not None
    assert remaining < 1
    assert running.runtime.cancelled.wait(PATIENCE)


def test_no_deadline_is_none_for_the_runtime(running: Running) -> None:
    running.proxied.unary_unary(V1 + "Version")(b"x")
    running.direct.unary_unary(V1 + "Version")(b"x")
    proxied, direct = (one[2] for one in running.runtime.seen[-2:])
    assert proxied == direct or (proxied or 0) > 10**6 < (direct or 0)


@pytest.mark.parametrize("method", ["ExecSync", "ListContainers", "GetContainerEvents"])
def test_a_cancelled_call_is_cancelled_at_the_runtime(running: Running, method: str) -> None:
    def waits(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
        context.add_callback(running.runtime.cancelled.set)
        running.runtime.under_way.set()
        running.runtime.go_on.wait(PATIENCE)
        yield OLD_LIST

    running.runtime.script[V1 + method] = waits
    call = running.proxied.unary_unary(V1 + method).future(b"", timeout=PATIENCE)
    assert running.runtime.under_way.wait(PATIENCE)
    call.cancel()
    assert running.runtime.cancelled.wait(PATIENCE)
    running.runtime.go_on.set()
    assert called(running.proxied, V1 + "Version", [b"ab"], many=(False, False)).messages == [b"ba"]


def test_many_calls_at_once(running: Running) -> None:
    running.runtime.script[V1 + "ListContainers"] = says(OLD_LIST)
    answers: list[bytes] = []
    calls = [running.proxied.unary_unary(V1 + "ListContainers").future(b"", timeout=PATIENCE) for _ in range(100)]
    answers += [one.result() for one in calls]
    assert answers == [NEW_LIST] * 100


def test_bytes_that_are_no_http2_pass(running: Running, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as ours, socket.socket(socket.AF_UNIX) as theirs:
        for line, path in ((ours, running.path), (theirs, running.runtime.path)):
            line.settimeout(PATIENCE)
            line.connect(path)
            line.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert ours.recv(10) == theirs.recv(10)


def test_the_socket_is_only_for_its_user(running: Running) -> None:
    assert stat.S_IMODE(Path(running.path).stat().st_mode) == 0o600


def test_survives_the_runtime(tmp_path: Path) -> None:
    with proxy_of(tmp_path, OVERRIDES) as running:
        assert called(running.proxied, V1 + "Version", [b"ab"], many=(False, False)).messages == [b"ba"]
        running.runtime.stop()
        assert called(running.proxied, V1 + "Version", [b"ab"], many=(False, False)).code == "UNAVAILABLE"
        running.runtime.start()
        running.runtime.script[V1 + "ListContainers"] = says(OLD_LIST)
        answer = called(running.proxied, V1 + "ListContainers", [b""], many=(False, False), wait_for_ready=True)
        assert answer.messages == [NEW_LIST]


def test_a_new_plan_is_taken_over_and_a_damaged_one_is_not(tmp_path: Path) -> None:
    with proxy_of(tmp_path, OVERRIDES) as running:
        running.runtime.script[V1 + "ListContainers"] = says(OLD_LIST)

        def listed() -> bytes:
            return called(running.proxied, V1 + "ListContainers", [b""], many=(False, False)).messages[0]

        def soon(words: str) -> None:
            deadline = time.monotonic() + PATIENCE
            while not any(words in one for one in running.told):
                assert time.monotonic() < deadline, running.told
                time.sleep(0.02)

        running.plan.write_text(saved_plan({C1: override("c18c318c", "77777777")}).replace('"77777777"', '"77777778"'))
        soon("plan_hash: is not that of what the file holds")
        assert listed() == NEW_LIST
        running.plan.write_text(saved_plan({C1: override("c18c318c", "77777777")}))
        soon("taken over, 1 container")
        assert listed() == chunk(1, container(9, "x", (HASH, "1"))) + chunk(1, container(9, C1, (HASH, "77777777")))


def test_a_stop_lets_calls_under_way_end(tmp_path: Path) -> None:
    with proxy_of(tmp_path, OVERRIDES, stop_seconds=PATIENCE) as running:

        def waits(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            running.runtime.under_way.set()
            running.runtime.go_on.wait(PATIENCE)
            yield OLD_LIST

        def endless(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            yield b""
            running.runtime.cancelled.wait(PATIENCE)

        running.runtime.script |= {V1 + "ListContainers": waits, V1 + "GetContainerEvents": endless}
        events = running.proxied.unary_stream(V1 + "GetContainerEvents")(b"", timeout=PATIENCE)
        assert next(events) == b""
        call = running.proxied.unary_unary(V1 + "ListContainers").future(b"", timeout=PATIENCE)
        assert running.runtime.under_way.wait(PATIENCE)
        running.stop.set()
        threading.Timer(0.4, running.runtime.go_on.set).start()
        assert call.result() == NEW_LIST
        running.thread.join(PATIENCE)
        assert not running.thread.is_alive()
        assert not Path(running.path).exists()
        assert "rewritten_total 1\n" in running.metrics.read_text()
        running.runtime.cancelled.set()


def test_a_stop_waits_only_so_long(tmp_path: Path) -> None:
    with proxy_of(tmp_path, OVERRIDES, stop_seconds=0.3) as running:

        def waits(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            running.runtime.under_way.set()
            running.runtime.go_on.wait(PATIENCE)
            yield b""

        running.runtime.script[V1 + "ExecSync"] = waits
        call = running.proxied.unary_unary(V1 + "ExecSync").future(b"", timeout=PATIENCE)
        assert running.runtime.under_way.wait(PATIENCE)
        running.stop.set()
        with pytest.raises(grpc.RpcError) as caught:
            call.result()
        assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
        running.thread.join(PATIENCE)
        assert not running.thread.is_alive()
        running.runtime.go_on.set()


def test_without_runtime_callers_get_unavailable_and_one_line_is_told(tmp_path: Path) -> None:
    with proxy_of(tmp_path, OVERRIDES) as running:
        running.runtime.stop()
        for _ in range(3):
            with grpc.insecure_channel(f"unix:{running.path}", options=OPTIONS) as channel:
                assert called(channel, V1 + "Version", [b""], many=(False, False)).code == "UNAVAILABLE"
        assert len([one for one in running.told if "cannot be reached" in one]) == 1
        running.runtime.start()
