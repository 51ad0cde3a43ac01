"""What stands on the nodes: the pods that run or may stop, by workload and by the budgets that select them; looked through once.

Pods on no node are in no wave, and what has ended serves nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence

import msgspec

from upgradecheck.model.alike import firsts_of, nodes_of, numbers_of, workloads_of
from upgradecheck.model.plan import Plan, PlannedPod
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.waves import WaveObject
from upgradecheck.planning.waves.apart import names_of

BUDGET = "PodDisruptionBudget"


class StandingPod(msgspec.Struct, frozen=True, gc=False):
    """A pod on its node, or several there that are alike: pod is one of these, of which nothing of its own is asked.

    stops: anything of it does; may_stop: or it is not known whether. form: the number of that in the plan.
    """

    pod: PlannedPod
    node: str
    number: int
    stops: bool
    may_stop: bool
    form: int


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
    pods = list[StandingPod]()
    workloads: dict[WaveObject, list[StandingPod]] = {}
    budgets: dict[tuple[str, str], list[StandingPod]] = defaultdict(list)
    for one, (namespace, workload) in _standing(plan.pods, names_of(plan.waves_apart)):
        pods.append(one)
        about = WaveObject(workload.kind, workload.name, namespace)
        if (its := workloads.get(about)) is None:
            workloads[about] = [one]
        else:
            its.append(one)
        for name in one.pod.budgets:
            budgets[one.pod.namespace, name].append(one)
    allowed = {(one.namespace, one.name): one.allowed for one in plan.budgets}
    return Standing(
        pods,
        [Group(about, some) for about, some in workloads.items()],
        [Group(WaveObject(BUDGET, name, namespace), some, allowed.get((namespace, name))) for (namespace, name), some in budgets.items()],
    )


def _standing(pods: Sequence[PlannedPod], apart: Collection[str]) -> Iterator[tuple[StandingPod, tuple[str, Workload]]]:
    """Each with its namespace and its workload. apart: the nodes that are in no wave, so that nothing of them stops."""
    firsts = firsts_of(pods)
    known: dict[tuple[int, str], StandingPod | None] = {}
    for form, node, workload in zip(numbers_of(pods), nodes_of(pods), workloads_of(pods), strict=True):
        if node is None:
            continue
        key = form, node
        if key not in known:
            known[key] = _standing_pod(firsts[form], node, form, apart)
        if (one := known[key]) is not None:
            yield one, workload


def _standing_pod(pod: PlannedPod, node: str, form: int, apart: Collection[str]) -> StandingPod | None:
    """The pod on that node; None of one that has ended, or stands for none."""
    may_stop = pod.may_stop and node not in apart
    if not pod.number or not (may_stop or pod.runs):
        return None
    return StandingPod(pod, node, pod.number, pod.stops and may_stop, may_stop, form)


def numbers(pods: Iterable[StandingPod]) -> dict[str, int]:
    """How many there are on each node."""
    found: dict[str, int] = {}
    for one in pods:
        found[one.node] = found.get(one.node, 0) + one.number
    return found
