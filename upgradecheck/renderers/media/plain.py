"""Lines and names as plain text: for a terminal, where nothing in a name may act."""

from __future__ import annotations

from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.lines import Arrow, Command, Line, Name, Names, Value

MOST_NAMES = 6
_LONGEST_NAME = 256


def name(text: str) -> str:
    """A name from the cluster, made visible, and cut where no honest name is that long."""
    visible = safe_text(text)
    return visible if len(visible) <= _LONGEST_NAME else f"{visible[:_LONGEST_NAME]}…"


def listed(names: tuple[str, ...], most: int = MOST_NAMES) -> str:
    """Encoded names with commas, cut after some: ``node-a, node-b, … and 7 more``."""
    return cut(tuple(name(each) for each in names[: most + 1]), most, len(names))


def cut(texts: tuple[str, ...], most: int, number: int) -> str:
    """Encoded texts with commas; of so many, no more than most."""
    shown = ", ".join(texts[:most])
    return shown if number <= most else f"{shown}, … and {number - most:,} more"


def said(line: Line, most: int = MOST_NAMES) -> str:
    """A line of a report; of several names no more than most."""
    told = []
    for part in line:
        match part:
            case Name(text):
                told.append(name(text))
            case Names(texts):
                told.append(listed(texts, most))
            case Value(text):
                told.append(safe_text(text))
            case Command(text):
                told.append(f"`{text}`")
            case Arrow():
                told.append(" -> ")
            case str():
                told.append(safe_text(part))
    return "".join(told)
