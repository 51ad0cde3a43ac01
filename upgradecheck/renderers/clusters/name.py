"""What ends, one name a line behind its cluster's and a tab, for a script to go on with."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.renderers.plan import name

FOR_MACHINES = True


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """``cluster<TAB>namespace/pod/container``."""
    return (f"{safe_text(cluster)}\t{one}\n" for cluster, plan in clusters.plans for one in name.names(plan))
