"""Codecs of types that have JSON methods of their own: Quantity, IntOrString, times, managed fields.

Mirrors quantity.go, intstr.go and time.go in k8s.io/apimachinery (v0.30.14), the same from 1.16 on.
"""

from __future__ import annotations

import re

import msgspec

from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import IntCodec, refuse, skip
from upgradecheck.hashing.gojson import encode_string
from upgradecheck.hashing.jsontext import Node, Number, Text
from upgradecheck.hashing.quantity import ZERO, Quantity, from_json_token
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.schema import JSONDecoder

CACHED_TEXT = "resource.cachedString"
"""The type of the text beside an amount, in minors that keep one of each (1.38 on)."""
_FEBRUARY = 2
_DAYS = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_INT32 = IntCodec(-(1 << 31), (1 << 31) - 1)


class QuantityCodec(msgspec.Struct, frozen=True, gc=False):
    decoder: JSONDecoder
    zero: Quantity = ZERO
    caching: bool = False

    def decode(self, node: Node, previous: Quantity) -> Quantity:
        skip(node, self.decoder)
        return from_json_token(_token(node), previous, caching=self.caching)

    def is_empty(self, value: Quantity) -> bool:
        return False

    def encode(self, value: Quantity, *, short_control_escapes: bool) -> bytes:
        return b'"' + value.json_text().encode() + b'"'


class IntOrString(msgspec.Struct, frozen=True, gc=False):
    """Number and text both stay, as upstream; is_text says which one counts."""

    number: int = 0
    text: bytes = b""
    is_text: bool = False


class IntOrStringCodec(msgspec.Struct, frozen=True, gc=False):
    """Reads with encoding/json in every minor, whatever decoder stands around it (intstr.go)."""

    zero: IntOrString = IntOrString()

    def decode(self, node: Node, previous: IntOrString) -> IntOrString:
        if isinstance(node, (str, Text)):
            return IntOrString(previous.number, jsontext.unquote(node), is_text=True)
        if node is not None and not isinstance(node, Number):
            raise refuse(node, "a number or a string")
        return IntOrString(_INT32.decode(node, previous.number), previous.text, is_text=False)

    def is_empty(self, value: IntOrString) -> bool:
        return False

    def encode(self, value: IntOrString, *, short_control_escapes: bool) -> bytes:
        if value.is_text:
            return encode_string(value.text, short_control_escapes=short_control_escapes)
        return b"%d" % value.number


_TIME = pattern(
    rb"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)T(?P<hour>\d\d?):(?P<minute>\d\d):(?P<second>\d\d)"
    rb"(?:(?P<point>[.,])\d+)?(?:Z|[+-](?P<east>\d\d):(?P<south>\d\d))"
)
_RANGES = {"month": (1, 12), "hour": (0, 23), "minute": (0, 59), "second": (0, 59), "east": (0, 24), "south": (0, 60)}


class TimeCodec(msgspec.Struct, frozen=True, gc=False):
    """meta/v1.Time and MicroTime: only whether Go reads them matters, since no container holds one.

    Mirrors time.Parse with RFC3339 in time/format.go: an hour may have one digit, an offset 24 hours and 60 minutes, and from
    Go 1.17 on (kubelets from 1.23 on) a comma may stand before the fraction.
    """

    decoder: JSONDecoder
    zero: bytes = b"null"

    def decode(self, node: Node, previous: bytes) -> bytes:
        if node is None:
            return b"null"
        if not isinstance(node, (str, Text)):
            raise refuse(node, "a time")
        text = jsontext.unquote(node)
        match = _TIME.fullmatch(text)
        if match is None or not self._is_time(match):
            raise SpecRefused("not a time (RFC 3339 is expected, such as 2024-06-02T21:30:00Z)")
        return text

    def _is_time(self, match: re.Match[bytes]) -> bool:
        if match["point"] == b"," and self.decoder is JSONDecoder.JSONITER:
            return False
        if not all(low <= int(match[part] or b"0") <= high for part, (low, high) in _RANGES.items()):
            return False
        month, year = int(match["month"]), int(match["year"])
        days = 29 if month == _FEBRUARY and _is_leap(year) else _DAYS[month]
        return 1 <= int(match["day"]) <= days

    def is_empty(self, value: bytes) -> bool:
        return False

    def encode(self, value: bytes, *, short_control_escapes: bool) -> bytes:
        return value if value == b"null" else encode_string(value, short_control_escapes=short_control_escapes)


class OpaqueCodec(msgspec.Struct, frozen=True, gc=False):
    """A value that is stored as it comes (managed fields); never part of a container."""

    decoder: JSONDecoder
    zero: None = None

    def decode(self, node: Node, previous: None) -> None:
        skip(node, self.decoder)

    def is_empty(self, value: None) -> bool:
        return True

    def encode(self, value: None, *, short_control_escapes: bool) -> bytes:
        return b"null"


class FieldTreeCodec(msgspec.Struct, frozen=True, gc=False):
    """Managed fields of 1.14 and 1.15: maps in maps, read with encoding/json; never part of a container.

    Mirrors Fields.UnmarshalJSON in meta/v1/helpers.go (v0.15.12): whatever is no object, at any depth, is refused; null is an empty one.
    """

    zero: None = None

    def decode(self, node: Node, previous: None) -> None:
        if node is None:
            return
        if not isinstance(node, tuple):
            raise refuse(node, "an object")
        for _, below in node:
            self.decode(below, None)

    def is_empty(self, value: None) -> bool:
        return True

    def encode(self, value: None, *, short_control_escapes: bool) -> bytes:
        return b"null"


_ONLY_BY_ESCAPE = frozenset("\b\f\n\r\t")
_ANY_ESCAPE = '"\\n"'


def _is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def _token(node: Node) -> str:
    """A JSON token as UnmarshalJSON gets it, as far as quantities can tell tokens apart: no escape belongs to any."""
    match node:
        case str():
            return f'"{node}"' if _ONLY_BY_ESCAPE.isdisjoint(node) else _ANY_ESCAPE
        case None:
            return "null"
        case Text():
            return '"' + node.decode("utf-8", "replace") + '"'
        case Number():
            return node.decode()
        case _:
            raise refuse(node, "a quantity")
