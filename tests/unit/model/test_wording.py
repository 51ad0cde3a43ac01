"""Numbers in words."""

from __future__ import annotations

import pytest

from upgradecheck.model.wording import count


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
