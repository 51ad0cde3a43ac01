"""What a page of HTML says and how it is built, as a parser that is not ours has it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from upgradecheck.renderers import plan as renderers

ASSETS = Path(renderers.__path__[0]) / "html_page"
_NO_TEXT = ("style", "script", "title")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text: list[str] = []
        self.tags: list[tuple[str, tuple[str, ...]]] = []
        self.data: list[str] = []
        self.comments: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(sorted(name for name, _ in attrs))))
        self._inside = [tag]
        if tag == "script" and ("class", "rows") in attrs:
            self._inside.append("rows")

    def handle_endtag(self, tag: str) -> None:
        self._inside = []

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def handle_data(self, data: str) -> None:
        if "rows" in self._inside:
            self.data.append(data)
        elif not set(self._inside) & set(_NO_TEXT):
            self.text.append(data)


def read(page: str) -> _Reader:
    """The page, gone through."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return reader


def text_of(page: str) -> str:
    """What a person reads of it without script."""
    return "".join(read(page).text)


def rows_of(page: str) -> list[list[str]]:
    """The rows that it brings as data."""
    blocks: list[Any] = [json.loads(block) for block in read(page).data]
    return [[block["texts"][place] for place in row] for block in blocks for row in block["rows"]]


def without_assets(page: str) -> str:
    """The page without the style and the script that the program ships, and their hashes."""
    for ending, element in (("css", "style"), ("js", "script")):
        shipped = (ASSETS / f"page.{ending}").read_text(encoding="utf-8")
        assert page.count(f"<{element}>{shipped}</{element}>") == 1
        page = page.replace(shipped, f"page.{ending}")
    return re.sub(r"&#39;sha256-[A-Za-z0-9+/]{43}=&#39;", "(its hash)", page)
