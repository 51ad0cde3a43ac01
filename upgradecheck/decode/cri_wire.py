"""Records out of CRI messages as they come over gRPC: just the fields that are read, everything else passed over unread.

runtime.v1 and runtime.v1alpha2 have the same field numbers for all that is here (k8s.io/cri-api api.proto). proto3 leaves zero values
out: no state is CREATED or READY, no network mode is POD. Of a scalar that comes twice the last counts, a message that comes in
parts is their concatenation, a key that comes twice has its last value. Annotations hold commands (preStopHandler): only those
that are named here are taken out of the bytes.

A message takes the form that crictl prints (decode.crictl), so that both give the same record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.decode import crictl
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import ContainerRecord, Origin, SandboxNetwork, SandboxRecord

_Value = int | bytes
_Reader = Callable[[Sequence[_Value]], object]
_Fields = Mapping[int, tuple[str, _Reader]]

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_FIELD = (1 << 29) - 1
_MAX_SHIFT = 63
_UINT64 = (1 << 64) - 1
_UINT32 = (1 << 32) - 1


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
    text = sandbox_id.encode()
    return b"\x0a" + _varint(len(text)) + text


def _container(raw: bytes, at: str, origin: Origin) -> ContainerRecord:
    container = msgspec.convert(_decoded(raw, _CONTAINER, at.rstrip(".")), crictl.Container)
    if not container.pod_sandbox_id:
        raise SpecRefused("expected an ID, found none", f"{at}podSandboxId")
    return crictl.container_told(container, container.pod_sandbox_id, crictl.number(container.created_at, at), origin, at)


def _sandbox(raw: bytes, at: str, origin: Origin) -> SandboxRecord:
    sandbox = _sandbox_of(raw, _SANDBOX, at.rstrip("."))
    return crictl.sandbox_told(sandbox, crictl.number(sandbox.created_at, at), origin, at)


def _sandbox_of(raw: bytes, fields: _Fields, at: str) -> crictl.Sandbox:
    return msgspec.convert(_decoded(raw, fields, at), crictl.Sandbox)


def _repeated(raw: bytes, number: int, at: str) -> list[bytes]:
    try:
        return [_as_bytes(value) for field, value in _fields_of(raw) if field == number]
    except SpecRefused as error:
        raise SpecRefused(error.reason, at) from error


def _decoded(raw: bytes, fields: _Fields, at: str) -> dict[str, object]:
    try:
        return _read(raw, fields)
    except SpecRefused as error:
        raise SpecRefused(error.reason, at) from error


def _read(raw: bytes, fields: _Fields) -> dict[str, object]:
    found: dict[int, list[_Value]] = {}
    for number, value in _fields_of(raw):
        if number in fields:
            found.setdefault(number, []).append(value)
    return {fields[number][0]: fields[number][1](values) for number, values in found.items()}


def _fields_of(raw: bytes) -> Iterator[tuple[int, _Value]]:
    """Number and value of each field, in the order of the bytes; a fixed-size one, which nothing here is, as bytes."""
    position = 0
    while position < len(raw):
        tag, position = _number_at(raw, position)
        number, kind = tag >> 3, tag & 7
        if not 0 < number <= _MAX_FIELD:
            raise SpecRefused("no protobuf message: a field number that cannot be")
        if kind == _VARINT:
            value, position = _number_at(raw, position)
            yield number, value
            continue
        size, position = _size_at(raw, position, kind)
        if size > len(raw) - position:
            raise SpecRefused("no whole protobuf message: it ends within a field")
        yield number, raw[position : position + size]
        position += size


def _size_at(raw: bytes, position: int, kind: int) -> tuple[int, int]:
    if kind == _BYTES:
        return _number_at(raw, position)
    if kind in (_FIXED64, _FIXED32):
        return (8 if kind == _FIXED64 else 4), position
    raise SpecRefused("no protobuf message of CRI: a wire type that it does not use")


def _number_at(raw: bytes, position: int) -> tuple[int, int]:
    """A varint and the position behind it; at most ten bytes, 64 bits."""
    number = 0
    for shift in range(0, _MAX_SHIFT + 1, 7):
        if position >= len(raw):
            raise SpecRefused("no whole protobuf message: it ends within a number")
        byte = raw[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            if number > _UINT64:
                break
            return number, position
    raise SpecRefused("no protobuf message: a number of more than 64 bits")


def _varint(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*groups, number))


def _as_bytes(value: _Value) -> bytes:
    if isinstance(value, int):
        raise SpecRefused("expected text or a message, found a number")
    return value


def _as_number(value: _Value) -> int:
    if isinstance(value, bytes):
        raise SpecRefused("expected a number, found bytes")
    return value


def _text(values: Sequence[_Value]) -> str:
    try:
        return _as_bytes(values[-1]).decode()
    except UnicodeDecodeError:
        raise SpecRefused("expected text, found bytes that are no UTF-8") from None


def _uint32(values: Sequence[_Value]) -> int:
    return _as_number(values[-1]) & _UINT32


def _int64(values: Sequence[_Value]) -> int:
    number = _as_number(values[-1])
    return number - (1 << 64) if number >> 63 else number


def _message(fields: _Fields) -> _Reader:
    return lambda values: _read(b"".join(map(_as_bytes, values)), fields)


def _map(*wanted: str) -> _Reader:
    """A map of texts, of which only the wanted keys are decoded."""
    keys = {key.encode(): key for key in wanted}

    def read(values: Sequence[_Value]) -> dict[str, str]:
        told: dict[str, str] = {}
        for entry in values:
            key, value = _entry(_as_bytes(entry))
            if key in keys:
                told[keys[key]] = _text((value,))
        return told

    return read


def _entry(raw: bytes) -> tuple[bytes, bytes]:
    parts = {1: b"", 2: b""}
    for number, value in _fields_of(raw):
        if number in parts:
            parts[number] = _as_bytes(value)
    return parts[1], parts[2]


_CONTAINER_LABELS = _map("io.kubernetes.pod.name", "io.kubernetes.pod.namespace", "io.kubernetes.pod.uid", "io.kubernetes.container.name")
_CONTAINER_ANNOTATIONS = _map("io.kubernetes.container.hash", "io.kubernetes.container.hashWithoutResources")
_SANDBOX_ANNOTATIONS = _map("kubernetes.io/config.source", "kubernetes.io/config.hash")

_CONTAINER: _Fields = {
    1: ("id", _text),
    2: ("podSandboxId", _text),
    3: ("metadata", _message({1: ("name", _text), 2: ("attempt", _uint32)})),
    6: ("state", _int64),
    7: ("createdAt", _int64),
    8: ("labels", _CONTAINER_LABELS),
    9: ("annotations", _CONTAINER_ANNOTATIONS),
}
_SANDBOX: _Fields = {
    1: ("id", _text),
    2: ("metadata", _message({1: ("name", _text), 2: ("uid", _text), 3: ("namespace", _text), 4: ("attempt", _uint32)})),
    3: ("state", _int64),
    4: ("createdAt", _int64),
    6: ("annotations", _SANDBOX_ANNOTATIONS),
}
_SANDBOX_STATUS: _Fields = {
    5: ("network", _message({1: ("ip", _text)})),
    6: ("linux", _message({1: ("namespaces", _message({2: ("options", _message({1: ("network", _int64)}))}))})),
}
_VERSION: _Fields = {2: ("runtimeName", _text), 3: ("runtimeVersion", _text)}
