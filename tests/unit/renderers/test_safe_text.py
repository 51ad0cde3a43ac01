"""Names made visible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upgradecheck.renderers.media.safe_text import safe_lines, safe_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("api-7d9.shop_x [b]", "api-7d9.shop_x [b]", id="an honest name stays"),
        pytest.param("naïve 日本", "naïve 日本", id="letters of the world stay"),
        pytest.param("\x1b[2J", "\\x1b[2J", id="an escape sequence"),
        pytest.param("a\nb\r\tc\x7f\x00", "a\\x0ab\\x0d\\x09c\\x7f\\x00", id="control characters, line breaks included"),
        pytest.param("\x9b31m", "\\x9b31m", id="a C1 control is an escape sequence too"),
        pytest.param("a\u202eb\u2066c", "a\\u202eb\\u2066c", id="bidirectional marks"),
        pytest.param("a\u200bb\ufeffc\u00ad", "a\\u200bb\\ufeffc\\xad", id="zero-width characters and the soft hyphen"),
        pytest.param("a\u2028b\u2029", "a\\u2028b\\u2029", id="line and paragraph separators"),
        pytest.param("a\u00a0b\u3000c", "a\\xa0b\\u3000c", id="spaces that are none"),
        pytest.param("a\u3164b\ufe0fc\u2800", "a\\u3164b\\ufe0fc\\u2800", id="blank letters and variation selectors"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag characters"),
        pytest.param("\udcff", "\\udcff", id="half a surrogate pair"),
    ],
)
def test_safe_text(text: str, expected: str) -> None:
    assert safe_text(text) == expected


@given(st.text())
def test_nothing_invisible_is_left(text: str) -> None:
    safe = safe_text(text)
    assert safe.isprintable()
    assert safe_text(safe) == safe


def test_lines_of_a_message_stay_lines_and_are_indented() -> None:
    assert safe_lines("checkpoint a: damaged.\nRestore it.\x1b[0m \n") == "checkpoint a: damaged.\n    Restore it.\\x1b[0m"
