"""What the upgrade of each node takes away, and how much may be taken at once: of PodDisruptionBudgets and of workloads.

A pod counts once, however many of its containers stop; as rule UC041 counts, but that a pod of which it is not known whether anything stops
counts too. What runs in one pod, or on one node, no order of nodes can keep up: it binds nothing here (``unsolved``). DaemonSets and static
pods are workloads of many pods as well: an ingress on three nodes is down where all three stop.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

import msgspec

from upgradecheck.model.plan import GONE, Plan, PlannedPod, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.waves import WaveObject, WaveStops, WaveWhy

BUDGET = "PodDisruptionBudget"

Takes = Mapping[WaveObject, int]
"""Of each thing, how many of its pods stop or may."""


class Room(msgspec.Struct, frozen=True, gc=False):
    """How many pods of one thing may stop at once where more than one node takes of it, and what says so."""

    why: WaveWhy
    at_once: int


class Takings(msgspec.Struct, frozen=True, gc=False):
    """By node, what it takes of all that binds, and how much stops on it. A node that takes nothing is not in by_node."""

    rooms: Mapping[WaveObject, Room]
    by_node: Mapping[str, Takes]
    stops: Mapping[str, WaveStops]


def takings_of(plan: Plan) -> Takings:
    """What the nodes of a plan take."""
    taken: dict[WaveObject, Counter[str]] = defaultdict(Counter)
    running = Counter[WaveObject]()
    objects = _Objects()
    for pod in plan.pods:
        if pod.node is None or not pod.number:
            continue
        may_stop = pod.may_stop
        if may_stop or pod.runs:
            running[objects.workload(pod.namespace, pod.workload)] += pod.number
        if may_stop:
            taken[objects.workload(pod.namespace, pod.workload)][pod.node] += pod.number
            for name in pod.budgets:
                taken[objects.budget(pod.namespace, name)][pod.node] += pod.number
    allowed = {objects.budget(one.namespace, one.name): one.allowed for one in plan.budgets}
    rooms = {about: _room(about, allowed, running) for about in taken}
    binding = {about: by_node for about, by_node in taken.items() if len(by_node) > 1 and sum(by_node.values()) > rooms[about].at_once}
    by_node: dict[str, dict[WaveObject, int]] = defaultdict(dict)
    for about, nodes in binding.items():
        for node, number in nodes.items():
            by_node[node][about] = number
    return Takings({about: rooms[about] for about in binding}, by_node, stops_of(plan.pods))


class _Objects:
    """Each thing once: a large cluster's pods share few."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str | Workload], WaveObject] = {}

    def workload(self, namespace: str, workload: Workload) -> WaveObject:
        """A workload."""
        found = self._known.get((namespace, workload))
        return found or self._known.setdefault((namespace, workload), WaveObject(workload.kind, workload.name, namespace))

    def budget(self, namespace: str, name: str) -> WaveObject:
        """A budget."""
        return self._known.get((namespace, name)) or self._known.setdefault((namespace, name), WaveObject(BUDGET, name, namespace))


def _room(about: WaveObject, allowed: Mapping[WaveObject, int | None], running: Mapping[WaveObject, int]) -> Room:
    if about.kind != BUDGET:
        return Room(WaveWhy.REPLICAS, running[about] - 1)
    number = allowed.get(about)
    return Room(WaveWhy.BUDGET_UNKNOWN, 0) if number is None else Room(WaveWhy.BUDGET, number)


def stops_of(pods: Iterable[PlannedPod]) -> Mapping[str, WaveStops]:
    """How much stops on each node, and of how much that is not known."""
    counted: dict[str, list[int]] = {}
    for pod in pods:
        if pod.node is None or not pod.may_stop:
            continue
        numbers = counted.setdefault(pod.node, [0, 0, 0, 0])
        numbers[0 if pod.stops else 2] += pod.number
        for container in pod.containers:
            if container.fate in GONE:
                numbers[1] += pod.number
            elif container.fate is Verdict.UNKNOWN:
                numbers[3] += pod.number
    return {node: WaveStops(*numbers) for node, numbers in counted.items()}


def together(some: Iterable[WaveStops]) -> WaveStops:
    """Of several nodes."""
    found = tuple(some)
    return WaveStops(
        sum(one.pods for one in found),
        sum(one.containers for one in found),
        sum(one.unknown_pods for one in found),
        sum(one.unknown_containers for one in found),
    )
