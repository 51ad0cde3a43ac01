"""Several clusters for a person: a line for each cluster, owners whose containers stop, then the report of each cluster by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rich.text import Text

from upgradecheck.model.clusters import Clusters
from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import DOUBT, FAINT, STRONG, columns
from upgradecheck.renderers.media.plain import cut, name
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.renderers.media.sheet import Sheet
from upgradecheck.renderers.plan import table
from upgradecheck.reporting.clusters import NO_OWNER, ClustersReport, OwnerRow, clusters_report

_TITLES = ("CLUSTER", "EXIT", "ANSWER", "STOP", "UNKNOWN", "CONTAINERS")
_MOST_OWNERS = 12
_MOST_CLUSTERS = 4


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The summary, then cluster by cluster."""
    return sections(clusters, canvas, table.render)


def sections(clusters: Clusters, canvas: Canvas, of_plan: Callable[[Plan, Canvas], Iterator[str]]) -> Iterator[str]:
    """The summary, then what is made of each plan under the name of its cluster."""
    page = Sheet(canvas)
    _summary(page, clusters_report(clusters))
    yield page.take()
    for one in clusters.clusters:
        page.heading(f"==== {name(one.name)}", "" if one.plan is not None else "no report could be made")
        page.blank()
        if one.plan is None:
            page.paragraph(Text(safe_text(one.trouble or ""), DOUBT))
        yield page.take()
        if one.plan is not None:
            yield from of_plan(one.plan, canvas)


def _summary(page: Sheet, report: ClustersReport) -> None:
    page.paragraph(Text(safe_text(report.sentence), STRONG))
    page.paragraph(Text(report.gate, DOUBT))
    page.blank()
    rows = ((name(one.name), str(one.exit_code), one.word, f"{one.stop:,}", f"{one.unknown:,}", f"{one.containers:,}")
            for one in report.clusters)  # fmt: skip
    columns(page, (_TITLES, *rows))
    if report.owners:
        page.heading("OWNERS", f"by {safe_text(report.by)}; containers that stop or cannot be told, and where")
    for owner in report.owners[: page.most(_MOST_OWNERS)]:
        lead = "  " + (NO_OWNER if owner.owner is None else name(owner.owner) or "-")
        page.paragraph(f"{told(owner.stop, owner.unknown)} (of {owner.containers:,}): {_where(page, owner)}", lead=lead, indent=26, hang=2)
    page.more(len(report.owners) - page.most(_MOST_OWNERS), "owner")
    if report.owners and report.unharmed:
        page.paragraph(Text(f"Of {report.unharmed:,} more owners nothing stops.", FAINT), indent=2)
    for notice in report.notices:
        page.block("NOTICE", safe_text(notice))


def _where(page: Sheet, owner: OwnerRow) -> str:
    some = tuple(f"{name(cluster)} {told(stop, unknown)}" for cluster, stop, unknown in owner.clusters)
    return cut(some, page.most(_MOST_CLUSTERS), len(some))


def told(stop: int, unknown: int) -> str:
    """``stop 3, unknown 1``."""
    return ", ".join(part for part in (f"stop {stop:,}" if stop else "", f"unknown {unknown:,}" if unknown else "") if part)
