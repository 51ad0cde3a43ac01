"""Containers and pods as tests/property/strategies.py draws them, by plain dice: a hundred times as quick, and nothing is made smaller."""

from __future__ import annotations

import random
from typing import Any, NoReturn

from tests.property.strategies import QUANTITIES, TEXTS, Writer
from upgradecheck.hashing.codecs import StructCodec, StructField
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.schema import Schema

_SUFFIXES = (b"", b"n", b"u", b"m", b"k", b"M", b"G", b"T", b"P", b"E", b"Ki", b"Mi", b"Gi", b"Ti", b"Pi", b"Ei", b"e2", b"E-3", b"e9")


def is_utf8(text: bytes) -> bool:
    """Whether it is text at all."""
    return text.decode(errors="ignore").encode() == text


_PLAIN = tuple(text for text in TEXTS if b"\\u" not in text and b"\\b" not in text and is_utf8(text))


class RandomWriter(Writer):
    """Throws dice itself. One in so many values is odd: a null, a text with escapes by number, a key that comes twice."""

    def __init__(self, dice: random.Random, *, refusable: bool, one_odd_in: int) -> None:
        super().__init__(_no_draw, refusable=refusable)
        self._dice, self._one_odd_in = dice, one_odd_in
        self._one_null_in = one_odd_in

    def container(self, schema: Schema) -> bytes:
        """A container of this minor."""
        return self.write(codecs(schema).root("Container"), 0)

    def whole_pod(self, schema: Schema) -> bytes:
        """A pod of this minor."""
        return self.pod(codecs(schema).root("Pod"))

    def _some_fields(self, codec: StructCodec, least: int, most: int, depth: int) -> list[StructField]:
        number = self._dice.randint(least, most)
        if self._chance(self._one_odd_in):
            return [self._dice.choice(codec.fields) for _ in range(number)] if codec.fields else []
        fields = [one for one in codec.fields if depth or one.json not in ("name", "image")]  # these are written in any case
        return self._dice.sample(fields, min(number, len(fields)))

    def _key(self) -> bytes:
        return self._inside() + (b"" if self._chance(self._one_odd_in) else b"%d" % self._dice.randrange(1 << 30))

    def _inside(self) -> bytes:
        return self._pick(TEXTS if self._chance(self._one_odd_in) else _PLAIN)

    def _text(self) -> bytes:
        return b'"' + self._inside() + b'"'

    def _quantity(self) -> bytes:
        if self._chance(8):
            return self._pick((b"1", b"0.5", b"1e3", b"100"))
        if self._chance(2):
            point = b"." + str(self._dice.randrange(10 ** self._dice.randint(1, 12))).encode() if self._chance(3) else b""
            digits = str(self._dice.randrange(10 ** self._dice.randint(1, 20))).encode()
            return b'"' + self._pick((b"", b"", b"-", b"+")) + digits + point + self._pick(_SUFFIXES) + b'"'
        return b'"' + self._pick(QUANTITIES if self._refusable else QUANTITIES[:40]) + b'"'

    def _count(self) -> int:
        return self._dice.randrange(4)

    def _pick(self, choices: tuple[bytes, ...]) -> bytes:
        return self._dice.choice(choices)

    def _chance(self, one_in: int) -> bool:
        return self._dice.randrange(one_in) == 0


def _no_draw(strategy: Any) -> NoReturn:
    raise AssertionError("all dice are thrown here")
