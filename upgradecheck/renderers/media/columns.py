"""Columns of plain text: rows gone through twice, first for the widths."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
from rich.cells import cell_len

from upgradecheck.renderers.media.safe_text import safe_text

NOTHING = "-"


def seen(text: str | None) -> str:
    """A name, made visible; a dash for none."""
    return safe_text(text) if text else NOTHING


class Again(msgspec.Struct, frozen=True):
    """Rows that are made anew each time, since a plan's would take more room than the plan."""

    make: Callable[[], Iterator[tuple[str, ...]]]

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        return self.make()


def aligned(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """The rows, gone through twice, under each other; the last cell of a row takes what room it needs."""
    widths: list[int] = []
    for row in rows:
        widths += [0] * (len(row) - len(widths))
        for column, cell in enumerate(row[:-1]):
            widths[column] = max(widths[column], cell_len(cell))
    for row in rows:
        cells = [cell + " " * (widths[column] - cell_len(cell)) for column, cell in enumerate(row[:-1])]
        yield "  ".join([*cells, row[-1]]).rstrip() + "\n"
