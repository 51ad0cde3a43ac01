"""Plans of several clusters, one after the other: each as ``plan`` makes it of that cluster alone.

What keeps one cluster from being planned is told in its place, and the others go on: its exit code (1) is the worst there is. So is what an
option has against one cluster alone, such as a dump of it that holds a single node's files. What is wrong with the command line, so that
each cluster says the same, ends everything, as of one cluster.
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
        UsageError: an option cannot be used, for none of them.
    """
    every = tuple(asked)
    found, refused = [], list[UsageError]()
    for number, one in enumerate(every, start=1):
        tell(f"cluster {number} of {len(every)}: {one.name}")
        found.append(_planned(one, keeping, refused))
    if len(refused) == len(every) and len({str(error) for error in refused}) == 1:
        raise refused[0]
    return Clusters(tuple(found), owner_label, notices)


def _planned(one: AskedCluster, keeping: Keeping, refused: list[UsageError]) -> ClusterPlan:
    """refused: takes what an option has against this cluster."""
    try:
        with keeping(one.name) as keep:
            plan = make_plan(one.request)
            keep(plan)
            return ClusterPlan(one.name, plan)
    except UpgradecheckError as error:
        if isinstance(error, UsageError):
            refused.append(error)
        return ClusterPlan(one.name, trouble=str(error))
