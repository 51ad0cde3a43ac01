"""A Verification for people: the answer first, then what did not come as predicted, then nodes and numbers."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from upgradecheck.model.exit_codes import EXIT_OK, EXIT_RESTARTS
from upgradecheck.model.verification import WRONG, Result, Verification
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, Page, columns
from upgradecheck.renderers.media.plain import listed, name, said
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.reporting.verified import NODE_TITLES, RESULT, WAVE_TITLES, Told, VerificationReport, report_of

_MOST = 20
_INDENT = 4


def render(verification: Verification, canvas: Canvas) -> Iterator[str]:
    """The text, section by section."""
    page, report = Page(canvas), report_of(verification)
    style = {EXIT_OK: GOOD, EXIT_RESTARTS: BAD}.get(report.exit_code, DOUBT)
    page.paragraph(Text.assemble((report.word, style), f"  kubelet {said(report.step)}: {report.sentence}."))
    page.blank()
    columns(page, (("RESULT", "CONTAINERS", "MEANING"), *((one.word, f"{one.number:,}", one.meaning) for one in report.counts)))
    yield page.take()
    for result, told in report.sections:
        yield from _section(page, result, told, everything=canvas.everything)
    _end(page, report, everything=canvas.everything)
    yield page.take()


def _section(page: Page, result: Result, told: tuple[Told, ...], *, everything: bool) -> Iterator[str]:
    word, meaning = RESULT[result]
    page.heading(word.upper(), meaning, style=BAD if result in WRONG else DOUBT)
    shown = told if everything else told[:_MOST]
    for one in shown:
        page.paragraph(Text.assemble((said(one.who), STRONG), f": {said(one.what)}"), indent=2, hang=2)
        yield page.take()
    _more(page, len(told) - len(shown), "more container")


def _more(page: Page, number: int, thing: str) -> None:
    if number > 0:
        page.paragraph(Text(f"… and {count(number, thing)} (--all, or -o json, lists all)", FAINT), indent=2)


def _end(page: Page, report: VerificationReport, *, everything: bool) -> None:
    page.heading("NODES")
    for group in report.nodes:
        what = said(group.what)
        page.paragraph(f"{group.word}: {len(group.names):,} ({listed(group.names)}){f', {what}' if what else ''}", indent=2, hang=2)
    if not report.nodes:
        page.paragraph("none in the plan", indent=2)
    if len(report.nodes) + len(report.node_numbers) > 2:
        shown = report.node_numbers if everything else report.node_numbers[:_MOST]
        columns(page, (tuple(title.upper() for title in NODE_TITLES), *((name(one.name), *one.cells) for one in shown)), indent=2)
        _more(page, len(report.node_numbers) - len(shown), "more node")
    if report.waves:
        page.heading("WAVES")
        columns(page, (tuple(title.upper() for title in WAVE_TITLES), *report.waves), indent=2)
    for title, lines in (("NOTICES", [safe_text(one) for one in report.notices]), ("NEXT", [said(step) for step in report.next_steps])):
        if lines:
            page.heading(title)
        for line in lines:
            page.paragraph(line, lead="  -", indent=_INDENT)
    page.blank()
    page.paragraph(Text(f"Exit code {report.exit_code}: {report.exit_meaning}. Plan {report.plan_hash}.", FAINT))
