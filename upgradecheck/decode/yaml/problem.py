"""What is wrong with a YAML document, and where; the values in it are never told."""

from __future__ import annotations


class Problem(Exception):
    """Raised inside the YAML reader with the position in characters; to_json makes a SpecRefused with the line of it."""

    def __init__(self, position: int, reason: str) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason
