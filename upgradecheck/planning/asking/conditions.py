"""What --fail-on, --max-restarts and --max-per-wave can say. Light, since the help of a command shows it."""

from __future__ import annotations

from collections.abc import Iterable

from upgradecheck.model.errors import UsageError

FAIL_ON = ("restart", "unknown", "estimated", "hazard")


def fail_on(name: str, words: Iterable[str]) -> frozenset[str]:
    """The conditions that an option names.

    Raises:
        UsageError: one of them is none.
    """
    wanted = frozenset(words)
    if wanted == {"none"}:
        return frozenset()
    strange = sorted(wanted.difference(FAIL_ON))
    if strange:
        raise UsageError(f"{name} {', '.join(map(repr, strange))}: not known, wanted some of {', '.join(FAIL_ON)}, or none alone.")
    return wanted


def max_restarts(name: str, text: str) -> str:
    """A number of containers, or a percentage of them; as it was given.

    Raises:
        UsageError: it is something else.
    """
    number = text.removesuffix("%")
    if not (number.isascii() and number.isdigit()):
        raise UsageError(f"{name} {text!r}: a number of containers or a percentage of them is wanted, such as 3 or 5%.")
    return text


def max_per_wave(name: str, text: str) -> str:
    """A number of nodes, or a percentage of the workers; as it was given.

    Raises:
        UsageError: it is something else, or less than one.
    """
    number = text.removesuffix("%")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and int(number)):
        raise UsageError(f"{name} {text!r}: a number of nodes or a percentage of the workers is wanted, such as 5 or 10%, and at least 1.")
    if text.endswith("%") and int(number) > 100:
        raise UsageError(f"{name} {text!r}: is more than all workers; 100% is all of them.")
    return text
