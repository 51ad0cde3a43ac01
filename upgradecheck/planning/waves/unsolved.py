"""What no order of nodes can help: workloads that have all that runs on one node, and budgets that one node alone exceeds.

What an ignore entry accepts whole is not told, as in the report. Of DaemonSets and static pods each node has its own, and a node without
its own is what an upgrade is; an etcd is another matter, since its members keep each other up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from upgradecheck.decode.kube.workloads import STATIC_POD, UNMANAGED
from upgradecheck.model.draining import Draining
from upgradecheck.model.plan import GONE, Plan, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveWay
from upgradecheck.planning.waves.standing import Group, Standing, StandingPod, numbers

_NOT_SCALED = frozenset({UNMANAGED, STATIC_POD, "Node", "DaemonSet", "Job", "CronJob"})
_ETCD = "etcd"


def unsolved_of(plan: Plan, standing: Standing) -> tuple[Unsolved, ...]:
    """An etcd first, then workloads, those with the most pods first, then budgets."""
    whole = not (plan.scope.nodes or plan.scope.node_selector)
    asked = plan.overrides is not None
    draining = Draining(plan)
    lone = _Lone(draining, whole=whole, overridden=asked)
    workloads = (
        one
        for group in standing.workloads
        if (one := _workload(group, draining, whole=whole, overridden=asked) if group.pods[1:] else lone.of(group))
    )
    budgets = (one for group in standing.budgets if (one := _budget(group, draining, overridden=asked)))
    return (*_in_order(workloads), *_in_order(budgets))


def _in_order(some: Iterable[Unsolved]) -> Iterator[Unsolved]:
    """The worst first, then by their names; those of one namespace after those of another, so that few keys are held at once."""
    parts: dict[tuple[bool, bool, int, str], list[Unsolved]] = {}
    for one in some:
        key = one.why is not UnsolvedWhy.ETCD_QUORUM, not one.certain, -one.pods, one.object.namespace or ""
        parts.setdefault(key, []).append(one)
    for key in sorted(parts):
        yield from sorted(parts.pop(key), key=lambda one: (one.object.kind, one.object.name))


def _is_reported(pod: PlannedPod) -> bool:
    """Whether something of it stops or may that no ignore entry accepts."""
    return any(verdict in GONE or verdict is Verdict.UNKNOWN for verdict in (pod.verdict, *(one.verdict for one in pod.containers)))


def _workload(group: Group, draining: Draining, *, whole: bool, overridden: bool) -> Unsolved | None:
    """whole: the plan has all nodes."""
    stopping = [one for one in group.pods if one.may_stop]
    if not any(_is_reported(one.pod) for one in stopping):
        return None
    node, at_once, nodes = _worst(stopping)
    running = sum(one.number for one in group.pods)
    if (why := _why(group, at_once, running)) is None:
        return None
    worst = [one for one in stopping if one.node == node]
    certain = whole and all(one.stops for one in worst)
    members = (WaveWay.SCALE_UP,) if why is UnsolvedWhy.ETCD_QUORUM else ()
    ways = (*_ways(worst, draining, spread=running > 1, overridden=overridden), *members)
    return Unsolved(why, group.about, node, nodes, at_once, running, certain, ways)


class _Lone:
    """What is told of workloads of one pod each: the same of those whose pods are alike, but for their names."""

    def __init__(self, draining: Draining, *, whole: bool, overridden: bool) -> None:
        self._draining, self._whole, self._overridden = draining, whole, overridden
        self._known: dict[tuple[int, bool, str], Unsolved | None] = {}

    def of(self, group: Group) -> Unsolved | None:
        """Of a workload that has one. That of static pods hangs on its name, too; on nodes that are in no wave nothing stops."""
        one = group.pods[0]
        key = one.form, one.may_stop, group.about.kind
        if group.about.kind == STATIC_POD or key not in self._known:
            self._known[key] = _workload(group, self._draining, whole=self._whole, overridden=self._overridden)
            return self._known[key]
        known = self._known[key]
        return None if known is None else replace(known, object=group.about, node=one.node)


def _why(group: Group, at_once: int, running: int) -> UnsolvedWhy | None:
    """What is the matter with a workload of which so many run, and so many of them stop together."""
    if group.about.kind == STATIC_POD and group.about.name.startswith(_ETCD):
        return UnsolvedWhy.ETCD_QUORUM if running - at_once <= running // 2 else None
    if group.per_node or at_once < running:
        return None
    return UnsolvedWhy.SINGLE_REPLICA if running == 1 else UnsolvedWhy.ONE_NODE


def _budget(group: Group, draining: Draining, *, overridden: bool) -> Unsolved | None:
    """Where what certainly stops is too much, that alone is told, as rule UC041 does."""
    stopping, allowed = [one for one in group.pods if one.may_stop], group.allowed
    if not stopping:
        return None
    if allowed is None:
        node, at_once, nodes = _worst(stopping)
        return Unsolved(UnsolvedWhy.BUDGET_UNKNOWN, group.about, node, nodes, at_once, None, certain=False, ways=(WaveWay.READ_AGAIN,))
    for certain, pods in ((True, [one for one in stopping if one.stops]), (False, stopping)):
        over = {node: number for node, number in numbers(pods).items() if number > allowed}
        if over:
            worst = [one for one in pods if one.node in over]
            node, at_once, _ = _worst(worst)
            there = [one for one in worst if one.node == node]
            ways = tuple(_ways(there, draining, spread=at_once > 1, overridden=overridden))
            return Unsolved(UnsolvedWhy.BUDGET, group.about, node, len(over), at_once, allowed, certain, ways)
    return None


def _worst(pods: Iterable[StandingPod]) -> tuple[str, int, int]:
    """The node on which the most stop, how many there, and on how many nodes any do."""
    on_node = numbers(pods)
    node = min(on_node, key=lambda name: (-on_node[name], name))
    return node, on_node[node], len(on_node)


def _ways(worst: Sequence[StandingPod], draining: Draining, *, spread: bool, overridden: bool) -> Iterator[WaveWay]:
    """What helps these pods of one node. overridden: an override was asked for, and they stop all the same."""
    pods = [one.pod for one in worst]
    if all(draining.hindrance(pod) is None for pod in pods):
        yield WaveWay.DRAIN
    if not overridden and all(map(_is_held, pods)):
        yield WaveWay.OVERRIDE
    if all(pod.workload.kind not in _NOT_SCALED for pod in pods):
        yield WaveWay.SCALE_UP
        if spread:
            yield WaveWay.SPREAD


def _is_held(pod: PlannedPod) -> bool:
    """Whether all that stops of it stops for its hash alone, which an override can hold."""
    going = [one for one in pod.containers if one.fate in GONE or one.fate is Verdict.UNKNOWN]
    return bool(going) and all(one.fate is Verdict.RESTART and one.reason is Reason.HASH_CHANGED for one in going)
