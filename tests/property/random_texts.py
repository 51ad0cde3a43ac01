"""Containers and pods as tests/property/strategies.py draws them, by plain dice: a hundred times as quick, and nothing is made smaller."""

from __future__ import annotations

import random
from typing import Any, NoReturn

from tests.property.strategies import QUANTITIES, TEXTS, Writer
from upgradecheck.hashing.codecs import StructCodec, StructField
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.schema import Schema

_SUFFIXES = (b"", b"n", b"u", b"m", b"k", b"M", b"G", b"T", b"P", b"E", b"Ki", b"Mi", b"Gi", b"Ti", b"Pi", b"Ei", b"e2", b"E-3", b"e9")


class RandomWriter(Writer):
    """Throws dice itself."""

    def __init__(self, dice: random.Random, *, refusable: bool) -> None:
        super().__init__(_no_draw, refusable=refusable)
        self._dice = dice

    def container(self, schema: Schema) -> bytes:
        """A container of this minor."""
        return self.write(codecs(schema).root("Container"), 0)

    def whole_pod(self, schema: Schema) -> bytes:
        """A pod of this minor."""
        return self.pod(codecs(schema).root("Pod"))

    def _some_fields(self, codec: StructCodec, least: int, most: int) -> list[StructField]:
        return [self._dice.choice(codec.fields) for _ in range(self._dice.randint(least, most))] if codec.fields else []

    def _text(self) -> bytes:
        return b'"' + self._pick(TEXTS) + b'"'

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
