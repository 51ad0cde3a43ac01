"""Whole numbers of any length, and those of 64 bits as strconv.ParseInt takes them."""

from __future__ import annotations

import pytest

from upgradecheck.hashing.gonumbers import int64, whole, written


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("9223372036854775807", 9223372036854775807, id="the largest"),
        pytest.param("-9223372036854775808", -9223372036854775808, id="the smallest"),
        pytest.param("+" + "0" * 5000 + "12", 12, id="zeros before it do not count"),
        pytest.param("9223372036854775808", None, id="one too many"),
        pytest.param("9" * 5000, None, id="far too many"),
        pytest.param("", None, id="nothing"),
        pytest.param("-", None, id="a sign alone"),
        pytest.param("\u0661", None, id="digits of another script"),
        pytest.param("1_0", None, id="Python's own way of writing"),
    ],
)
def test_int64(text: str, expected: int | None) -> None:
    assert int64(text) == expected


@pytest.mark.parametrize("length", [1, 499, 500, 501, 4301, 9999])
def test_digits_to_a_number_and_back(length: int) -> None:
    number = 10**length - 7
    assert written(number) == "9" * (length - 1) + "3"
    assert written(-number) == "-" + written(number)
    assert whole(written(number)) == number
    assert written(10**length) == "1" + "0" * length
