"""Plans of several clusters, one after the other: each as ``plan`` makes it of that cluster alone.

What keeps one cluster from being planned is told in its place, and the others go on: its exit code (1) is the worst there is. What is wrong
with the command line ends everything, as of one cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

import msgspec

from upgradecheck.commands.plan import make_plan
from upgradecheck.commands.request import PlanRequest
from upgradecheck.model.clusters import ClusterPlan, Clusters
from upgradecheck.model.errors import UpgradecheckError, UsageError
from upgradecheck.model.plan import Plan

Keeping = Callable[[str], AbstractContextManager[Callable[[Plan], None]]]
"""Opens, by a cluster's name, what takes its plan for itself; what was opened is dropped where there is no plan."""


class AskedCluster(msgspec.Struct, frozen=True):
    """A cluster by its name, and what is asked of it."""

    name: str
    request: PlanRequest


def make_clusters(
    asked: Iterable[AskedCluster], owner_label: str | None, notices: tuple[str, ...], keeping: Keeping, tell: Callable[[str], None]
) -> Clusters:
    """The plans of all clusters.

    Raises:
        UsageError: an option cannot be used.
    """
    every = tuple(asked)
    found = []
    for number, one in enumerate(every, start=1):
        tell(f"cluster {number} of {len(every)}: {one.name}")
        found.append(_planned(one, keeping))
    return Clusters(tuple(found), owner_label, notices)


def _planned(one: AskedCluster, keeping: Keeping) -> ClusterPlan:
    try:
        with keeping(one.name) as keep:
            plan = make_plan(one.request)
            keep(plan)
            return ClusterPlan(one.name, plan)
    except UsageError:
        raise
    except UpgradecheckError as error:
        return ClusterPlan(one.name, trouble=str(error))
