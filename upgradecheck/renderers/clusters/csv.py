"""Several clusters for a spreadsheet: a row a container, its cluster first; a cluster without a plan has no rows."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written
from upgradecheck.renderers.plan import csv

FOR_MACHINES = True


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(clusters))


def _rows(clusters: Clusters) -> Iterator[Row]:
    titled = False
    for name, plan in clusters.plans:
        rows = csv.rows(plan)
        titles = next(rows)
        if not titled:
            yield ("cluster", *titles)
            titled = True
        yield from ((name, *row) for row in rows)
