"""How each node is upgraded, and why: in place, behind a drain, in place under an override, or replaced.

Upstream supports a minor kubelet upgrade on a drained node only. A drain is advised where it turns a stop into a move, or may; it helps
nothing where all that stops stays on a drained node. Where the plan was asked for overrides, a node on which they hold something is
upgraded in place: a drain would end what they are to keep.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from enum import Enum

import msgspec

from upgradecheck.model.plan import GONE, Plan, PlannedNode, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.version import release_of
from upgradecheck.model.wording import count


class Choice(Enum):
    """How a node is upgraded; the value is what a table calls it."""

    REPLACE = "replace"
    DRAIN = "drain"
    OVERRIDE = "in place, override"
    IN_PLACE = "in place"
    DONE = "done"


class NodeChoice(msgspec.Struct, frozen=True, gc=False):
    """One node: how, and why in a clause. stops: how much on it stops, or may. drain_options: what its drain needs."""

    node: PlannedNode
    choice: Choice
    why: str
    stops: int = 0
    drain_options: str = ""


class PoolChoice(msgspec.Struct, frozen=True, gc=False):
    """Nodes of one pool, step and runtime for which the same is chosen. whys: each once."""

    pool: str | None
    step: tuple[str | None, str]
    runtime: str
    choice: Choice
    whys: tuple[str, ...]
    names: tuple[str, ...]


_THERE = "it runs the new kubelet already; what a restart of that would do is in chapter 10"
_CANNOT_RUN = frozenset({Reason.RUNTIME_REMOVED})


class _Stops(msgspec.Struct):
    """What stops on a node: containers, or pods whose containers are not known."""

    moved: int = 0
    stay: int = 0
    held: int = 0
    doubtful: int = 0
    doubtful_stay: int = 0


def choices(plan: Plan) -> tuple[NodeChoice, ...]:
    """For every node of the plan, in its order."""
    on_node: dict[str | None, list[PlannedPod]] = defaultdict(list)
    for pod in plan.pods:
        on_node[pod.node].append(pod)
    return tuple(_choice(node, on_node[node.name], _stops(on_node[node.name])) for node in plan.nodes)


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


def _choice(node: PlannedNode, pods: Sequence[PlannedPod], stops: _Stops) -> NodeChoice:
    choice, why = (Choice.DONE, _THERE) if _is_done(node) else _chosen(pods, stops)
    number = stops.moved + stops.stay + stops.doubtful + stops.doubtful_stay
    return NodeChoice(node, choice, why, number, _drain_options(pods) if choice is Choice.DRAIN else "")


def _is_done(node: PlannedNode) -> bool:
    return node.reported is None and release_of(node.from_version) == node.to_version.release


def _chosen(pods: Sequence[PlannedPod], stops: _Stops) -> tuple[Choice, str]:
    if any(pod.reason in _CANNOT_RUN for pod in pods):
        return Choice.REPLACE, "the new kubelet cannot use its runtime as it is: mend that first, or replace the node"
    if stops.held:
        return Choice.OVERRIDE, _held(stops)
    if stops.moved:
        stay = f"; {count(stops.stay, 'stays and ends', 'stay and end')} all the same" if stops.stay else ""
        moves = "becomes a move" if stops.moved == 1 else "become moves"
        return Choice.DRAIN, f"{stops.moved:,} of {count(stops.moved + stops.stay, 'stop')} {moves} within budgets{stay}"
    if stops.doubtful:
        return Choice.DRAIN, f"of {count(stops.doubtful, 'container')} that a drain moves it cannot be told"
    if stops.stay or stops.doubtful_stay:
        doubt = f"{stops.doubtful_stay:,} that cannot be told" if stops.doubtful_stay else ""
        told = " and ".join(part for part in (count(stops.stay, "stop") if stops.stay else "", doubt) if part)
        return Choice.IN_PLACE, f"a drain moves none of {told}: {_who_stays(pods)}"
    return Choice.IN_PLACE, "nothing stops there"


def _stops(pods: Sequence[PlannedPod]) -> _Stops:
    found = _Stops()
    for pod in pods:
        for one in pod.containers or (pod,):
            found.moved += (one.fate in GONE) * pod.drained
            found.stay += (one.fate in GONE) * (not pod.drained)
            found.held += one.verdict is Verdict.OVERRIDDEN
            found.doubtful += (one.fate is Verdict.UNKNOWN) * pod.drained
            found.doubtful_stay += (one.fate is Verdict.UNKNOWN) * (not pod.drained)
    return found


def _held(stops: _Stops) -> str:
    others = stops.moved + stops.stay
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
