"""Damages a document: flipped bits, missing and repeated pieces, values of other types, keys twice, brackets and digits without end, bytes
that are no text. All of it drawn from one generator, so that a seed plays the same again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.){0,200}"|-?[0-9]+(?:\.[0-9]+)?|\btrue\b|\bfalse\b|\bnull\b')
_KEY = re.compile(rb'"(?:[^"\\]|\\.){1,80}"\s*:')
_YAML_VALUE = re.compile(rb":[ \t]+[^\n]{1,60}")
_DEEP = 3000

ODD = (
    *(
        b"null",
        b"true",
        b"false",
        b"0",
        b"-1",
        b"-0",
        b"0.1",
        b"1e400",
        b"-1e-400",
        b"18446744073709551616",
        b"9" * 5000,
        b"1" + b"0" * 400,
    ),
    *(b"NaN", b"Infinity", b"0x10", b"1_000", b'""', b'" "', b'"0"', b'"-1"', b'"9223372036854775808"', b'"' + b"9" * 5000 + b'"'),
    *(
        b'"1e999999999"',
        b'"1E9999999999999999999"',
        b'"0.' + b"0" * 4000 + b'1Ki"',
        b'"5m"',
        b'"\xff\xfe"',
        b'"\\ud800"',
        b'"\\u0000"',
        b'"\xed\xa0\x80"',
    ),
    *(b'"9999-12-31T23:59:60Z"', b'"0001-01-01T00:00:00Z"', b'"2024-02-30T00:00:00Z"', b'"2024-01-01T00:00:00.9999999999+99:99"'),
    *(b'"99999-01-01T00:00:00Z"', b'"10000-01-01 00:00:00 +0000 UTC"', b'"v1.99999999999999999999.1"', b'"1.\xd9\xa3"', b'"\xe2\x80\xa8"'),
    *(b"[]", b"{}", b"[null]", b"[{}]", b'{"":null}', b"[" * _DEEP, b"[" * 150 + b"]" * 150, b'{"a":' * 150 + b"1" + b"}" * 150),
    *(b'"a"' * 3, b'"' + b"\\" * 501 + b'"', b'"' + b"x" * 70_000 + b'"', b'"%s"' % ("\u202e\u0000".encode()), b'"..\\/..\\/etc"'),
)
"""What may stand where a value stood."""

_BYTES = (
    b"\0",
    b"\xff",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    b"\x85",
    b"\xe2\x80\xa8",
    b"\r",
    b"\x1b[31m",
    b"\xc3",
    b"\n---\n",
    b"\n{",
    b"&a ",
    b"*a",
    b"!!binary ",
    b"<<: ",
)

Mutation = Callable[[Random, bytes], bytes]


def _place(rng: Random, raw: bytes) -> int:
    return rng.randrange(len(raw) + 1)


def _span(rng: Random, raw: bytes) -> tuple[int, int]:
    begin = _place(rng, raw)
    return begin, min(len(raw), begin + int(rng.expovariate(1 / 20)) + 1)


def flip(rng: Random, raw: bytes) -> bytes:
    """One bit."""
    if not raw:
        return raw
    at = rng.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ (1 << rng.randrange(8))]) + raw[at + 1 :]


def cut(rng: Random, raw: bytes) -> bytes:
    """All behind a place."""
    return raw[: _place(rng, raw)]


def drop(rng: Random, raw: bytes) -> bytes:
    """A piece is gone."""
    begin, end = _span(rng, raw)
    return raw[:begin] + raw[end:]


def repeat(rng: Random, raw: bytes) -> bytes:
    """A piece is there many times."""
    begin, end = _span(rng, raw)
    return raw[:end] + raw[begin:end] * rng.choice((1, 2, 50)) + raw[end:]


def insert(rng: Random, raw: bytes) -> bytes:
    """Bytes that do not belong there."""
    at = _place(rng, raw)
    return raw[:at] + rng.choice(_BYTES) + raw[at:]


def retype(rng: Random, raw: bytes) -> bytes:
    """Another value in the place of one."""
    return _replaced(rng, raw, _TOKEN, rng.choice(ODD))


def retype_yaml(rng: Random, raw: bytes) -> bytes:
    """Another value behind a key of YAML."""
    return _replaced(rng, raw, _YAML_VALUE, b": " + rng.choice(ODD))


def twice(rng: Random, raw: bytes) -> bytes:
    """A key that is there already, with another value."""
    found = _find(rng, raw, _KEY)
    return raw if found is None else raw[: found.start()] + found[0] + rng.choice(ODD) + b"," + raw[found.start() :]


def rekey(rng: Random, raw: bytes) -> bytes:
    """The value of one key under the name of another."""
    one, other = _find(rng, raw, _KEY), _find(rng, raw, _KEY)
    return raw if one is None or other is None else raw[: one.start()] + other[0] + raw[one.end() :]


def _replaced(rng: Random, raw: bytes, what: re.Pattern[bytes], by: bytes) -> bytes:
    found = _find(rng, raw, what)
    return raw if found is None else raw[: found.start()] + by + raw[found.end() :]


def _find(rng: Random, raw: bytes, what: re.Pattern[bytes]) -> re.Match[bytes] | None:
    """One near a random place, so that a large document is not gone through whole."""
    begin = max(0, _place(rng, raw) - 100)
    return what.search(raw, begin, begin + 5000) or what.search(raw, 0, 5000)


_TEXTS: Sequence[Mutation] = (flip, cut, drop, repeat, insert, retype, retype, retype, retype, twice, twice, rekey, rekey, retype_yaml)
_SHAPES: Sequence[Mutation] = (retype, retype, retype, twice, rekey)
"""Those that mostly leave JSON what it is, so that what is behind its parser is reached."""

_BINARIES: Sequence[Mutation] = (flip, flip, flip, cut, drop, repeat, insert)


def damaged(rng: Random, raw: bytes, *, binary: bool = False) -> bytes:
    """The document with one to four things wrong with it."""
    ways = _BINARIES if binary else rng.choice((_TEXTS, _SHAPES))
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        raw = rng.choice(ways)(rng, raw)
    return raw
