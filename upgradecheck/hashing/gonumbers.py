"""Whole numbers in decimal as Go reads and writes them: strconv.ParseInt of 64 bits, and big ones with any number of digits.

Python refuses to turn more than some 4,300 digits to a number or back (sys.set_int_max_str_digits), since the time that it takes grows
with their square; Go does not. Here it is done in halves, by pieces that are never refused.
"""

from __future__ import annotations

from upgradecheck.model.patterns import pattern

_INTEGER = pattern(r"[+-]?0*([0-9]*)")
_INT64_LONGEST = 19
_PIECE = 500
"""Digits that are always turned: the interpreter's limit cannot be set below 640."""


def int64(text: str) -> int | None:
    """Mirrors strconv.ParseInt with base 10 and 64 bits; None for what it refuses."""
    match = _INTEGER.fullmatch(text)
    if match is None or text in ("", "+", "-") or len(match[1]) > _INT64_LONGEST:
        return None
    number = -int(match[1] or "0") if text[0] == "-" else int(match[1] or "0")
    return number if -(1 << 63) <= number < 1 << 63 else None


def whole(digits: str) -> int:
    """The number that ASCII digits tell, however many they are."""
    if len(digits) <= _PIECE:
        return int(digits)
    low = len(digits) // 2
    return whole(digits[:-low]) * int(10**low) + whole(digits[-low:])


def written(number: int) -> str:
    """The digits of a number, however many they are."""
    if number < 0:
        return "-" + written(-number)
    longest = number.bit_length() * 30103 // 100_000 + 1  # 30103/100000 is a little more than log10(2)
    return str(number) if longest <= _PIECE else _written(number, longest).lstrip("0")


def _written(number: int, length: int) -> str:
    if length <= _PIECE:
        return str(number).zfill(length)
    low = length // 2
    high, rest = divmod(number, 10**low)
    return _written(high, length - low) + _written(rest, low)
