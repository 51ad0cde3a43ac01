"""The README's picture: the beginning of the report on the example, as a terminal shows it, drawn by rich.

Compared are its words, not its bytes: another version of rich may draw them otherwise. ``UPDATE_GOLDENS=1`` draws it anew.
"""

from __future__ import annotations

import html
import os
import re
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from upgradecheck.commands.plan import make_plan
from upgradecheck.commands.request import PlanRequest
from upgradecheck.renderers import Canvas, choose

PICTURE = Path(__file__).parents[2] / "docs" / "plan.svg"
COMMAND = "upgradecheck plan --example"
_WIDTH = 100
_ENDS_BEFORE = "FINDINGS"
_FONTS = re.compile(r"\s*@font-face \{.*?\n    \}", re.DOTALL)
"""Of somebody else's server: the reader's own do."""


def matches() -> None:
    """That the picture shows what the program prints."""
    shown = _shown()
    if os.environ.get("UPDATE_GOLDENS"):
        PICTURE.write_text(_drawn(shown))
    assert _words(PICTURE.read_text()) == _words(_drawn(shown))


def _shown() -> str:
    plan = make_plan(PlanRequest(example=True))
    report = "".join(choose("table", "plan").render(plan, Canvas(width=_WIDTH, color=True)))
    lines = report.splitlines()
    end = next(number for number, line in enumerate(lines) if _ENDS_BEFORE in line)
    return "\n".join(lines[:end]).rstrip()


def _drawn(text: str) -> str:
    console = Console(record=True, width=_WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor", _environ={})
    console.print(Text.from_ansi(text), end="")
    drawn = _FONTS.sub("", console.export_svg(title=COMMAND, unique_id="plan"))
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def _words(svg: str) -> str:
    return " ".join(html.unescape(" ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))).split())
