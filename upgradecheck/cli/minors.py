"""Lists and ranges of minors on the command line: ``1.16..1.22``, ``1.29,1.31``, ``1.30..`` (to the newest known); ``1.30.x`` is 1.30."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from upgradecheck.model.errors import UsageError
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import Minor

_MINOR = pattern(r"v?(0|[1-9][0-9]{0,3})\.(0|[1-9][0-9]{0,3})(?:\.x)?", re.ASCII)


def parse_minors(option: str, texts: Iterable[str], known: tuple[Minor, ...]) -> frozenset[Minor] | None:
    """The minors that an option's texts name; None if there is no text.

    Raises:
        UsageError: a text names no minor, one that hashdata does not hold, or an empty range.
    """
    elements = [element.strip() for text in texts for element in text.split(",")]
    found = [minor for element in elements for minor in _range(option, element, known)]
    return frozenset(found) if elements else None


def _range(option: str, text: str, known: tuple[Minor, ...]) -> Iterator[Minor]:
    first, dots, last = text.partition("..")
    if not dots and _MINOR.fullmatch(text.partition("-")[0]) and _MINOR.fullmatch(text.partition("-")[2]):
        first, dots, last = text.partition("-")
    if not dots:
        yield _minor(option, text, known)
        return
    low = _minor(option, first, known) if first else known[0]
    high = _minor(option, last, known) if last else known[-1]
    if low > high or not (first or last):
        raise UsageError(f"{option} {text!r}: an empty range; a range from an older to a newer minor is wanted, such as 1.16..1.22.")
    yield from (minor for minor in known if low <= minor <= high)


def _minor(option: str, text: str, known: tuple[Minor, ...]) -> Minor:
    match = _MINOR.fullmatch(text.strip())
    if match is None:
        raise UsageError(
            f"{option} {text!r}: no minor; minors such as 1.31, lists such as 1.29,1.31 or ranges such as 1.16..1.22 are wanted. "
            "Patch releases are compared by diff and plan."
        )
    minor = Minor(int(match[1]), int(match[2]))
    if minor not in known:
        raise UsageError(f'{option} {minor}: not in hashdata, which holds {known[0]} to {known[-1]}. Look at "upgradecheck versions".')
    return minor
