"""UC041: the upgrade of a single node stops more pods of a PodDisruptionBudget at once than it allows; a kubelet asks no budget."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.hazards import Rule, Upgrade
from upgradecheck.model.plan import Finding, ObjectRef, Severity
from upgradecheck.model.rules import Upstream
from upgradecheck.model.wording import count


def findings(upgrade: Upgrade) -> Iterator[Finding]:
    """One warning per budget, for the node that exceeds it most."""
    for exceeded in upgrade.budgets:
        budget = exceeded.budget
        others = f"; so many nodes exceed it, each by itself: {exceeded.nodes}" if exceeded.nodes > 1 else ""
        yield RULE.finding(
            ObjectRef("PodDisruptionBudget", budget.name, budget.namespace),
            f"The upgrade of node {exceeded.node} stops containers of {count(exceeded.stopped, 'pod')} that it selects, all at once; it "
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
)
