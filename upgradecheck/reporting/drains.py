"""If the nodes are drained first: what a drain moves, what it leaves, what it deletes for good, what it hangs on, and how it is asked for.

``kubectl drain`` (k8s.io/kubectl v0.31.0, pkg/drain) refuses pods that nothing makes anew unless ``--force`` is given, refuses pods with an
emptyDir unless ``--delete-emptydir-data`` is given, and waits for ever for what a PodDisruptionBudget does not let go. What it moves,
``model.draining`` tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.draining import STAYS, Draining, Hindrance, what_stays
from upgradecheck.model.plan import GONE, Plan, PlannedBudget, PlannedPod
from upgradecheck.model.pod import Workload
from upgradecheck.model.reasons import Family
from upgradecheck.model.wording import count, form
from upgradecheck.reporting.lines import Command, Line, Name, Names


class DrainNote(msgspec.Struct, frozen=True, gc=False):
    """What to know of a drain: whom it concerns, and what becomes of them."""

    about: Line
    what: Line


class Drain(msgspec.Struct, frozen=True, gc=False):
    """A drain of every node, before its upgrade. stopping: containers and bare pods that stop without one; moved: those that it moves.

    command: how it is asked for, empty where it helps nothing. waiting: those that it waits for, and does not move as things are.
    """

    stopping: int
    moved: int
    sentence: str
    notes: tuple[DrainNote, ...]
    command: str
    waiting: int = 0

    @property
    def helps(self) -> bool:
        """Whether anything is saved."""
        return self.moved > 0


def drain_of(plan: Plan) -> Drain | None:
    """What a drain does; None where nothing stops, or no pod is on a node."""
    stopping = _stopping(plan.pods)
    if not stopping or all(pod.replicas is not None for pod in plan.pods):
        return None
    draining, stops = Draining(plan), Counter[Hindrance | None]()
    for pod in plan.pods:
        stops[draining.hindrance(pod)] += _stopping((pod,))
    moved, stays = stops[None], [one for one in STAYS if stops[one]]
    if sum(stops[one] for one in stays) == stopping:
        sentence = f"A drain moves none of the {stopping:,}: {_kinds(stays)} stay on a drained node."
        return Drain(stopping, 0, sentence, (), "")
    sentence = f"{_moved(stops, stopping)}; {_staying(stops, stays)}."
    return Drain(stopping, moved, sentence, tuple(_notes(plan)), _command(plan.pods) if moved else "", _waiting(stops))


def _moved(stops: Mapping[Hindrance | None, int], stopping: int) -> str:
    """Of what a drain could move, how much it does, and what it waits for."""
    if nowhere := stops[Hindrance.NOWHERE]:
        moves = form(nowhere, "would be a move", "would be moves")
        return f"{_share(nowhere, stopping)} {moves}, but the plan shows no other node to go to"
    waits = waiting_clause(_waiting(stops), after_budgets=bool(stops[None]))
    if not stops[None]:
        return f"A drain moves none of the {stopping:,}{waits}"
    return f"{_share(stops[None], stopping)} {form(stops[None], 'is a move', 'are moves')} within budgets{waits}"


def waiting_clause(waiting: int, *, after_budgets: bool) -> str:
    """How many wait for a budget, behind what a drain moves; after_budgets: that has named them."""
    return f"; {count(waiting, 'waits', 'wait')} for {'one' if after_budgets else 'a budget'}" if waiting else ""


def _waiting(stops: Mapping[Hindrance | None, int]) -> int:
    return stops[Hindrance.NONE_MAY_GO] + stops[Hindrance.SEVERAL_BUDGETS]


def _share(part: int, whole: int) -> str:
    if part == whole:
        return "The one stop" if whole == 1 else f"All {whole:,} stops"
    return f"{part:,} of {whole:,} stops"


def _staying(stops: Mapping[Hindrance | None, int], stays: Sequence[Hindrance]) -> str:
    left = sum(stops[one] for one in stays)
    return f"{count(left, 'stays', 'stay')}: {_kinds(stays)}" if left else "none stays"


_KIND: Mapping[Hindrance, str] = {Hindrance.DAEMON_SET: "DaemonSets", Hindrance.STATIC: "static pods", Hindrance.BARE: "bare pods"}


def _kinds(stays: Iterable[Hindrance]) -> str:
    return ", ".join(_KIND[one] for one in stays)


def _stopping(pods: Iterable[PlannedPod]) -> int:
    """Containers that stop, and pods as a whole."""
    return sum(pod.number * (sum(one.verdict in GONE for one in pod.containers) if pod.containers else pod.verdict in GONE) for pod in pods)


def _on_its_way(pods: Iterable[PlannedPod]) -> Iterator[PlannedPod]:
    """Those that an eviction or deletion would be asked for."""
    for pod in pods:
        if pod.replicas is None and (pod.drained or _is_bare(pod)) and pod.reason.family is not Family.AT_REST:
            yield pod


def _is_bare(pod: PlannedPod) -> bool:
    return what_stays(pod) is Hindrance.BARE


def _notes(plan: Plan) -> Iterator[DrainNote]:
    pods = tuple(_on_its_way(plan.pods))
    budgets = {(one.namespace, one.name): one for one in plan.budgets}
    selected: dict[tuple[str, str], list[PlannedPod]] = {}
    for pod in pods:
        for name in dict.fromkeys(pod.budgets):
            selected.setdefault((pod.namespace, name), []).append(pod)
    for key, budget in budgets.items():
        workloads = _workloads(selected.get(key, ()))
        if workloads and budget.allowed == 0:
            waits = "it lets none go, so the eviction of ", _listed(workloads), " waits"
            yield DrainNote(_budget(budget), waits)
    if twice := _workloads(pod for pod in pods if len(pod.budgets) > 1):
        yield DrainNote((Names(_names(twice)),), ("several PodDisruptionBudgets select its pods: such an eviction is refused",))
    if bare := [pod for pod in pods if _is_bare(pod)]:
        names = (Names(tuple(f"{pod.namespace}/{pod.name}" for pod in bare)),)
        what = f"{form(len(bare), 'nothing makes it', 'nothing makes them')} anew; ", Command("--force"), " deletes for good"
        yield DrainNote(names, what)
    if stored := _workloads(pod for pod in pods if pod.local_storage):
        yield DrainNote((Names(_names(stored)),), ("emptyDir: needs ", Command("--delete-emptydir-data"), ", and its data is lost"))


def _budget(budget: PlannedBudget) -> Line:
    return "PodDisruptionBudget ", Name(f"{budget.namespace}/{budget.name}")


def _workloads(pods: Iterable[PlannedPod]) -> tuple[tuple[str, Workload], ...]:
    return tuple(dict.fromkeys((pod.namespace, pod.workload) for pod in pods))


def _names(workloads: tuple[tuple[str, Workload], ...]) -> tuple[str, ...]:
    return tuple(f"{namespace} {workload.kind}/{workload.name}" for namespace, workload in workloads)


def _listed(workloads: tuple[tuple[str, Workload], ...]) -> str | Name:
    """One by name, of several how many."""
    if len(workloads) == 1:
        ((_, workload),) = workloads
        return Name(f"{workload.kind}/{workload.name}")
    return count(len(workloads), "workload")


def _command(pods: Iterable[PlannedPod]) -> str:
    """``kubectl drain NODE`` with what these pods need; ``--force`` is left to whoever wants their end."""
    stored = any(pod.local_storage for pod in _on_its_way(pods) if pod.drained)
    return f"kubectl drain NODE --ignore-daemonsets{' --delete-emptydir-data' if stored else ''}"
