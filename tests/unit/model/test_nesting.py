"""What may be nested deeper than allowed is never said not to be, whatever stands in its strings; what plainly is not costs no closer look."""

from __future__ import annotations

import random

import pytest

from upgradecheck.model import nesting
from upgradecheck.model.nesting import may_be_deeper


def nested(dice: random.Random, depth: int) -> tuple[bytes, int]:
    """JSON, and how deep it is."""
    if depth == 0 or not dice.randrange(6):
        return dice.choice([(b"1", 0), (b"{}", 1), (b"[]", 1), (b'"{[}"', 0), (b'"\\"{"', 0), (b'"[]"', 0), (b'{"a":"}"}', 1), (b"{ }", 1)])
    inner, deep = nested(dice, depth - 1)
    beside, deep_too = nested(dice, dice.randrange(2))
    form = dice.choice([b'{"a":%b,"{}":%b}', b"[%b,%b]"])
    return form % (inner, beside), 1 + max(deep, deep_too)


@pytest.mark.parametrize("large", [0, 1 << 20])
def test_what_is_deeper_is_never_missed(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nesting, "_LARGE", large)
    dice = random.Random(18)
    for _ in range(2000):
        text, depth = nested(dice, dice.randrange(12))
        for allowed in (depth - 1, depth):
            assert may_be_deeper(text, allowed) or depth <= allowed, text


@pytest.mark.parametrize("large", [0, 1 << 20])
@pytest.mark.parametrize("inner", [b"{}", b"[]", b"1"])
def test_exactly_so_deep_is_told_from_one_more(inner: bytes, large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nesting, "_LARGE", large)
    depth = 7 + (inner != b"1")
    text = b"[" * 7 + inner + b"]" * 7
    assert may_be_deeper(text, depth - 1)
    assert not may_be_deeper(text, depth)


def test_many_empty_objects_are_not_deep() -> None:
    assert not may_be_deeper(b"[" + b",".join([b'{"f:a":{}}'] * 150) + b"]", 200)
