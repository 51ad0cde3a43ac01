"""A pod that an API server has yet to make, and of which nobody knows which one: what is said of it holds for all that may.

The likeliest server's pod is decided on, and those of the others. Where these part, it is unknown: never safe where one of them restarts it.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from upgradecheck.decisions.containers import Decision
from upgradecheck.model.plan import Cause, PlannedContainer, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.verdicts import worst_of

_OPEN = Decision(Verdict.UNKNOWN, Reason.MAKER_UNKNOWN)


def whoever_makes_it(likeliest: DecidedPod, others: Sequence[DecidedPod]) -> DecidedPod:
    """The pod as the likeliest server makes it, unknown where another one's gets another verdict."""
    pod = likeliest.pod
    containers = tuple(_container(one, [_named(one.name, other) for other in others]) for one in pod.containers)
    if any(other.pod.verdict is not pod.verdict and not other.by_containers for other in others):
        containers = tuple(_opened(one, one.causes) for one in containers)
    if containers == pod.containers:
        return likeliest
    worst = worst_of(containers)
    pod = replace(pod, verdict=worst.verdict, reason=worst.reason, decided_at=worst.at, containers=containers)
    chances = {one.name: likeliest.chances[one.name] for one in containers if one.name in likeliest.chances and one.reason is not _OPEN.reason}
    return replace(likeliest, pod=pod, chances=chances, by_containers=True)


def _named(name: str, other: DecidedPod) -> PlannedContainer | None:
    return next((one for one in other.pod.containers if one.name == name), None)


def _container(one: PlannedContainer, others: Sequence[PlannedContainer | None]) -> PlannedContainer:
    if all(other is not None and other.verdict is one.verdict for other in others):
        return one
    return _opened(one, next((other.causes for other in (one, *others) if other is not None and other.causes), ()))


def _opened(one: PlannedContainer, causes: tuple[Cause, ...]) -> PlannedContainer:
    return replace(one, verdict=_OPEN.verdict, reason=_OPEN.reason, decided_at=_OPEN.step, causes=causes)
