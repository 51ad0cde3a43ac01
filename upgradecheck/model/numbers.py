"""Whole numbers as flags take them: in base 10, or with a prefix in another, with underscores between digits.

Mirrors ParseInt and ParseUint of Go's strconv with base 0, as github.com/spf13/pflag calls them.
differs: underscores are from Go 1.13 on; here they count as taken.
"""

from __future__ import annotations

from upgradecheck.model.patterns import pattern

_WRITTEN = pattern(r"([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?[0-9])*)")

_LONGEST = 100


def whole_number(text: str) -> int | None:
    """The number that a text says; None of what is none, and of what no flag takes by far."""
    found = _WRITTEN.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    digits = found[2].replace("_", "").lower()
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    return int(digits, 8 if octal else 0) * (-1 if found[1] == "-" else 1)


def has_sign(text: str) -> bool:
    """Whether a number is written with a sign, which none without one (uint) takes."""
    return text[:1] in ("+", "-")
