"""UC041: the upgrade of a single node stops more pods of a PodDisruptionBudget at once than it allows; a kubelet asks no budget.

A pod counts once, however many of its containers are stopped. differs: one that is not ready now counts too, though its restart takes
nothing from the healthy ones; its readiness is not kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from upgradecheck.hazards import Note, Rule, Upgrade, grouped
from upgradecheck.model.budget import Budget
from upgradecheck.model.plan import GONE, Finding, ObjectRef, PlannedPod, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.wording import count


def note(facts: Facts) -> Note | None:
    """The budgets that select a pod, by their numbers; None where there are no budgets."""
    by_namespace = grouped((budget.namespace, (number, budget)) for number, budget in enumerate(facts.budgets))

    def selecting(namespace: str, labels: Mapping[str, str]) -> tuple[int, ...] | None:
        return tuple(number for number, budget in by_namespace.get(namespace, ()) if _selects(budget, labels)) or None

    return selecting if by_namespace else None


def _selects(budget: Budget, labels: Mapping[str, str]) -> bool:
    return budget.selector is not None and budget.selector.matches(labels)


def unexamined(facts: Facts) -> Iterator[str]:
    """How many budgets have no status that tells how many pods are healthy."""
    number = sum(budget.healthy is None and budget.selector is not None for budget in facts.budgets)
    if number:
        which = count(number, "PodDisruptionBudget has", "PodDisruptionBudgets have")
        yield f"{which} no current status: whether restarts exceed such a budget (UC041) is not examined."


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One warning per budget, for the node that exceeds it most."""
    stopped: dict[int, Counter[str]] = {}
    for pod, numbers in upgrade.noted.get(RULE.id, ()):
        if pod.node and _is_stopped(pod):
            for number in numbers:
                stopped.setdefault(number, Counter())[pod.node] += 1
    for number in sorted(stopped):
        yield from _exceeded(upgrade.facts.budgets[number], stopped[number])


def _is_stopped(pod: PlannedPod) -> bool:
    """Whether anything of it is."""
    return pod.verdict in GONE or any(container.verdict in GONE for container in pod.containers)


def _exceeded(budget: Budget, stopped: Counter[str]) -> Iterator[Finding]:
    if budget.healthy is None or budget.wanted is None:
        return
    over = {node: number for node, number in stopped.items() if number > budget.healthy - budget.wanted}
    if not over:
        return
    node = min(over, key=lambda name: (-over[name], name))
    others = f"; so many nodes exceed it, each by itself: {len(over)}" if len(over) > 1 else ""
    yield RULE.finding(
        ObjectRef("PodDisruptionBudget", budget.name, budget.namespace),
        f"The upgrade of node {node} stops containers of {count(over[node], 'pod')} that it selects, all at once; it "
        f"counts {budget.healthy} healthy and wants {budget.wanted}{others}. A kubelet asks no budget.",
    )


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
    note=note,
    unexamined=unexamined,
)
