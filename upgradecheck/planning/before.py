"""How a container was when the plan was made: what verify compares with what it sees after the upgrade.

A status cuts seconds off its times, and a record tells when a container was created, a little before it started: what differs by less than
that is the same. A record's attempt is the status's restartCount (startContainer in pkg/kubelet/kuberuntime/kuberuntime_container.go).
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import ContainerRecord, PodView, RunState, status_of
from upgradecheck.model.times import is_told
from upgradecheck.planning.evidence.past import birth_of


class Before(msgspec.Struct, frozen=True, gc=False):
    """Members of a planned container; each is None where nothing tells."""

    state: RunState | None = None
    started_at: int | None = None
    restart_count: int | None = None


NOTHING_SEEN = Before()


@lru_cache(maxsize=4096)
def told_start(since: str | None) -> int | None:
    """When a container started of which only a status tells, if that is a time that can be told."""
    try:
        started = nanoseconds(since, "startedAt") if since else 0
    except SpecRefused:
        return None
    return started if is_told(started) else None


def before(status: PodView | None, record: ContainerRecord | None, name: str) -> Before:
    """What status and record show of a container; status is None where only the runtime's list shows its pod."""
    entry = None if status is None else status_of(status, name)
    if record is None and entry is None:
        return NOTHING_SEEN
    state = record.state if record is not None else entry.state if entry is not None else None
    if record is None and entry is not None:
        return Before(None if state is RunState.UNREPORTED else state, told_start(entry.started_at), entry.restart_count)
    birth = birth_of(entry, record)
    restarts = record.attempt if record is not None else entry.restart_count if entry is not None else None
    started = None if birth is None or not is_told(birth.started_at) else birth.started_at
    return Before(None if state is RunState.UNREPORTED else state, started, restarts)
