"""Several clusters as annotations of a GitHub workflow: what they come to first, then those of each."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.plan import github
from upgradecheck.reporting.clusters import NO_PLAN, clusters_report

FOR_MACHINES = True


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """A line each."""
    report = clusters_report(clusters)
    yield github.line("error" if clusters.exit_code else "notice", "upgradecheck", f"{report.sentence} {report.gate}")
    for one in clusters.clusters:
        if one.plan is None:
            yield github.line("error", f"upgradecheck: {NO_PLAN} [{one.name}]", one.trouble or "")
        else:
            yield from github.lines(one.plan, one.name)
