"""Texts with holes are what JSON would have been written with these values."""

from __future__ import annotations

import random
from collections.abc import Callable

import msgspec
import pytest

from upgradecheck.contract.holes import cut, mark
from upgradecheck.model.alike import is_plain

PIECES = ("%", "%s", "{}", "a", "\\", '"', "é", "", "x" * 40)


@pytest.mark.parametrize("seed", range(20))
def test_a_text_with_holes_is_the_json_of_its_values(seed: int) -> None:
    dice = random.Random(f"holes {seed}")
    texts = ("node-1", "17", "0", "a%sb", "{}", "0f")
    assert all(map(is_plain, texts))
    shape = [(dice.randrange(len(texts)), "".join(dice.choices(PIECES, k=3))) for _ in range(dice.randrange(2, 9))]

    def written(of: Callable[[int], object]) -> str:
        return msgspec.json.encode([[piece, of(place)] for place, piece in shape]).decode()

    assert cut(written(lambda place: mark(place, "s")))((*texts, None)) == written(texts.__getitem__)
    digits = tuple(map(str, range(len(texts))))
    assert cut(written(lambda place: mark(place, "d")))((*digits, None)) == written(lambda place: place)
