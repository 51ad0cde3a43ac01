"""Expected texts are from Go: k8s.io/apimachinery v0.30.14, asked through json.Marshal of a decoded Quantity."""

from __future__ import annotations

import re

import pytest

from upgradecheck.hashing.quantity import ZERO, Quantity, QuantityFormat, from_json_token, parse_quantity
from upgradecheck.model.errors import SpecRefused

KEPT = ("+1", "01", "007m", "1.500", "1.", "1E3", "1e03", "1e+3", "12e6", "+1Ki", "1500Mi", "1e3", "+5", "010", "512M", "1500", "5.")
REWRITTEN = {
    "1000m": "1", "0.5": "500m", "1.5": "1500m", "1e1": "10", "1e-1": "100e-3", "1.5e3": "1500", "1000": "1k", "1024Ki": "1Mi",
    "2048Mi": "2Gi", "1.5Gi": "1536Mi", "0.3Ki": "307200m", "0.0009765625Ki": "1", "8Ei": "9223372036854775807", "1000E": "1",
    "0Mi": "0", "00": "0", "0.250": "250m", "2.0": "2", "2.000": "2", ".5": "500m", "100000": "100k", "0.1Mi": "104857600m", "1000M": "1G",
    "1500000u": "1500m", "0.0000000001": "1n", "-": "0", "+": "0", ".": "0", "-0": "0", "8Mi": "8Mi", "1000Ki": "1000Ki",
}  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_a_text_that_the_fast_path_judges_canonical_is_kept(text: str) -> None:
    quantity = parse_quantity(text)
    assert quantity.text == text
    assert quantity.json_text() == text


@pytest.mark.parametrize(("text", "written"), REWRITTEN.items())
def test_any_other_text_is_written_in_canonical_form(text: str, written: str) -> None:
    assert parse_quantity(text).json_text() == written


@pytest.mark.parametrize(
    "text", ["", "1e", "ki", "1ki", "1K", "1 000", "0x10", "1m5", "--1", "1.2.3", "1e99999999999999999999", "5\\u0069", ".e-10", "NaN"]
)
def test_what_go_refuses_is_refused(text: str) -> None:
    with pytest.raises(SpecRefused, match="not a quantity"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("9" * 5000, "9" * 5000, id="more digits than Python turns to a number"),
        pytest.param("-" + "9" * 5000, "-" + "9" * 5000, id="negative ones"),
        pytest.param("9" * 5000 + "m", "9" * 5000 + "m", id="with a suffix"),
        pytest.param("0." + "9" * 5000, "1", id="after the point they are rounded up"),
        pytest.param("9" * 5000 + "Ki", "9223372036854775807", id="a binary amount is capped"),
        pytest.param("0." + "0" * 5000 + "1Ki", "1n", id="next to nothing is the least there is"),
        pytest.param("1" + "0" * 6000, "1", id="a suffix that there is not is left out"),
        pytest.param("1." + "3" * 5000 + "e20", "1" + "3" * 28 + "4e-9", id="rounded up at nano, written by its exponent"),
        pytest.param("1" * 5000 + "e4", "1" * 5000 + "0e3", id="an exponent that is no multiple of three"),
        pytest.param("5e" + "0" * 5000 + "3", "5e" + "0" * 5000 + "3", id="zeros before the exponent are kept with the text"),
        pytest.param("0" * 5000 + "7", "0" * 5000 + "7", id="and zeros before a number"),
        pytest.param("1e2000000001", "1e2000000001", id="an exponent that nothing is made of"),
    ],
)
def test_numbers_have_any_length(text: str, written: str) -> None:
    assert parse_quantity(text).json_text() == written


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("1e" + "9" * 5000, "not a quantity (unknown suffix)", id="an exponent beyond 64 bits, as in Go"),
        pytest.param("9" * 10_001, "a quantity of more than 10000 digits, which is not computed", id="longer than we reckon with"),
        pytest.param("9" * 20 + "e20000", "not a quantity (its exponent is out of any use)", id="more zeros than we reckon with"),
    ],
)
def test_what_is_not_computed_is_refused(text: str, words: str) -> None:
    with pytest.raises(SpecRefused, match=re.escape(words)):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("token", "written"),
    [
        pytest.param("5", "5", id="a bare number is fine"),
        pytest.param('"5"', "5", id="so is a quoted one"),
        pytest.param('" 5Gi\u00a0"', "5Gi", id="blanks around are trimmed"),
        pytest.param("null", "0", id="null is zero"),
    ],
)
def test_tokens(token: str, written: str) -> None:
    assert from_json_token(token).json_text() == written


def test_null_after_a_value_keeps_the_kept_text() -> None:
    assert from_json_token("null", from_json_token('"1500m"')) == Quantity(0, 0, QuantityFormat.DECIMAL_SI, "1500m")
    assert from_json_token("null", ZERO) == ZERO
