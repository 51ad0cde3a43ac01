"""What a YAML scalar is: go-yaml v2's resolve.go, and how sigs.k8s.io/yaml and encoding/json write the result.

YAML 1.1 words (``y``, ``off``), but not its base-60 numbers; ``0o17``, ``0x1F``, ``0b11`` and a leading zero as strconv.ParseInt
with base 0 reads them; ``1e3`` and ``08`` are floats; dates stay strings. Underscores are dropped first, so ``1__0_`` is 10. A
float of no finite value is refused by JSON, one beyond float64 (``1e999``) was never a number and stays a string.

The same for every go-yaml v2 from v2.2.4 on. v2.2.2 and before read ``1e3`` (an exponent without sign) and ``5.`` as strings, and a Go
before 1.13, whose strconv did not know it, should do so with ``0o17`` (not tried): said here, not mirrored.
"""

from __future__ import annotations

import base64
import calendar
import math
import re
import struct
from typing import Final

from msgspec import Raw

from upgradecheck.decode.yaml.problem import YamlProblem
from upgradecheck.model.patterns import pattern

_PREFIX: Final = "tag:yaml.org,2002:"
STR: Final = _PREFIX + "str"
BOOL: Final = _PREFIX + "bool"
INT: Final = _PREFIX + "int"
FLOAT: Final = _PREFIX + "float"
NULL: Final = _PREFIX + "null"
TIMESTAMP: Final = _PREFIX + "timestamp"
BINARY: Final = _PREFIX + "binary"
MERGE: Final = _PREFIX + "merge"


# No Structs: msgspec would encode those by itself, and not ask what they are in JSON.


class Float:
    """A float64; as a key and as a value it is written differently."""

    __slots__ = ("value",)

    def __init__(self, value: float) -> None:
        self.value = value


class Bytes:
    """A !!binary whose bytes are no UTF-8: JSON gets U+FFFD for each bad byte."""

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw


Scalar = str | int | bool | None | Float | Bytes

HINTS: Final = frozenset("+-.0123456789yYnNtTfFoO~")
"""A plain scalar that begins with none of these is a string."""

_WORDS: Final[dict[str, tuple[str, Scalar]]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), (BOOL, True)),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), (BOOL, False)),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), (NULL, None)),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), (FLOAT, Float(math.nan))),
    **{sign + word: (FLOAT, Float(math.inf)) for word in (".inf", ".Inf", ".INF") for sign in ("", "+")},
    **{"-" + word: (FLOAT, Float(-math.inf)) for word in (".inf", ".Inf", ".INF")},
}
_RESOLVABLE: Final = frozenset({"", STR, BOOL, INT, FLOAT, NULL, TIMESTAMP})
_INTEGER = pattern(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_OLD_BINARY = pattern(r"(?:0b([-+]?[01]+)|-0b([01]+))")
_FLOAT = pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DOT_FLOAT = pattern(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
_TIMESTAMP = pattern(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[Tt](?P<h1>[0-9]{1,2}):(?P<m1>[0-9]{1,2}):(?P<s1>[0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+](?P<zh>[0-9]{2}):(?P<zm>[0-9]{2})))"
    r"|(?: (?P<h2>[0-9]{1,2}):(?P<m2>[0-9]{1,2}):(?P<s2>[0-9]{1,2})(?:[.,][0-9]+)?))?"
)
_BASE64 = pattern(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
_LONGEST = 20
"""Decimal digits of the greatest uint64; Python refuses to read very long ones."""


def scalar(tag: str, text: str, line: int, *, implicit: bool) -> Scalar:
    """The value of a scalar node; implicit is true for a plain one without a tag.

    Raises:
        Problem: the text is not of the kind that its tag names.
    """
    if not tag:
        return resolve(text)[1] if implicit else text
    if tag == BINARY:
        return _binary(text, line)
    if tag not in _RESOLVABLE or tag == STR:
        return text
    found, value = (TIMESTAMP, text) if tag == TIMESTAMP and _is_timestamp(text) else resolve(text)
    if tag == found:
        return value
    if tag == FLOAT and found == INT and isinstance(value, int) and value < 1 << 63:
        return Float(float(value))
    raise YamlProblem(line, "has a tag that does not fit its value")


def resolve(text: str) -> tuple[str, Scalar]:
    """The tag and value of a plain scalar."""
    if text and text[0] not in HINTS:
        return STR, text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] == ".":
        return _finite(text.replace("_", ""), text) if _DOT_FLOAT.fullmatch(text) else (STR, text)
    if text[0] in "+-0123456789":
        return _number(text)
    return STR, text


def _number(text: str) -> tuple[str, Scalar]:
    plain = text.replace("_", "")
    integer = _integer(plain)
    if integer is not None:
        return INT, integer
    return _finite(plain, text) if _FLOAT.fullmatch(plain) else (STR, text)


def _integer(plain: str) -> int | None:
    """strconv.ParseInt, then ParseUint (which takes no sign), then go-yaml's own way with ``0b``."""
    match = _INTEGER.fullmatch(plain)
    if match is None:
        old = _OLD_BINARY.fullmatch(plain)
        value = int(old[1] or "-" + old[2], 2) if old else None
        return value if value is not None and -(1 << 63) <= value < 1 << 63 else None
    sign, hexadecimal, binary, octal, decimal = match.groups()
    if decimal is not None:
        if len(decimal) > _LONGEST:
            return None
        value = int(decimal)
    else:
        value = int(hexadecimal, 16) if hexadecimal else int(binary, 2) if binary else int(octal, 8)
    if sign == "-":
        return -value if value <= 1 << 63 else None
    return value if value < 1 << (63 if sign else 64) else None


def _finite(plain: str, text: str) -> tuple[str, Scalar]:
    value = float(plain)
    return (FLOAT, Float(value)) if math.isfinite(value) else (STR, text)


def _is_timestamp(text: str) -> bool:
    """Whether time.Parse takes it in one of go-yaml's formats."""
    match = _TIMESTAMP.fullmatch(text)
    if match is None:
        return False
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if not 1 <= month <= 12:
        return False
    leap = month == 2 and calendar.isleap(year)
    if not 1 <= day <= (29 if leap else (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[month - 1]):
        return False
    bounds = {"h1": 23, "h2": 23, "m1": 59, "m2": 59, "s1": 59, "s2": 59, "zh": 24, "zm": 60}
    return all(int(match[name] or 0) <= most for name, most in bounds.items())


def _binary(text: str, line: int) -> Scalar:
    joined = text.replace("\r", "").replace("\n", "")
    if not _BASE64.fullmatch(joined):
        raise YamlProblem(line, "has a !!binary that is no base64")
    raw = base64.b64decode(joined)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return Bytes(raw)


def replaced(raw: bytes) -> str:
    """Go's reading of bytes as text: each byte that is part of no character becomes U+FFFD."""
    return re.sub("[\udc80-\udcff]", "\ufffd", raw.decode("utf-8", "surrogateescape"))


def json_float(value: float) -> Raw:
    """A finite float as encoding/json writes it: no exponent from 1e-6 up to 1e21, ``-0`` for minus zero."""
    shortest = repr(value)
    if "e" in shortest:
        mantissa, exponent = shortest.split("e")
        if -6 <= int(exponent) < 21:
            from decimal import Decimal

            return Raw(format(Decimal(shortest), "f").encode())
        return Raw(f"{mantissa}e{int(exponent):+d}".encode())
    return Raw(shortest.removesuffix(".0").encode())


def float_key(value: float) -> str:
    """A float key as sigs.k8s.io/yaml writes it: the shortest digits of the float32, in %g form."""
    single = _as_single(value)
    if math.isnan(single):
        return ".nan"
    if math.isinf(single):
        return "-.inf" if single < 0 else ".inf"
    digits = next(text for text in (f"{single:.{more}e}" for more in range(17)) if _as_single(float(text)) == single)
    mantissa, exponent = digits.split("e")
    if -4 <= int(exponent) < 6 or single == 0:
        decimals = max(0, len(mantissa.lstrip("-").replace(".", "")) - 1 - int(exponent))
        return f"{float(digits):.{decimals}f}"
    return f"{mantissa}e{int(exponent):+03d}"


def _as_single(value: float) -> float:
    try:
        single: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return single
