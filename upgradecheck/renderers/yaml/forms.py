"""Elements that are alike as YAML: what they have in common is written once, with words where their own values stand, and cut there.

A value is put in as it would be written in its place: the digits of a number as they are, a text with quotes where it needs some. Nothing
else of a row hangs on it, since each stands at the end of a line of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from operator import itemgetter
from typing import Any, TypeAlias

import msgspec

from upgradecheck.contract.holes import Marked, with_words
from upgradecheck.contract.parts import ByForm
from upgradecheck.contract.values import encoded
from upgradecheck.model.patterns import pattern
from upgradecheck.renderers.yaml.block import block, scalars

_Lines: TypeAlias = "Callable[[tuple[Any, ...]], str]"

_STEM = "the_value_of_hole_"
_WORD = pattern(rf"(?<= ){_STEM}([0-9]+)([a-z])_\n")
_DIGITS = "d"


class Forms:
    """What was cut."""

    def __init__(self) -> None:
        self._known: dict[Marked, _Lines | None] = {}

    def lines(self, some: ByForm) -> str | None:
        """Elements of a list, in block style; None where one of them is to be written by itself."""
        known, written = self._known, list[str]()
        for marked, values in some.by_form():
            lines = known[marked] if marked in known else known.setdefault(marked, _lines(marked))
            if lines is None:
                return None
            written.append(lines(values))
        return "".join(written)


def _lines(marked: Marked) -> _Lines | None:
    """None where the words could be others, or where PyYAML would have to write it."""
    content = encoded(marked.element).decode()
    text = None if _STEM in content else block([msgspec.json.decode(with_words(content, _STEM))])
    if text is None:
        return None
    told = _WORD.split(text)
    parts = (told[0], *(f"\n{part}" for part in told[3::3]))
    holes = list(zip(map(int, told[1::3]), told[2::3], strict=True))
    if text.count(_STEM) != len(holes):
        return None
    quoted = [number for number, written in holes if written != _DIGITS]
    texts, places = itemgetter(*quoted), iter(range(len(parts), len(parts) + len(quoted)))
    own = len(parts) + len(quoted)
    chosen = [own + number if written == _DIGITS else next(places) for number, written in holes]
    pick = itemgetter(*chain(*zip(range(len(holes)), chosen, strict=True)), len(holes))
    return lambda values: "".join(pick((*parts, *scalars(texts(values)), *values)))
