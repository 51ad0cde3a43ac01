"""Numbers in words."""

from __future__ import annotations

import pytest

from upgradecheck.model.wording import count, form


@pytest.mark.parametrize(
    ("number", "words", "expected"),
    [
        (0, ("pod",), "0 pods"),
        (1, ("pod",), "1 pod"),
        (2, ("pod",), "2 pods"),
        (1, ("hash is", "hashes are"), "1 hash is"),
        (3, ("hash is", "hashes are"), "3 hashes are"),
    ],
)
def test_count(number: int, words: tuple[str, ...], expected: str) -> None:
    assert count(number, *words) == expected


@pytest.mark.parametrize(
    ("number", "words"),
    [pytest.param(0, ("pods", "are"), id="none"), pytest.param(1, ("pod", "is"), id="one"), pytest.param(2, ("pods", "are"), id="several")],
)
def test_words_that_go_with_a_number(number: int, words: tuple[str, str]) -> None:
    assert (form(number, "pod"), form(number, "is", "are")) == words
