"""What became of a container since the plan, and why: its pod as a whole, then what is seen of it.

What shows it running, or its pod gone, may be older than the upgrade, so a fate says which dumps it rests on (``dumps``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kube.events import REFUSED_FOR_PRESSURE
from upgradecheck.model.aftermath import EventKind, PodNow
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.pod import ContainerRecord, PodSource, Recorded
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came
from upgradecheck.verifying.after import After, last_start
from upgradecheck.verifying.ends import KUBELETS_OWN, Span, Stop, Undecided, because_of, began, endings, is_of_this, span_before, told_of
from upgradecheck.verifying.nodes import NodeNow
from upgradecheck.verifying.sights import Sight, is_it, is_later, of_record, of_status, same

_DONE = "Succeeded"
_NOT_REFUSED = {
    "Evicted": Because.EVICTED,
    "Shutdown": Because.NODE_SHUTDOWN,
    "NodeShutdown": Because.NODE_SHUTDOWN,
    "Terminated": Because.NODE_SHUTDOWN,
    "DeadlineExceeded": Because.DEADLINE,
}
"""Reasons of a Failed pod's status that are no refusal at admission; where it has none, its containers have failed."""
_KEEP_WHAT_FAILED = frozenset({"Deployment", "ReplicaSet", "ReplicationController", "Job", "CronJob", "Pod", "Node"})
"""Whose controllers leave a pod that was refused where it is; that of a StatefulSet or a DaemonSet deletes it and makes another one."""
_KEPT_LONG = 60 * SECOND
"""How much longer than the oldest event an event is surely kept that nobody sees."""


class Fate(msgspec.Struct, frozen=True, gc=False):
    """came is None where nothing shows it, or, if gone, its pod is not there any more and no kubelet has taken it away.

    undecided: it was stopped, and nothing tells whether its kubelet has done that. listed_alone: that it was shows in a runtime's list
    alone, which tells no reason, and what runs there need not be of the new kubelet. of_the_new: a record's hash shows that the new kubelet
    has started what runs. unheard: it was stopped while events were kept that tell of a kubelet's stop, and none does, or before the one
    that runs was started. dumps: those that show it, None among them for what was read just now; empty where it does not hang on when that
    was taken. proofs: the dumps that show what only the new kubelet does. began: between which moments it was told to stop.
    """

    came: Came | None = None
    because: Because | None = None
    exit_code: int | None = None
    restarts: int | None = None
    now: str | None = None
    gone: bool = False
    undecided: bool = False
    listed_alone: bool = False
    of_the_new: bool = False
    unheard: bool = False
    dumps: frozenset[str | None] = frozenset()
    proofs: frozenset[str | None] = frozenset()
    began: Span | None = None


_UNSEEN = Fate()


def fate_of(pod: PlannedPod, container: PlannedContainer, node: NodeNow, after: After) -> Fate:
    """What became of a container of a pod on a node that runs the new kubelet."""
    views = after.views(pod)
    if not views and not after.runs(pod):
        absent = _after_a_reboot(_absent(pod, node, after), node)
        if absent is not _UNSEEN or not after.has_records(pod):
            return absent
    if (of_pod := pod_fate(views)) is not None:
        return _after_a_reboot(of_pod, node)
    statuses = [(one, view.dump) for view in views for one in view.containers if one.name == container.name]
    if any(one.blocked for one, _ in statuses):
        return _after_a_reboot(Fate(Came.REJECTED), node)
    record = after.record(pod, container)
    found = [of_status(*one) for one in statuses]
    if record is not None:
        found.append(of_record(record, after.dumps_of_records.get(record.container_id)))
    sights = [one for one in found if is_it(one, container) or is_later(one, container)]
    if not sights:
        return _UNSEEN
    of_the_new = record is not None and is_later(of_record(record, None), container) and _is_of_the_new_kubelet(record, container)
    fate = replace(_followed(container, sights), of_the_new=of_the_new)
    if record is not None and not any(_shows_a_stop(of_status(one), container) for one, _ in statuses):
        fate = replace(fate, listed_alone=not of_the_new)
    if fate.came is Came.KEPT:
        return _of_kept(fate, container, sights, pod, node, after)
    ends = tuple(end for one, _ in statuses for end in endings(one, container))
    started = tuple(one.started_at for one in sights if one.started_at and one.container_id == fate.now)
    fate = replace(fate, proofs=frozenset(_proofs(pod, container, node, after, sights, record if of_the_new else None)))
    told = told_of(after.told(pod, container.name), container, node, ends, pod.grace_seconds)
    stop = Stop(fate.came or Came.ENDED, fate.restarts, told, ends, started, any(one.phase == _DONE for one in views))
    fate = replace(fate, began=began(stop, pod.grace_seconds))
    if after.is_edited(pod):
        return replace(fate, because=Because.EDITED)
    try:
        return replace(fate, because=because_of(stop, node), unheard=not of_the_new and _is_unheard(stop, node, after))
    except Undecided:
        return replace(fate, undecided=True, exit_code=next((one.end.exit_code for one in ends), fate.exit_code))


def _proofs(
    pod: PlannedPod, planned: PlannedContainer, node: NodeNow, after: After, sights: Iterable[Sight], made: ContainerRecord | None
) -> Iterator[str | None]:
    """The dumps that show what the new kubelet has started, or what has ended, or was started, after its kubelet said that it stops it.

    made: the record of what the new kubelet has started. Another dump may show an earlier restart, of another's making.
    """
    own = [one for one in after.told(pod, planned.name) if one.kind in KUBELETS_OWN and is_of_this(one, planned, node)]
    said = min((time for one in own if (time := one.first or one.last) is not None), default=None)
    for one in sights:
        changed = max(one.started_at, 0 if one.ended is None else one.ended.finished_at or 0)
        if (made is not None and same(one.container_id, made.container_id)) or (said is not None and changed + SECOND >= said):
            yield one.dump


def _is_unheard(stop: Stop, node: NodeNow, after: After) -> bool:
    """Whether the new kubelet's word for a stop is lacking that would be there, or whether it may have been the old one's time still."""
    ended = max((one.end.finished_at for one in stop.endings if one.end.finished_at is not None), default=max(stop.started, default=None))
    if ended is None or stop.told.intersection(KUBELETS_OWN):
        return False
    if node.running_since is not None and ended + SECOND < node.running_since:
        return True
    return after.hears and after.events_since is not None and ended > after.events_since + _KEPT_LONG


def _shows_a_stop(sight: Sight, planned: PlannedContainer) -> bool:
    return is_later(sight, planned) or (is_it(sight, planned) and not sight.runs)


def _is_of_the_new_kubelet(record: ContainerRecord, planned: PlannedContainer) -> bool:
    """Whether it carries the hash that the new kubelet makes, and the old one does not."""
    made = planned.computed
    return isinstance(record.hash, Recorded) and record.hash.hash == made.to_hash != made.from_hash


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


def _absent(pod: PlannedPod, node: NodeNow, after: After) -> Fate:
    """Nobody but its kubelet takes a static pod away; every other one is deleted by somebody, as a DaemonSet does with what was refused."""
    since = last_start(pod)
    if any(one.kind is EventKind.REFUSED and (one.last is None or one.last >= since) for one in after.told(pod, None)):
        return Fate(Came.REJECTED)
    if pod.source is not PodSource.API and after.stands_in(pod):
        started = after.stood_in_at(pod)
        edited = Because.EDITED if after.is_edited(pod) else None
        return Fate(Came.RECREATED, edited, began=None if started is None else span_before(started, pod.grace_seconds))
    if after.is_unread(pod):
        return _UNSEEN
    missing, lists = after.is_missing(pod), after.lists_of(pod)
    if not missing and not lists:
        return _UNSEEN
    rests_on = frozenset[str | None]() if missing else lists
    if pod.source is not PodSource.API:
        return Fate(Came.REMOVED, dumps=rests_on)
    return _UNSEEN if _was_refused_perhaps(pod, node, after) else Fate(gone=True, dumps=rests_on)


def _was_refused_perhaps(pod: PlannedPod, node: NodeNow, after: After) -> bool:
    """Whether its controller may have deleted it since the new kubelet refused it, of which no event would be left."""
    if pod.workload.kind in _KEEP_WHAT_FAILED:
        return False
    created = after.successor(pod)
    if created is None:
        return True
    if node.is_first_start and node.started_at is not None and created + SECOND < node.started_at:
        return False
    return not (after.hears and after.events_since is not None and created > after.events_since + _KEPT_LONG)


def _followed(planned: PlannedContainer, sights: list[Sight]) -> Fate:
    later = [one for one in sights if is_later(one, planned)]
    last = max(later or sights, key=lambda one: (one.restarts, one.started_at, not one.runs))
    more = None if planned.restart_count is None or last.restarts < planned.restart_count else last.restarts - planned.restart_count
    if later:
        return Fate(Came.RESTARTED, restarts=more, now=last.container_id, dumps=_dumps(later))
    ended = [one for one in sights if not one.runs]
    if not ended:
        return Fate(Came.KEPT, restarts=more, now=last.container_id, dumps=_dumps(sights))
    exit_code = next((one.ended.exit_code for one in ended if one.ended is not None), None)
    waits = any(one.waits for one in sights) and exit_code is not None
    came = Came.RESTARTED if waits else Came.ENDED
    return Fate(came, exit_code=exit_code, restarts=more, now=last.container_id, dumps=_dumps(ended))


def _dumps(sights: Iterable[Sight]) -> frozenset[str | None]:
    return frozenset(one.dump for one in sights)


def _of_kept(fate: Fate, planned: PlannedContainer, sights: list[Sight], pod: PlannedPod, node: NodeNow, after: After) -> Fate:
    """A view that shows it running may be older than what its kubelet says, than a reboot, or than one that cannot be read."""
    started = max((one.started_at for one in sights), default=0) or planned.started_at
    of_it = [one for one in after.told(pod, planned.name) if one.kind in KUBELETS_OWN]
    later = [one for one in of_it if one.last is None or started is None or one.last > started + SECOND]
    if node.rebooted or after.is_unread(pod):
        return _UNSEEN
    if not later:
        return fate
    if started is None or not all(is_of_this(one, planned, node) and one.last is not None for one in later):
        return _UNSEEN
    why = Because.DEFINITION if any(one.kind is EventKind.DEFINITION for one in later) else Because.SANDBOX
    return replace(fate, came=Came.RESTARTED, because=why, dumps=frozenset())
