"""Ways between two kubelet versions for people: the cheapest hop by hop with its way back, then the others in a line each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from upgradecheck.model.changes import Effect
from upgradecheck.model.paths import Hop, UpgradePaths
from upgradecheck.model.wording import count
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import BAD, DOUBT, FAINT, GOOD, STRONG, Page
from upgradecheck.renderers.media.plain import said
from upgradecheck.reporting.lines import Labelled, with_commands
from upgradecheck.reporting.paths import BACK, SCOPE, cost, headline, hop_lines, minors_of, notes, row, way

_LABEL = 15
_ROOM = 24
"""What the last cell of a row needs at least, so that it can be read."""


def render(paths: UpgradePaths, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    page = Page(canvas)
    page.paragraph(Text.assemble(("UPGRADE PATHS", STRONG), f"  {said(headline(paths))}"))
    page.blank()
    _labelled(page, notes(paths), indent=0)
    first, *others = paths.paths
    title = "CHEAPEST" if first.within_policy else "NOT COVERED BY THE POLICY"
    page.heading(title, f"{said(way(minors_of(first)))}: {cost(first.hops)}")
    _hops(page, first.hops)
    page.heading("THE WAY BACK", BACK)
    _hops(page, first.back, back=True)
    if others:
        page.heading("OTHER WAYS", "-o json tells them hop by hop")
        rows = (row(path) for path in others)
        told = ((said(way(one.minors)), str(one.hops), "covered" if one.within_policy else "not covered", one.cost) for one in rows)
        _columns(page, (("way", "hops", "policy", "restarts"), *told))
    page.blank()
    page.paragraph(Text(said(with_commands(SCOPE)), FAINT))
    yield page.take()


def _hops(page: Page, hops: tuple[Hop, ...], *, back: bool = False) -> None:
    for number, hop in enumerate(hops, 1):
        page.paragraph(Text.assemble(f"  {number}. kubelets ", (f"{hop.old} -> {hop.new}", _style(hop))))
        _labelled(page, hop_lines(hop, back=back), indent=5)


def _columns(page: Page, rows: tuple[tuple[str, ...], ...]) -> None:
    """Rows under each other; what does not fit of the last cell goes on below itself. Long ways have their rest below them."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]) - 1)]
    if page.width - sum(widths) - 2 * len(rows[0]) < _ROOM:
        for way_, *rest in rows[1:]:
            page.paragraph(Text(f"{way_}:  {'  '.join((count(int(rest[0]), 'hop'), *rest[1:]))}"), indent=2, hang=4)
        return
    for number, (*cells, last) in enumerate(rows):
        lead = "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
        style = "" if number else FAINT
        page.paragraph(Text(last, style), lead=Text(lead, style), indent=len(lead) + 2)


def _style(hop: Hop) -> str:
    if hop.counts is not None:
        return BAD if hop.counts.restart else DOUBT if hop.counts.unknown else GOOD
    return {Effect.ALL: BAD, Effect.CONDITIONAL: DOUBT, Effect.NONE: GOOD}[hop.effect]


def _labelled(page: Page, lines: Iterable[Labelled], *, indent: int) -> None:
    for told in lines:
        page.paragraph(said(told.line), lead=" " * indent + told.label, indent=indent + _LABEL, hang=2)
