"""Times as Go prints them, exact to the nanosecond: RFC3339Nano of ``inspect``, and Time.String of ``docker ps``.

crictl prints its host's local zone, docker UTC; Go's zero time, year 1, stands for "never". datetime alone would cut nanoseconds off.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_TIME = pattern(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})[T ](?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?"
    r" ?(?:Z|(?P<sign>[+-])(?P<hours>[0-9]{2}):?(?P<minutes>[0-9]{2}))(?: [A-Za-z0-9+-]{1,10})?",
    re.ASCII,
)
_PLAIN = pattern(r"((?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8]))T([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9])Z", re.ASCII)
"""As an API server writes them, for nearly all days."""
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_SECOND = 1_000_000_000


def nanoseconds(text: str, path: str) -> int:
    """Nanoseconds since the epoch; 0 for Go's zero time. path is where the text stands, for the error.

    Raises:
        SpecRefused: it is no such time.
    """
    if (plain := _plainly(text)) is not None:
        return plain
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        local = datetime.fromisoformat(f"{match['day']}T{match['time']}+00:00")
    except ValueError:
        raise SpecRefused("expected a time as Go prints it, found other text", path) from None
    if local.year == 1:
        return 0
    offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    seconds = (local - _EPOCH - (-offset if match["sign"] == "-" else offset)) // timedelta(seconds=1)
    return seconds * _SECOND + int((match["fraction"] or "").ljust(9, "0"))


@lru_cache(maxsize=1024)
def _plainly(text: str) -> int | None:
    """The same of nearly all times; None of others. When a container started is asked several times."""
    plain = _PLAIN.fullmatch(text)
    return None if plain is None else (_day(plain[1]) + int(plain[2]) * 3600 + int(plain[3]) * 60 + int(plain[4])) * _SECOND


@lru_cache(maxsize=4096)
def _day(text: str) -> int:
    """The seconds of the epoch at which a day begins in UTC."""
    return (datetime.fromisoformat(f"{text}T00:00:00+00:00") - _EPOCH) // timedelta(seconds=1)
