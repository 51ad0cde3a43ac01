"""What the proxy adds to a call: `python -m tests.bench.proxy [--endpoint SOCKET --image IMAGE]`.

Every container is mapped, the worst case. Calls alternate between the runtime itself and the proxy, so both see the same machine. Without an
endpoint the runtime is a stub that answers with bytes made beforehand, which makes the ratio as bad as it can be; with one, the
containers are created there (not started) in one sandbox on the host's network, and removed afterwards.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from tests.unit.override.proxy.runtime import OPTIONS
from tests.unit.override.proxy.samples import HASH, entry, override, saved_plan
from upgradecheck.decode.runtime.protowire import as_bytes, chunk, fields_of

API = "/runtime.v1.RuntimeService/"
GOALS = {"ContainerStatus": 3.0, "ListContainers": 2.0}
MOST_MEMORY = 60.0
"""MB."""


def main() -> int:
    """Prints the figures; 1 if one misses its goal, which is set for a real runtime."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--endpoint")
    parser.add_argument("--image", default="registry.example/lab/sleeper:1")
    parser.add_argument("--containers", type=int, nargs="+", default=[200, 500])
    parser.add_argument("--calls", type=int, default=300)
    asked = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for count in asked.containers:
            with _filled(asked.endpoint, asked.image, count) if asked.endpoint else _stub(Path(folder), count) as endpoint:
                missed |= _measured(Path(folder), endpoint, count, asked.calls)
    return int(missed and asked.endpoint is not None)


def _measured(folder: Path, endpoint: str, count: int, calls: int) -> bool:
    with _channel(endpoint) as direct:
        ids = [container_id for container_id, _ in _listed(direct)]
        plan = folder / "plan.json"
        plan.write_text(saved_plan({one: override(value, f"{int(value, 16) ^ 0x11111111:x}") for one, value in _listed(direct)}))
        with _proxy(folder, endpoint, plan) as process, _channel(str(folder / "proxy.sock")) as proxied:
            changed = sum(before != after for before, after in zip(sorted(_listed(direct)), sorted(_listed(proxied)), strict=True))
            assert changed == len(ids) >= count, f"{changed} of {len(ids)} rewritten"
            missed = [_compared(name, direct, proxied, ids, calls) for name in GOALS]
            memory = _peak(process.pid)
    print(f"  {'memory, peak':16} {memory:6.1f} MB   (goal {MOST_MEMORY:.0f})")
    return any(missed) or memory > MOST_MEMORY


def _compared(name: str, direct: Any, proxied: Any, ids: Sequence[str], calls: int) -> bool:
    times: dict[int, list[float]] = {0: [], 1: []}
    for number in range(calls):
        request = b"" if name == "ListContainers" else chunk(1, ids[number % len(ids)].encode())
        for way, channel in enumerate((direct, proxied) if number % 2 else (proxied, direct)):
            began = time.perf_counter()
            channel.unary_unary(API + name)(request, timeout=30)
            times[way if number % 2 else 1 - way].append(time.perf_counter() - began)
    before, after = (statistics.median(times[way]) * 1000 for way in (0, 1))
    print(f"  {name:16} p50 {before:6.2f} ms direct, {after:6.2f} ms by proxy: ratio {after / before:.2f} (goal {GOALS[name]:.0f})")
    return after / before > GOALS[name]


def _listed(channel: Any) -> list[tuple[str, str]]:
    """ID and recorded hash of every container."""
    found = []
    for _, told in fields_of(channel.unary_unary(API + "ListContainers")(b"", timeout=60)):
        fields = [(number, as_bytes(value)) for number, value in fields_of(as_bytes(told)) if number in (1, 9)]
        pairs = [dict(fields_of(value)) for number, value in fields if number == 9]
        (value,) = [as_bytes(pair[2]).decode() for pair in pairs if pair.get(1) == HASH.encode()]
        found.append((next(value.decode() for number, value in fields if number == 1), value))
    return found


def _channel(path: str) -> Any:
    return grpc.insecure_channel(f"unix:{path.removeprefix('unix://')}", options=OPTIONS)


@contextmanager
def _proxy(folder: Path, endpoint: str, plan: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "upgradecheck", "override", "proxy", "--listen", str(folder / "proxy.sock")]
    with subprocess.Popen([*command, "--upstream", endpoint, "--map", str(plan)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        print(process.stderr.readline().strip())
        try:
            yield process
        finally:
            process.terminate()


def _peak(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


@contextmanager
def _stub(folder: Path, count: int) -> Iterator[str]:
    """A runtime in a process of its own."""
    path = str(folder / f"runtime-{count}.sock")
    code = f"from tests.bench.proxy import serve_stub; serve_stub({path!r}, {count})"
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        while not Path(path).exists():
            time.sleep(0.05)
        try:
            yield path
        finally:
            process.terminate()


def serve_stub(path: str, count: int) -> None:
    """Answers with bytes made beforehand, about 800 of them for a container."""
    from concurrent.futures import ThreadPoolExecutor

    def told(index: int, field: int) -> bytes:
        annotations = entry(field, HASH, f"{0xC18C0000 + index:x}") + entry(field, "io.kubernetes.pod.terminationGracePeriod", "30")
        return chunk(1, f"{index:064x}".encode()) + chunk(5, os.urandom(650)) + annotations

    everything = b"".join(chunk(1, told(index, 9)) for index in range(count))
    statuses = {chunk(1, f"{index:064x}".encode()): chunk(1, told(index, 13)) for index in range(count)}

    class Handler(grpc.GenericRpcHandler):
        def service(self, details: grpc.HandlerCallDetails) -> Any:
            listing = str(details.method).endswith("ListContainers")
            return grpc.unary_unary_rpc_method_handler(lambda request, context: everything if listing else statuses[request])

    server = grpc.server(ThreadPoolExecutor(4), options=OPTIONS)
    server.add_generic_rpc_handlers((Handler(),))
    server.add_insecure_port(f"unix:{path}")
    server.start()
    server.wait_for_termination()


@contextmanager
def _filled(endpoint: str, image: str, count: int) -> Iterator[str]:
    """That many containers at a real runtime."""
    endpoint = endpoint.removeprefix("unix://")
    names = chunk(1, f"bench-{count}".encode()) + chunk(2, b"bench-uid") + chunk(3, b"bench")
    host = b"\x08\x02\x10\x01\x18\x02"  # network NODE, pid CONTAINER, ipc NODE
    sandbox_config = chunk(1, names) + chunk(8, chunk(2, chunk(1, host)))
    with _channel(endpoint) as channel:

        def call(method: str, request: bytes) -> bytes:
            answer: bytes = channel.unary_unary(API + method)(request, timeout=120)
            return answer

        sandbox = as_bytes(dict(fields_of(call("RunPodSandbox", chunk(1, sandbox_config))))[1])
        try:
            for index in range(count):
                kept = [("restartCount", "0"), ("terminationMessagePath", "/dev/termination-log"), ("terminationMessagePolicy", "File")]
                annotations = b"".join(entry(10, f"io.kubernetes.container.{key}", value) for key, value in kept)
                labels = b"".join(
                    entry(9, f"io.kubernetes.{key}", f"bench-{index}") for key in ("container.name", "pod.name", "pod.namespace", "pod.uid")
                )
                config = chunk(1, chunk(1, f"c{index}".encode())) + chunk(2, chunk(1, image.encode())) + labels + annotations
                call(
                    "CreateContainer",
                    chunk(1, sandbox) + chunk(2, config + entry(10, HASH, f"{0xC18C0000 + index:x}")) + chunk(3, sandbox_config),
                )
            yield endpoint
        finally:
            call("StopPodSandbox", chunk(1, sandbox))
            call("RemovePodSandbox", chunk(1, sandbox))


if __name__ == "__main__":
    raise SystemExit(main())
