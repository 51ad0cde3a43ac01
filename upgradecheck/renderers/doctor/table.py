"""A diagnosis as a list of checks, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.text import Text

from upgradecheck.model.diagnosis import Check, CheckState, Diagnosis
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, Page
from upgradecheck.renderers.media.plain import name
from upgradecheck.renderers.media.safe_text import safe_lines

_WORD: Mapping[CheckState, tuple[str, str]] = {
    CheckState.OK: ("ok", GOOD),
    CheckState.WARNING: ("WARNING", DOUBT),
    CheckState.FAILED: ("FAILED", BAD),
    CheckState.SKIPPED: ("skipped", FAINT),
}
_INDENT = 10


def render(diagnosis: Diagnosis, canvas: Canvas) -> Iterator[str]:
    """Area by area, and the answer at the end."""
    page = Page(canvas)
    area = None
    for check in diagnosis.checks:
        if check.area is not area:
            area = check.area
            page.paragraph(Text(area.value.upper(), STRONG))
        _check(page, check)
    if diagnosis.next:
        page.paragraph(Text("NEXT ON THIS NODE", STRONG))
        for command in diagnosis.next:
            page.unbroken(_line(command), indent=2)
    page.blank()
    page.paragraph(_answer(diagnosis))
    yield page.take()


def _check(page: Page, check: Check) -> None:
    word, style = _WORD[check.state]
    page.paragraph(Text.assemble((name(check.what), STRONG), f": {_line(check.found)}"), lead=Text(f"  {word}", style), indent=_INDENT)
    if check.remedy:
        page.paragraph(_line(check.remedy), indent=_INDENT)


def _line(text: str) -> str:
    """A message, however long, as one paragraph."""
    return " ".join(safe_lines(text).split())


def _answer(diagnosis: Diagnosis) -> Text:
    if diagnosis.failed:
        return Text("Something that plan needs is not there.", BAD)
    if any(check.state is CheckState.WARNING for check in diagnosis.checks):
        return Text("A plan can be made, without what the warnings name.", DOUBT)
    return Text("plan can see all that it needs.", GOOD)
