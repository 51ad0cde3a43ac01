"""The fault matrix: everything that an API server or the way to it can do wrong, on every page of every list.

A cell ends in all pods and nodes, in a reading that names what is missing, or in an error; never in a list that is silently short.
"""

from __future__ import annotations

import json
import re
import socket
import struct
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from itertools import count as counting
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster.stub import TOKEN, Handler, Stub, kubeconfig, serving
from tests.patience import PATIENCE
from upgradecheck.cli import main
from upgradecheck.model.times import SECOND
from upgradecheck.sources.cluster import ClusterQuery, open_cluster
from upgradecheck.transport.errors import ClusterError
from upgradecheck.transport.kubeconfig import Target
from upgradecheck.transport.waiting import ATTEMPTS, Limits, http_date, retry_after

NODES = [{"metadata": {"name": f"n{number}"}, "status": {"nodeInfo": {"kubeletVersion": "v1.29.15"}}} for number in range(3)]
PODS = [
    {
        "metadata": {"name": f"p{number}", "namespace": "a", "uid": f"u{number}"},
        "spec": {"nodeName": "n0", "containers": [{"name": "c", "image": "i"}]},
        "status": {"phase": "Running"},
    }
    for number in range(5)
]
ALL_NODES, ALL_PODS = ("n0", "n1", "n2"), ("p0", "p1", "p2", "p3", "p4")
PAGES = {"nodes": 2, "pods": 3}
Act = Callable[[Handler], None]


@pytest.fixture(autouse=True)
def _small(request: pytest.FixtureRequest) -> None:
    if "stub" in request.fixturenames:
        server = request.getfixturevalue("stub")
        server.page, server.nodes, server.pods = 2, NODES, PODS


@dataclass
class Reading:
    """What came of reading the cluster."""

    nodes: tuple[str, ...] = ()
    pods: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    notices: tuple[str, ...] = ()
    error: str | None = None
    seconds: float = 0.0


def lists(stub: Stub) -> int:
    """How many pages of lists were asked for."""
    return sum(asked.path.endswith(("/nodes", "/pods")) for asked in stub.asked)


def read(config: str, total: float = 60.0, request: float = 10.0, query: ClusterQuery | None = None) -> Reading:
    """Reads nodes and pods as a plan does."""
    reading, begin = Reading(), time.monotonic()
    try:
        with closing(open_cluster(Target(config), Limits(total, request), query or ClusterQuery(), lambda text: None)) as cluster:
            reading.nodes = tuple(node.name for node in cluster.facts().nodes)
            try:
                reading.pods += [json.loads(pod.raw)["metadata"]["name"] for pod in cluster.pods()]
            finally:
                reading.missing = {each.what: each.reason for each in cluster.facts().missing}
                reading.notices = cluster.facts().notices
    except ClusterError as error:
        reading.error = str(error)
    reading.seconds = time.monotonic() - begin
    return reading


def status(code: int, retry: str | None = None, body: bytes = TOKEN.encode(), **headers: str) -> Act:
    def act(handler: Handler) -> None:
        handler.answer(code, body, **({} if retry is None else {"retry_after": retry}), **headers)

    return act


def in_fifty_seconds(handler: Handler) -> None:
    handler.answer(429, b"", retry_after=format_datetime(datetime.now(timezone.utc) + timedelta(seconds=50), usegmt=True))


def good(handler: Handler, body: bytes, **headers: str) -> None:
    handler.answer(200, body, **headers)


def body(content: bytes, kind: str = "application/json", **headers: str) -> Act:
    return lambda handler: handler.answer(200, content, kind, **headers)


def raw(content: bytes, *, reset: bool = False) -> Act:
    """Exactly these bytes, then the end of the connection, in peace or by RST."""

    def act(handler: Handler) -> None:
        handler.wfile.write(content)
        handler.close_connection = True
        if reset:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.rfile.close()
            handler.wfile.close()
            handler.connection.close()

    return act


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def drip(pause: float) -> Act:
    """A body that never ends, a byte at a time."""

    def act(handler: Handler) -> None:
        handler.close_connection = True
        handler.wfile.write(HEAD + b"Content-Length: 100000\r\n\r\n")
        for _ in range(200):
            time.sleep(pause)
            handler.wfile.write(b" ")

    return act


def silent(handler: Handler) -> None:
    handler.close_connection = True
    handler.connection.settimeout(10 * PATIENCE)
    handler.rfile.read(1)  # until the client gives up


JITTER = (0.1, 0.2)
NO_PAUSE = None
BROKE = "the connection broke"
GARBLED = "an answer that cannot be used (cut short, or no valid JSON)"

PASSING = [
    ("429", status(429), JITTER, "HTTP 429"),
    ("429, Retry-After 0", status(429, "0"), (0, 0), "HTTP 429"),
    ("429, Retry-After 1", status(429, "1"), (1, 1), "HTTP 429"),
    ("429, Retry-After 5", status(429, "5"), (5, 5), "HTTP 429"),
    ("429, Retry-After that nobody can read", status(429, "soon"), JITTER, "HTTP 429"),
    ("429, Retry-After a date that there is not", status(429, "Mon, 99 Foo 2026 99:99:99 +99999999999999"), JITTER, "HTTP 429"),
    ("429, Retry-After a negative number", status(429, "-5"), JITTER, "HTTP 429"),
    ("429, Retry-After an HTTP date", in_fifty_seconds, (10, 50), "HTTP 429"),
    ("429, Retry-After a date gone by", status(429, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, 0), "HTTP 429"),
    ("500", status(500), JITTER, "HTTP 500"),
    ("502", status(502), JITTER, "HTTP 502"),
    ("503", status(503), JITTER, "HTTP 503"),
    ("503, Retry-After 1", status(503, "1"), (1, 1), "HTTP 503"),
    ("504", status(504), JITTER, "HTTP 504"),
    ("closed before headers", raw(b""), JITTER, BROKE),
    ("reset before headers", raw(b"", reset=True), JITTER, BROKE),
    ("closed within headers", raw(HEAD), JITTER, GARBLED),
    ("reset after headers", raw(HEAD + b"Content-Length: 500\r\n\r\n{", reset=True), JITTER, BROKE),
    ("no HTTP", raw(b"SSH-2.0-OpenSSH_9.2\r\n"), JITTER, BROKE),
    ("body cut short", raw(HEAD + b'Content-Length: 500\r\n\r\n{"kind":"PodList"'), JITTER, BROKE),
    ("chunked body cut short", raw(HEAD + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"kin'), JITTER, BROKE),
    ("body of no said length cut short", raw(HEAD + b'Connection: close\r\n\r\n{"kind":"PodList","items":['), JITTER, GARBLED),
    ("no gzip that says it is", body(b"{}", content_encoding="gzip"), JITTER, BROKE),
    ("JSON cut short", body(b'{"kind":"PodList","items":['), JITTER, GARBLED),
    ("no JSON that says it is", body(b"<html>"), JITTER, GARBLED),
    ("nothing", body(b""), JITTER, GARBLED),
    ("a Status with 200", body(b'{"kind":"Status","status":"Failure","code":500}'), JITTER, "an answer that cannot be used (no "),
    ("a list of something else", body(b'{"kind":"SecretList","metadata":{},"items":[]}'), JITTER, "an answer that cannot be used (no "),
    ("an array", body(b"[]"), JITTER, GARBLED),
]
"""Name, what the server does, how long is waited before another attempt, and the reason that is told when it lasts."""

PASSING_LISTS = {
    "a list without items": b'{"kind":"%s","metadata":{}}',
    "a list whose rest is nowhere": b'{"kind":"%s","metadata":{"remainingItemCount":3},"items":[]}',
}

REFUSALS = [
    ("400", status(400), "HTTP 400"),
    ("403", status(403), "this account may not do that (403)"),
    ("404", status(404), "the server does not know this resource (404)"),
    ("a login page", body(b"<html>", "text/html"), "an answer that is no JSON; a login page or a proxy may stand between"),
    ("no content type", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), "an answer that is no JSON"),
    ("a redirect", status(302, location="http://localhost:1/"), "a redirect (HTTP 302), which is not followed"),
]

CELLS = [(place, page) for place, pages in PAGES.items() for page in range(1, pages + 1)]
FEW_CELLS = [pytest.param(*cell, marks=[] if cell in (("nodes", 1), ("pods", 2)) else pytest.mark.long) for cell in CELLS]


def at(place: str, page: int, act: Act, *, times: int = 10**9) -> Callable[[Handler, str, int], bool]:
    """Does that instead of answering with that page, so many times."""
    left = counting(times, -1)

    def fault(handler: Handler, path: str, number: int) -> bool:
        asked = handler.server.asked[-1]
        begin = int(asked.query.get("continue", ["0"])[0])
        if not path.endswith("/" + place) or begin != 2 * (page - 1) or next(left) <= 0:
            return False
        act(handler)
        return True

    return fault


def rows(table: list[tuple[str, Act, tuple[float, float], str]]) -> list[object]:
    return [pytest.param(act, wait, reason, id=name) for name, act, wait, reason in table]


@pytest.mark.parametrize(("place", "page"), FEW_CELLS)
@pytest.mark.parametrize(("act", "wait", "reason"), rows(PASSING))
def test_what_passes_changes_nothing(
    act: Act, wait: tuple[float, float], reason: str, place: str, page: int, config: str, stub: Stub, rests: list[float]
) -> None:
    stub.fault = at(place, page, act, times=1)
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), reading.missing, reading.error) == (ALL_NODES, ALL_PODS, {}, None)
    assert [wait[0] <= rest <= wait[1] for rest in rests] == [True], rests
    assert lists(stub) == sum(PAGES.values()) + 1


@pytest.mark.parametrize(("place", "page"), FEW_CELLS)
@pytest.mark.parametrize("text", PASSING_LISTS.values(), ids=PASSING_LISTS)
def test_a_list_that_contradicts_itself_is_asked_for_again(
    text: bytes, place: str, page: int, config: str, stub: Stub, rests: list[float]
) -> None:
    stub.fault = at(place, page, body(text % (b"NodeList" if place == "nodes" else b"PodList")), times=1)
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), reading.missing, len(rests)) == (ALL_NODES, ALL_PODS, {}, 1)


@pytest.mark.parametrize(("place", "page"), CELLS)
@pytest.mark.parametrize("times", [1, pytest.param(2, marks=pytest.mark.long), 3])
def test_a_place_that_expired_begins_anew(times: int, place: str, page: int, config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at(place, page, status(410), times=times)
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), reading.missing, rests) == (ALL_NODES, ALL_PODS, {}, [])
    assert [notice for notice in reading.notices if "expired while it was read (410) and was begun anew" in notice]
    assert lists(stub) == sum(PAGES.values()) + times * page


LASTING = [
    *(pytest.param(act, reason, ATTEMPTS, id=name) for name, act, _, reason in PASSING),
    *(pytest.param(act, reason, 1, id=name) for name, act, reason in REFUSALS),
    pytest.param(status(429, "99999"), "The server asks to wait for 99999 s; --timeout 60s leaves no time", 1, id="429, Retry-After 99999"),
    pytest.param(status(503, "9" * 400), "The server asks to wait for 999999999999 s", 1, id="503, Retry-After of 400 digits"),
]


@pytest.mark.parametrize(("act", "reason", "attempts"), LASTING)
def test_nodes_that_are_not_to_be_had_are_missing(
    act: Act, reason: str, attempts: int, config: str, stub: Stub, rests: list[float]
) -> None:
    stub.fault = at("nodes", 1, act)
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), list(reading.missing), reading.error) == ((), ALL_PODS, ["nodes"], None)
    assert reason in reading.missing["nodes"]
    assert len([asked for asked in stub.asked if asked.path.endswith("/nodes")]) == attempts


@pytest.mark.parametrize(("act", "reason", "attempts"), LASTING)
def test_nodes_that_break_off_are_missing_from_there(
    act: Act, reason: str, attempts: int, config: str, stub: Stub, rests: list[float]
) -> None:
    stub.fault = at("nodes", 2, act)
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), list(reading.missing), reading.error) == (
        ("n0", "n1"),
        ALL_PODS,
        ["nodes after the first 2"],
        None,
    )
    assert reason in reading.missing["nodes after the first 2"]


@pytest.mark.parametrize(("act", "reason", "attempts"), LASTING)
def test_without_pods_there_is_no_report(act: Act, reason: str, attempts: int, config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at("pods", 1, act)
    reading = read(config)
    assert reading.pods == []
    assert reading.error is not None
    assert reason in reading.error
    assert TOKEN not in reading.error
    assert len([asked for asked in stub.asked if asked.path.endswith("/pods")]) == attempts


@pytest.mark.parametrize("page", [2, pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.parametrize(("act", "reason", "attempts"), LASTING)
def test_pods_that_break_off_are_missing_from_there(
    act: Act, reason: str, attempts: int, page: int, config: str, stub: Stub, rests: list[float]
) -> None:
    stub.fault = at("pods", page, act)
    reading = read(config)
    what, seen = f"pods of all namespaces after the first {2 * (page - 1)}", ALL_PODS[: 2 * (page - 1)]
    assert (reading.nodes, tuple(reading.pods), list(reading.missing), reading.error) == (ALL_NODES, seen, [what], None)
    assert reason in reading.missing[what]
    assert TOKEN not in str(reading)


@pytest.mark.parametrize("page", [1, 2, 3])
def test_a_list_that_expires_again_and_again_is_given_up(page: int, config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at("pods", page, status(410))
    reading = read(config)
    assert lists(stub) == PAGES["nodes"] + 4 * page
    told = reading.error if page == 1 else reading.missing.get(f"pods of all namespaces after the first {2 * (page - 1)}")
    assert "has expired (410)" in str(told)


def test_nodes_that_expire_again_and_again_are_missing(config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at("nodes", 2, status(410))
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), list(reading.missing)) == (("n0", "n1"), ALL_PODS, ["nodes after the first 2"])


@pytest.mark.parametrize(("place", "page"), FEW_CELLS)
@pytest.mark.parametrize("act", [pytest.param(drip(0.05), id="a dripped body"), pytest.param(silent, id="no answer")])
def test_a_slow_answer_is_asked_for_again(act: Act, place: str, page: int, config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at(place, page, act, times=1)
    reading = read(config, request=1.0)
    assert (reading.nodes, tuple(reading.pods), reading.missing, reading.error) == (ALL_NODES, ALL_PODS, {}, None)


@pytest.mark.parametrize(("place", "page"), [("nodes", 1), ("pods", 1), ("pods", 2)])
@pytest.mark.parametrize("act", [pytest.param(drip(0.5), id="dripped bodies"), pytest.param(silent, id="no answer")])
@pytest.mark.parametrize("request_", [pytest.param(0.2, id="of many attempts"), pytest.param(10 * PATIENCE, id="of one")])
def test_reading_ends_in_time(act: Act, request_: float, place: str, page: int, config: str, stub: Stub) -> None:
    stub.fault = at(place, page, act)
    reading = read(config, total=0.5, request=request_)
    assert reading.seconds < PATIENCE
    whole = (reading.nodes, tuple(reading.pods)) == (ALL_NODES, ALL_PODS)
    assert not whole
    assert "no complete answer within" in str((reading.missing, reading.error))


def test_nodes_that_never_come_leave_time_for_pods(config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at("nodes", 1, silent)
    reading = read(config, request=0.1)
    assert (tuple(reading.pods), list(reading.missing)) == (ALL_PODS, ["nodes"])


@pytest.mark.parametrize("place", ["nodes", "pods"])
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(code: int, place: str, config: str, stub: Stub) -> None:
    with serving() as other:
        stub.fault = at(place, 1, status(code, location=f"{other.address}/api/v1/{place}"))
        reading = read(config)
        assert other.asked == []
    assert f"a redirect (HTTP {code}), which is not followed" in str(reading.missing.get("nodes") or reading.error)


def test_credentials_that_are_not_accepted_end_the_run(config: str, stub: Stub, rests: list[float]) -> None:
    stub.fault = at("nodes", 1, status(401))
    assert "the server does not accept the credentials (401)" in str(read(config).error)
    assert lists(stub) == 2  # with credentials loaded again, since a token may have run out


@pytest.mark.parametrize(("place", "page"), CELLS)
def test_credentials_are_loaded_again_once(place: str, page: int, config: str, stub: Stub, rests: list[float]) -> None:
    def renew(handler: Handler) -> None:
        kubeconfig(Path(config), {"server": stub.address}, {"token": "renewed"})
        handler.answer(401, b"")

    stub.fault = at(place, page, renew, times=1)
    reading = read(config)
    assert (reading.nodes, tuple(reading.pods), reading.missing, rests) == (ALL_NODES, ALL_PODS, {}, [])
    assert stub.asked[-1].authorization == "Bearer renewed"


def test_a_refused_namespace_is_missing_and_the_others_are_read(config: str, stub: Stub) -> None:
    def fault(handler: Handler, path: str, number: int) -> bool:
        if path == "/api/v1/namespaces/b/pods":
            handler.answer(403, b"{}")
            return True
        return False

    stub.fault = fault
    reading = read(config, query=ClusterQuery(("a", "b")))
    assert (tuple(reading.pods), reading.missing) == (
        ALL_PODS,
        {"pods of namespace b": "cannot list pods in namespace b: this account may not do that (403)"},
    )


def test_a_list_that_goes_in_circles_ends(config: str, stub: Stub) -> None:
    def circle(handler: Handler, path: str, number: int) -> bool:
        if not path.endswith("/pods"):
            return False
        handler.answer(200, json.dumps({"kind": "PodList", "metadata": {"continue": f"{number % 2}"}, "items": PODS}).encode())
        return True

    stub.fault = circle
    reading = read(config)
    assert set(reading.pods) == set(ALL_PODS)
    assert "a page of the list names one as the next that has been read" in str(reading.missing)
    assert lists(stub) == PAGES["nodes"] + 3


def test_a_pod_that_comes_on_two_pages_counts_once(config: str, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    def overlap(handler: Handler, path: str, number: int) -> bool:
        begin = int(handler.server.asked[-1].query.get("continue", ["0"])[0])
        if not (path.endswith("/pods") and begin == 2):
            return False
        handler.answer(200, json.dumps({"kind": "PodList", "metadata": {"continue": "4"}, "items": PODS[1:4]}).encode())
        return True

    stub.fault = overlap
    main([*PLAN, "--kubeconfig", config])
    assert [pod["name"] for pod in json.loads(capsys.readouterr().out)["pods"]] == [*ALL_PODS]


PLAN = ("plan", "--to", "1.31.14", "-o", "json", "--exit-zero", "--fail-on", "none", "--timeout", "60s")


@pytest.mark.parametrize("command", [pytest.param(PLAN, id="plan"), pytest.param(("explain", "--to", "1.31.14", "a/p0"), id="explain")])
@pytest.mark.parametrize(
    ("server", "message"),
    [
        pytest.param("http://127.0.0.1:1", "connection refused", id="nobody listens"),
        pytest.param("http://name.invalid:1", "its name cannot be resolved", id="no such name"),
        pytest.param("http://[::1", "cannot be used", id="no address"),
        pytest.param(
            "http://" + "a" * 70 + ".example", "connection|no complete answer within", id="no name that can be, told soon or too late"
        ),
    ],
)
def test_what_cannot_be_reached_is_no_report(
    server: str, message: str, command: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    begin = time.monotonic()
    assert main([*command, "--timeout", "1s", "--kubeconfig", kubeconfig(tmp_path / "config", {"server": server})]) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert re.search(message, err)
    assert time.monotonic() - begin < PATIENCE


@pytest.mark.parametrize(("place", "code"), [pytest.param("nodes", 3, id="nodes"), pytest.param("pods", 1, id="pods")])
def test_the_exit_code_of_endless_500(
    place: str, code: int, config: str, stub: Stub, rests: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    stub.fault = at(place, 1, status(500))
    assert main([*(word for word in PLAN if word != "--exit-zero"), "--kubeconfig", config]) == code
    out = capsys.readouterr().out
    assert json.loads(out)["complete"] is False if code == 3 else out == ""


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d{1,9} [A-Z][a-z]{2} \d{1,12} \d\d:\d\d:\d\d [+-]?\d{1,20}", fullmatch=True))
def test_no_retry_after_is_too_strange(text: str) -> None:
    seconds = retry_after(text)
    assert seconds is None or seconds >= 0
    assert http_date(text) is None or http_date(text).tzinfo is not None  # type: ignore[union-attr]


def test_a_reading_says_of_which_cluster_it_is_and_when_it_was_begun(config: str, stub: Stub) -> None:
    before = int(time.time())
    with closing(open_cluster(Target(config), Limits(60.0, 10.0), ClusterQuery(), lambda text: None)) as cluster:
        read = cluster.facts().cluster
    assert read is not None
    assert (read.context, read.server) == ("c", stub.address)
    assert before <= read.read_at / SECOND <= time.time()
