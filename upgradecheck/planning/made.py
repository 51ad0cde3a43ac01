"""A pod that an API server has yet to make, and of which nobody knows which one: it is not said to go on unless it does whoever makes it.

What the likeliest server's pod stops for is said as of that one. A pod that goes on so, and would stop as another server makes it, is
unknown.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from upgradecheck.decisions.containers import Decision
from upgradecheck.model.plan import SEVERITY, Cause, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.verdicts import worst_of

_OPEN = Decision(Verdict.UNKNOWN, Reason.MAKER_UNKNOWN)


def whoever_makes_it(likeliest: DecidedPod, others: Sequence[DecidedPod]) -> DecidedPod:
    """The pod as the likeliest server makes it, where it is not said to go on though another one's does not."""
    pod = likeliest.pod
    containers = tuple(_container(one, others) for one in pod.containers)
    if containers == pod.containers:
        return likeliest
    worst = worst_of(containers)
    pod = replace(pod, verdict=worst.verdict, reason=worst.reason, decided_at=worst.at, containers=containers)
    return replace(likeliest, pod=pod, by_containers=True)


def _container(one: PlannedContainer, others: Sequence[DecidedPod]) -> PlannedContainer:
    if _may_stop(one.verdict):
        return one
    for other in others:
        twin = next((each for each in other.pod.containers if each.name == one.name), None)
        if twin is None or _may_stop(twin.verdict):
            return _opened(one, () if twin is None else twin.causes)
    return one


def _may_stop(verdict: Verdict) -> bool:
    return SEVERITY[verdict] <= SEVERITY[Verdict.UNKNOWN]


def _opened(one: PlannedContainer, causes: tuple[Cause, ...]) -> PlannedContainer:
    return replace(one, verdict=_OPEN.verdict, reason=_OPEN.reason, decided_at=_OPEN.at, causes=causes)
