"""The bytes of a checkpoint (R1): whatever happens to one of them is found, and what is found says what to do."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import as_version
from tests.unit.checkpoint.samples import BY_HAND, HISTORY, NEW_FORMAT_BODY, NODE, checkpoint, record
from upgradecheck.checkpoint import load
from upgradecheck.contract import v1
from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.formats.checkpoint import encode_checkpoint, read_checkpoint
from upgradecheck.formats.checkpoint_history import history_text, read_history
from upgradecheck.model.checkpoint import Checkpoint, Clock, Forced, KubeletStart, Mode, NodeIdentity, Problem, ProblemKind
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.times import SECOND, rfc3339

DATA = encode_checkpoint(checkpoint())


def mutants(data: bytes) -> Iterator[bytes]:
    """Every other byte at every place (every flipped bit among them), every inserted, deleted and cut one, spoilt and repeated tails."""
    for place in range(len(data)):
        before, after = data[:place], data[place + 1 :]
        for byte in range(256):
            if byte != data[place]:
                yield before + bytes((byte,)) + after
        yield before + after
        yield before
        yield before + bytes(len(data) - place) if any(data[place:]) else before
        yield data + data[place:]
    for place in range(len(data) + 1):
        for byte in range(256):
            yield data[:place] + bytes((byte,)) + data[place:]
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def framed(body: bytes, number: int = 1) -> bytes:
    return f"upgradecheck-checkpoint/{number} sha256:{hashlib.sha256(body).hexdigest()} len:{len(body)}\n".encode() + body


@pytest.mark.parametrize("stride", [pytest.param(11, id="a sample"), pytest.param(1, marks=pytest.mark.sweep, id="every one")])
def test_no_mutant_is_accepted(stride: int, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = {ProblemKind.CORRUPT: 0}
    body = DATA[DATA.index(b"\n") :]
    for number, mutant in enumerate(mutants(DATA)):
        if number % stride and not mutant.endswith(body):  # of the first line every one
            continue
        found = read_checkpoint(mutant)
        assert isinstance(found, Problem), mutant
        kinds[found.kind] += 1
    with capsys.disabled():
        print(f"\nR1: {kinds[ProblemKind.CORRUPT]} mutants of {len(DATA)} bytes, 0 accepted")
    assert kinds[ProblemKind.CORRUPT] >= 250_000 // stride


@pytest.mark.parametrize("step", [pytest.param(997, id="a sample"), pytest.param(1, marks=pytest.mark.long, id="every one")])
def test_every_mutant_is_recovered_from_the_backup(step: int, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    good = record(path, *HISTORY).checkpoint
    data = path.read_bytes()
    for mutant in islice(mutants(data), 0, None, step):
        path.write_bytes(mutant)
        found = load(path, live=True)
        assert (found.checkpoint, found.from_backup, found.problem and found.problem.kind) == (good, True, ProblemKind.CORRUPT)


@pytest.mark.parametrize("step", [pytest.param(4999, id="a sample"), pytest.param(97, marks=pytest.mark.long, id="many")])
def test_with_a_backup_that_is_spoilt_too_there_is_none(step: int, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint"
    record(path, *HISTORY)
    data = path.read_bytes()
    for mutant in islice(mutants(data), 0, None, step):
        path.write_bytes(mutant)
        path.with_name("checkpoint.bak").write_bytes(mutant)
        found = load(path, live=True)
        assert (found.checkpoint, found.from_backup, found.problem and found.problem.kind) == (None, False, ProblemKind.CORRUPT)


@pytest.mark.parametrize(
    ("data", "kind", "found"),
    [
        pytest.param(b"", ProblemKind.CORRUPT, "is empty", id="nothing"),
        pytest.param(b"x" * 100, ProblemKind.CORRUPT, "has no valid first line", id="something else"),
        pytest.param(DATA + b" ", ProblemKind.CORRUPT, "bytes after its first line, which says", id="a blank behind it"),
        pytest.param(DATA.replace(b"sha256:", b"SHA256:"), ProblemKind.CORRUPT, "has no valid first line", id="the header in capitals"),
        pytest.param(DATA.replace(b"worker", b"Worker"), ProblemKind.CORRUPT, "content hashes to", id="another name"),
        pytest.param(DATA.replace(b"/1 ", b"/2 "), ProblemKind.CORRUPT, "content does not", id="the header alone says format 2"),
        pytest.param(framed(NEW_FORMAT_BODY, 2), ProblemKind.NEWER_FORMAT, "is of format 2", id="header and content say format 2"),
        pytest.param(framed(b'{"format_version":"1.7"}\n'), ProblemKind.NEWER_FORMAT, "another format version", id="a later minor step"),
        pytest.param(framed(b"{}\n"), ProblemKind.CORRUPT, "content that is no checkpoint", id="a sum over nothing"),
        pytest.param(framed(b"[" * 100_000), ProblemKind.CORRUPT, "content that is no checkpoint", id="a sum over depth"),
        pytest.param(framed(b"\xff\xfe"), ProblemKind.CORRUPT, "content that is no checkpoint", id="a sum over no text"),
        pytest.param(framed(DATA.partition(b"\n")[2].replace(b'":', b'": ')), ProblemKind.CORRUPT, "not written as", id="blanks, summed"),
        pytest.param(
            framed(DATA.partition(b"\n")[2].replace(b"v1.19.16", b"v9.19.16")), ProblemKind.CORRUPT, "history[0].kubeletVersion", id="no version"
        ),
        pytest.param(
            framed(DATA.partition(b"\n")[2].replace(b"2024-06", b"2023-06")), ProblemKind.CORRUPT, "oldest first", id="out of order, summed"
        ),
    ],
)  # fmt: skip
def test_what_is_found(data: bytes, kind: ProblemKind, found: str) -> None:
    problem = read_checkpoint(data)
    assert isinstance(problem, Problem)
    assert problem.kind is kind
    assert found in problem.found
    assert problem.remedy


times = st.integers(SECOND, 4_000_000_000 * SECOND)
texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)


@st.composite
def checkpoints(draw: st.DrawFn) -> Checkpoint:
    moments = sorted(draw(st.lists(times, min_size=2, max_size=9, unique=True)))
    starts = [
        KubeletStart(
            as_version(f"v1.{draw(st.integers(8, 37))}.{draw(st.integers(0, 20))}{draw(st.sampled_from(['', '-eks-abc', '+k3s1']))}"),
            first,
            mode=draw(st.sampled_from(Mode)),
            clock=draw(st.sampled_from(Clock)),
            uncertainty=draw(st.integers(0, 9999)),
            stop_time=draw(st.none() | st.integers(first, second)),
            last_seen_time=draw(st.none() | st.integers(first, second)),
            boot_id=draw(st.none() | texts),
            since_boot_ms=draw(st.none() | st.integers(0, 2**40)),
            feature_gates=draw(st.none() | st.dictionaries(texts, st.booleans(), max_size=3)),
            override_journal=draw(st.none() | texts),
        )
        for first, second in pairwise(moments)
    ]
    node = NodeIdentity(draw(texts.filter(lambda name: name == name.strip())), draw(st.none() | texts), draw(st.none() | texts))
    forced = tuple(Forced(time, what) for time, what in draw(st.lists(st.tuples(times, texts), max_size=2)))
    return Checkpoint(draw(texts), draw(st.integers(1, 2**40)), node, tuple(starts), draw(st.just("") | texts), forced)


@given(checkpoints())
def test_what_is_written_is_read(written: Checkpoint) -> None:
    assert read_checkpoint(encode_checkpoint(written)) == written


@given(checkpoints())
def test_the_form_by_hand_holds_node_and_history(written: Checkpoint) -> None:
    assert read_history(history_text(written).encode()) == (written.node, written.history)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_problem(data: bytes) -> None:
    assert isinstance(read_checkpoint(data), Problem)


@given(times)
def test_times_are_exact(time: int) -> None:
    assert nanoseconds(rfc3339(time), "") == time


def test_the_example_by_hand_is_printed_as_it_was_written() -> None:
    node, history = read_history(BY_HAND)
    assert history_text(checkpoint(history, node)) == BY_HAND.decode()
    assert (node.name, [each.mode for each in history]) == ("worker-1", [Mode.MANUAL, Mode.MANUAL])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("node: w\nhistory: []\n", "history: expected at least one kubelet start, found none", id="no start"),
        pytest.param("history: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00Z}]", "node", id="no node"),
        pytest.param("node: ''\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00Z}]", "node: expected the node's name", id="a node without name"),
        pytest.param("node: w\nhistory: [{kubeletVersion: 1.20, startTime: 2024-01-10T08:00:00Z}]", "history[0].kubeletVersion: expected a string, found a number", id="a version that YAML reads as 1.2"),
        pytest.param("node: w\nhistory: [{kubeletVersion: latest, startTime: 2024-01-10T08:00:00Z}]", "history[0].kubeletVersion: expected a kubelet version", id="no version"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10}]", "history[0].startTime: expected a time", id="a day without time"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00}]", "history[0].startTime: expected a time", id="a time without zone"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2016-12-31T23:59:60Z}]", "history[0].startTime: expected a time", id="a leap second"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 0001-01-01T00:00:00Z}]", "history[0].startTime: expected a time from 1970", id="Go's zero time"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00Z, stoptime: x}]", "stoptime", id="a member with a typing error"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00Z, stopTime: 2023-01-10T08:00:00Z}]", "history[0].stopTime: is before", id="an end before the start"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00Z}, {kubeletVersion: v1.21.1, startTime: 2024-01-10T08:00:00Z}]", "history[1].startTime: is not after", id="two starts at once"),
        pytest.param("node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-01-10T08:00:00Z, mode: guessed}]", "expected one of exact, polled, manual", id="no mode"),
    ],
)  # fmt: skip
def test_a_history_that_is_none(text: str, message: str) -> None:
    with pytest.raises(SpecRefused, match=re.escape(message)):
        read_history(text.encode())


def test_zones_and_the_years_of_trouble() -> None:
    text = (
        "node: w\nhistory: [{kubeletVersion: v1.20.1, startTime: 2024-03-31T02:30:00+01:00}, "
        "{kubeletVersion: v1.20.2, startTime: 2024-10-27T02:30:00+02:00}, {kubeletVersion: v1.20.3, startTime: 2024-10-27T02:30:00+01:00}, "
        "{kubeletVersion: v1.21.1, startTime: 2038-01-19T03:14:08Z}, {kubeletVersion: v1.22.1, startTime: 9999-12-31T23:59:59.999999999Z}]"
    )
    _, history = read_history(text.encode())
    assert [rfc3339(each.start_time) for each in history] == [
        "2024-03-31T01:30:00Z",
        "2024-10-27T00:30:00Z",
        "2024-10-27T01:30:00Z",
        "2038-01-19T03:14:08Z",
        "9999-12-31T23:59:59.999999999Z",
    ]


def test_the_schemas_describe_both_forms() -> None:
    of_file, of_hand = v1.schema("checkpoint"), v1.schema("history")
    full = replace(
        checkpoint(),
        history=(*HISTORY, replace(HISTORY[1], start_time=HISTORY[1].start_time * 2, stop_time=HISTORY[1].start_time * 2, last_seen_time=HISTORY[1].start_time * 2, boot_time=1, since_boot_ms=3, override_journal="ab", uncertainty=1, mode=Mode.POLLED, clock=Clock.MANUAL)),
        forced=(Forced(SECOND, "x"),),
    )  # fmt: skip
    jsonschema.validate(json.loads(encode_checkpoint(full).partition(b"\n")[2]), of_file)
    jsonschema.validate({"node": NODE.name, "history": json.loads(encode_checkpoint(full).partition(b"\n")[2])["history"]}, of_hand)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"node": "n", "history": [{"kubeletVersion": 1.2, "startTime": "2024-01-10T08:00:00Z"}]}, of_hand)
