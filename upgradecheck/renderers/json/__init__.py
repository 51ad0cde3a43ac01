"""``-o json``: the contracts that scripts hold the program to (design, section 4); a file for each document."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from upgradecheck.renderers import Canvas, Document

_NAMED = {"explain": "explanation", "doctor": "diagnosis"}


def render(document: Document, value: Any, canvas: Canvas, *write: Any) -> Iterator[str]:
    """The document in its contract; write: how, if not as JSON."""
    made: Iterator[str] = getattr(import_module(f"{__name__}.{document}"), f"render_{_NAMED.get(document, document)}")(value, *write)
    return made
