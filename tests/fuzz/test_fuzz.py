"""No foreign exception gets out of any door, whatever is wrong with what comes to it. ``python -m tests.fuzz`` plays as many as one likes."""

from __future__ import annotations

import pytest

from tests.fuzz.doors import DOORS
from tests.fuzz.playing import WHOLE_FILE, kinds, play

SEEDED = 1_000
LONG = 40_000


def assert_nothing_gets_out(numbers: range) -> None:
    played = play(numbers)
    assert list(kinds(played.foreign)) == []
    assert set(played.entered) == {*DOORS, WHOLE_FILE}
    assert all(played.refused[name] for name in DOORS if name not in _NEVER_REFUSE), "damage is noticed"


_NEVER_REFUSE = ("any decoder", "texts", "checkpoint", "checkpoint sealed again", "journal sealed again", "document", "yaml")


def test_a_few_of_each() -> None:
    assert_nothing_gets_out(range(SEEDED))


@pytest.mark.long
@pytest.mark.parametrize("begin", range(10**6, 10**6 + 5 * LONG, LONG))
def test_many(begin: int) -> None:
    assert_nothing_gets_out(range(begin, begin + LONG))
