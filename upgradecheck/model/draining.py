"""Whether draining its node moves a pod before the upgrade does, and why not: told once, for the report, findings and explain alike.

``kubectl drain`` (k8s.io/kubectl v0.31.0, pkg/drain) leaves DaemonSets' pods and static ones, and what nothing makes anew. The eviction API
(k8s.io/kubernetes, pkg/registry/core/pod/storage/eviction.go) refuses a pod that several PodDisruptionBudgets select, and makes whoever
asks wait while a budget lets none go. And where there is no other node, what was evicted stays Pending until this one is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sized
from enum import Enum

from upgradecheck.model.plan import Plan, PlannedPod, Scope
from upgradecheck.model.pod import PodSource


class Hindrance(Enum):
    """Why a drain does not move a pod, or not now."""

    STATIC = "static"
    DAEMON_SET = "daemon-set"
    BARE = "bare"
    NOWHERE = "nowhere"
    SEVERAL_BUDGETS = "several-budgets"
    NONE_MAY_GO = "none-may-go"


STAYS = (Hindrance.DAEMON_SET, Hindrance.STATIC, Hindrance.BARE)
"""Of these pods a drained node still holds what stops."""


def is_alone(nodes: Sized, scope: Scope) -> bool:
    """Whether a plan of these nodes, and of this scope, shows a single one that pods could be on, so that they have nowhere to go."""
    return len(nodes) == 1 and not (scope.nodes or scope.node_selector)


class Draining:
    """What a drain of each node of a plan does to its pods."""

    def __init__(self, plan: Plan) -> None:
        self.alone = is_alone(plan.nodes, plan.scope)
        self._none_may_go = {(one.namespace, one.name) for one in plan.budgets if one.allowed == 0}

    def hindrance(self, pod: PlannedPod) -> Hindrance | None:
        """Why a pod is not moved; None where it is."""
        if (stays := what_stays(pod)) is not None:
            return stays
        if self.alone:
            return Hindrance.NOWHERE
        if len(pod.budgets) > 1:
            return Hindrance.SEVERAL_BUDGETS
        return Hindrance.NONE_MAY_GO if self._waits(pod.namespace, pod.budgets) else None

    def _waits(self, namespace: str, budgets: Iterable[str]) -> bool:
        return any((namespace, name) in self._none_may_go for name in budgets)


def what_stays(pod: PlannedPod) -> Hindrance | None:
    """Of what kind a pod is that a drained node still holds; None of all others."""
    if pod.drained:
        return None
    if pod.source is not PodSource.API or pod.workload.kind == "Node":
        return Hindrance.STATIC
    return Hindrance.DAEMON_SET if pod.workload.kind == "DaemonSet" else Hindrance.BARE
