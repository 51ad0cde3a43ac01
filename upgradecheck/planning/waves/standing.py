"""What stands on the nodes: the pods that run or may stop, by workload and by the budgets that select them; looked through once.

Pods on no node are in no wave, and what has ended serves nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

import msgspec

from upgradecheck.model.plan import Plan, PlannedPod
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.waves import WaveObject
from upgradecheck.planning.waves.apart import names_of

BUDGET = "PodDisruptionBudget"


class StandingPod(msgspec.Struct, frozen=True, gc=False):
    """A pod on its node. stops: anything of it does; may_stop: or it is not known whether."""

    pod: PlannedPod
    node: str
    number: int
    stops: bool
    may_stop: bool


class Group(msgspec.Struct, frozen=True, gc=False):
    """The pods of one workload, or those that one budget selects. allowed: of a budget, how many may go; None where that is not known, or
    this is a workload.
    """

    about: WaveObject
    pods: Sequence[StandingPod]
    allowed: int | None = None

    @property
    def per_node(self) -> bool:
        """Whether this is a workload of which each node has its own."""
        return self.about.kind == "DaemonSet" or self.pods[0].pod.source is not PodSource.API


class Standing(msgspec.Struct, frozen=True, gc=False):
    """All of it."""

    pods: Sequence[StandingPod]
    workloads: Sequence[Group]
    budgets: Sequence[Group]


def standing_of(plan: Plan) -> Standing:
    """What stands on the nodes of a plan."""
    apart = names_of(plan.waves_apart)
    pods = [one for pod in plan.pods if (one := _standing(pod, apart)) is not None]
    workloads: dict[tuple[str, Workload], list[StandingPod]] = defaultdict(list)
    budgets: dict[tuple[str, str], list[StandingPod]] = defaultdict(list)
    for one in pods:
        workloads[one.pod.namespace, one.pod.workload].append(one)
        for name in one.pod.budgets:
            budgets[one.pod.namespace, name].append(one)
    allowed = {(one.namespace, one.name): one.allowed for one in plan.budgets}
    return Standing(
        pods,
        [Group(WaveObject(workload.kind, workload.name, namespace), some) for (namespace, workload), some in workloads.items()],
        [Group(WaveObject(BUDGET, name, namespace), some, allowed.get((namespace, name))) for (namespace, name), some in budgets.items()],
    )


def _standing(pod: PlannedPod, apart: Collection[str]) -> StandingPod | None:
    """apart: the nodes that are in no wave, so that nothing of them stops."""
    if pod.node is None or not pod.number:
        return None
    goes = pod.node not in apart
    stops = goes and pod.stops
    may_stop = stops or (goes and pod.may_stop)
    return StandingPod(pod, pod.node, pod.number, stops, may_stop) if may_stop or pod.runs else None


def numbers(pods: Iterable[StandingPod]) -> dict[str, int]:
    """How many there are on each node."""
    found: dict[str, int] = {}
    for one in pods:
        found[one.node] = found.get(one.node, 0) + one.number
    return found
