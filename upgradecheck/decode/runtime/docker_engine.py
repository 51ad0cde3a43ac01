"""Answers of the docker engine's HTTP API, as far as they are read: /version and the list of containers."""

from __future__ import annotations

import msgspec

from upgradecheck.decode.runtime.docker import Foreign, Record, summary_record
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import ContainerRecord, Origin, SandboxRecord


class _Version(msgspec.Struct):
    api_version: str | None = msgspec.field(default=None, name="ApiVersion")
    version: str | None = msgspec.field(default=None, name="Version")


_VERSION = msgspec.json.Decoder(_Version)
_LIST: msgspec.json.Decoder[list[msgspec.Raw]] = msgspec.json.Decoder(list[msgspec.Raw])


def engine_version(raw: bytes) -> str:
    """The engine's version, of its answer to ``GET /version``.

    Raises:
        SpecRefused: that is no engine's answer.
    """
    told = typed(_VERSION, raw)
    if not told.api_version:
        raise SpecRefused("expected the version of an engine's API, found none", "ApiVersion")
    return told.version or "Unknown"


class _Swarm(msgspec.Struct, rename="pascal"):
    local_node_state: str | None = None


class _Info(msgspec.Struct, rename="pascal"):
    swarm: _Swarm | None = None


_INFO = msgspec.json.Decoder(_Info)


def engine_in_swarm(raw: bytes) -> bool:
    """Whether the engine is part of a swarm or is about to be, of its answer to ``GET /info``.

    Raises:
        SpecRefused: that is no engine's answer.
    """
    told = typed(_INFO, raw).swarm
    return told is not None and told.local_node_state not in (None, "", "inactive")


class EngineRecords(msgspec.Struct, frozen=True, gc=False):
    """The kubelet's containers and sandboxes; foreign: the others that were listed."""

    containers: tuple[ContainerRecord, ...]
    sandboxes: tuple[SandboxRecord, ...]
    foreign: tuple[Foreign, ...] = ()


def engine_records(raw: bytes, origin: Origin) -> EngineRecords:
    """The records in the answer to ``GET /containers/json?all=1``.

    Raises:
        SpecRefused: no list, or a container that cannot be read.
    """
    listed = typed(_LIST, raw)
    records = [_record(one, index, origin) for index, one in enumerate(listed)]
    containers = tuple(record for record in records if isinstance(record, ContainerRecord))
    sandboxes = tuple(record for record in records if isinstance(record, SandboxRecord))
    return EngineRecords(containers, sandboxes, tuple(record for record in records if isinstance(record, Foreign)))


def _record(raw: msgspec.Raw, index: int, origin: Origin) -> Record | Foreign:
    try:
        return summary_record(bytes(raw), origin)
    except SpecRefused as error:
        raise SpecRefused(error.reason, f"[{index}]{f'.{error.path}' if error.path else ''}") from error
