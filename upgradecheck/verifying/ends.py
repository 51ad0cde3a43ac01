"""Why a container was stopped, as far as anything tells.

A kubelet's stop for another definition is an event of it, as is that it makes a sandbox anew; OOM, eviction and shutdown stand in the
status, a reboot in the node's boot ID or, without one, in how a runtime tells what it found dead.

Exit codes 0, 137 (128 + SIGKILL) and 143 (128 + SIGTERM) are those of a stop by signal, and count as one. Another one decides nothing,
since many a program ends with 1 or 2 when it is told to stop; only an event does then. That it ended by itself is said in a pod that has
succeeded.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from upgradecheck.model.aftermath import ContainerNow, EventKind, KubeletEvent, Termination
from upgradecheck.model.plan import PlannedContainer
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came
from upgradecheck.verifying.nodes import NodeNow
from upgradecheck.verifying.sights import is_it, is_later, of_status, same

_KILLED = frozenset({137, 143})
_SIGNALLED = _KILLED | {0}
_OOM, _LOST, _LOST_CODE = "OOMKilled", "Unknown", 255
_EVENTS = {EventKind.DEFINITION: Because.DEFINITION, EventKind.PROBE: Because.PROBE, EventKind.EVICTED: Because.EVICTED}
KUBELETS_OWN = (EventKind.DEFINITION, EventKind.SANDBOX)
"""What a kubelet tells when it stops containers for what it compares."""
_GRACE, _SLACK = 30, 60
"""Seconds that a container is waited for where nothing is said (terminationGracePeriodSeconds), and what a busy node adds."""


class Undecided(Exception):
    """What is seen does not tell the new kubelet's doing from another reason."""


Span = tuple[int, int]
"""Between which moments something was, in nanoseconds."""


class Ending(msgspec.Struct, frozen=True, gc=False):
    """An end since the plan; of_planned: the status says that it is the planned container's."""

    end: Termination
    of_planned: bool


class Stop(msgspec.Struct, frozen=True, gc=False):
    """A stop, and what it has left: what its kubelet told, ends, when what is there now was started. done: its pod has ended well.

    restarts: how many more starts there were than in the plan, None where that is not told.
    """

    came: Came
    restarts: int | None
    told: frozenset[EventKind]
    endings: tuple[Ending, ...]
    started: tuple[int, ...]
    done: bool


def because_of(stop: Stop, node: NodeNow) -> Because | None:
    """Why: what a kubelet says goes before what a status shows, and that before what times and codes do.

    Raises:
        Undecided: what is seen fits the new kubelet as well as another reason.
    """
    why = _as_told(stop, node)
    more_than_that = stop.restarts is not None and stop.restarts > 1 and why in (Because.OOM, Because.PROBE)
    if more_than_that and not any(one.of_planned for one in stop.endings):
        raise Undecided  # the last of its ends is known, and not the first
    return why


def _as_told(stop: Stop, node: NodeNow) -> Because | None:
    for kind, because in _EVENTS.items():
        if kind in stop.told:
            return because
    endings = [one.end for one in stop.endings]
    if any(one.reason == _OOM for one in endings):
        return Because.OOM
    if node.rebooted or (node.rebooted is None and any(_is_lost(one) for one in endings)):
        return Because.REBOOT
    if EventKind.SANDBOX in stop.told:
        return Because.SANDBOX
    if stop.came is Came.RESTARTED and stop.started and _was_before(max(stop.started), node):
        return Because.BEFORE_KUBELET
    if stop.came is Came.ENDED and stop.done:
        return Because.EXITED
    if any(one.exit_code not in (_KILLED if stop.came is Came.ENDED else _SIGNALLED) for one in endings):
        raise Undecided
    return None


def began(stop: Stop, grace_seconds: int | None) -> Span | None:
    """When the planned container was told to stop, as far as its end or the next start tell: it has its grace period. None if not."""
    finished = [one.end.finished_at for one in stop.endings if one.end.finished_at is not None]
    own = [one.end.finished_at for one in stop.endings if one.of_planned and one.end.finished_at is not None]
    if not own and (stop.restarts is None or stop.restarts > 1):
        return None  # what is told is the last of several
    times = own or finished or (stop.started if stop.came is Came.RESTARTED else ())
    return span_before(min(times), grace_seconds) if times else None


def span_before(stopped: int, grace_seconds: int | None) -> Span:
    """When what had stopped by then was told to."""
    grace = _GRACE if grace_seconds is None else grace_seconds
    return stopped - (grace + _SLACK) * SECOND, stopped


def _was_before(started: int, node: NodeNow) -> bool:
    """Whether that start was before the new kubelet's.

    Raises:
        Undecided: events of kubelets' starts leave it open, which do not say of which version they are.
    """
    first, last = node.started_at, node.last_started_at
    if first is None or last is None or started + SECOND >= last:
        return False
    if started + SECOND < first and node.is_first_start:
        return True
    raise Undecided


def endings(one: ContainerNow, planned: PlannedContainer) -> Iterator[Ending]:
    """How the planned container, or one after it, has ended: of a status that shows it running, the last end was before."""
    sight = of_status(one)
    planned_one = is_it(sight, planned)
    if not (planned_one or is_later(sight, planned)) or (planned_one and sight.runs):
        return
    for end in (one.ended,) if planned_one and one.ended is not None else (one.ended, one.last):
        if end is None or (end.finished_at is not None and end.finished_at < (planned.started_at or 0)):
            continue
        yield Ending(end, of_planned=same(end.container_id, planned.container_id))


def _is_lost(ending: Termination) -> bool:
    """Whether containerd had lost it when it came up, as after a reboot (unknownExitCode and unknownExitReason in its CRI plugin)."""
    return ending.exit_code == _LOST_CODE and ending.reason == _LOST


def told_of(
    events: Iterable[KubeletEvent], planned: PlannedContainer, node: NodeNow, ends: tuple[Ending, ...], grace_seconds: int | None
) -> frozenset[EventKind]:
    """What events tell of these ends."""
    return frozenset(one.kind for one in events if is_of_this(one, planned, node) and _is_near(one, ends, grace_seconds))


def _is_near(event: KubeletEvent, ends: tuple[Ending, ...], grace_seconds: int | None) -> bool:
    """Whether another's stop that an event tells of can be one of these ends: it takes its grace period, and no days."""
    finished = [one.end.finished_at for one in ends if one.end.finished_at is not None]
    if event.kind in KUBELETS_OWN or event.last is None or not finished:
        return True
    grace = _GRACE if grace_seconds is None else grace_seconds
    return event.last >= min(finished) - (grace + _SLACK) * SECOND


def is_of_this(event: KubeletEvent, planned: PlannedContainer, node: NodeNow) -> bool:
    """Whether an event can be about the end of the planned container; that the definition changed under the old kubelet, somebody did."""
    if event.last is None:
        return True
    under_the_old_one = node.started_at is not None and event.last + SECOND < node.started_at
    return event.last >= (planned.started_at or 0) and not (event.kind in KUBELETS_OWN and under_the_old_one)
