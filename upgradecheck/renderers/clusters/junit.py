"""Several clusters as one test report: each suite says of which cluster it is; a cluster without a plan is a test that could not be run."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.clusters import Clusters
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.plan import junit

FOR_MACHINES = True


def render(clusters: Clusters, canvas: Canvas) -> Iterator[str]:
    """The document, test by test."""
    return junit.document("upgradecheck plan", _tags(clusters), _suites(clusters))


def _tags(clusters: Clusters) -> Iterator[junit.Tag]:
    for one in clusters.clusters:
        yield from [junit.ERROR] if one.plan is None else junit.tags_of(one.plan)


def _suites(clusters: Clusters) -> Iterator[str]:
    for one in clusters.clusters:
        yield from junit.suite_without_plan(one.name, one.trouble or "") if one.plan is None else junit.suites(one.plan, one.name)
