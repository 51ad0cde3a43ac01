"""What is wrong with a YAML document, and where; the values in it are never told."""

from __future__ import annotations

NOWHERE = -1
"""The line of a problem of which nobody knows where it stands."""


class YamlProblem(Exception):
    """Raised inside the YAML reader with the line, counted from 0 as libyaml's marks do; to_json makes a SpecRefused of it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason
