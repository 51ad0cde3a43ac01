"""Whole numbers as flags take them."""

from __future__ import annotations

import pytest

from upgradecheck.model.numbers import whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ("-5", -5),
        ("+5", 5),
        ("0", 0),
        ("-0", 0),
        ("0x10", 16),
        ("-0X1f", -31),
        ("0b101", 5),
        ("0o17", 15),
        ("017", 15),
        ("1_000", 1000),
        ("9223372036854775808", 1 << 63),
        ("08", None),
        ("", None),
        ("ten", None),
        ("1.0", None),
        ("1__0", None),
        ("٣", None),
        ("9" * 5000, None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert whole_number(text) == number
