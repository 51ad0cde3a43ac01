"""The page of a report that is one screen: lists that are cut and say so, and sections whose title stands beside them."""

from __future__ import annotations

from rich.text import Text

from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import FAINT, STRONG, Page, padded

TITLE = 9
"""How wide the column of titles is that stand beside their sections."""
_WHOLE = 1_000_000


class Sheet(Page):
    """A page that knows whether lists are to be shown whole."""

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self.everything = canvas.everything

    def most(self, number: int) -> int:
        """How many of a list are shown."""
        return _WHOLE if self.everything else number

    def block(self, title: str, body: str | Text, *, apart: bool = True, mark: str = "") -> None:
        """A paragraph beside its section's title, and a mark of its own. apart: after an empty line."""
        if apart:
            self.blank()
        lead = Text.assemble(padded(Text(title, STRONG), TITLE), mark) if mark else Text(title, STRONG)
        self.paragraph(body, lead=lead, indent=TITLE + (len(mark) + 1 if mark else 0))

    def more(self, number: int, thing: str, rest: str = "", *, indent: int = 2, plural: str | None = None) -> None:
        """The line that ends a list that was cut; nothing if it was not."""
        if number > 0:
            self.paragraph(
                Text(f"… and {count(number, f'more {thing}', f'more {plural}' if plural else None)}{rest} (--all shows all)", FAINT),
                indent=indent,
            )
