"""Our recording CRI endpoint (`cri/`, Go): built once per source text, started on a socket, asked and hurt over another.

The words of the conversation are in `cri/control.go`.
"""

import contextlib
import hashlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.caches import cache
from tests.lab.toolchains import run

SOURCE = Path(__file__).parent / "cri"
HTTP_PORT, GRPC_PORT = 8080, 9090
"""Where probes and hooks by HTTP and TCP, and by gRPC, find somebody, at every pod's address."""


def built() -> Path:
    """The endpoint's program, compiled if its source has changed. Raises NotBuildable."""
    texts = sorted(path for path in SOURCE.iterdir() if path.suffix in {".go", ".mod", ".sum"})
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in texts)).hexdigest()[:12]
    program = cache("cri") / digest
    if not program.exists():
        part = program.with_suffix(f".{os.getpid()}")
        run(["nice", "-n", "10", "go", "build", "-o", str(part), "."], cwd=SOURCE, env={**os.environ, "GOFLAGS": "-buildvcs=false"})
        part.rename(program)
    return program


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running endpoint: `socket` for kubelets, `control` for us, `events` the log of what it was asked to do."""

    socket: Path
    control: Path
    events: Path

    def ask(self, do: str, **what: object) -> Any:
        """The answer to one command. Raises RuntimeError with the endpoint's own words."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(self.control))
            line.sendall(json.dumps({"do": do, **what}).encode() + b"\n")
            with line.makefile("rb") as answers:
                answer = json.loads(answers.readline())
        if "error" in answer:
            raise RuntimeError(f"CRI endpoint, {do}: {answer['error']}")
        return answer

    def happened(self, since: int = 0) -> tuple[dict[str, Any], ...]:
        """The events after the first `since`."""
        with self.events.open() as lines:
            return tuple(json.loads(line) for line in list(lines)[since:])

    def wait_until_quiet(self, *, seconds: float, at_least: float, at_most: float) -> None:
        """Returns when nothing was created or stopped for `seconds`, but not before `at_least`. Raises TimeoutError."""
        begun = time.monotonic()
        while time.monotonic() - begun < at_least or self.ask("idle")["milliseconds"] < seconds * 1000:
            if time.monotonic() - begun > at_most:
                raise TimeoutError(f"the kubelet is still creating and stopping containers after {at_most:.0f} s")
            time.sleep(0.5)


@contextlib.contextmanager
def started(program: Path, at: Path) -> Iterator[Endpoint]:
    """The endpoint with its sockets and its log in the folder `at`, stopped at the end."""
    endpoint = Endpoint(at / "cri.sock", at / "control.sock", at / "events.jsonl")
    command = [
        str(program),
        *(f"--{name}={path}" for name, path in (("socket", endpoint.socket), ("control", endpoint.control), ("events", endpoint.events))),
        f"--images={at}",
        f"--http={HTTP_PORT}",
        f"--grpc={GRPC_PORT}",
    ]
    with (at / "cri.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            for _ in range(100):
                if endpoint.socket.exists() and endpoint.control.exists():
                    break
                time.sleep(0.1)
            yield endpoint
        finally:
            process.terminate()
