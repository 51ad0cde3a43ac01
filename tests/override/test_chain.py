"""R19: every edit, deletion, insertion and reordering of a log's lines is found; a cut at the end by whoever noted its length."""

from __future__ import annotations

import hashlib
import json
from itertools import permutations

import pytest

from upgradecheck.formats.hash_chain import START, Chain, chain_line, line_sum, read_chain
from upgradecheck.model.errors import SpecRefused

COUNT = 5


def log(count: int = COUNT) -> list[bytes]:
    lines: list[bytes] = []
    for number in range(1, count + 1):
        lines.append(chain_line({"event": f"é{number}"}, number, line_sum(lines[-1]) if lines else START))
    return lines


def test_a_line_is_what_the_documentation_says() -> None:
    first, second = log(2)
    told, _, body = second.rstrip(b"\n").partition(b" ")
    assert told.decode() == hashlib.sha256(body).hexdigest()
    assert json.loads(body) == {"event": "é2", "line": 2, "previous": hashlib.sha256(first[:-1]).hexdigest()}


def test_reads_what_was_written() -> None:
    data = b"".join(log())
    assert [each["event"] for each in read_chain(data).entries] == [f"é{number}" for number in range(1, COUNT + 1)]
    assert read_chain(b"") == Chain()
    torn = read_chain(data + log(6)[5][:-1])
    assert (len(torn.entries), torn.size, torn.torn) == (COUNT, len(data), len(log(6)[5]) - 1)


def test_every_changed_byte_is_found() -> None:
    data = b"".join(log(3))
    for at in range(len(data)):
        for flip in (1, 0x20, 0x80):
            bad = data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :]
            if at == len(data) - 1:  # without its line feed the last line was never finished
                assert read_chain(bad).torn
                continue
            with pytest.raises(SpecRefused):
                read_chain(bad)


def test_every_removed_or_inserted_byte_is_found() -> None:
    data = b"".join(log(3))
    for at in range(len(data) - 1):
        for bad in (data[:at] + data[at + 1 :], data[:at] + b"0" + data[at:], data[:at] + b"\n" + data[at:]):
            with pytest.raises(SpecRefused):
                read_chain(bad)


def test_every_order_and_every_gap_is_found() -> None:
    lines = log()
    for some in range(COUNT + 1):
        for chosen in permutations(range(COUNT), some):
            data = b"".join(lines[number] for number in chosen)
            if chosen == tuple(range(some)):  # whole, or cut off at the end
                assert len(read_chain(data).entries) == some
                continue
            with pytest.raises(SpecRefused):
                read_chain(data)


def test_a_line_made_anew_does_not_fit_the_next() -> None:
    lines = log()
    forged = chain_line({"event": "forged"}, 3, line_sum(lines[1]))
    with pytest.raises(SpecRefused, match="line 4: does not follow the line before it"):
        read_chain(b"".join([*lines[:2], forged, *lines[3:]]))


@pytest.mark.parametrize("body", [b"[]", b"7", b"{", b'{"line":1}', b'{"line": 1,"previous":"%s"}' % START.encode()])
def test_a_right_sum_over_something_else_is_no_line(body: bytes) -> None:
    with pytest.raises(SpecRefused, match="line 1"):
        read_chain(hashlib.sha256(body).hexdigest().encode() + b" " + body + b"\n")
