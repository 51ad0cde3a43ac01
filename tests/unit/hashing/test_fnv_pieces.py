"""A large container is printed in pieces for its hash: the same text, and never a reference for each of its bytes at once."""

from __future__ import annotations

import tracemalloc

import pytest

from upgradecheck.hashing import fnv
from upgradecheck.hashing.fnv import spew_byte_slice


def printed(content: bytes) -> bytes:
    """As Go prints it, by the letter."""
    return f"([]uint8)[{' '.join(map(str, content))}]".encode()


@pytest.mark.parametrize("length", [0, 1, 2, 6, 7, 8, 9, 14, 15, 100])
def test_wherever_a_piece_ends(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fnv, "_PIECE", 7)
    content = bytes(range(7, 7 + length))
    assert spew_byte_slice(content) == printed(content)


def test_what_is_held_of_a_large_one() -> None:
    """Its text has some four bytes for each, and stands there twice while it is joined; the references would be eight more."""
    content = b"\xff" * (1 << 20)
    tracemalloc.start()
    try:
        text = spew_byte_slice(content)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert text == b"([]uint8)[" + b"255 " * ((1 << 20) - 1) + b"255]"
    assert peak < 10 * len(content)
