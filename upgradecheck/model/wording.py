"""Numbers in words, for every sentence that counts, and words that were meant.

What people read has thousands separated by commas, everywhere; what programs read has none.
"""

from __future__ import annotations

from collections.abc import Iterable


def count(number: int, one: str, several: str | None = None) -> str:
    """``1 pod``, ``2 pods``; several is given where it is not one with an s: ``1 hash is``, ``2 hashes are``."""
    return f"{number:,} {form(number, one, several)}"


def form(number: int, one: str, several: str | None = None) -> str:
    """The words that go with a number which stands elsewhere, or is not told: ``pod``, ``pods``."""
    return one if number == 1 else several or f"{one}s"


def listed(names: Iterable[str], between: str = ", ", most: int = 3) -> str:
    """``a, b, c and 4 more``: each name once, in order."""
    alone = tuple(dict.fromkeys(names))
    more = f" and {len(alone) - most:,} more" if len(alone) > most else ""
    return f"{between.join(alone[:most])}{more}"


def meant(word: str, known: Iterable[str]) -> str:
    """`` Did you mean reason?``: the nearest of some known words; nothing where none is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, sorted(known), n=1)
    return f" Did you mean {near[0]}?" if near else ""
