"""Several clusters as the body of a ticket: tables of clusters and of owners, then the report of each cluster below its name."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.model.patterns import pattern
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.renderers.plan import markdown
from upgradecheck.reporting.clusters import NO_OWNER, ClustersReport, clusters_report

_MOST_OWNERS = 100
_HEADING = pattern(r"(?m)^(#{1,5}) ")


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The text, cluster by cluster."""
    yield from _summary(clusters_report(clusters))
    for one in clusters.clusters:
        yield f"\n## Cluster {code(one.name)}\n\n"
        if one.plan is None:
            yield f"No report could be made: {words(one.trouble or '', begins=False)}\n"
            continue
        for piece in markdown.render(one.plan, canvas):
            yield _HEADING.sub(r"##\1 ", piece)


def _summary(report: ClustersReport) -> Iterator[str]:
    yield f"# {words(report.sentence, begins=False)}\n\n{words(report.gate)}\n\n"
    yield table(
        ("cluster", "exit code", "answer", "stop", "unknown", "containers"),
        ((code(one.name), str(one.exit_code), words(one.word), f"{one.stop:,}", f"{one.unknown:,}", f"{one.containers:,}")
         for one in report.clusters),
    )  # fmt: skip
    if report.owners:
        yield f"\n## Owners, by {words(report.by, begins=False)}\n\n"
        rows = (
            (NO_OWNER if owner.owner is None else code(owner.owner), code(cluster), f"{stop:,}", f"{unknown:,}")
            for owner in report.owners[:_MOST_OWNERS]
            for cluster, stop, unknown in owner.clusters
        )
        yield table(("owner", "cluster", "stop", "unknown"), rows)
        if len(report.owners) > _MOST_OWNERS:
            yield f"\n… and {len(report.owners) - _MOST_OWNERS:,} more owners (`-o json` lists all)\n"
    yield from (f"\n{words(notice)}\n" for notice in report.notices)
