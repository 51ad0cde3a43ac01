"""A runtime that does what each request tells it to, for any method, over a real unix socket; and the proxy in front of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from tests.patience import PATIENCE
from tests.unit.override.proxy.samples import saved_plan
from upgradecheck.model.override import Override
from upgradecheck.override.proxy.serving import ProxySettings, serve

OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.default_authority", "localhost"),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.enable_retries", 0),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 50),
)


@dataclass
class Runtime:
    """script: what a call does, by method; else it answers each request with that request's bytes, reversed."""

    path: str
    script: dict[str, Any] = field(default_factory=dict)
    seen: list[tuple[str, dict[str, str | bytes], float | None]] = field(default_factory=list)
    cancelled: threading.Event = field(default_factory=threading.Event)
    under_way: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)
    server: Any = None

    def start(self) -> None:
        self.server = grpc.server(ThreadPoolExecutor(16), options=OPTIONS)
        self.server.add_generic_rpc_handlers((_Handler(self),))
        self.server.add_insecure_port(f"unix:{self.path}")
        self.server.start()

    def stop(self) -> None:
        self.server.stop(0).wait()


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        method = details.method

        def call(requests: Iterator[bytes], context: Any) -> Iterator[bytes]:
            told = {key: value for key, value in context.invocation_metadata() if not key.startswith(("user-agent", "grpc-accept"))}
            self._runtime.seen.append((method, told, context.time_remaining()))
            script = self._runtime.script.get(method)
            if script is not None:
                yield from script(requests, context)
            else:
                for request in requests:
                    yield request[::-1]

        return grpc.stream_stream_rpc_method_handler(call)


@dataclass(frozen=True)
class Outcome:
    """All that a caller sees of a call."""

    messages: list[bytes]
    code: str
    details: str
    initial: list[tuple[str, str | bytes]]
    trailing: list[tuple[str, str | bytes]]


def called(channel: Any, method: str, requests: Sequence[bytes], *, many: tuple[bool, bool] = (True, True), **options: Any) -> Outcome:
    """Makes a call of that kind: many requests, many answers."""
    name = {(False, False): "unary_unary", (False, True): "unary_stream", (True, False): "stream_unary", (True, True): "stream_stream"}[
        many
    ]
    stub = getattr(channel, name)(method)
    given = iter(requests) if many[0] else requests[0]
    messages: list[bytes] = []
    call: Any
    try:
        if many[1]:
            call = stub(given, timeout=PATIENCE, **options)
            messages += call
        else:
            answer, call = stub.with_call(given, timeout=PATIENCE, **options)
            messages.append(answer)
    except grpc.RpcError as error:
        call = error
    return Outcome(messages, call.code().name, call.details(), _pairs(call.initial_metadata()), _pairs(call.trailing_metadata()))


def _pairs(metadata: Any) -> list[tuple[str, str | bytes]]:
    return sorted((key, value) for key, value in metadata or ())


@dataclass
class Running:
    """A proxy in this process, and its channel beside one that goes to the runtime itself."""

    runtime: Runtime
    plan: Path
    path: str
    metrics: Path
    proxied: Any
    direct: Any
    stop: threading.Event
    thread: threading.Thread
    told: list[str]


@contextmanager
def proxy_of(folder: Path, overrides: Mapping[str, Override], stop_seconds: float = 5) -> Iterator[Running]:
    """A runtime, a proxy in front of it, and both ways to it."""
    runtime = Runtime(str(folder / "runtime.sock"))
    runtime.start()
    plan = folder / "plan.json"
    plan.write_text(saved_plan(overrides))
    path, stop, told = str(folder / "proxy.sock"), threading.Event(), list[str]()
    settings = ProxySettings(path, runtime.path, str(plan), str(folder / "proxy.prom"), stop_seconds)
    thread = threading.Thread(target=serve, args=(settings, stop, told.append), daemon=True)
    thread.start()
    while not any("listening on" in one for one in told):
        assert thread.is_alive(), told
        threading.Event().wait(0.01)
    proxied, direct = [grpc.insecure_channel(f"unix:{one}", options=OPTIONS) for one in (path, runtime.path)]
    try:
        yield Running(runtime, plan, path, folder / "proxy.prom", proxied, direct, stop, thread, told)
    finally:
        proxied.close()
        direct.close()
        stop.set()
        runtime.go_on.set()
        runtime.cancelled.set()
        thread.join(PATIENCE)
        runtime.stop()


def methods() -> list[tuple[str, tuple[bool, bool]]]:
    """Every method of both versions of CRI, and whether it has many requests and answers."""
    told = json.loads(Path(__file__).with_name("cri_methods.json").read_text())
    return [(method, (requests, answers)) for method, requests, answers in told["methods"]]
