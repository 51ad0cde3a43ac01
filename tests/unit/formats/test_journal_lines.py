"""Lines of a journal that are none, however well they are chained: each is refused by its number, and no other exception gets out."""

from __future__ import annotations

from typing import Any

import pytest

from upgradecheck.formats.hash_chain import START, chain_line, line_sum
from upgradecheck.formats.override_journal import FORMAT, read_journal
from upgradecheck.model.errors import SpecRefused

BEGIN = {"kind": "begin", "format": FORMAT, "plan": "p", "to": "1.31.0", "time": "2026-11-29T12:00:00Z", "writer": "w"}


def chained(*lines: dict[str, Any]) -> bytes:
    found, previous = b"", START
    for number, members in enumerate(lines, 1):
        line = chain_line(members, number, previous)
        found, previous = found + line, line_sum(line)
    return found


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param([{**BEGIN, "\ud800": 1}], "line 1: is no line of an override's journal", id="a name that is a lone surrogate"),
        pytest.param([{**BEGIN, "more": 1}], "line 1: is no line of an override's journal", id="a member that nobody knows"),
        pytest.param([BEGIN, {"kind": "\ud800"}], "line 2: is no line of an override's journal", id="a kind that is one"),
        pytest.param([BEGIN, BEGIN], "line 2: begins a journal within one", id="a second beginning"),
        pytest.param([{"kind": "undo"}], "line 1: does not begin an override's journal", id="no beginning"),
    ],
)
def test_a_line_that_is_none(lines: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(SpecRefused) as raised:
        read_journal(chained(*lines))
    assert str(raised.value) == reason
