"""Records out of CRI messages as they come over gRPC: just the fields that are read, everything else passed over unread.

runtime.v1 and runtime.v1alpha2 have the same field numbers for all that is here (k8s.io/cri-api api.proto). proto3 leaves zero values
out: no state is CREATED or READY, no network mode is POD. Annotations hold commands (preStopHandler): only those that are named here
are taken out of the bytes.

A message takes the form that crictl prints (decode.crictl), so that both give the same record.
"""

from __future__ import annotations

import msgspec

from upgradecheck.decode.runtime import crictl
from upgradecheck.decode.runtime.protowire import Fields, as_bytes, chunk, fields_of, int64, message, read, text, text_map, uint32
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import ContainerRecord, Origin, SandboxNetwork, SandboxRecord


def container_records(raw: bytes, origin: Origin) -> tuple[ContainerRecord, ...]:
    """The containers of a ListContainersResponse.

    Raises:
        SpecRefused: no such message, or a container without ID.
    """
    return tuple(_container(one, f"containers[{index}].", origin) for index, one in enumerate(_repeated(raw, 1, "containers")))


def sandbox_records(raw: bytes, origin: Origin) -> tuple[SandboxRecord, ...]:
    """The sandboxes of a ListPodSandboxResponse; this list shows nothing of their network.

    Raises:
        SpecRefused: no such message, or a sandbox without ID.
    """
    return tuple(_sandbox(one, f"items[{index}].", origin) for index, one in enumerate(_repeated(raw, 1, "items")))


def sandbox_network(raw: bytes) -> SandboxNetwork:
    """The network that a PodSandboxStatusResponse shows.

    Raises:
        SpecRefused: no such message, or no status in it.
    """
    statuses = _repeated(raw, 1, "status")
    if not statuses:
        raise SpecRefused("expected the status of a sandbox, found none", "status")
    return _sandbox_of(b"".join(statuses), _SANDBOX_STATUS, "status").network_told()


def runtime_version(raw: bytes) -> tuple[str, str]:
    """Name and version of the runtime, of a VersionResponse.

    Raises:
        SpecRefused: no such message.
    """
    told = _decoded(raw, _VERSION, "version")
    return str(told.get("runtimeName", "")), str(told.get("runtimeVersion", ""))


def sandbox_status_request(sandbox_id: str) -> bytes:
    """A PodSandboxStatusRequest. Its field verbose stays unset: a verbose answer holds the environment of containers."""
    return chunk(1, sandbox_id.encode())


def _container(raw: bytes, at: str, origin: Origin) -> ContainerRecord:
    container = msgspec.convert({"state": 0} | _decoded(raw, _CONTAINER, at.rstrip(".")), crictl.Container)
    if not container.pod_sandbox_id:
        raise SpecRefused("expected an ID, found none", f"{at}podSandboxId")
    return crictl.container_told(container, container.pod_sandbox_id, crictl.number(container.created_at, at), origin, at)


def _sandbox(raw: bytes, at: str, origin: Origin) -> SandboxRecord:
    sandbox = _sandbox_of(raw, _SANDBOX, at.rstrip("."))
    return crictl.sandbox_told(sandbox, crictl.number(sandbox.created_at, at), origin, at)


def _sandbox_of(raw: bytes, fields: Fields, at: str) -> crictl.Sandbox:
    return msgspec.convert({"state": 0} | _decoded(raw, fields, at), crictl.Sandbox)


def _repeated(raw: bytes, number: int, at: str) -> list[bytes]:
    try:
        return [as_bytes(value) for field, value in fields_of(raw) if field == number]
    except SpecRefused as error:
        raise SpecRefused(error.reason, at) from error


def _decoded(raw: bytes, fields: Fields, at: str) -> dict[str, object]:
    try:
        return read(raw, fields)
    except SpecRefused as error:
        raise SpecRefused(error.reason, at) from error


_CONTAINER_LABELS = text_map(
    "io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.pod.uid", "io.kubernetes.container.name"
)
_CONTAINER_ANNOTATIONS = text_map("io.kubernetes.container.hash", "io.kubernetes.container.hashWithoutResources")
_SANDBOX_ANNOTATIONS = text_map("kubernetes.io/config.source", "kubernetes.io/config.hash")

_CONTAINER: Fields = {
    1: ("id", text),
    2: ("podSandboxId", text),
    3: ("metadata", message({1: ("name", text), 2: ("attempt", uint32)})),
    6: ("state", int64),
    7: ("createdAt", int64),
    8: ("labels", _CONTAINER_LABELS),
    9: ("annotations", _CONTAINER_ANNOTATIONS),
}
_SANDBOX: Fields = {
    1: ("id", text),
    2: ("metadata", message({1: ("name", text), 2: ("uid", text), 3: ("namespace", text), 4: ("attempt", uint32)})),
    3: ("state", int64),
    4: ("createdAt", int64),
    6: ("annotations", _SANDBOX_ANNOTATIONS),
}
_SANDBOX_STATUS: Fields = {
    5: ("network", message({1: ("ip", text)})),
    6: ("linux", message({1: ("namespaces", message({2: ("options", message({1: ("network", int64)}))}))})),
}
_VERSION: Fields = {2: ("runtimeName", text), 3: ("runtimeVersion", text)}
