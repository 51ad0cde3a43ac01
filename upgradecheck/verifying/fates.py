"""What became of a container since the plan, and why, as far as anything tells.

Of several views of it (the API server's, its kubelet's, the runtime's list) one may be older than the others, or than the upgrade. The plan
knows which container ran: a view that shows a later one is the later view. A kubelet's stop for another definition is an event of it; OOM,
eviction and shutdown stand in the status, a reboot in the node's boot ID or, without one, in how a runtime tells what it found dead. An
exit code that a stop by signal does not give (other than 0, 137 = 128 + SIGKILL and 143 = 128 + SIGTERM) says that the container ended by
itself, and so does an end in a pod that is done.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from upgradecheck.decode.kube.events import REFUSED_FOR_PRESSURE
from upgradecheck.model.aftermath import ContainerNow, EventKind, KubeletEvent, PodNow, Termination
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord, PodSource, RunState
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came
from upgradecheck.verifying.looking import After
from upgradecheck.verifying.nodes import NodeNow

_KILLED = frozenset({137, 143})
_SIGNALLED = _KILLED | {0}
_DONE = ("Succeeded", "Failed")
_OOM, _LOST, _LOST_CODE = "OOMKilled", "Unknown", 255
_NOT_REFUSED = {
    "Evicted": Because.EVICTED,
    "Shutdown": Because.NODE_SHUTDOWN,
    "NodeShutdown": Because.NODE_SHUTDOWN,
    "Terminated": Because.NODE_SHUTDOWN,
    "DeadlineExceeded": Because.DEADLINE,
}
"""Reasons of a Failed pod's status that are no refusal at admission; where it has none, its containers have failed."""
_EVENTS = {EventKind.DEFINITION: Because.DEFINITION, EventKind.PROBE: Because.PROBE, EventKind.EVICTED: Because.EVICTED}
_SAME = 12
"""Letters by which a short container ID is one with a long one, as ``docker ps`` and ``crictl ps`` cut them."""


class Fate(msgspec.Struct, frozen=True, gc=False):
    """came is None where nothing shows it, or, if gone, its pod is not there any more and no kubelet has taken it away."""

    came: Came | None = None
    because: Because | None = None
    exit_code: int | None = None
    restarts: int | None = None
    now: str | None = None
    gone: bool = False


_UNSEEN = Fate()


class _Sight(msgspec.Struct, frozen=True, gc=False):
    """One view of a container."""

    container_id: str | None
    restarts: int
    started_at: int
    runs: bool
    ended: Termination | None = None


def fate_of(pod: PlannedPod, container: PlannedContainer, node: NodeNow, after: After) -> Fate:
    """What became of a container of a pod on a node that runs the new kubelet."""
    views = after.views(pod)
    if not views and not after.runs(pod):
        absent = _after_a_reboot(_absent(pod, after), node)
        if absent is not _UNSEEN or not after.has_records(pod):
            return absent
    if (of_pod := pod_fate(views)) is not None:
        return _after_a_reboot(of_pod, node)
    statuses = [one for view in views for one in view.containers if one.name == container.name]
    if any(one.blocked for one in statuses):
        return _after_a_reboot(Fate(Came.REJECTED), node)
    record = after.record(pod, container)
    found = [*map(_of_status, statuses), *([_of_record(record)] if record is not None else [])]
    sights = [one for one in found if _is_it(one, container) or _is_later(one, container)]
    if not sights:
        return _UNSEEN
    fate = _followed(container, sights, statuses)
    if fate.came is Came.KEPT:
        return fate
    return msgspec.structs.replace(fate, because=_because(pod, container, fate, statuses, sights, node, after))


def pod_fate(views: Iterable[PodNow]) -> Fate | None:
    """What became of a pod as a whole: refused, evicted or the like. None where its containers tell."""
    for view in views:
        if view.phase != "Failed" or not view.reason:
            continue
        other = _NOT_REFUSED.get(view.reason)
        if other is None or (other is Because.EVICTED and REFUSED_FOR_PRESSURE in view.message):
            return Fate(Came.REJECTED)
        return Fate(Came.ENDED, other)
    return None


def _after_a_reboot(fate: Fate, node: NodeNow) -> Fate:
    """A kubelet admits again after a reboot, too, and finds other devices, say, than before."""
    return Fate(fate.came, Because.REBOOT) if node.rebooted and fate.came is Came.REJECTED and fate.because is None else fate


def _absent(pod: PlannedPod, after: After) -> Fate:
    """Nobody but its kubelet takes a static pod away; every other one is deleted by somebody, as a DaemonSet does with what was refused."""
    since = max((one.started_at or 0 for one in pod.containers), default=0)
    if any(one.kind is EventKind.REFUSED and (one.last is None or one.last >= since) for one in after.told(pod, None)):
        return Fate(Came.REJECTED)
    if pod.source is not PodSource.API and after.has_successor(pod):
        return Fate(Came.RECREATED)
    if not after.is_gone(pod):
        return _UNSEEN
    return Fate(gone=True) if pod.source is PodSource.API else Fate(Came.REMOVED)


def _of_status(one: ContainerNow) -> _Sight:
    return _Sight(one.container_id, one.restart_count, one.started_at or 0, one.state is RunState.RUNNING, one.ended or one.last)


def _of_record(one: ContainerRecord) -> _Sight:
    return _Sight(one.container_id, one.attempt, one.created_at, one.state is RunState.RUNNING)


def _followed(planned: PlannedContainer, sights: list[_Sight], statuses: list[ContainerNow]) -> Fate:
    later = [one for one in sights if _is_later(one, planned)]
    last = max(later or sights, key=lambda one: (one.restarts, one.started_at, not one.runs))
    more = None if planned.restart_count is None or last.restarts < planned.restart_count else last.restarts - planned.restart_count
    if later:
        return Fate(Came.RESTARTED, restarts=more, now=last.container_id)
    ended = [one for one in sights if not one.runs]
    if not ended:
        return Fate(Came.KEPT, restarts=more, now=last.container_id)
    waits = any(one.state is RunState.WAITING for one in statuses)  # to be started anew
    exit_code = next((one.ended.exit_code for one in ended if one.ended is not None), None)
    return Fate(Came.RESTARTED if waits else Came.ENDED, exit_code=exit_code, restarts=more, now=last.container_id)


def _is_later(sight: _Sight, planned: PlannedContainer) -> bool:
    """Whether it is another container than the planned one, and no earlier one."""
    if sight.container_id is None:  # it waits for its pod's init containers, or to be created; what ran before has ended
        return sight.ended is not None
    if planned.container_id is None or _is_it(sight, planned):
        return False
    if planned.restart_count is not None and sight.restarts > planned.restart_count:
        return True  # whatever the node's clock says
    started = sight.started_at
    return not (started and planned.started_at is not None and started + SECOND < planned.started_at)


def _is_it(sight: _Sight, planned: PlannedContainer) -> bool:
    """Whether it is the planned container; one of the two IDs may be cut."""
    one, other = sight.container_id or "", planned.container_id or ""
    shorter = min(len(one), len(other))
    return bool(one) and (one == other or (shorter >= _SAME and one[:shorter] == other[:shorter]))


def _because(
    pod: PlannedPod,
    planned: PlannedContainer,
    fate: Fate,
    statuses: list[ContainerNow],
    sights: list[_Sight],
    node: NodeNow,
    after: After,
) -> Because | None:
    """Why it was stopped: what a kubelet says goes before what a status shows, and that before what times and codes do."""
    told = {one.kind for one in after.told(pod, planned.name) if _is_of_this(one, planned, node)}
    for kind, because in _EVENTS.items():
        if kind in told:
            return because
    endings = [end for one in statuses for end in (one.ended, one.last) if end is not None]
    if any(one.reason == _OOM for one in endings):
        return Because.OOM
    if node.rebooted or (node.rebooted is None and any(_is_lost(one) for one in endings)):
        return Because.REBOOT
    started = [one.started_at for one in sights if one.started_at and one.container_id == fate.now]
    if fate.came is Came.RESTARTED and node.started_at is not None and started and max(started) + SECOND < node.started_at:
        return Because.BEFORE_KUBELET
    if fate.came is Came.ENDED:
        done = any(view.phase in _DONE for view in after.views(pod))
        return Because.EXITED if done or any(one.exit_code not in _KILLED for one in endings) else None
    return Because.EXITED if any(one.exit_code not in _SIGNALLED for one in endings) else None


def _is_lost(ending: Termination) -> bool:
    """Whether containerd had lost it when it came up, as after a reboot (unknownExitCode and unknownExitReason in its CRI plugin)."""
    return ending.exit_code == _LOST_CODE and ending.reason == _LOST


def _is_of_this(event: KubeletEvent, planned: PlannedContainer, node: NodeNow) -> bool:
    """Whether an event can be about the end of the planned container; that the definition changed under the old kubelet, somebody did."""
    if event.last is None:
        return True
    under_the_old_one = node.started_at is not None and event.last + SECOND < node.started_at
    return event.last >= (planned.started_at or 0) and not (event.kind is EventKind.DEFINITION and under_the_old_one)
