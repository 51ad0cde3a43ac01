"""A hash is a number with two texts: hex as on the annotation, decimal as old kubelets log it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.model.hash import Hash, hex_of


@pytest.mark.parametrize(
    ("text", "number", "decimal"),
    [
        pytest.param("8e45cbd0", 0x8E45CBD0, "2386938832", id="as most are"),
        pytest.param("311670a", 0x311670A, "51472138", id="without padding"),
        pytest.param("0", 0, "0", id="zero"),
        pytest.param("f" * 16, 2**64 - 1, "18446744073709551615", id="as long as a kubelet reads"),
    ],
)
def test_a_hash_has_two_texts(text: str, number: int, decimal: str) -> None:
    made = Hash.parse(text)
    assert (made, made.hex, made.decimal) == (Hash(number), text, decimal)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("8E45CBD0", id="upper case"),
        pytest.param("08e45cbd", id="padded"),
        pytest.param("0x8e45cbd0", id="a prefix"),
        pytest.param("", id="empty"),
        pytest.param("1" + "0" * 16, id="above 64 bits"),
        pytest.param("8e45cbd0\n", id="a line feed"),
        pytest.param("٣", id="a digit of another script"),
    ],
)
def test_what_no_kubelet_writes_is_no_hash(text: str) -> None:
    with pytest.raises(ValueError, match="is no container hash"):
        Hash.parse(text)


@given(st.integers(0, 2**64 - 1))
def test_the_text_leads_back(number: int) -> None:
    assert Hash.parse(Hash(number).hex) == Hash(number)


def test_zero_is_a_hash_like_any_other() -> None:
    assert bool(Hash(0))
    assert (hex_of(Hash(0)), hex_of(None)) == ("0", None)


def test_hashes_sort_as_numbers() -> None:
    assert sorted([Hash(0x10), Hash(0x9)]) == [Hash(0x9), Hash(0x10)]
