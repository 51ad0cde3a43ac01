"""Which pods a kubelet stops to make room for a critical one that does not fit.

Mirrors getPodsToPreempt in pkg/kubelet/preemption/preemption.go (1.11.4 to 1.37).
differs: among equals the kubelet takes the one that comes last in an order that changes from run to run.
Replicas ask alike, and of those that do the last comes first, so each kind is weighed once: a node's pods are many, their kinds few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

import msgspec

from upgradecheck.decisions.admission.requests import PodRequest
from upgradecheck.decisions.admission.resources import CPU, MEMORY, PODS
from upgradecheck.decisions.admission.room import Shortage
from upgradecheck.model.admission import QOSClass

Missing = dict[str, int]
_Rank = tuple[bool, int | None]
"""Whether a pod is critical, and its priority: who may be stopped for whom hangs on nothing else."""

_Freed = tuple[tuple[str, int], ...]
_Key = tuple[_Rank, QOSClass, bool, _Freed]


class _Kind(msgspec.Struct):
    """Pods between which a kubelet has no reason to choose, each with its place in the order of admission; told: how many of them."""

    rank: _Rank
    qos: QOSClass
    pod_resources: bool
    freed: _Freed
    amounts: dict[str, int]
    pods: list[tuple[int, PodRequest]] = msgspec.field(default_factory=list)
    told: int = 0

    def amount(self, name: str) -> int:
        return 1 if name == PODS else self.amounts.get(name, 0)

    @property
    def size(self) -> tuple[int, int]:
        return self.amount(MEMORY), self.amount(CPU)


class Present:
    """The pods that take room on a node, each of a UID of its own."""

    def __init__(self) -> None:
        self._kinds: dict[_Key, _Kind] = {}
        self._ranks: dict[_Rank, dict[str, int]] = {}
        self._next = 0

    def add(self, pod: PodRequest) -> None:
        key = _key(pod)
        kind = self._kinds.get(key)
        if kind is None:
            kind = self._kinds[key] = _Kind(*key, dict(pod.needs.given_back))
        kind.pods.append((self._next, pod))
        self._next += 1
        self._weigh(kind, 1)

    def stopped_for(self, critical: PodRequest, short: Iterable[Shortage]) -> tuple[PodRequest, ...] | None:
        """The pods that are stopped, or None if no set of them frees enough, which refuses the critical pod."""
        missing = {shortage.resource: shortage.missing for shortage in short}
        if not self._suffices(critical, missing):
            return None
        found = [kind for kind in self._kinds.values() if _preemptable(critical, kind.rank)]
        best_effort, burstable, guaranteed = (
            [kind for kind in found if kind.qos is cls] for cls in (QOSClass.BEST_EFFORT, QOSClass.BURSTABLE, QOSClass.GUARANTEED)
        )
        from_guaranteed = _nearest(guaranteed, _less(missing, _whole(best_effort), _whole(burstable)))
        from_burstable = _nearest(burstable, _less(missing, _whole(best_effort), _each(from_guaranteed)))
        from_best_effort = _nearest(best_effort, _less(missing, _each(from_burstable), _each(from_guaranteed)))
        return tuple(pod for _, pod in (*from_best_effort, *from_burstable, *from_guaranteed))

    def as_well(self, critical: PodRequest, victims: Sequence[PodRequest]) -> Iterator[PodRequest]:
        """The pods that may be stopped in place of these, and these, as far as can be told; each is given once, while it is there.

        differs: of pods with pod-level resources, 1.34 and later rank by these alone (GetResourceRequestQuantity in pkg/api/v1/resource);
        any such pod counts as alike.
        """
        alike = {(victim.needs.qos, victim.needs.given_back) for victim in victims}
        any_is = any(victim.needs.pod_resources for victim in victims)
        for kind in self._kinds.values() if victims else ():
            if (any_is or kind.pod_resources or (kind.qos, kind.freed) in alike) and _preemptable(critical, kind.rank):
                yield from (pod for _, pod in kind.pods[kind.told :])
                kind.told = len(kind.pods)

    def leave(self, victim: PodRequest) -> None:
        """Takes away one that is stopped: the last of its kind."""
        kind = self._kinds[key := _key(victim)]
        kind.pods.pop()
        kind.told = min(kind.told, len(kind.pods))
        self._weigh(kind, -1)
        if not kind.pods:
            del self._kinds[key]

    def _weigh(self, kind: _Kind, sign: int) -> None:
        amounts = self._ranks.setdefault(kind.rank, {})
        for name in {PODS: None, **kind.amounts}:
            amounts[name] = amounts.get(name, 0) + sign * kind.amount(name)

    def _suffices(self, critical: PodRequest, missing: Missing) -> bool:
        """Whether all that may be stopped free what is missing."""
        for rank, amounts in self._ranks.items():
            if _preemptable(critical, rank):
                missing = {name: amount - amounts.get(name, 0) for name, amount in missing.items()}
        return all(amount <= 0 for amount in missing.values())


def _key(pod: PodRequest) -> _Key:
    return (pod.critical, pod.priority), pod.needs.qos, pod.needs.pod_resources, pod.needs.given_back


def _preemptable(critical: PodRequest, other: _Rank) -> bool:
    """Mirrors Preemptable in pkg/kubelet/types/pod_update.go."""
    is_critical, priority = other
    if critical.critical and not is_critical:
        return True
    return critical.priority is not None and priority is not None and critical.priority > priority


_Chosen = list[tuple[_Kind, PodRequest]]


def _whole(kinds: Iterable[_Kind]) -> Iterator[tuple[_Kind, int]]:
    return ((kind, len(kind.pods)) for kind in kinds)


def _each(chosen: _Chosen) -> Iterator[tuple[_Kind, int]]:
    return ((kind, 1) for kind, _ in chosen)


def _less(missing: Missing, *gone: Iterable[tuple[_Kind, int]]) -> Missing:
    """What is still missing once so many of these kinds are gone."""
    freed = tuple(chain(*gone))
    rest = {name: amount - sum(kind.amount(name) * number for kind, number in freed) for name, amount in missing.items()}
    return {name: amount for name, amount in rest.items() if amount > 0}


def _nearest(kinds: Sequence[_Kind], missing: Missing) -> _Chosen:
    """Takes the pod that frees most of what is missing, again and again; the smaller of two alike, the last of two as small."""
    left, chosen = {place: len(kind.pods) for place, kind in enumerate(kinds)}, _Chosen()
    while missing and left:
        best = min(left, key=lambda place: (_distance(kinds[place], missing), kinds[place].size, -kinds[place].pods[left[place] - 1][0]))
        kind, left[best] = kinds[best], left[best] - 1
        chosen.append((kind, kind.pods[left[best]][1]))
        missing = _less(missing, ((kind, 1),))
        if not left[best]:
            del left[best]
    return chosen


def _distance(kind: _Kind, missing: Missing) -> float:
    rests = ((amount, amount - kind.amount(name)) for name, amount in missing.items())
    return sum((rest / amount) ** 2 for amount, rest in rests if rest > 0)
