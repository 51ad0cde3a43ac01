"""resource.Quantity: text in, text out, exactly as apimachinery reads and writes it (the same code from 1.16 to 1.37).

Writing is not plain canonicalisation: where parsing took the fast path and judged the text canonical, the text itself is
kept and written back (``1.500``, ``+5``, ``010``, ``1e3``), by tests that look only at digits. Everything else is written
in canonical form, with quirks of its own (``1000E`` has no suffix left and is written ``1``).

From 1.38 on it keeps the text of every amount that it parses (hashed with the UIDs of static pods) and no more than so many of its digits.

Mirrors ParseQuantity, CanonicalizeBytes, MarshalJSON and UnmarshalJSON in
k8s.io/apimachinery/pkg/api/resource/quantity.go, suffix.go, amount.go and math.go (v0.30.14).
"""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.gonumbers import int64, whole, written
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

_SYNTAX = pattern(r"(?P<sign>[+-]?)(?P<zeros>0*)(?P<digits>[0-9]*)(?P<point>\.(?P<fraction>[0-9]*))?(?P<suffix>[eEinumkKMGTP]*[-+]?[0-9]*)")
_DECIMAL = {"": 0, "n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_BINARY = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}
_DECIMAL_SUFFIX = {exponent: suffix for suffix, exponent in _DECIMAL.items()}
_BINARY_SUFFIX = {0: "", **{exponent: suffix for suffix, exponent in _BINARY.items()}}
_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
INT64_MAX = (1 << 63) - 1
_INT64_DIGITS = 18
_NANO = -9
FARTHEST = 10_000
"""Digits, or zeros beside them, that a number of ours has at most: Go goes on until its memory is full, a report may not."""
MOST_DIGITS, _MOST_BINARY_DIGITS = 29, 70
_SHORT = 32


class QuantityFormat(Enum):
    """How the amount was written, hence how it is written again; ABSENT is Go's empty Format (a zero Quantity)."""

    ABSENT = ""
    DECIMAL_SI = "DecimalSI"
    DECIMAL_EXPONENT = "DecimalExponent"
    BINARY_SI = "BinarySI"


class Quantity(msgspec.Struct, frozen=True, gc=False):
    """An amount of value * 10**scale. text is the input kept by the parse, empty if it was not canonical.

    wide: held as an inf.Dec instead of an int64 and a scale (only the typed era and the UIDs of static pods can tell).
    caching: as 1.38 and later read it: text is there after each parse, in canonical form where the input was not.
    """

    value: int = 0
    scale: int = 0
    format: QuantityFormat = QuantityFormat.ABSENT
    text: str = ""
    wide: bool = False
    caching: bool = False

    def json_text(self) -> str:
        """What MarshalJSON writes between the quotes."""
        return self.text or _canonical(self)


ZERO = Quantity()


def from_json_token(token: str, previous: Quantity = ZERO, *, caching: bool = False) -> Quantity:
    """What UnmarshalJSON makes of a raw JSON token: quoted text (escapes and all), a number, or anything else.

    null resets the amount only; a text kept from an earlier duplicate of the key stays, as upstream (not where texts are cached).

    Raises:
        SpecRefused: the text is no quantity.
    """
    if token == "null":
        return replace(previous, value=0, scale=0, wide=False, text="" if caching else previous.text)
    if len(token) >= 2 and token[0] == token[-1] == '"':
        token = token[1:-1]
    return parse_quantity(token.strip(_SPACES), caching=caching)


def parse_quantity(text: str, *, caching: bool = False) -> Quantity:
    """Mirrors ParseQuantity; short texts, which come again and again, are parsed once.

    Raises:
        SpecRefused: the text is no quantity.
    """
    return _known(text, caching) if len(text) <= _SHORT else _parse(text, caching)


def _parse(text: str, caching: bool) -> Quantity:
    if text == "0":
        return Quantity(format=QuantityFormat.DECIMAL_SI, text=text, caching=caching)
    match = _SYNTAX.fullmatch(text)
    if not text or match is None:
        raise SpecRefused("not a quantity (a number with an optional suffix such as m, k, Mi or e3 is expected)")
    form, exponent = _interpret(match["suffix"])
    negative = match["sign"] == "-"
    digits, fraction = match["digits"] or "0", match["fraction"] or ""
    if not match["digits"] and match["point"] is None and not match["suffix"]:
        # Upstream returns at once when the text ends among its leading zeros: "000", but also "-" and "+".
        exponent, fraction = 0, ""
    fast = _fast_path(text, form, exponent, digits, fraction, negative=negative, most=_INT64_DIGITS + caching)
    if fast is not None:
        return _cached(fast, digits + fraction) if caching else fast
    if not match["zeros"] and not match["digits"] and not fraction:
        raise SpecRefused("not a quantity (it has no digits)")
    if caching:
        return _cached(_bounded_path(form, exponent, digits, fraction, negative=negative))
    return _slow_path(form, exponent, digits, fraction, negative=negative)


_known = lru_cache(maxsize=1024)(_parse)


def _interpret(suffix: str) -> tuple[QuantityFormat, int]:
    if suffix in _DECIMAL:
        return QuantityFormat.DECIMAL_SI, _DECIMAL[suffix]
    if suffix in _BINARY:
        return QuantityFormat.BINARY_SI, _BINARY[suffix]
    if suffix[:1] in ("e", "E"):
        exponent = int64(suffix[1:])
        if exponent is not None:
            return QuantityFormat.DECIMAL_EXPONENT, _int32(exponent)
    raise SpecRefused("not a quantity (unknown suffix)")


def _int32(number: int) -> int:
    return (number + (1 << 31)) % (1 << 32) - (1 << 31)


def _fast_path(text: str, form: QuantityFormat, exponent: int, digits: str, fraction: str, *, negative: bool, most: int) -> Quantity | None:
    scale, mantissa = exponent, 1
    precision = most - len(digits) - len(fraction)
    if form is QuantityFormat.BINARY_SI:
        scale, mantissa = 0, 1 << exponent
        precision = -1 if fraction else 15 - len(digits) - exponent * 3 // 10 - 1
    scale = _int32(scale - len(fraction))
    if precision < 0 or scale < _NANO:
        return None
    shifted = digits + fraction
    number = int(shifted)
    value = number * mantissa
    if value > INT64_MAX + (negative and most > _INT64_DIGITS and mantissa == 1):
        return None
    if form is QuantityFormat.BINARY_SI:
        kept = number & 7 != 0
    else:
        kept = scale % 3 == 0 and not shifted.endswith("000") and not shifted.startswith("0")
    return Quantity(-value if negative else value, scale, form, text if kept else "")


def _slow_path(form: QuantityFormat, exponent: int, digits: str, fraction: str, *, negative: bool) -> Quantity:
    """The amount as inf.Dec: rounded up to nano, binary ones capped at 2**63-1.

    differs: a number too long to be reckoned with is refused.
    """
    if len(digits) + len(fraction) > FARTHEST:
        raise SpecRefused(f"a quantity of more than {FARTHEST} digits, which is not computed")
    value, scale = whole(digits + fraction), -len(fraction)
    if form is QuantityFormat.BINARY_SI:
        value <<= exponent
    else:
        scale += exponent
    if abs(scale) > FARTHEST:
        raise SpecRefused("not a quantity (its exponent is out of any use)")
    if value:
        value, scale = _rescale_up(value, scale, _NANO), _NANO
    return _capped(value, scale, form, negative=negative)


def _bounded_path(form: QuantityFormat, exponent: int, digits: str, fraction: str, *, negative: bool) -> Quantity:
    """The same of 1.38 and later: of a longer number the first digits, rounded up, and only what is smaller than nano is brought to nano.

    Mirrors decFromDigits.
    """
    is_binary = form is QuantityFormat.BINARY_SI
    shown, most = (digits + fraction).lstrip("0") or "0", _MOST_BINARY_DIGITS if is_binary else MOST_DIGITS
    value, scale = int(shown[:most]) + bool(shown[most:].strip("0")), max(0, len(shown) - most) - len(fraction)
    if is_binary:
        value <<= exponent
    else:
        scale += exponent
    if abs(scale) > FARTHEST:
        raise SpecRefused("not a quantity (its exponent is out of any use)")
    if value and scale < _NANO:
        value, scale = _rescale_up(value, scale, _NANO), _NANO
    return _capped(value, scale, form, negative=negative)


def _capped(value: int, scale: int, form: QuantityFormat, *, negative: bool) -> Quantity:
    if form is QuantityFormat.BINARY_SI:
        if _compare(value, scale, INT64_MAX) > 0:
            value, scale = INT64_MAX, 0
        if value and _compare(value, scale, 1) < 0:
            form = QuantityFormat.DECIMAL_SI
    return Quantity(-value if negative else value, scale, form, wide=True)


def _cached(quantity: Quantity, digits: str = "") -> Quantity:
    """Mirrors CacheString. A decimal number of the most digits that fit is written in canonical form."""
    kept = quantity.text and (quantity.format is QuantityFormat.BINARY_SI or len(digits) <= _INT64_DIGITS)
    cached = replace(quantity, text="", caching=True)
    return replace(cached, text=quantity.text if kept else _canonical(cached))


def ten_to(exponent: int) -> int:
    """A power of ten, of which amounts far apart need large ones.

    differs: one that fills the memory is refused, where Go computes it.

    Raises:
        SpecRefused: the power is out of any use.
    """
    if exponent > FARTHEST:
        raise SpecRefused("a quantity whose exponent is out of any use, which is not computed")
    return int(10**exponent)


def _rescale_up(value: int, scale: int, wanted: int) -> int:
    """value * 10**scale in units of 10**wanted, rounded away from zero."""
    if scale >= wanted:
        return value * int(10 ** (scale - wanted))
    divisor: int = 10 ** (wanted - scale)
    rounded = -(-abs(value) // divisor)
    return rounded if value >= 0 else -rounded


def _compare(value: int, scale: int, other: int) -> int:
    left, right = (value * 10**scale, other) if scale >= 0 else (value, other * 10**-scale)
    return (left > right) - (left < right)


def _canonical(quantity: Quantity) -> str:
    """Mirrors CanonicalizeBytes."""
    value, scale = quantity.value, quantity.scale
    if value == 0:
        return "0"
    if quantity.format is QuantityFormat.BINARY_SI and not _is_small(value, scale) and _is_integer(value, scale):
        number, times = _remove_factors(_rescale_up(value, scale, 0), 1024)
        return f"{number}{_BINARY_SUFFIX.get(times * 10, '')}"
    digits = written(value)
    shortest = digits.rstrip("0")
    exponent = scale + len(digits) - len(shortest)
    amount, exponent = shortest + "0" * (exponent % 3), exponent - exponent % 3
    if quantity.format in (QuantityFormat.DECIMAL_EXPONENT, QuantityFormat.ABSENT):
        return f"{amount}e{exponent}" if exponent else amount
    if quantity.caching and exponent not in _DECIMAL_SUFFIX:
        return f"{amount}e{exponent}"
    return f"{amount}{_DECIMAL_SUFFIX.get(exponent, '')}"


def _is_small(value: int, scale: int) -> bool:
    """Between -1024 and 1024, both excluded: written in decimal even if it was binary."""
    return _compare(value, scale, -1024) > 0 and _compare(value, scale, 1024) < 0


def _is_integer(value: int, scale: int) -> bool:
    return scale >= 0 or value % 10**-scale == 0


def _remove_factors(value: int, base: int) -> tuple[int, int]:
    times = 0
    while value % base == 0:
        value //= base
        times += 1
    return value, times
