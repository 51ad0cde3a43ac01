"""Which PodDisruptionBudgets select a pod: by its namespace and labels, which are at hand only while it is decided on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec.structs import replace

from upgradecheck.model.alike import weighed
from upgradecheck.model.budget import Budget
from upgradecheck.model.plan import PlannedBudget, PlannedPod
from upgradecheck.planning.deciding import DecidedPod


class Budgets:
    """The budgets of all namespaces."""

    __slots__ = ("_by_namespace",)

    def __init__(self, budgets: Iterable[Budget]) -> None:
        self._by_namespace: dict[str, list[Budget]] = {}
        for one in budgets:
            self._by_namespace.setdefault(one.namespace, []).append(one)

    def of(self, one: DecidedPod, labels: Mapping[str, str]) -> DecidedPod:
        """The pod with the names of those that select it."""
        found = tuple(
            budget.name
            for budget in self._by_namespace.get(one.pod.namespace, ())
            if budget.selector is not None and budget.selector.matches(labels)
        )
        return replace(one, pod=replace(one.pod, budgets=found)) if found else one


def planned_budgets(budgets: Iterable[Budget], pods: Iterable[PlannedPod]) -> Iterator[PlannedBudget]:
    """Those that select a pod of the plan, in their order."""
    selecting = {(pod.namespace, name) for pod, _ in weighed(pods) for name in pod.budgets}
    for one in budgets:
        if (one.namespace, one.name) in selecting:
            yield PlannedBudget(one.namespace, one.name, one.healthy, one.wanted)
