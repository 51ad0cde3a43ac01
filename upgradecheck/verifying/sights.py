"""Views of one container: the API server's, its kubelet's, its runtime's list, and which of them are of the planned one or of a later one.

One may be older than the others, or than the upgrade. The plan knows which container ran: a view that shows a later one is the later view.
"""

from __future__ import annotations

import msgspec

from upgradecheck.model.aftermath import ContainerNow, Termination
from upgradecheck.model.plan import PlannedContainer
from upgradecheck.model.pod import ContainerRecord, RunState
from upgradecheck.model.times import SECOND

_SAME = 12
"""Letters by which a short container ID is one with a long one, as ``docker ps`` and ``crictl ps`` cut them."""


class Sight(msgspec.Struct, frozen=True, gc=False):
    """One view of a container. waits: to be started anew; dump: which list shows it, None for what was read just now."""

    container_id: str | None
    restarts: int
    started_at: int
    runs: bool
    ended: Termination | None = None
    waits: bool = False
    dump: str | None = None


def of_status(one: ContainerNow, dump: str | None = None) -> Sight:
    """That of a pod's status."""
    runs, waits = one.state is RunState.RUNNING, one.state is RunState.WAITING
    return Sight(one.container_id, one.restart_count, one.started_at or 0, runs, one.ended or one.last, waits, dump)


def of_record(one: ContainerRecord, dump: str | None) -> Sight:
    """That of a runtime's list."""
    return Sight(one.container_id, one.attempt, one.created_at, one.state is RunState.RUNNING, dump=dump)


def is_later(sight: Sight, planned: PlannedContainer) -> bool:
    """Whether it is another container than the planned one, and no earlier one."""
    if sight.container_id is None:  # it waits for its pod's init containers, or to be created; what ran before has ended
        return sight.ended is not None
    if planned.container_id is None or is_it(sight, planned):
        return False
    if planned.restart_count is not None and sight.restarts > planned.restart_count:
        return True  # whatever the node's clock says
    started = sight.started_at
    return not (started and planned.started_at is not None and started + SECOND < planned.started_at)


def is_it(sight: Sight, planned: PlannedContainer) -> bool:
    """Whether it is the planned container; one of the two IDs may be cut."""
    return same(sight.container_id, planned.container_id)


def same(first: str | None, second: str | None) -> bool:
    """Whether two IDs are of one container."""
    one, other = first or "", second or ""
    shorter = min(len(one), len(other))
    return bool(one) and (one == other or (shorter >= _SAME and one[:shorter] == other[:shorter]))
