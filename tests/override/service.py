"""A containerd of the wire: its Containers and Tasks services and CRI behind one socket, over the node in miniature.

Get and List show the database; CRI shows memory, until the runtime restarts. Update does what the mask says, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tests.override.node import SECRET, Runtime
from upgradecheck.decode.runtime.containerd_record import EXTENSION, HASH, WITHOUT_RESOURCES
from upgradecheck.decode.runtime.protowire import as_bytes, chunk, fields_of, map_entry, varint
from upgradecheck.model.override_journal import MetadataRecord

Answer = Callable[[bytes], bytes]
MASK = f"extensions.{EXTENSION}"
FILTER = 'labels."io.cri-containerd.kind"==container'


def text(number: int, value: str) -> bytes:
    return chunk(number, value.encode())


def number(field_number: int, value: int) -> bytes:
    return varint(field_number << 3) + varint(value)


def fields(raw: bytes) -> dict[int, bytes]:
    """The fields of a message that are text or messages."""
    return {each: as_bytes(value) for each, value in fields_of(raw) if not isinstance(value, int)}


@dataclass
class Service:
    """What the socket answers; asked are the methods called, failing those that answer with an error."""

    runtime: Runtime
    name: str = "containerd"
    asked: list[str] = field(default_factory=list)
    failing: dict[str, grpc.StatusCode] = field(default_factory=dict)
    answers: dict[str, bytes] = field(default_factory=dict)

    def methods(self) -> Mapping[str, Answer]:
        containers, tasks, cri = (
            "containerd.services.containers.v1.Containers",
            "containerd.services.tasks.v1.Tasks",
            "runtime.v1.RuntimeService",
        )
        return {
            f"/{containers}/List": self._list,
            f"/{containers}/Get": lambda raw: chunk(1, self._container(fields(raw)[1].decode())),
            f"/{containers}/Update": self._update,
            f"/{tasks}/List": lambda _: b"".join(chunk(1, text(2, each) + number(3, pid)) for each, pid in self.runtime.pids().items()),
            f"/{cri}/Version": lambda _: text(1, "0.1.0") + text(2, self.name) + text(3, "1.6.20"),
            f"/{cri}/ContainerStatus": lambda raw: self._status(raw),
        }

    def _list(self, raw: bytes) -> bytes:
        assert fields(raw) == {1: FILTER.encode()}
        return b"".join(chunk(1, self._container(each)) for each in self.runtime.database)

    def _container(self, container_id: str) -> bytes:
        kept = self.runtime.database[container_id]
        other = chunk(10, text(1, "example.test/other") + chunk(2, text(1, "x") + text(2, "y")))
        own = chunk(10, text(1, EXTENSION) + chunk(2, text(1, kept.type_url) + chunk(2, kept.value)))
        label = chunk(2, text(1, EXTENSION) + text(2, "a label of the extension's name"))
        spec = chunk(5, text(1, "types.containerd.io/Spec") + text(2, SECRET))
        return text(1, container_id) + label + text(3, "image") + spec + other + own

    def _update(self, raw: bytes) -> bytes:
        told = fields(raw)
        assert fields(told[2]) == {1: MASK.encode()}, "nothing else may change"
        container = fields(told[1])
        key, stored = map_entry(container[10])
        assert (set(container), key) == ({1, 10}, EXTENSION.encode())
        kept = fields(stored)
        self.runtime.write(container[1].decode(), MetadataRecord(kept[1].decode(), kept[2]))
        return chunk(1, self._container(container[1].decode()))

    def _status(self, raw: bytes) -> bytes:
        assert list(fields_of(raw)) == [(1, fields(raw)[1])], "never verbose: that would tell the environment"
        found = self.runtime.served(fields(raw)[1].decode())
        if found is None:
            raise KeyError
        told = {HASH: found.stamps.hash, WITHOUT_RESOURCES: found.stamps.without_resources, "secret": SECRET}
        annotations = b"".join(chunk(13, text(1, key) + text(2, value)) for key, value in told.items() if value is not None)
        return chunk(1, text(1, "id") + number(3, 1 if found.running else 2) + number(5, found.started_at) + annotations)


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, service: Service) -> None:
        self._service = service

    def service(self, details: Any) -> Any:
        answer = self._service.methods().get(details.method)
        if answer is None:
            return None
        method = details.method.rpartition("/")[2]

        def handle(request: bytes, context: Any) -> bytes:
            self._service.asked.append(method)
            if "containerd.services" in details.method:
                assert ("containerd-namespace", "k8s.io") in list(context.invocation_metadata())
            if method in self._service.failing:
                context.abort(self._service.failing[method], f"cannot run {SECRET}")
            if method in self._service.answers:
                return self._service.answers[method]
            try:
                return answer(request)
            except KeyError:
                context.abort(grpc.StatusCode.NOT_FOUND, f"no container {SECRET}")
                raise

        return grpc.unary_unary_rpc_method_handler(handle)


@contextmanager
def serving(path: Path, service: Service) -> Iterator[str]:
    """The service behind a socket; its path."""
    with ThreadPoolExecutor(4) as pool:
        server = grpc.server(pool, handlers=[_Handler(service)], options=(("grpc.max_receive_message_length", -1),))
        server.add_insecure_port(f"unix:{path}")
        server.start()
        try:
            yield str(path)
        finally:
            server.stop(0).wait()
