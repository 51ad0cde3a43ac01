"""UC041: the upgrade of a single node stops more pods of a PodDisruptionBudget at once than it allows; a kubelet asks no budget."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from upgradecheck.hazards import Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Severity


@dataclass(frozen=True, slots=True)
class BudgetExceeded:
    id: str = "UC041"
    title: str = "PodDisruptionBudget exceeded"

    def findings(self, upgrade: Upgrade) -> Iterator[Finding]:
        """One warning per budget, for the node that exceeds it most."""
        for one in upgrade.budgets:
            budget = one.budget
            others = f"; so many nodes exceed it, each by itself: {one.nodes}" if one.nodes > 1 else ""
            pods = "1 pod" if one.stopped == 1 else f"{one.stopped} pods"
            yield Finding(
                self.id,
                Severity.WARNING,
                ObjectRef("PodDisruptionBudget", budget.name, budget.namespace),
                f"The upgrade of node {one.node} stops containers of {pods} that it selects, all at once; it counts {budget.healthy} "
                f"healthy and wants {budget.wanted}{others}. A kubelet asks no budget.",
                "Drain the node first, which respects the budget, or scale the workload up, or spread its pods over more nodes.",
            )


RULE = BudgetExceeded()
