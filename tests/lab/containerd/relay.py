"""`python -m tests.lab.containerd.relay UPSTREAM SOCKET`: a runtime as it was before containerd 1.6, which has runtime.v1alpha2 alone.

Calls of runtime.v1 are answered with UNIMPLEMENTED, as such a runtime does; the others go on, bytes in and bytes out. So what is asked and
answered is containerd's own v1alpha2.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc

KNOWN = "/runtime.v1alpha2."


class _Relay(grpc.GenericRpcHandler):
    def __init__(self, upstream: grpc.Channel) -> None:
        self._upstream = upstream

    def service(self, details: Any) -> Any:
        if not details.method.startswith(KNOWN):
            return None
        passed_on: Any = self._upstream.unary_unary(details.method)

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            try:
                answered: bytes = passed_on(request, timeout=30)
            except grpc.RpcError as error:
                context.abort(error.code(), error.details() or "")
                raise
            return answered

        return grpc.unary_unary_rpc_method_handler(answer)


def main(upstream: str, at: str) -> None:
    """Serves until it is killed."""
    channel = grpc.insecure_channel(f"unix:{upstream}", options=[("grpc.default_authority", "localhost")])
    server = grpc.server(ThreadPoolExecutor(4), handlers=[_Relay(channel)])
    server.add_insecure_port(f"unix:{at}")
    server.start()
    server.wait_for_termination()


@contextlib.contextmanager
def relayed(upstream: Path, at: Path) -> Iterator[Path]:
    """Such a runtime in front of the one at the socket `upstream`, on the socket `at`."""
    with subprocess.Popen([sys.executable, "-m", __name__, str(upstream), str(at)]) as process:
        try:
            until = time.monotonic() + 30
            while not at.exists():
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the relay of runtime.v1alpha2 did not come up (exit code {process.poll()})")
                time.sleep(0.05)
            yield at
        finally:
            process.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
