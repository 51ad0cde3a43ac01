"""If the nodes are drained first: what a drain moves, what it leaves, what it deletes for good, what it hangs on, and how it is asked for.

``kubectl drain`` (k8s.io/kubectl v0.31.0, pkg/drain) leaves DaemonSets' pods and static ones, refuses pods that nothing makes anew unless
``--force`` is given, refuses pods with an emptyDir unless ``--delete-emptydir-data`` is given, and waits for ever for what a
PodDisruptionBudget does not let go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.model.plan import GONE, Plan, PlannedBudget, PlannedPod
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import Family
from upgradecheck.model.wording import count, form
from upgradecheck.reporting.lines import Command, Line, Name, Names


class DrainNote(msgspec.Struct, frozen=True, gc=False):
    """What to know of a drain: whom it concerns, and what becomes of them."""

    about: Line
    what: Line


class Drain(msgspec.Struct, frozen=True, gc=False):
    """A drain of every node, before its upgrade. stopping: containers and bare pods that stop without one; left: with one.

    command: how it is asked for, empty where it helps nothing.
    """

    stopping: int
    left: int
    sentence: str
    notes: tuple[DrainNote, ...]
    command: str

    @property
    def helps(self) -> bool:
        """Whether anything is saved."""
        return self.left < self.stopping


def drain_of(plan: Plan) -> Drain | None:
    """What a drain does; None where nothing stops, or no pod is on a node."""
    stopping = _stopping(plan.pods)
    if not stopping or all(pod.replicas is not None for pod in plan.pods):
        return None
    left = _stopping(pod for pod in plan.pods if not pod.drained)
    if left == stopping:
        return Drain(stopping, left, f"A drain moves none of the {stopping}: {_who_stays(plan.pods)} stay on a drained node.", (), "")
    rest = f"; {count(left, 'stays', 'stay')}: {_who_stays(plan.pods)}" if left else "; none stays"
    moved = f"{stopping - left} of the {stopping} {form(stopping, 'stop', 'stops')} {form(stopping - left, 'is a move', 'are moves')}"
    notes = tuple(_notes(plan))
    return Drain(stopping, left, f"{moved}, within budgets{rest}.", notes, _command(plan.pods))


def _stopping(pods: Iterable[PlannedPod]) -> int:
    """Containers that stop, and pods as a whole."""
    return sum(pod.number * (sum(one.verdict in GONE for one in pod.containers) if pod.containers else pod.verdict in GONE) for pod in pods)


def _who_stays(pods: Iterable[PlannedPod]) -> str:
    kinds = dict.fromkeys(_kind(pod) for pod in pods if not pod.drained and _stopping((pod,)))
    return ", ".join(kind for kind in ("DaemonSets", "static pods", "bare pods") if kind in kinds)


def _kind(pod: PlannedPod) -> str:
    if pod.source is not PodSource.API or pod.workload.kind == "Node":
        return "static pods"
    return "DaemonSets" if pod.workload.kind == "DaemonSet" else "bare pods"


def _on_its_way(pods: Iterable[PlannedPod]) -> Iterator[PlannedPod]:
    """Those that an eviction or deletion would be asked for."""
    for pod in pods:
        if pod.replicas is None and (pod.drained or _is_bare(pod)) and pod.reason.family is not Family.AT_REST:
            yield pod


def _is_bare(pod: PlannedPod) -> bool:
    return not pod.drained and _kind(pod) == "bare pods"


def _notes(plan: Plan) -> Iterator[DrainNote]:
    pods = tuple(_on_its_way(plan.pods))
    budgets = {(one.namespace, one.name): one for one in plan.budgets}
    for key, budget in budgets.items():
        workloads = _workloads(pod for pod in pods if pod.namespace == key[0] and key[1] in pod.budgets)
        if workloads and budget.allowed == 0:
            waits = "0 disruptions allowed: the eviction of ", _listed(workloads), " waits until that changes"
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
