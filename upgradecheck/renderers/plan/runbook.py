"""The plan as a runbook: what is done and typed, node by node, what is expected there, and the way back. It is laid out as Markdown.

Commands stand in fences of their own, which nothing that is in them can end: they hold no names but those that Kubernetes allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from upgradecheck.explaining.runbook.blocks import Block, Bullets, Commands, Paragraph, Section, Table
from upgradecheck.explaining.runbook.book import runbook_of
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import said, words
from upgradecheck.reporting.lines import Line

WANTS_CATALOG = True
_MOST_NAMES = 50


def render(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The text, section by section."""
    book = runbook_of(plan, canvas.catalog)
    yield f"# {_line(book.title, begins=False)}\n"
    for block in book.blocks:
        yield from _block(block)
    for section in book.sections():
        yield from _section(section)


def _section(section: Section) -> Iterator[str]:
    yield f"\n{'#' * section.level} {_line(section.title, begins=False)}\n"
    for block in section.blocks:
        yield from _block(block)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(line, strong):
            yield f"\n**{_line(line)}**\n" if strong else f"\n{_line(line)}\n"
        case Bullets(items, in_order) if items:
            yield "\n" + "".join(f"{'1.' if in_order else '-'} {_line(item)}\n" for item in items)
        case Table(titles, rows):
            yield f"\n| {' | '.join(titles)} |\n| {' | '.join('---' for _ in titles)} |\n"
            yield from (f"| {' | '.join(map(_cell, row))} |\n" for row in rows())
        case Commands(where, lines):
            told = "\n".join(lines)
            yield f"\n{_line(where)[:1].upper()}{_line(where)[1:]}:\n\n```sh\n{told}\n```\n"


@lru_cache(maxsize=4096)
def _cell(line: Line) -> str:
    """As a line; of 150,000 rows most say what others say."""
    return _line(line)


def _line(line: Line, *, begins: bool = True) -> str:
    return said(line, _MOST_NAMES, begins=begins) or words("")
