"""What a runbook is made of: sections of paragraphs, lists, tables, and commands to type."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from upgradecheck.reporting.lines import Line


class Paragraph(msgspec.Struct, frozen=True, gc=False):
    """Some sentences. strong: they are what the reader came for."""

    line: Line
    strong: bool = False


class Bullets(msgspec.Struct, frozen=True, gc=False):
    """A list; in order where its items are steps."""

    items: tuple[Line, ...]
    in_order: bool = False


class Table(msgspec.Struct, frozen=True, gc=False):
    """Rows under titles, made when they are written: an appendix has as many as there are containers."""

    titles: tuple[str, ...]
    rows: Callable[[], Iterator[tuple[Line, ...]]]


class Commands(msgspec.Struct, frozen=True, gc=False):
    """Lines of a POSIX shell, as they are to be typed, and where: ``on worker-1, as root``. Any but the last one stops where one fails."""

    where: Line
    lines: tuple[str, ...]


Block = Paragraph | Bullets | Table | Commands


class Section(msgspec.Struct, frozen=True, gc=False):
    """A part with a title; level 2 is a chapter of the runbook, 3 and 4 are below it."""

    title: Line
    blocks: tuple[Block, ...]
    level: int = 2


class Runbook(msgspec.Struct, frozen=True, gc=False):
    """The whole; its sections are made one after the other, since there may be thousands of nodes."""

    title: Line
    blocks: tuple[Block, ...]
    sections: Callable[[], Iterator[Section]]
