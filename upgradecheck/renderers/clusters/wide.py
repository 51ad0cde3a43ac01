"""Several clusters with a line for each container of each."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.clusters.table import sections
from upgradecheck.renderers.plan import wide


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The summary, then cluster by cluster."""
    return sections(clusters, canvas, wide.render)
