"""A page of text for people: paragraphs behind a lead, headings and columns, at a given width, with or without colour.

Everything goes through rich's Text, never through its markup, and the environment is not asked: the Canvas says it all, so
that the same plan gives the same text everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from upgradecheck.model.plan import GONE, Verdict
from upgradecheck.renderers import Canvas

BAD = "bold red"
DOUBT = "bold yellow"
GOOD = "bold green"
STRONG = "bold"
FAINT = "dim"
VERDICT_STYLE: Mapping[Verdict, str] = {**dict.fromkeys(GONE, BAD), Verdict.UNKNOWN: DOUBT, Verdict.SAFE: GOOD}

_NARROWEST = 40


class Page:
    """Text that grows from top to bottom and is taken piece by piece."""

    def __init__(self, canvas: Canvas) -> None:
        self.width = max(canvas.width, _NARROWEST)
        self._buffer = StringIO()
        self._console = Console(
            file=self._buffer,
            width=self.width,
            force_terminal=canvas.color,
            color_system="standard" if canvas.color else None,
            no_color=not canvas.color,
            legacy_windows=False,
            markup=False,
            emoji=False,
            highlight=False,
            _environ={},
        )

    def take(self) -> str:
        """What was written since the last take."""
        text = self._buffer.getvalue()
        self._buffer.seek(0)
        self._buffer.truncate()
        return text

    def blank(self) -> None:
        """An empty line."""
        self._buffer.write("\n")

    def heading(self, title: str, explanation: str = "", *, style: str = STRONG) -> None:
        """A section's title after an empty line, with a few words on what the section is."""
        self.blank()
        self.paragraph(Text.assemble((title, style), "  " if explanation else "", explanation))

    def paragraph(self, body: str | Text, *, lead: str | Text = "", indent: int = 0, hang: int = 0) -> None:
        """Wrapped text that begins at the column indent, lines after the first hang columns further; the lead stands left of it.

        A lead too long for that takes lines of its own.
        """
        lead = lead if isinstance(lead, Text) else Text(lead)
        if lead.cell_len > max(indent - 1, 0):
            self._wrapped(lead, Text(" " * (len(lead.plain) - len(lead.plain.lstrip()))), first=Text())
            lead = Text()
        self._wrapped(body if isinstance(body, Text) else Text(body), Text(" " * (indent + hang)), first=padded(lead, indent))

    def unbroken(self, body: str, *, indent: int) -> None:
        """One line, however long, with every blank that it has: for text that is to be copied."""
        self._buffer.write(" " * indent + body + "\n")

    def _wrapped(self, body: Text, margin: Text, *, first: Text) -> None:
        for line in body.wrap(self._console, max(self.width - margin.cell_len, 1), overflow="fold"):
            whole = Text.assemble(first, line)
            whole.rstrip()
            self._console.print(whole, soft_wrap=True)
            first = margin


def columns(page: Page, rows: tuple[tuple[str, ...], ...], *, indent: int = 0) -> None:
    """Rows of encoded cells under each other, the first row as titles."""
    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        line = Text("  ").join(padded(cell, width) for cell, width in zip(row, widths, strict=True))
        line.stylize(FAINT if number == 0 else "")
        page.paragraph(line, indent=indent)


def padded(text: str | Text, width: int, *, right: bool = False) -> Text:
    """The text with blanks behind it (right: before it) up to a width in columns."""
    text = text if isinstance(text, Text) else Text(text)
    blanks = " " * (width - text.cell_len)
    return Text.assemble(blanks, text) if right else Text.assemble(text, blanks)
