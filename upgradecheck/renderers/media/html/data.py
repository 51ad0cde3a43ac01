"""Rows as data in a page, for its script alone: JSON in a ``<script type="application/json">``, which no browser runs.

Inside such an element only ``</script``, ``<script`` and ``<!--`` mean something to HTML, and all of them begin with ``<``: written
as ``\\u003c`` it means the same to JSON and nothing to HTML.

Most cells of a plan say the same thing again and again, so a block has each text once, and its rows point to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import msgspec

from upgradecheck.renderers.media.safe_text import safe_text

_ROWS = 2000
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def as_data(value: object) -> str:
    """JSON that cannot end the element which it stands in; its texts are to be visible already."""
    return msgspec.json.encode(value).decode().translate(_ESCAPES)


def blocks(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The rows as elements, some thousands in each: ``{"texts": [...], "rows": [[0, 1, ...], ...]}``."""
    waiting = iter(rows)
    while some := list(islice(waiting, _ROWS)):
        yield f'<script type="application/json" class="rows">{as_data(_block(some))}</script>\n'


def _block(rows: Iterable[Sequence[str]]) -> dict[str, object]:
    places: dict[str, int] = {}
    pointing = [[places.setdefault(cell, len(places)) for cell in row] for row in rows]
    return {"texts": [safe_text(text) for text in places], "rows": pointing}
