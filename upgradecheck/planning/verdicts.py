"""What the verdicts of its containers make of a pod, and what a doubt about the pod makes of them."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from upgradecheck.decisions.containers import Decision
from upgradecheck.model.plan import (
    SEVERITY,
    PlannedContainer,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.reasons import Reason


def may_be_refused(pod: PlannedPod) -> PlannedPod:
    """A pod of which it is likely, and not certain, that it is refused at admission: nothing of it that runs is known to go on."""
    return in_doubt(pod, Decision(Verdict.UNKNOWN, Reason.MAY_BE_REFUSED))


def in_doubt(pod: PlannedPod, decision: Decision) -> PlannedPod:
    """A pod of which nothing that runs is known to go on, for a reason that is the whole pod's; what surely stops, stops."""
    containers = tuple(
        replace(one, verdict=decision.verdict, reason=decision.reason, decided_at=None, causes=()) if goes_on(one) else one
        for one in pod.containers
    )
    if SEVERITY[pod.verdict] <= SEVERITY[Verdict.UNKNOWN] or (containers == pod.containers and containers):
        return replace(pod, containers=containers)
    return replace(pod, verdict=decision.verdict, reason=decision.reason, decided_at=None, containers=containers)


def goes_on(one: PlannedContainer) -> bool:
    """Whether it runs, and is said to go on."""
    return one.verdict in (Verdict.SAFE, Verdict.OVERRIDDEN) or one.reason in (Reason.KIND_NOT_COMPARED, Reason.STARTUP_PROBE_FORGOTTEN)


def worst_of(containers: Iterable[PlannedContainer]) -> Decision:
    """The decision on a pod that its containers decide."""
    worst = min(containers, key=lambda container: SEVERITY[container.verdict], default=None)
    if worst is None:
        return Decision(Verdict.NOT_COMPARED, Reason.NOT_RUNNING)
    return Decision(worst.verdict, worst.reason, worst.decided_at)
