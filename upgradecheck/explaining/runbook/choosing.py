"""How each node is upgraded, and why: in place, behind a drain, in place under an override, or replaced; or not before something is mended.

Upstream supports a minor kubelet upgrade on a drained node only. A drain is advised where it turns a stop into a move, or may; it helps
nothing where all that stops stays on a drained node. What a drain moves, waits for and leaves, ``model.draining`` tells. Where the plan was
asked for overrides, a node on which they hold something is upgraded in place: a drain would end what they are to keep. A node whose new
kubelet cannot come up is not upgraded at all until that is mended. What pins keep, ``pins`` tells.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from enum import Enum

import msgspec

from upgradecheck.explaining.runbook.pins import NO_PINS, Pins, pins_of
from upgradecheck.model.draining import STAYS, Draining, Hindrance
from upgradecheck.model.plan import GONE, Plan, PlannedNode, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.version import release_of
from upgradecheck.model.wording import count, form
from upgradecheck.planning.waves.apart import obstacle_of
from upgradecheck.reporting.drains import waiting_clause


class Choice(Enum):
    """How a node is upgraded; the value is what a table calls it."""

    MEND = "not yet: mend first"
    REPLACE = "replace"
    DRAIN = "drain"
    OVERRIDE = "in place, override"
    IN_PLACE = "in place"
    NONE = "none"
    DONE = "done"


class NodeChoice(msgspec.Struct, frozen=True, gc=False):
    """One node: how, and why in a clause. stops: how much on it stops, or may. drain_options: what its drain needs.

    obstacle: why its new kubelet cannot come up as it is set up. waits: pods that a drain waits for, and never moves as things are.
    pins: the static pods that a pin of their UID can keep.
    """

    node: PlannedNode
    choice: Choice
    why: str
    stops: int = 0
    drain_options: str = ""
    obstacle: Reason | None = None
    waits: tuple[PlannedPod, ...] = ()
    pins: Pins = NO_PINS

    @property
    def overridden(self) -> bool:
        """Whether recorded hashes are overridden there."""
        return self.choice is Choice.OVERRIDE or self.pins.overridden


class PoolChoice(msgspec.Struct, frozen=True, gc=False):
    """Nodes of one pool, step and runtime for which the same is chosen. whys: each once."""

    pool: str | None
    step: tuple[str | None, str]
    runtime: str
    choice: Choice
    whys: tuple[str, ...]
    names: tuple[str, ...]


_WAITS = (Hindrance.SEVERAL_BUDGETS, Hindrance.NONE_MAY_GO)
_THERE = "it runs the new kubelet already; what a restart of that would do is in chapter 10"
_VIRTUAL = "it is a Virtual Kubelet's: there is no kubelet of Kubernetes' own to be upgraded"
_OBSTACLES = {
    Reason.RUNTIME_REMOVED: (
        Choice.REPLACE,
        "the new kubelet cannot use its runtime as it is (UC033): mend that first, or replace the node",
    ),
    Reason.KUBELET_WILL_NOT_START: (
        Choice.MEND,
        "the new kubelet does not start there as it is set up (UC031, UC032): mend that first, and plan again",
    ),
    Reason.KUBELET_MAY_NOT_START: (
        Choice.MEND,
        "the new kubelet does not start there if what UC032 names is so: look first, and plan again",
    ),
    Reason.OTHER_NODE_NAME: (
        Choice.MEND,
        "the new kubelet is told to come up under another name (UC019): mend that first, and plan again",
    ),
}


class _Stops(msgspec.Struct):
    """What stops on a node: containers, or pods whose containers are not known. waiting, nowhere: a drain would move them, if it could."""

    moved: int = 0
    stay: int = 0
    waiting: int = 0
    nowhere: int = 0
    held: int = 0
    doubtful: int = 0
    doubtful_stay: int = 0

    @property
    def known(self) -> int:
        """What is known to stop."""
        return self.moved + self.stay + self.waiting + self.nowhere

    @property
    def number(self) -> int:
        """What stops, or may."""
        return self.known + self.doubtful + self.doubtful_stay


def choices(plan: Plan) -> tuple[NodeChoice, ...]:
    """For every node of the plan, in its order."""
    on_node: dict[str | None, list[PlannedPod]] = defaultdict(list)
    for pod in plan.pods:
        on_node[pod.node].append(pod)
    draining = Draining(plan)
    return tuple(_choice(plan, node, on_node[node.name], draining) for node in plan.nodes)


def pools(chosen: Iterable[NodeChoice]) -> tuple[PoolChoice, ...]:
    """The same by pool, in the order of the first nodes."""
    found: dict[tuple[str | None, tuple[str | None, str], str, Choice], list[NodeChoice]] = defaultdict(list)
    for one in chosen:
        step = release_of(one.node.from_version), one.node.to_version.release
        found[one.node.pool, step, one.node.runtime or "unknown runtime", one.choice].append(one)
    return tuple(
        PoolChoice(pool, step, runtime, choice, tuple(dict.fromkeys(one.why for one in some)), tuple(one.node.name for one in some))
        for (pool, step, runtime, choice), some in found.items()
    )


def _choice(plan: Plan, node: PlannedNode, pods: Sequence[PlannedPod], draining: Draining) -> NodeChoice:
    stops, obstacle = _stops(pods, draining), obstacle_of(node, pods)
    if any(pod.reason is Reason.VIRTUAL_KUBELET for pod in pods):
        return NodeChoice(node, Choice.NONE, _VIRTUAL)
    if _is_done(node):
        return NodeChoice(node, Choice.DONE, _THERE, stops.number, obstacle=obstacle)
    pins = pins_of(plan, node, pods) if obstacle is None else NO_PINS
    choice, why = _chosen(pods, stops, obstacle, pins)
    if choice is not Choice.DRAIN:
        return NodeChoice(node, choice, why, stops.number, obstacle=obstacle, pins=pins)
    waits = tuple(pod for pod in pods if draining.hindrance(pod) in _WAITS and pod.runs)
    return NodeChoice(node, choice, why, stops.number, _drain_options(pods), waits=waits, pins=pins)


def _is_done(node: PlannedNode) -> bool:
    return node.reported is None and release_of(node.from_version) == node.to_version.release


def _chosen(pods: Sequence[PlannedPod], stops: _Stops, obstacle: Reason | None, pins: Pins) -> tuple[Choice, str]:
    if obstacle is not None:
        return _OBSTACLES.get(obstacle, (Choice.MEND, obstacle.sentence))
    choice, why = _by_what_stops(pods, stops)
    if choice is Choice.IN_PLACE and pins.overridden:
        choice = Choice.OVERRIDE
    return choice, f"{why}; {pins.clause}" if pins.typed else why


def _by_what_stops(pods: Sequence[PlannedPod], stops: _Stops) -> tuple[Choice, str]:
    if stops.held:
        return Choice.OVERRIDE, _held(stops)
    if stops.moved or stops.waiting or stops.nowhere:
        return Choice.DRAIN, _drain(stops)
    if stops.doubtful:
        return Choice.DRAIN, f"of {count(stops.doubtful, 'container')} that a drain would move it cannot be told"
    if stops.stay or stops.doubtful_stay:
        doubt = f"{stops.doubtful_stay:,} that cannot be told" if stops.doubtful_stay else ""
        told = " and ".join(part for part in (count(stops.stay, "stop") if stops.stay else "", doubt) if part)
        return Choice.IN_PLACE, f"a drain moves none of {told}: {_who_stays(pods)}"
    return Choice.IN_PLACE, "nothing stops there"


def _drain(stops: _Stops) -> str:
    """What a drain does of what stops."""
    every = count(stops.known, "stop")
    if stops.nowhere:
        moves = f"{stops.nowhere:,} of {every} would be {form(stops.nowhere, 'a move', 'moves')}, but the plan shows no other node to go to"
    elif stops.moved:
        moves = f"{stops.moved:,} of {every} {form(stops.moved, 'becomes a move', 'become moves')} within budgets"
    else:
        moves = f"none of {every} becomes a move as things are"
    waits = waiting_clause(stops.waiting, after_budgets=bool(stops.moved and not stops.nowhere))
    stay = f"; {count(stops.stay, 'stays and ends', 'stay and end')} all the same" if stops.stay else ""
    return f"{moves}{waits}{stay}"


def _stops(pods: Sequence[PlannedPod], draining: Draining) -> _Stops:
    found = _Stops()
    for pod in pods:
        why = draining.hindrance(pod)
        for one in pod.containers or (pod,):
            ends, doubtful = one.fate in GONE, one.fate is Verdict.UNKNOWN
            found.moved += ends and why is None
            found.waiting += ends and why in _WAITS
            found.nowhere += ends and why is Hindrance.NOWHERE
            found.stay += ends and why in STAYS
            found.held += one.verdict is Verdict.OVERRIDDEN
            found.doubtful += doubtful and why not in STAYS
            found.doubtful_stay += doubtful and why in STAYS
    return found


def _held(stops: _Stops) -> str:
    others = stops.known
    doubt = stops.doubtful + stops.doubtful_stay
    rest = [f"{others:,} more {'ends' if others == 1 else 'end'} all the same"] if others else []
    rest += [f"{doubt:,} cannot be told"] if doubt else []
    return "; ".join((f"an override holds {count(stops.held, 'container')} that would restart", *rest))


def _who_stays(pods: Iterable[PlannedPod]) -> str:
    kinds = Counter(_kind(pod) for pod in pods if not pod.drained and (pod.stops or pod.fate is Verdict.UNKNOWN))
    return ", ".join(kinds)


def _kind(pod: PlannedPod) -> str:
    if pod.source is not PodSource.API or pod.workload.kind == "Node":
        return "static pods"
    return "DaemonSets" if pod.workload.kind == "DaemonSet" else "bare pods"


def bare_pods(pods: Iterable[PlannedPod]) -> tuple[str, ...]:
    """Those that run and that nothing makes anew: a drain deletes them only where it is forced to."""
    there = (pod for pod in pods if not pod.drained and _kind(pod) == "bare pods" and pod.reason.family is not Family.AT_REST)
    return tuple(f"{pod.namespace}/{pod.name}" for pod in there)


def _drain_options(pods: Iterable[PlannedPod]) -> str:
    stored = any(pod.local_storage and pod.drained for pod in pods)
    return f"--ignore-daemonsets{' --delete-emptydir-data' if stored else ''}"
