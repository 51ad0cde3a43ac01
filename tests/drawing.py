"""How many examples a law is tried with: the default tier draws few of each, so that it stays short; TESTS_TIMES=20 draws twenty times as many."""

from __future__ import annotations

import os
import random
from collections.abc import Collection, Iterable

import pytest
from _pytest.mark import ParameterSet
from hypothesis import settings

TIMES = int(os.environ.get("TESTS_TIMES", "1"))


def sampled(names: Iterable[str], stride: int) -> list[ParameterSet]:
    """Each so many-th of some goldens by default, all of them in the long tier."""
    return [pytest.param(name, marks=pytest.mark.long if place % stride else ()) for place, name in enumerate(names)]


def standing_for(names: Iterable[str], kept: Collection[str]) -> list[ParameterSet]:
    """Of some goldens those by default that stand for the others, all of which are in the sweep. A kept name that there is not is an error."""
    every = list(names)
    assert set(kept) <= set(every), set(kept) - set(every)
    return [pytest.param(name, marks=() if name in kept else pytest.mark.sweep) for name in every]


def tried(few: int) -> settings:
    """For a law that so many examples try by default."""
    return settings(max_examples=few * TIMES)


def thrown() -> random.Random:
    """Dice of a test's own: the same throws each time with TESTS_SAME_EXAMPLES, so that no landing hangs on luck."""
    return random.Random(0) if os.environ.get("TESTS_SAME_EXAMPLES") else random.Random()
