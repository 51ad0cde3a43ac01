"""Ways between two kubelet versions as Markdown: every way in a table, then the cheapest hop by hop with its way back."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.paths import Hop, UpgradePaths
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import said, table, words
from upgradecheck.reporting.lines import Labelled, with_commands
from upgradecheck.reporting.paths import BACK, SCOPE, cost, headline, hop_lines, minors_of, notes, row, way

_NAMES = 20


def render(paths: UpgradePaths, canvas: Canvas) -> Iterator[str]:
    """The whole text."""
    yield f"# Upgrade paths: {said(headline(paths))}\n\n"
    yield from map(_item, notes(paths))
    rows = map(row, paths.paths)
    told = ((said(way(one.minors)), str(one.hops), words(one.cost), "covered" if one.within_policy else "**not covered**") for one in rows)
    yield f"\n## Ways\n\n{table(('way', 'hops', 'restarts', 'policy'), told)}"
    first = paths.paths[0]
    title = "The cheapest" if first.within_policy else "Not covered by the policy"
    yield f"\n## {title}: {said(way(minors_of(first)))}\n\n{words(cost(first.hops))}\n"
    yield from _hops(first.hops)
    yield f"\n## The way back\n\n{words(BACK)}\n"
    yield from _hops(first.back, back=True)
    yield f"\n{said(with_commands(SCOPE))}\n"


def _hops(hops: tuple[Hop, ...], *, back: bool = False) -> Iterator[str]:
    for number, hop in enumerate(hops, 1):
        yield f"\n### {number}. Kubelets {hop.old} → {hop.new}\n\n"
        yield from map(_item, hop_lines(hop, back=back))


def _item(told: Labelled) -> str:
    return f"- {told.label}: {said(told.line, _NAMES)}\n" if told.label else f"  - {said(told.line, _NAMES)}\n"
