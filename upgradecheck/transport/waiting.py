"""Time: the deadline of a whole run, how long to wait before a request is sent again, and never waiting longer than told.

A socket's own timeout begins anew with every byte, so a server that drips one byte a second is never late for it. Requests
therefore run in a thread of their own, which is left behind when its time is up; it ends with the program.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

T = TypeVar("T")

ATTEMPTS = 5
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0


class Limits(msgspec.Struct, frozen=True, gc=False):
    """Seconds: request is for one request with its answer, total for everything that the run asks of the cluster."""

    total: float = 600.0
    request: float = 30.0


class Deadline(msgspec.Struct, frozen=True, gc=False):
    """When the run must have its answers."""

    seconds: float
    _begin: float = msgspec.field(default_factory=time.monotonic)

    def left(self) -> float:
        return max(0.0, self._begin + self.seconds - time.monotonic())


class OutOfTime(Exception):
    """The call took longer than it may."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """What call returns or raises, if it ends in time.

    Raises:
        OutOfTime: it did not.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True, name="request")
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not results:
        raise OutOfTime
    return results[0]


def pause(attempt: int) -> float:
    """Seconds before the next attempt: twice as long each time, with jitter so that many clients do not come at once."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << attempt)) * random.uniform(0.5, 1.0)


def rest(seconds: float) -> None:
    """Lets so many seconds pass."""
    time.sleep(seconds)


def retry_after(text: str | None) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date (RFC 9110, 10.2.3); None if it says nothing readable."""
    if text is not None and text.isascii() and text.isdigit():
        return float(text[:12])
    moment = http_date(text)
    return None if moment is None else max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())


def http_date(text: str | None) -> datetime | None:
    """The moment that an HTTP date names; None if it names none."""
    try:
        moment = parsedate_to_datetime(text or "")
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
