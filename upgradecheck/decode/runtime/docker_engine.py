"""Answers of the docker engine's HTTP API, as far as they are read: /version and the list of containers."""

from __future__ import annotations

import msgspec

from upgradecheck.decode.runtime.docker import summary_record
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


def engine_records(raw: bytes, origin: Origin) -> tuple[tuple[ContainerRecord, ...], tuple[SandboxRecord, ...]]:
    """The kubelet's containers and sandboxes, of the answer to ``GET /containers/json?all=1``.

    Raises:
        SpecRefused: no list, or a container that cannot be read.
    """
    listed = typed(_LIST, raw)
    records = [record for index, one in enumerate(listed) if (record := _record(one, index, origin)) is not None]
    containers = tuple(record for record in records if isinstance(record, ContainerRecord))
    return containers, tuple(record for record in records if isinstance(record, SandboxRecord))


def _record(raw: msgspec.Raw, index: int, origin: Origin) -> ContainerRecord | SandboxRecord | None:
    try:
        return summary_record(bytes(raw), origin)
    except SpecRefused as error:
        raise SpecRefused(error.reason, f"[{index}]{f'.{error.path}' if error.path else ''}") from error
