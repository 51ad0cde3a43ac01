"""UC041: the upgrade of a single node stops more pods of a PodDisruptionBudget at once than it allows; a kubelet asks no budget.

A pod counts once, however many of its containers are stopped. differs: one that is not ready now counts too, though its restart takes
nothing from the healthy ones; its readiness is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.alike import those
from upgradecheck.model.budget import Budget
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count


def unexamined(facts: Facts) -> Iterator[str]:
    """How many budgets have no status that tells how many pods are healthy."""
    number = sum(budget.healthy is None and budget.selector is not None for budget in facts.budgets)
    if number:
        which = count(number, "PodDisruptionBudget has", "PodDisruptionBudgets have")
        yield f"{which} no current status: whether restarts exceed such a budget (UC041) is not examined."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One warning per budget, for the node that exceeds it most."""
    stopped: dict[tuple[str, str], Counter[str]] = {}
    for pod in those(upgrade.pods, lambda pod: pod.budgets and pod.stops):
        for name in pod.budgets if pod.node else ():
            stopped.setdefault((pod.namespace, name), Counter())[pod.node or ""] += 1
    for budget in upgrade.facts.budgets:
        yield from _exceeded(budget, stopped.get((budget.namespace, budget.name), Counter()), alone=upgrade.alone)


def _exceeded(budget: Budget, stopped: Counter[str], *, alone: bool) -> Iterator[Finding]:
    if budget.healthy is None or budget.wanted is None:
        return
    over = {node: number for node, number in stopped.items() if number > budget.healthy - budget.wanted}
    if not over:
        return
    node = min(over, key=lambda name: (-over[name], name))
    others = f"; so many nodes exceed it, each by itself: {len(over):,}" if len(over) > 1 else ""
    yield RULE.finding(
        ObjectRef("PodDisruptionBudget", budget.name, budget.namespace),
        f"The upgrade of node {node} stops containers of {count(over[node], 'pod')} that it selects, all at once; it "
        f"counts {budget.healthy:,} healthy and wants {budget.wanted:,}{others}. A kubelet asks no budget.",
        _NOWHERE if alone else _NONE_MAY_GO if budget.healthy <= budget.wanted else None,
    )


_NOWHERE = "Scale the workload over another node: this one is all that is seen, so a drain has nowhere to move its pods to."
_NONE_MAY_GO = "Scale the workload up first: the budget lets none of its pods go, so a drain waits for ever. Or spread it over more nodes."


RULE = Rule(
    id="UC041",
    title="PodDisruptionBudget exceeded",
    severity=Severity.WARNING,
    summary="The upgrade of a single node stops more pods of a PodDisruptionBudget at once than it allows.",
    why="A PodDisruptionBudget counts for evictions alone. A kubelet that restarts a container, or recreates or refuses a pod, evicts "
    "nothing and asks no budget; all that it stops on a node it stops at once.",
    look="`kubectl get pdb -A` shows what a budget allows now. Give `kubectl get pdb -A -o json` to a plan that reads files; a plan of a "
    "live cluster reads them where it may.",
    remedy="Drain the node first, which respects the budget, or scale the workload up, or spread its pods over more nodes.",
    sources=(Upstream("k8s.io/kubernetes", "v1.37.1", "pkg/kubelet/kuberuntime/kuberuntime_manager.go", "computePodActions"),),
    findings=findings,
    unexamined=unexamined,
)
