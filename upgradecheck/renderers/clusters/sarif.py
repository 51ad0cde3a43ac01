"""Several clusters as SARIF: a run for each, which names its cluster, so that a tracker takes them apart."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.plan import sarif

FOR_MACHINES = True


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The document, run by run."""
    return sarif.document(
        sarif.run_without_plan(one.name, one.trouble or "") if one.plan is None else sarif.run(one.plan, one.name)
        for one in clusters.clusters
    )
