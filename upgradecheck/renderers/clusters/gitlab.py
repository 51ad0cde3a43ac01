"""Several clusters as GitLab's code quality report; a cluster without a plan is a blocker: an empty list says that nothing stops."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.plan import gitlab
from upgradecheck.reporting.hits import fingerprint

FOR_MACHINES = True
_RULE = "no-report"


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The list, an issue a line."""
    return gitlab.written(_issues(clusters))


def _issues(clusters: Clusters) -> Iterator[gitlab.Issue]:
    for one in clusters.clusters:
        if one.plan is None:
            yield gitlab.issue(_RULE, f"[{one.name}] {one.trouble}", fingerprint(_RULE, one.name), "blocker", (one.name,))
        else:
            yield from gitlab.issues(one.plan, one.name)
