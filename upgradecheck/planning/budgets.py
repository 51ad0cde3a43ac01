"""PodDisruptionBudgets against what one node's upgrade stops: a kubelet that restarts containers asks none of them.

A pod counts once, however many of its containers are stopped. differs: one that is not ready now counts too, though its restart takes
nothing from the healthy ones; its readiness is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.budget import Budget, Exceeded
from upgradecheck.model.plan import GONE, PlannedPod
from upgradecheck.model.wording import count


class BudgetWatch(msgspec.Struct):
    """Which budgets select which pods; noted while the pods' labels are at hand."""

    budgets: Sequence[Budget]
    _by_namespace: dict[str, list[int]] = msgspec.field(default_factory=dict)
    _selecting: dict[tuple[str, str], tuple[int, ...]] = msgspec.field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sorts the budgets by namespace."""
        for number, budget in enumerate(self.budgets):
            self._by_namespace.setdefault(budget.namespace, []).append(number)

    def note(self, namespace: str, uid: str, labels: Mapping[str, str]) -> None:
        """A pod of the plan."""
        numbers = self._by_namespace.get(namespace, ())
        found = tuple(number for number in numbers if _selects(self.budgets[number], labels))
        if found:
            self._selecting[namespace, uid] = found

    def exceeded(self, pods: Iterable[PlannedPod]) -> Iterator[Exceeded]:
        """The budgets that the upgrade of a single node exceeds."""
        stopped: dict[int, Counter[str]] = {}
        for pod in pods:
            if pod.node and (pod.verdict in GONE or any(one.verdict in GONE for one in pod.containers)):
                for number in self._selecting.get((pod.namespace, pod.uid), ()):
                    stopped.setdefault(number, Counter())[pod.node] += 1
        for number in sorted(stopped):
            yield from _exceeded(self.budgets[number], stopped[number])

    def notices(self) -> Iterator[str]:
        """How many budgets have no status that tells how many pods are healthy."""
        number = sum(budget.healthy is None and budget.selector is not None for budget in self.budgets)
        if number:
            which = count(number, "PodDisruptionBudget has", "PodDisruptionBudgets have")
            yield f"{which} no current status: whether restarts exceed such a budget (UC041) is not examined."


def _selects(budget: Budget, labels: Mapping[str, str]) -> bool:
    return budget.selector is not None and budget.selector.matches(labels)


def _exceeded(budget: Budget, stopped: Counter[str]) -> Iterator[Exceeded]:
    if budget.healthy is None or budget.wanted is None:
        return
    spare = budget.healthy - budget.wanted
    over = {node: number for node, number in stopped.items() if number > spare}
    if over:
        node = min(over, key=lambda name: (-over[name], name))
        yield Exceeded(budget, node, over[node], len(over))
