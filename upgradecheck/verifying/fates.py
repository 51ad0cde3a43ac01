"""What became of a container since the plan, and why, as far as anything tells.

Of several views of it (the API server's, its kubelet's, the runtime's list) one may be older than the others, or than the upgrade. The plan
knows which container ran: a view that shows a later one is the later view. A kubelet's stop for another definition is an event of it; OOM,
eviction and shutdown stand in the status, a reboot in the node's boot ID or, without one, in how a runtime tells what it found dead.

Exit codes 0, 137 (128 + SIGKILL) and 143 (128 + SIGTERM) are those of a stop by signal, and count as one. Another one decides nothing,
since many a program ends with 1 or 2 when it is told to stop; only an event does then. That it ended by itself is said in a pod that has
succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

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
_DONE = "Succeeded"
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
_KUBELETS_OWN = (EventKind.DEFINITION, EventKind.SANDBOX)
"""What a kubelet tells when it stops containers for what it compares."""
_GRACE, _SLACK = 30, 60
"""Seconds that a container is waited for where nothing is said (terminationGracePeriodSeconds), and what a busy node adds."""
_SAME = 12
"""Letters by which a short container ID is one with a long one, as ``docker ps`` and ``crictl ps`` cut them."""


class Fate(msgspec.Struct, frozen=True, gc=False):
    """came is None where nothing shows it, or, if gone, its pod is not there any more and no kubelet has taken it away.

    undecided: it was stopped, and nothing tells whether its kubelet has done that.
    """

    came: Came | None = None
    because: Because | None = None
    exit_code: int | None = None
    restarts: int | None = None
    now: str | None = None
    gone: bool = False
    undecided: bool = False


class _Undecided(Exception):
    """What is seen does not tell the new kubelet's doing from another reason."""


_UNSEEN = Fate()


class _Sight(msgspec.Struct, frozen=True, gc=False):
    """One view of a container."""

    container_id: str | None
    restarts: int
    started_at: int
    runs: bool
    ended: Termination | None = None


class _Ending(msgspec.Struct, frozen=True, gc=False):
    """An end since the plan; of_planned: the status says that it is the planned container's."""

    end: Termination
    of_planned: bool


class _Traces(msgspec.Struct, frozen=True, gc=False):
    """What the stop of a container has left: what its kubelet told, ends, views. done: its pod has ended well."""

    told: frozenset[EventKind]
    endings: tuple[_Ending, ...]
    sights: tuple[_Sight, ...]
    done: bool


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
    endings = tuple(end for one in statuses for end in _endings(one, container))
    found = [*map(_of_status, statuses), *([_of_record(record)] if record is not None else [])]
    sights = [one for one in found if _is_it(one, container) or _is_later(one, container)]
    if not sights:
        return _UNSEEN
    fate = _followed(container, sights, statuses)
    if fate.came is Came.KEPT:
        return _of_kept(fate, container, sights, pod, node, after)
    events = (one for one in after.told(pod, container.name) if _is_of_this(one, container, node))
    told = frozenset(one.kind for one in events if _is_near(one, endings, pod.grace_seconds))
    try:
        return replace(fate, because=_because(fate, _Traces(told, endings, tuple(sights), any(one.phase == _DONE for one in views)), node))
    except _Undecided:
        return replace(fate, undecided=True, exit_code=next((one.end.exit_code for one in endings), fate.exit_code))


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
    return Fate(
        Came.RESTARTED if waits and exit_code is not None else Came.ENDED, exit_code=exit_code, restarts=more, now=last.container_id
    )


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
    return _same(sight.container_id, planned.container_id)


def _same(first: str | None, second: str | None) -> bool:
    one, other = first or "", second or ""
    shorter = min(len(one), len(other))
    return bool(one) and (one == other or (shorter >= _SAME and one[:shorter] == other[:shorter]))


def _because(fate: Fate, traces: _Traces, node: NodeNow) -> Because | None:
    """Why it was stopped: what a kubelet says goes before what a status shows, and that before what times and codes do.

    Raises:
        _Undecided: what is seen fits the new kubelet as well as another reason.
    """
    why = _as_told(fate, traces, node)
    more_than_that = fate.restarts is not None and fate.restarts > 1 and why in (Because.OOM, Because.PROBE)
    if more_than_that and not any(one.of_planned for one in traces.endings):
        raise _Undecided  # the last of its ends is known, and not the first
    return why


def _as_told(fate: Fate, traces: _Traces, node: NodeNow) -> Because | None:
    for kind, because in _EVENTS.items():
        if kind in traces.told:
            return because
    endings = [one.end for one in traces.endings]
    if any(one.reason == _OOM for one in endings):
        return Because.OOM
    if node.rebooted or (node.rebooted is None and any(_is_lost(one) for one in endings)):
        return Because.REBOOT
    if EventKind.SANDBOX in traces.told:
        return None
    started = [one.started_at for one in traces.sights if one.started_at and one.container_id == fate.now]
    if fate.came is Came.RESTARTED and node.started_at is not None and started and max(started) + SECOND < node.started_at:
        if node.is_first_start:
            return Because.BEFORE_KUBELET
        raise _Undecided
    if fate.came is Came.ENDED and traces.done:
        return Because.EXITED
    if any(one.exit_code not in (_KILLED if fate.came is Came.ENDED else _SIGNALLED) for one in endings):
        raise _Undecided
    return None


def _of_kept(fate: Fate, planned: PlannedContainer, sights: list[_Sight], pod: PlannedPod, node: NodeNow, after: After) -> Fate:
    """A view that shows it running may be older than what its kubelet says, than a reboot, or than one that cannot be read."""
    started = max((one.started_at for one in sights), default=0) or planned.started_at
    of_it = [one for one in after.told(pod, planned.name) if one.kind in _KUBELETS_OWN]
    later = [one for one in of_it if one.last is None or started is None or one.last > started + SECOND]
    if node.rebooted or after.is_unread(pod):
        return _UNSEEN
    if not later:
        return fate
    if started is None or not all(_is_of_this(one, planned, node) and one.last is not None for one in later):
        return _UNSEEN
    why = Because.DEFINITION if any(one.kind is EventKind.DEFINITION for one in later) else None
    return replace(fate, came=Came.RESTARTED, because=why)


def _endings(one: ContainerNow, planned: PlannedContainer) -> Iterator[_Ending]:
    """How the planned container, or one after it, has ended: of a status that shows it running, the last end was before."""
    sight = _of_status(one)
    is_it = _is_it(sight, planned)
    if not (is_it or _is_later(sight, planned)) or (is_it and sight.runs):
        return
    for end in (one.ended,) if is_it and one.ended is not None else (one.ended, one.last):
        if end is None or (end.finished_at is not None and end.finished_at < (planned.started_at or 0)):
            continue
        yield _Ending(end, of_planned=_same(end.container_id, planned.container_id))


def _is_lost(ending: Termination) -> bool:
    """Whether containerd had lost it when it came up, as after a reboot (unknownExitCode and unknownExitReason in its CRI plugin)."""
    return ending.exit_code == _LOST_CODE and ending.reason == _LOST


def _is_near(event: KubeletEvent, endings: tuple[_Ending, ...], grace_seconds: int | None) -> bool:
    """Whether another's stop that an event tells of can be one of these ends: it takes its grace period, and no days."""
    finished = [one.end.finished_at for one in endings if one.end.finished_at is not None]
    if event.kind in _KUBELETS_OWN or event.last is None or not finished:
        return True
    grace = _GRACE if grace_seconds is None else grace_seconds
    return event.last >= min(finished) - (grace + _SLACK) * SECOND


def _is_of_this(event: KubeletEvent, planned: PlannedContainer, node: NodeNow) -> bool:
    """Whether an event can be about the end of the planned container; that the definition changed under the old kubelet, somebody did."""
    if event.last is None:
        return True
    under_the_old_one = node.started_at is not None and event.last + SECOND < node.started_at
    return event.last >= (planned.started_at or 0) and not (event.kind in _KUBELETS_OWN and under_the_old_one)
