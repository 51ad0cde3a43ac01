"""How many examples a law is tried with: the default tier draws few of each, so that it stays short; TESTS_TIMES=20 draws twenty times as many."""

from __future__ import annotations

import os

from hypothesis import settings

TIMES = int(os.environ.get("TESTS_TIMES", "1"))


def tried(few: int) -> settings:
    """For a law that so many examples try by default."""
    return settings(max_examples=few * TIMES)
