"""A device plugin of the lab's: it offers devices under a resource's name while the old kubelet runs, and is gone when the new one starts.

So it is on a node: a kubelet that restarts removes all sockets of plugins, and admits its pods again before any plugin, which mostly is a
pod itself, has registered anew. Speaks v1beta1 of the kubelet's device plugin API, which all minors from 1.10 on have, in bytes written here
by hand; `python -m tests.lab.devices RESOURCE NUMBER` serves until it is stopped. Needs grpcio.
"""

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.lab.run import ROOT

FOLDER = Path("/var/lib/kubelet/device-plugins")
"""Fixed in the kubelet; of the node's own, for /var/lib is one of its own there."""
ENDPOINT = "lab.sock"
_SERVED = "serves"


@contextlib.contextmanager
def offered(resource: str, number: int) -> Iterator[None]:
    """So many devices are offered to the kubelet that runs, which knows of them from the beginning; gone at the end."""
    command = [sys.executable, "-m", "tests.lab.devices", resource, str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != _SERVED:
                raise RuntimeError("the device plugin did not come to serve; it says why above")
            yield
        finally:
            process.terminate()


def field(number: int, value: bytes | str) -> bytes:
    """A member of a protobuf message that is shorter than 128 bytes."""
    raw = value.encode() if isinstance(value, str) else value
    return bytes([number << 3 | 2, len(raw)]) + raw


def registration(resource: str) -> bytes:
    """RegisterRequest: version, endpoint, resource_name."""
    return field(1, "v1beta1") + field(2, ENDPOINT) + field(3, resource)


def devices(number: int) -> bytes:
    """ListAndWatchResponse: devices, each with its ID and health."""
    return b"".join(field(1, field(1, f"gadget-{index}") + field(2, "Healthy")) for index in range(number))


def allocated(request: bytes) -> bytes:
    """AllocateResponse: of each container that is asked for, that nothing is to be done for it."""
    found, position = 0, 0
    while position < len(request):
        found, position = found + 1, position + 2 + request[position + 1]
    return field(1, b"") * found


def _served(resource: str, number: int) -> None:
    """Registers, and serves until the process is stopped."""
    import grpc

    def listed(request: bytes, context: Any) -> Iterable[bytes]:
        yield devices(number)
        threading.Event().wait()

    methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "GetDevicePluginOptions": grpc.unary_unary_rpc_method_handler(lambda request, context: b""),
        "ListAndWatch": grpc.unary_stream_rpc_method_handler(listed),
        "Allocate": grpc.unary_unary_rpc_method_handler(lambda request, context: allocated(request)),
    }
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("v1beta1.DevicePlugin", methods),))
    server.add_insecure_port(f"unix://{FOLDER / ENDPOINT}")
    server.start()
    with grpc.insecure_channel(f"unix://{FOLDER / 'kubelet.sock'}") as channel:
        register = channel.unary_unary("/v1beta1.Registration/Register", request_serializer=bytes, response_deserializer=bytes)
        register(registration(resource), timeout=60, wait_for_ready=True)
    print(_SERVED, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    _served(sys.argv[1], int(sys.argv[2]))
