"""Typed decoding: refusals by path and without values, and Go's leniency about text."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.decode.text.typed import as_go_reads, typed
from upgradecheck.model.errors import SpecRefused


class Inner(msgspec.Struct):
    number: int | None = None


class Thing(msgspec.Struct):
    name: str | None = None
    inner: list[Inner] | None = None


THING = msgspec.json.Decoder(Thing)


@pytest.mark.parametrize(
    ("raw", "path", "reason"),
    [
        pytest.param(b'{"name":["hunter2"]}', "status.name", "expected a string, found an array", id="a wrong type"),
        pytest.param(b'{"inner":[{},{"number":"hunter2"}]}', "status.inner[1].number", "expected an integer, found a string", id="deeper"),
        pytest.param(b'["hunter2"]', "status", "expected an object, found an array", id="the document itself"),
        pytest.param(b'{"name":"hunter2",}', "status", "no valid JSON (trailing comma in object (byte 18))", id="no JSON"),
    ],
)
def test_refused_by_path_and_never_quoted(raw: bytes, path: str, reason: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        typed(THING, raw, "status")
    assert (caught.value.path, caught.value.reason) == (path, reason)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        pytest.param(b'{"name":"a\\ud800b"}', "a\ufffdb", id="a lone high surrogate"),
        pytest.param(b'{"name":"a\\uDC00"}', "a\ufffd", id="a lone low surrogate"),
        pytest.param(b'{"name":"\\ud83d\\ude00","x":"\\ud800"}', "\U0001f600", id="a pair stays"),
        pytest.param(b'{"name":"\\\\ud800","x":"\\ud800"}', "\\ud800", id="a backslash before a u is no surrogate"),
        pytest.param(b'{"name":"a\xffb"}', "a\ufffdb", id="a byte that is no UTF-8"),
        pytest.param(b'{"name":"a","x":"\\ud800\xff"}', "a", id="both in a member that nobody asks for"),
    ],
)
def test_text_is_read_as_go_reads_it(raw: bytes, name: str) -> None:
    assert typed(THING, raw).name == name


@given(st.text())
def test_sound_text_is_not_repaired(text: str) -> None:
    raw = msgspec.json.encode(text)
    assert as_go_reads(raw) == raw
