"""What no order of nodes can help: workloads that have all that runs on one node, and budgets that one node alone exceeds.

What an ignore entry accepts whole is not told, as in the report. Of DaemonSets and static pods each node has its own, and a node without
its own is what an upgrade is; an etcd is another matter, since its members keep each other up.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from upgradecheck.model.plan import GONE, Plan, PlannedBudget, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveObject, WaveWay
from upgradecheck.planning.waves.taking import BUDGET

_NOT_SCALED = frozenset({"Pod", "Node", "StaticPod", "DaemonSet", "Job", "CronJob"})
_ETCD = "etcd"


def unsolved_of(plan: Plan) -> tuple[Unsolved, ...]:
    """Of workloads first those with the most pods, then of budgets."""
    groups: dict[tuple[str, Workload], list[PlannedPod]] = defaultdict(list)
    of_budget: dict[tuple[str, str], list[PlannedPod]] = defaultdict(list)
    reported: set[tuple[str, Workload]] = set()
    for pod in plan.pods:
        if pod.node is None or not pod.number:
            continue
        may_stop = pod.may_stop
        if may_stop or pod.runs:
            groups[pod.namespace, pod.workload].append(pod)
        if may_stop:
            if _is_reported(pod):
                reported.add((pod.namespace, pod.workload))
            for name in pod.budgets:
                of_budget[pod.namespace, name].append(pod)
    whole = not (plan.scope.nodes or plan.scope.node_selector)
    asked = plan.overrides is not None
    found = [one for key, pods in groups.items() if key in reported and (one := _workload(key, pods, whole=whole, overridden=asked))]
    known = {(one.namespace, one.name): one for one in plan.budgets}
    budgets = [one for key, pods in of_budget.items() if (one := _budget(key, pods, known.get(key), overridden=asked))]
    return (*sorted(found, key=_order), *sorted(budgets, key=_order))


def _order(one: Unsolved) -> tuple[bool, bool, int, str, str, str]:
    about = one.object
    return one.why is not UnsolvedWhy.ETCD_QUORUM, not one.certain, -one.pods, about.namespace or "", about.kind, about.name


def _is_reported(pod: PlannedPod) -> bool:
    """Whether something of it stops or may that no ignore entry accepts."""
    return any(verdict in GONE or verdict is Verdict.UNKNOWN for verdict in (pod.verdict, *(one.verdict for one in pod.containers)))


def _workload(key: tuple[str, Workload], pods: Sequence[PlannedPod], *, whole: bool, overridden: bool) -> Unsolved | None:
    """pods: all that run of it. whole: the plan has all nodes."""
    namespace, workload = key
    stopping = [pod for pod in pods if pod.may_stop]
    node, at_once, nodes = _worst(stopping)
    running = sum(pod.number for pod in pods)
    certain = whole and all(pod.stops for pod in stopping if pod.node == node)
    if pods[0].source is not PodSource.API:
        if not workload.name.startswith(_ETCD) or running - at_once > running // 2:
            return None
        why = UnsolvedWhy.ETCD_QUORUM
    elif workload.kind == "DaemonSet" or at_once < running:
        return None
    else:
        why = UnsolvedWhy.SINGLE_REPLICA if running == 1 else UnsolvedWhy.ONE_NODE
    about = WaveObject(workload.kind, workload.name, namespace)
    ways = tuple(_ways([pod for pod in stopping if pod.node == node], spread=running > 1, overridden=overridden))
    ways = (*ways, WaveWay.SCALE_UP) if why is UnsolvedWhy.ETCD_QUORUM else ways
    return Unsolved(why, about, node, nodes, at_once, running, certain, ways)


def _budget(key: tuple[str, str], stopping: Sequence[PlannedPod], budget: PlannedBudget | None, *, overridden: bool) -> Unsolved | None:
    """stopping: the pods that it selects of which something stops or may."""
    namespace, name = key
    about, allowed = WaveObject(BUDGET, name, namespace), None if budget is None else budget.allowed
    node, at_once, nodes = _worst(stopping)
    if allowed is None:
        return Unsolved(UnsolvedWhy.BUDGET_UNKNOWN, about, node, nodes, at_once, None, certain=False, ways=(WaveWay.READ_AGAIN,))
    if at_once <= allowed:
        return None
    over = sum(number > allowed for number in _by_node(stopping).values())
    certain = sum(pod.number for pod in stopping if pod.node == node and pod.stops) > allowed
    ways = tuple(_ways([pod for pod in stopping if pod.node == node], spread=at_once > 1, overridden=overridden, waits=not allowed))
    return Unsolved(UnsolvedWhy.BUDGET, about, node, over, at_once, allowed, certain, ways)


def _by_node(pods: Iterable[PlannedPod]) -> Counter[str]:
    numbers = Counter[str]()
    for pod in pods:
        numbers[pod.node or ""] += pod.number
    return numbers


def _worst(pods: Iterable[PlannedPod]) -> tuple[str, int, int]:
    """The node on which the most stop, how many there, and on how many nodes any do."""
    numbers = _by_node(pods)
    node = min(numbers, key=lambda name: (-numbers[name], name))
    return node, numbers[node], len(numbers)


def _ways(pods: Sequence[PlannedPod], *, spread: bool, overridden: bool, waits: bool = False) -> Iterator[WaveWay]:
    """What helps these pods of one node. waits: an eviction would, since their budget lets none go. overridden: an override was asked for,
    and they stop all the same.
    """
    if not waits and all(pod.drained for pod in pods):
        yield WaveWay.DRAIN
    if not overridden and all(map(_is_held, pods)):
        yield WaveWay.OVERRIDE
    if all(pod.workload.kind not in _NOT_SCALED for pod in pods):
        yield WaveWay.SCALE_UP
        if spread:
            yield WaveWay.SPREAD


def _is_held(pod: PlannedPod) -> bool:
    """Whether all that stops of it stops for its hash alone, which an override can hold."""
    if pod.fate not in (Verdict.RESTART, Verdict.SAFE, Verdict.NOT_COMPARED):
        return False
    going = [one for one in pod.containers if one.fate in GONE or one.fate is Verdict.UNKNOWN]
    return all(one.fate is Verdict.RESTART and one.reason is Reason.HASH_CHANGED for one in going)
