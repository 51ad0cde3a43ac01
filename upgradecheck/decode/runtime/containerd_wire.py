"""Messages of containerd's own services (containers.v1, tasks.v1) and of CRI's ContainerStatus, as far as an override needs them. Pure.

Of a Container the record of the CRI plugin is read, nothing else: its spec holds the environment. Field numbers are those of
api/services/containers/v1/containers.proto and api/types/task/task.proto, the same in containerd 1.6 to 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from upgradecheck.decode.runtime.containerd_record import EXTENSION, HASH, WITHOUT_RESOURCES, Stamps
from upgradecheck.decode.runtime.protowire import Fields, Value, as_bytes, chunk, fields_of, int64, map_entry, message, read, text, text_map
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override_journal import MetadataRecord

_KIND_FILTER = 'labels."io.cri-containerd.kind"==container'
_MASK = f"extensions.{EXTENSION}"
_RUNNING = 1


class CriStatus(msgspec.Struct, frozen=True, gc=False):
    """What CRI tells of a container: what it serves as its hashes, whether it runs, and since when (nanoseconds)."""

    stamps: Stamps
    running: bool
    started_at: int


def list_request() -> bytes:
    """A ListContainersRequest for CRI's containers, without sandboxes, which carry no hash."""
    return chunk(1, _KIND_FILTER.encode())


def get_request(container_id: str) -> bytes:
    """A request that names a container alone: GetContainerRequest, ContainerStatusRequest (verbose stays unset: it would tell secrets)."""
    return chunk(1, container_id.encode())


def update_request(container_id: str, record: MetadataRecord) -> bytes:
    """An UpdateContainerRequest that changes this one extension: the server takes all behind ``extensions.`` as one key."""
    stored = chunk(1, record.type_url.encode()) + chunk(2, record.value)
    extension = chunk(1, EXTENSION.encode()) + chunk(2, stored)
    container = chunk(1, container_id.encode()) + chunk(10, extension)
    return chunk(1, container) + chunk(2, chunk(1, _MASK.encode()))


def records_of(raw: bytes) -> dict[str, MetadataRecord]:
    """By ID the records of a ListContainersResponse.

    Raises:
        SpecRefused: no such message, or a container without ID or record.
    """
    return dict(_identified(as_bytes(value)) for number, value in fields_of(raw) if number == 1)


def record_of(raw: bytes) -> MetadataRecord:
    """The record of a GetContainerResponse.

    Raises:
        SpecRefused: no such message, or a container without record.
    """
    return _identified(b"".join(as_bytes(value) for number, value in fields_of(raw) if number == 1))[1]


def pids_of(raw: bytes) -> dict[str, int]:
    """By container ID the process IDs of a ListTasksResponse.

    Raises:
        SpecRefused: no such message.
    """
    tasks = [read(as_bytes(value), _PROCESS) for number, value in fields_of(raw) if number == 1]
    return {str(task.get("id", "")): pid for task in tasks if isinstance(pid := task.get("pid", 0), int)}


def cri_status_of(raw: bytes) -> CriStatus:
    """What a ContainerStatusResponse tells.

    Raises:
        SpecRefused: no such message.
    """
    told = read(raw, _STATUS_RESPONSE).get("status")
    if not isinstance(told, dict):
        raise SpecRefused("expected the status of a container, found none", "status")
    annotations = told.get("annotations", {})
    return CriStatus(
        Stamps(annotations.get(HASH), annotations.get(WITHOUT_RESOURCES)), told.get("state", 0) == _RUNNING, told.get("startedAt", 0)
    )


def _identified(raw: bytes) -> tuple[str, MetadataRecord]:
    found = read(raw, _CONTAINER)
    identity, record = found.get("id"), found.get("record")
    if not isinstance(identity, str) or not identity:
        raise SpecRefused("expected the ID of a container, found none", "containers")
    if not isinstance(record, MetadataRecord):
        raise SpecRefused(f"container {identity[:13]}: has no record of the CRI plugin")
    return identity, record


def _record(values: Sequence[Value]) -> MetadataRecord | None:
    stored = dict(map_entry(as_bytes(value)) for value in values).get(EXTENSION.encode())
    if stored is None:
        return None
    found = read(stored, {1: ("type_url", text), 2: ("value", _raw)})
    value = found.get("value", b"")
    assert isinstance(value, bytes)
    return MetadataRecord(str(found.get("type_url", "")), value)


def _raw(values: Sequence[Value]) -> bytes:
    return as_bytes(values[-1])


_CONTAINER: Fields = {1: ("id", text), 10: ("record", _record)}
_PROCESS: Fields = {2: ("id", text), 3: ("pid", int64)}
_STATUS: Fields = {3: ("state", int64), 5: ("startedAt", int64), 13: ("annotations", text_map(HASH, WITHOUT_RESOURCES))}
_STATUS_RESPONSE: Fields = {1: ("status", message(_STATUS))}
