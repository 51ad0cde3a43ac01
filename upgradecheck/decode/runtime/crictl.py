"""Records of the container runtime: ``crictl ps -a -o json`` and ``crictl pods -o json``.

These are CRI messages in protobuf's JSON: lowerCamelCase, int64 as text (older printers: as a number), enums by name, or by number if
the printer does not know the value; a zero value may be left out. Extra members come and go between
crictl versions and are passed over. Annotations hold commands (preStopHandler), so only those that are named here are read.

A state is always there: every crictl prints zero values (jsonpb with EmitDefaults, later protojson with EmitDefaultValues;
protobufObjectToJSON in cri-tools cmd/crictl/util.go). Where there is none, or another word than CRI's, somebody else wrote it, and it tells
nothing. A number that CRI does not know is of a newer runtime, and is what the kubelet takes it for: a container of unknown state
(toKubeContainerState in pkg/kubelet/kuberuntime/helpers.go), a sandbox that is not ready.

The kubelet parses a hash annotation with strconv.ParseUint(v, 16, 64) and takes anything that fails, or is not there, as
0 (getUint64ValueFromAnnotation in pkg/kubelet/kuberuntime/labels.go); here that is Absent. A value of more than 32
bits is a number that no container hashes to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from sys import intern
from typing import TypeVar

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import (
    Absent,
    ContainerRecord,
    NetworkMode,
    Origin,
    PodSource,
    Recorded,
    RunState,
    SandboxNetwork,
    SandboxRecord,
)

T = TypeVar("T")
_Number = int | str | None


class _Labels(msgspec.Struct, gc=False, rename="camel"):
    pod_name: str | None = msgspec.field(default=None, name="io.kubernetes.pod.name")
    pod_namespace: str | None = msgspec.field(default=None, name="io.kubernetes.pod.namespace")
    pod_uid: str | None = msgspec.field(default=None, name="io.kubernetes.pod.uid")
    container_name: str | None = msgspec.field(default=None, name="io.kubernetes.container.name")


class _ContainerAnnotations(msgspec.Struct, gc=False, rename="camel"):
    hash: str | None = msgspec.field(default=None, name="io.kubernetes.container.hash")
    hash_without_resources: str | None = msgspec.field(default=None, name="io.kubernetes.container.hashWithoutResources")


class _SandboxAnnotations(msgspec.Struct, gc=False, rename="camel"):
    source: str | None = msgspec.field(default=None, name="kubernetes.io/config.source")
    hash: str | None = msgspec.field(default=None, name="kubernetes.io/config.hash")


class _ContainerMetadata(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    attempt: _Number = None


class _SandboxMetadata(msgspec.Struct, gc=False, rename="camel"):
    name: str | None = None
    namespace: str | None = None
    uid: str | None = None
    attempt: _Number = None


class Container(msgspec.Struct, rename="camel"):
    """What is read of a container, in ``crictl ps`` and in the status of ``crictl inspect``."""

    id: str | None = None
    pod_sandbox_id: str | None = None
    metadata: _ContainerMetadata | None = None
    state: _Number = None
    created_at: _Number = None
    labels: _Labels | None = None
    annotations: _ContainerAnnotations | None = None


class _Network(msgspec.Struct, gc=False, rename="camel"):
    ip: str | None = None


class _NamespaceOptions(msgspec.Struct, gc=False, rename="camel"):
    network: _Number = None


class _Namespaces(msgspec.Struct, rename="camel"):
    options: _NamespaceOptions | None = None


class _Linux(msgspec.Struct, rename="camel"):
    namespaces: _Namespaces | None = None


class Sandbox(msgspec.Struct, rename="camel"):
    """What is read of a sandbox, in ``crictl pods`` and in the status of ``crictl inspectp``, which alone has network and linux."""

    id: str | None = None
    metadata: _SandboxMetadata | None = None
    state: _Number = None
    created_at: _Number = None
    labels: _Labels | None = None
    annotations: _SandboxAnnotations | None = None
    network: _Network | None = None
    linux: _Linux | None = None

    def network_told(self) -> SandboxNetwork:
        """What a sandbox's own status says of its network; a mode that is left out is POD, the zero value."""
        options = self.linux.namespaces.options if self.linux and self.linux.namespaces else None
        mode = None if options is None else NetworkMode.NODE if options.network in _NODE else NetworkMode.POD
        return SandboxNetwork(mode, None if self.network is None else self.network.ip or "")


CONTAINER = msgspec.json.Decoder(Container)
_CONTAINERS = msgspec.json.Decoder(list[Container])
SANDBOX = msgspec.json.Decoder(Sandbox)

_STATES: dict[int | str, RunState] = {
    0: RunState.CREATED,
    1: RunState.RUNNING,
    2: RunState.EXITED,
    3: RunState.UNKNOWN,
    "CONTAINER_CREATED": RunState.CREATED,
    "CONTAINER_RUNNING": RunState.RUNNING,
    "CONTAINER_EXITED": RunState.EXITED,
    "CONTAINER_UNKNOWN": RunState.UNKNOWN,
}
_READY: dict[int | str, bool] = {0: True, 1: False, "SANDBOX_READY": True, "SANDBOX_NOTREADY": False}
_NODE = (2, "2", "NODE")
_HEX = pattern(r"[0-9a-fA-F]+")
_DECIMAL = pattern(r"-?[0-9]{1,19}")
_UINT32 = (1 << 32) - 1
_UINT64 = 1 << 64
_MISSING = Absent()
POD_SOURCES = {source.value: source for source in PodSource}


def container_record(raw: bytes, origin: Origin) -> ContainerRecord:
    """A container of ``crictl ps``. Pod facts are empty for a container that no kubelet made (``crictl run``).

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    return _listed(typed(CONTAINER, raw), origin)


def container_records(raws: Iterable[bytes], origins: Iterable[Origin]) -> list[ContainerRecord]:
    """Several, decoded at once.

    Raises:
        SpecRefused: as of container_record, or text that has to be read as Go reads it; which one it is, each by itself tells.
    """
    try:
        found = _CONTAINERS.decode(b"[%b]" % b",".join(raws))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise SpecRefused("one of these containers is not as it should be") from error
    return [_listed(one, origin) for one, origin in zip(found, origins, strict=True)]


def _listed(container: Container, origin: Origin) -> ContainerRecord:
    sandbox_id = _identity(container.pod_sandbox_id, "podSandboxId")
    return container_told(container, sandbox_id, number(container.created_at, "createdAt"), origin)


def container_told(container: Container, sandbox_id: str, created_at: int, origin: Origin, at: str = "") -> ContainerRecord:
    """The record of a decoded container. at is the JSON path of it in its document, with a dot behind, for errors.

    Raises:
        SpecRefused: no ID, no state of CRI's, or no attempt that is a number.
    """
    metadata = container.metadata or _ContainerMetadata()
    labels = container.labels or _Labels()
    annotations = container.annotations or _ContainerAnnotations()
    return ContainerRecord(
        container_id=_identity(container.id, f"{at}id"),
        sandbox_id=intern(sandbox_id),
        pod_uid=intern(labels.pod_uid or ""),
        pod_namespace=intern(labels.pod_namespace or ""),
        pod_name=intern(labels.pod_name or ""),
        name=intern(labels.container_name or metadata.name or ""),
        attempt=_attempt(metadata.attempt, f"{at}metadata.attempt"),
        state=_told(_STATES, container.state, f"{at}state", newer=RunState.UNKNOWN),
        created_at=created_at,
        hash=recorded_hash(annotations.hash),
        hash_without_resources=recorded_hash(annotations.hash_without_resources),
        origin=origin,
    )


def sandbox_record(raw: bytes, origin: Origin) -> SandboxRecord:
    """A sandbox of ``crictl pods``. Its source and config hash are None where a kubelet left no such annotation.

    Raises:
        SpecRefused: no JSON, no ID, or a value that is read here has a wrong type.
    """
    sandbox = typed(SANDBOX, raw)
    return sandbox_told(sandbox, number(sandbox.created_at, "createdAt"), origin)


def sandbox_told(sandbox: Sandbox, created_at: int, origin: Origin, at: str = "") -> SandboxRecord:
    """The record of a decoded sandbox. at is the JSON path of it in its document, with a dot behind, for errors.

    Raises:
        SpecRefused: no ID, no state of CRI's, or no attempt that is a number.
    """
    metadata = sandbox.metadata or _SandboxMetadata()
    annotations = sandbox.annotations or _SandboxAnnotations()
    return SandboxRecord(
        sandbox_id=intern(_identity(sandbox.id, f"{at}id")),
        pod_uid=intern(metadata.uid or ""),
        pod_namespace=intern(metadata.namespace or ""),
        pod_name=intern(metadata.name or ""),
        attempt=_attempt(metadata.attempt, f"{at}metadata.attempt"),
        ready=_told(_READY, sandbox.state, f"{at}state", newer=False),
        created_at=created_at,
        source=POD_SOURCES.get(annotations.source or ""),
        config_hash=annotations.hash or None,
        origin=origin,
    )


@lru_cache(maxsize=4096)
def recorded_hash(text: str | None) -> Recorded | Absent:
    """The hash that an annotation holds, read as the kubelet reads it: hexadecimal digits alone, at most 64 bits."""
    if text is None:
        return _MISSING
    digits = text.lstrip("0")
    if not _HEX.fullmatch(text) or len(digits) > 16:
        return Absent(found=text)
    value = Hash(int(digits or "0", 16))
    return Recorded(value, as_written=text == value.hex)


def _told(states: Mapping[int | str, T], state: _Number, path: str, *, newer: T) -> T:
    """What a state means, written as the runtime's enum is. newer: what a number means that is in none."""
    if isinstance(state, int):
        return states.get(state, newer)
    if state is None or state not in states:
        raise SpecRefused(f"expected a state of CRI, found {'none' if state is None else 'another word'}", path)
    return states[state]


def _identity(text: str | None, path: str) -> str:
    if not text:
        raise SpecRefused("expected an ID, found none", path)
    return text


def _attempt(value: _Number, path: str) -> int:
    found = number(value, path)
    if not 0 <= found <= _UINT32:
        raise SpecRefused(f"expected a number from 0 to {_UINT32}, as CRI has it, found another", path)
    return found


def number(value: _Number, path: str) -> int:
    """An int64 that is printed as a number or as text; left out means 0.

    Raises:
        SpecRefused: other text.
    """
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            raise SpecRefused("expected a whole number, found other text", path)
        return int(value)
    return value or 0
