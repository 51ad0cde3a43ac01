"""How a pod fares and how its containers ended, out of its status: what verify compares with a plan.

``lastState`` is the end of the container before the one that is there; where a container waits to be started anew, of the last one.
Of a pod that a kubelet may not run for a while (softAdmitHandlers in pkg/kubelet/kubelet.go) every container waits as ``Blocked``.
"""

from __future__ import annotations

from collections.abc import Iterator
from sys import intern

import msgspec
from msgspec import Raw

from upgradecheck.decode.text.times import nanoseconds
from upgradecheck.decode.text.typed import Int32, typed
from upgradecheck.model.aftermath import ContainerNow, Moments, PodNow, Termination
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import PodView, RunState


class _Terminated(msgspec.Struct, gc=False, rename="camel"):
    exit_code: int | None = None
    reason: str | None = None
    started_at: str | None = None
    finished_at: str | None = None
    container_id: str | None = msgspec.field(default=None, name="containerID")


class _Running(msgspec.Struct, gc=False, rename="camel"):
    started_at: str | None = None


class _Waiting(msgspec.Struct, gc=False, rename="camel"):
    reason: str | None = None


class _State(msgspec.Struct, gc=False, rename="camel"):
    running: _Running | None = None
    terminated: _Terminated | None = None
    waiting: _Waiting | None = None


class _Container(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    container_id: str | None = msgspec.field(default=None, name="containerID")
    state: _State | None = None
    last_state: _State | None = None
    restart_count: Int32 | None = None


class _Condition(msgspec.Struct, gc=False, rename="camel"):
    last_transition_time: str | None = None


class _Metadata(msgspec.Struct, gc=False, rename="camel"):
    creation_timestamp: str | None = None
    resource_version: str | None = None


class _Status(msgspec.Struct, rename="camel"):
    phase: str | None = None
    reason: str | None = None
    message: str | None = None
    start_time: str | None = None
    conditions: list[_Condition | None] | None = None
    init_container_statuses: list[_Container | None] | None = None
    container_statuses: list[_Container | None] | None = None
    ephemeral_container_statuses: list[_Container | None] | None = None


class _Pod(msgspec.Struct):
    metadata: Raw = Raw()
    status: Raw = Raw()


_POD = msgspec.json.Decoder(_Pod)
_STATUS = msgspec.json.Decoder(_Status | None)
_METADATA = msgspec.json.Decoder(_Metadata | None)
_BLOCKED = "Blocked"
_LONGEST_VERSION = 20
"""Digits of a resourceVersion; etcd's are 64-bit numbers."""


def pod_now(view: PodView, raw: bytes, dump: str | None = None) -> PodNow:
    """A pod as it is now; view is that of the same document, which stands in that dump.

    Raises:
        SpecRefused: a value that is read here has a wrong type.
    """
    metadata, status = _parts(raw)
    return PodNow(
        uid=view.uid,
        namespace=view.namespace,
        name=view.name,
        node=view.node,
        view=view.view,
        source=view.source,
        phase=status.phase or None,
        reason=status.reason or "",
        message=status.message or "",
        workload=view.workload,
        containers=tuple(_containers(status)),
        moments=_moments(metadata, status),
        dump=dump,
    )


def moments_of(raw: bytes) -> Moments:
    """What the document of a pod tells of times.

    Raises:
        SpecRefused: as pod_now.
    """
    return _moments(*_parts(raw))


def _parts(raw: bytes) -> tuple[_Metadata, _Status]:
    pod = typed(_POD, raw)
    metadata, status = bytes(pod.metadata), bytes(pod.status)
    return (
        (typed(_METADATA, metadata, "metadata") if metadata else None) or _Metadata(),
        (typed(_STATUS, status, "status") if status else None) or _Status(),
    )


def _moments(metadata: _Metadata, status: _Status) -> Moments:
    """Of what has happened, that is: a deletionTimestamp lies ahead by the grace period."""
    times = [metadata.creation_timestamp, status.start_time]
    times += [one.last_transition_time for one in status.conditions or () if one is not None]
    for entry in _entries(status):
        for state in filter(None, (entry.state, entry.last_state)):
            times += [one.started_at for one in (state.running, state.terminated) if one is not None]
            times += [one.finished_at for one in (state.terminated,) if one is not None]
    version = metadata.resource_version or ""
    number = int(version) if version.isascii() and version.isdigit() and len(version) <= _LONGEST_VERSION else 0
    return Moments(_time(metadata.creation_timestamp) or 0, max(_time(one) or 0 for one in times), number)


def _containers(status: _Status) -> Iterator[ContainerNow]:
    return (_container(entry, entry.name) for entry in _entries(status) if entry.name)


def _entries(status: _Status) -> Iterator[_Container]:
    for group in (status.init_container_statuses, status.container_statuses, status.ephemeral_container_statuses):
        yield from (entry for entry in group or () if entry is not None)


def _container(entry: _Container, name: str) -> ContainerNow:
    state = entry.state or _State()
    running, terminated = state.running, state.terminated
    ended = None if terminated is None or running is not None else _termination(terminated)
    last = None if entry.last_state is None or entry.last_state.terminated is None else _termination(entry.last_state.terminated)
    since = running.started_at if running is not None else terminated.started_at if terminated is not None else None
    return ContainerNow(
        name=intern(name),
        container_id=_without_scheme(entry.container_id),
        state=RunState.RUNNING if running is not None else RunState.EXITED if terminated is not None else RunState.WAITING,
        started_at=_time(since),
        restart_count=entry.restart_count or 0,
        blocked=state.waiting is not None and state.waiting.reason == _BLOCKED,
        ended=ended,
        last=last,
    )


def _termination(one: _Terminated) -> Termination:
    return Termination(one.exit_code or 0, intern(one.reason or ""), _without_scheme(one.container_id), _time(one.finished_at))


def _without_scheme(text: str | None) -> str | None:
    return (text or "").rpartition("://")[2] or None


def _time(text: str | None) -> int | None:
    """None for what is no time, and for Go's zero time."""
    try:
        return (nanoseconds(text, "status") or None) if text else None
    except SpecRefused:
        return None
