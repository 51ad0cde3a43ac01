"""What goes down together: a workload's pods that the upgrade of one node stops at once, against all that run of it.

Nodes are upgraded one after the other, and all that a kubelet stops on its node it stops at once. A workload whose running pods all
stand on one node goes down as a whole, however many they are; one that is spread loses what stands on the node that is worst for it. Pods
whose node is not known may stand on one, and count so. Of DaemonSets and static pods each node has its own; they are told apart.

A pod counts if anything of it stops. Pods that do not run serve nobody, and do not count. A workload of which an ignore entry accepts all
that stops is not told here; of another all that stops counts, accepted or not, since it goes down together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum

import msgspec

from upgradecheck.model.plan import GONE, Finding, Plan, PlannedBudget, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import Family
from upgradecheck.model.wording import count
from upgradecheck.reporting.causes import Causes
from upgradecheck.reporting.words import KIND


class Radius(Enum):
    """How far a stop reaches, worst first."""

    WHOLE = "whole"
    BUDGET = "budget"
    REFUSED = "refused"
    SOME = "some"
    UNPLACED = "unplaced"
    PER_NODE = "per-node"


class BudgetRoom(msgspec.Struct, frozen=True, gc=False):
    """A budget of a workload's pods. allowed: how many may go, None where that is not known; at_once: how many of its pods, of this
    workload or another, stop together on the node that is worst for it.
    """

    name: str
    allowed: int | None
    at_once: int

    @property
    def exceeded(self) -> bool:
        """Whether more stop than may go."""
        return self.allowed is not None and self.at_once > self.allowed


class Hit(msgspec.Struct, frozen=True, gc=False):
    """A workload of which something stops.

    at_once: pods that stop together on node, the worst for it (None: not known); stopping: on all nodes, one after the other; running: all
    that run. replicas: these are predicted of its template. refused: pods that are not started again. grace_seconds: the longest of its
    pods', None where no spec says. containers: which of a pod's stop, empty where all do. why: letters of the report's causes.
    """

    radius: Radius
    namespace: str
    workload: Workload
    at_once: int
    stopping: int
    running: int
    node: str | None
    nodes: int
    replicas: bool = False
    refused: int = 0
    grace_seconds: int | None = None
    budgets: tuple[BudgetRoom, ...] = ()
    containers: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing of it runs meanwhile."""
        return self.radius is Radius.WHOLE or (self.at_once >= self.running and not self.replicas)


class Impact(msgspec.Struct, frozen=True, gc=False):
    """All that goes down, by how far it reaches; budgets: how many are exceeded."""

    hits: Mapping[Radius, tuple[Hit, ...]]
    budgets: int

    @property
    def sentence(self) -> str:
        """What is worst of it, a sentence; empty where nothing is."""
        whole, told = len(self.hits.get(Radius.WHOLE, ())), []
        if whole:
            told.append(count(whole, "workload goes down as a whole", "workloads go down as a whole"))
        if self.budgets:
            told.append(count(self.budgets, "PodDisruptionBudget is exceeded", "PodDisruptionBudgets are exceeded"))
        return f"{'; '.join(told)}." if told else ""


def impact_of(plan: Plan, causes: Causes) -> Impact:
    """What goes down together."""
    running: dict[tuple[str, Workload], list[PlannedPod]] = defaultdict(list)
    stopping: dict[tuple[str, Workload], list[PlannedPod]] = defaultdict(list)
    reported = {(pod.namespace, pod.workload) for pod in plan.pods if _is_reported(pod)}
    for pod in plan.pods:
        if pod.stops and pod.number and (pod.namespace, pod.workload) in reported:
            stopping[pod.namespace, pod.workload].append(pod)
        if pod.number and (pod.stops or pod.runs):
            running[pod.namespace, pod.workload].append(pod)
    rooms, rules = _rooms(plan), _rules(plan.findings)
    hits = [_hit(key, pods, running[key], rooms, rules.get(key, ()), causes) for key, pods in stopping.items()]
    ordered = sorted(hits, key=_order)
    found = {radius: tuple(hit for hit in ordered if hit.radius is radius) for radius in Radius}
    return Impact({radius: some for radius, some in found.items() if some}, sum(room.exceeded for room in rooms.values()))


def _is_reported(pod: PlannedPod) -> bool:
    """Whether something of it stops that no ignore entry accepts."""
    return pod.verdict in GONE or any(one.verdict in GONE for one in pod.containers)


def _rooms(plan: Plan) -> Mapping[tuple[str, str], BudgetRoom]:
    """Each budget, and how many of its pods stop at once on the worst node; as rule UC041 counts."""
    stopped: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for pod in plan.pods:
        if pod.node and pod.stops:
            for name in pod.budgets:
                stopped[pod.namespace, name][pod.node] += 1
    return {(one.namespace, one.name): _room(one, stopped[one.namespace, one.name]) for one in plan.budgets}


def _room(budget: PlannedBudget, stopped: Counter[str]) -> BudgetRoom:
    return BudgetRoom(budget.name, budget.allowed, max(stopped.values(), default=0))


def _rules(findings: Iterable[Finding]) -> Mapping[tuple[str, Workload], tuple[str, ...]]:
    """By workload, the rules that found something of it."""
    found: dict[tuple[str, Workload], dict[str, None]] = defaultdict(dict)
    for one in findings:
        if one.object.namespace is not None:
            found[one.object.namespace, Workload(one.object.kind, one.object.name)][one.rule] = None
    return {key: tuple(sorted(ids)) for key, ids in found.items()}


def _hit(
    key: tuple[str, Workload],
    stopping: Sequence[PlannedPod],
    running: Sequence[PlannedPod],
    rooms: Mapping[tuple[str, str], BudgetRoom],
    rules: tuple[str, ...],
    causes: Causes,
) -> Hit:
    namespace, workload = key
    by_node = Counter[str | None]()
    for pod in stopping:
        by_node[pod.node] += pod.number
    node, at_once = min(by_node.items(), key=lambda item: (-item[1], item[0] or ""))
    names = dict.fromkeys(name for pod in stopping for name in pod.budgets)
    budgets = tuple(rooms[namespace, name] for name in names if (namespace, name) in rooms)
    replicas, total = all(pod.replicas is not None for pod in stopping), sum(pod.number for pod in running)
    refused = sum(pod.number for pod in stopping if Verdict.REJECT in _verdicts(pod))
    per_node = workload.kind == "DaemonSet" or stopping[0].source is not PodSource.API
    return Hit(
        radius=_radius(at_once >= total, replicas and total > 1, per_node, any(one.exceeded for one in budgets), refused),
        namespace=namespace,
        workload=workload,
        at_once=at_once,
        stopping=sum(by_node.values()),
        running=total,
        node=node,
        nodes=len(by_node),
        replicas=replicas,
        refused=refused,
        grace_seconds=max((pod.grace_seconds for pod in stopping if pod.grace_seconds is not None), default=None),
        budgets=budgets,
        containers=_containers(stopping),
        why=causes.letters_of(stopping),
        rules=(*rules, _EXCEEDED) if any(one.exceeded for one in budgets) else rules,
        verdicts=tuple(sorted({each for pod in stopping for each in _verdicts(pod)}, key=list(Verdict).index)),
    )


def _radius(whole: bool, unplaced: bool, per_node: bool, exceeded: bool, refused: int) -> Radius:
    if per_node:
        return Radius.REFUSED if refused else Radius.PER_NODE
    if unplaced:
        return Radius.UNPLACED
    if whole:
        return Radius.WHOLE
    if exceeded:
        return Radius.BUDGET
    return Radius.REFUSED if refused else Radius.SOME


def _verdicts(pod: PlannedPod) -> Iterator[Verdict]:
    """The verdicts that stop something of a pod."""
    found = {pod.fate, *(one.fate for one in pod.containers)}
    return (verdict for verdict in GONE if verdict in found)


def _containers(stopping: Iterable[PlannedPod]) -> tuple[str, ...]:
    """The containers that stop, where others of their pods run on."""
    if all(_stops_whole(pod) for pod in stopping):
        return ()
    return tuple(dict.fromkeys(f"{one.name}{KIND[one.kind]}" for pod in stopping for one in pod.containers if one.fate in GONE))


def _stops_whole(pod: PlannedPod) -> bool:
    return not any(_goes_on(one) for one in pod.containers)


def _goes_on(one: PlannedContainer) -> bool:
    return one.fate not in GONE and (one.verdict is not Verdict.NOT_COMPARED or one.reason.family is not Family.AT_REST)


_EXCEEDED = "UC041"
_LEAST = ("Pod", "Job", "CronJob")


def _order(hit: Hit) -> tuple[object, ...]:
    """Where a hit stands in its section: those with a budget that is exceeded, then the greatest share at once, then the most pods."""
    exceeded = any(one.exceeded for one in hit.budgets)
    share = hit.at_once / hit.running if hit.running else 1.0
    return (
        hit.workload.kind in _LEAST,
        not exceeded,
        not hit.refused,
        not hit.budgets,
        -share,
        -hit.running,
        hit.namespace,
        hit.workload.kind,
        hit.workload.name,
    )
