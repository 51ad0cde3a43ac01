"""Which pods a kubelet stops to make room for a critical one that does not fit.

Mirrors getPodsToPreempt in pkg/kubelet/preemption/preemption.go (1.11.4 to 1.37).
differs: among equals the kubelet takes the one that comes last in an order that changes from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upgradecheck.decisions.admission.requests import PodRequest
from upgradecheck.decisions.admission.resources import CPU, MEMORY, PODS
from upgradecheck.decisions.admission.room import Shortage
from upgradecheck.model.admission import QOSClass

Missing = dict[str, int]


def preempted(critical: PodRequest, others: Iterable[PodRequest], short: Iterable[Shortage]) -> tuple[PodRequest, ...] | None:
    """The pods that are stopped, or None if no set of them frees enough, which refuses the critical pod."""
    missing = {shortage.resource: shortage.missing for shortage in short}
    found = [other for other in others if preemptable(critical, other)]
    best_effort, burstable, guaranteed = (
        [pod for pod in found if pod.needs.qos is cls] for cls in (QOSClass.BEST_EFFORT, QOSClass.BURSTABLE, QOSClass.GUARANTEED)
    )
    if _less(missing, found):
        return None
    from_guaranteed = _nearest(guaranteed, _less(missing, [*best_effort, *burstable]))
    from_burstable = _nearest(burstable, _less(missing, [*best_effort, *from_guaranteed]))
    from_best_effort = _nearest(best_effort, _less(missing, [*from_burstable, *from_guaranteed]))
    return (*from_best_effort, *from_burstable, *from_guaranteed)


def alike(one: PodRequest, other: PodRequest) -> bool:
    """Whether a kubelet that looks for pods to stop has no reason to prefer one of them, as far as can be told.

    differs: of pods with pod-level resources, 1.34 and later rank by these alone (GetResourceRequestQuantity in pkg/api/v1/resource); any
    such pod counts as alike.
    """
    if one.needs.pod_resources or other.needs.pod_resources:
        return True
    return one.needs.qos is other.needs.qos and one.needs.given_back == other.needs.given_back


def preemptable(critical: PodRequest, other: PodRequest) -> bool:
    """Mirrors Preemptable in pkg/kubelet/types/pod_update.go."""
    if critical.critical and not other.critical:
        return True
    return critical.priority is not None and other.priority is not None and critical.priority > other.priority


def _less(missing: Missing, pods: Iterable[PodRequest]) -> Missing:
    """What is still missing once these pods are gone."""
    freed = tuple(pods)
    rest = {name: amount - sum(_amount(pod, name) for pod in freed) for name, amount in missing.items()}
    return {name: amount for name, amount in rest.items() if amount > 0}


def _nearest(pods: Sequence[PodRequest], missing: Missing) -> tuple[PodRequest, ...]:
    """Takes the pod that frees most of what is missing, again and again; the smaller of two alike."""
    left, chosen = list(pods), []
    while missing and left:
        best = left[0]
        for pod in left[1:]:
            distance, nearest = _distance(pod, missing), _distance(best, missing)
            if distance < nearest or (distance == nearest and _size(pod) <= _size(best)):
                best = pod
        missing = _less(missing, [best])
        left.remove(best)
        chosen.append(best)
    return tuple(chosen)


def _distance(pod: PodRequest, missing: Missing) -> float:
    rests = ((amount, amount - _amount(pod, name)) for name, amount in missing.items())
    return sum((rest / amount) ** 2 for amount, rest in rests if rest > 0)


def _size(pod: PodRequest) -> tuple[int, int]:
    return _amount(pod, MEMORY), _amount(pod, CPU)


def _amount(pod: PodRequest, name: str) -> int:
    return 1 if name == PODS else dict(pod.needs.given_back).get(name, 0)
