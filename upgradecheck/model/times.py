"""Times of the checkpoint as text: RFC 3339 in UTC, with as many digits of a second as they need.

Only years that datetime can write; a kubelet is younger than 1970 in any case. A leap second (``23:59:60``) is no time here: node
clocks do not show it either.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from upgradecheck.model.patterns import pattern

_TEXT = pattern(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
SECOND = 1_000_000_000
LATEST = 253_402_300_799 * SECOND
"""The last second of the year 9999."""


def is_told(nanoseconds: int) -> bool:
    """Whether it is a time that a checkpoint can tell: after the beginning of 1970, and before the year 10000."""
    return 0 < nanoseconds < LATEST + SECOND


def rfc3339(nanoseconds: int) -> str:
    """``2024-01-10T08:00:00Z``, with a fraction only where there is one."""
    seconds, fraction = divmod(nanoseconds, SECOND)
    days, second = divmod(seconds, 86_400)
    digits = f".{fraction:09d}".rstrip("0") if fraction else ""
    return f"{_day(days)}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}{digits}Z"


@lru_cache(maxsize=4096)
def _day(number: int) -> str:
    """``2024-01-10``, for the days since the epoch."""
    return (_EPOCH + timedelta(days=number)).date().isoformat()


def from_rfc3339(text: str) -> int:
    """The nanoseconds that rfc3339 writes so.

    Raises:
        ValueError: it is no such text.
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        raise ValueError(text)
    seconds = (datetime.fromisoformat(f"{match[1]}+00:00") - _EPOCH) // timedelta(seconds=1)
    return seconds * SECOND + int((match[2] or "").ljust(9, "0"))
