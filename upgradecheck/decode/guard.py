"""The one door for every decoder: whatever fails in it refuses the document that it was given, and nothing else.

Decoders say what is wrong by SpecRefused. But a document is anybody's bytes, and Python's own errors are many: a number of 5,000 digits
(ValueError), brackets without end (RecursionError), a date of the year 99999 (OverflowError), a lone surrogate (UnicodeError). One
that no decoder foresaw must cost one document, never the report on 150,000 others; a dump can hold an object that somebody made for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from upgradecheck.model.errors import SpecRefused, UpgradecheckError

T = TypeVar("T")


def guarded(read: Callable[[], T]) -> T:
    """What a decoder gives. The text of a foreign error is not told: it may quote a value.

    Raises:
        SpecRefused: it refuses the document, or failed with an error of Python's.
        UpgradecheckError: as it raised it.
    """
    try:
        return read()
    except UpgradecheckError:
        raise
    except Exception as error:
        raise SpecRefused(f"cannot be read: its decoder failed with {type(error).__name__}") from error
