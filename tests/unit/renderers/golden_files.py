"""Whole expected reports, one file each, in tests/goldens/<format>/.

A report that changed on purpose is written anew with UPDATE_GOLDENS=1, read by a person, and committed with the reason.
"""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "goldens"


def assert_is_golden(text: str, name: str) -> None:
    """That the text is, byte for byte, what the golden of this name (``table/mixed-80.txt``) holds."""
    path = FOLDER / name
    if os.environ.get("UPDATE_GOLDENS"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    assert path.is_file(), f"no golden {name}; UPDATE_GOLDENS=1 writes it, then read it"
    assert text == path.read_bytes().decode()
