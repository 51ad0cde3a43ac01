"""gRPC to a container runtime over its unix socket, without stubs: bytes in, bytes out.

A runtime answers runtime.v1 (k8s.io/cri-api has it from 0.20 on, kubelets ask for it first from 1.23 on), or only the older
runtime.v1alpha2, as dockershim does; what it does not know is UNIMPLEMENTED. Both have the same messages as far as they are read here.
Of an error only its code is told: a runtime's own words may quote a command.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from upgradecheck.logs import Log, milliseconds
from upgradecheck.model.distributions import CONTAINERD_SOCKET, CRIO_SOCKET, DISTRIBUTIONS
from upgradecheck.model.errors import InputError
from upgradecheck.transport.unixsocket import SocketError, connect, path_meant, seconds_left

AUTO = "auto"
WELL_KNOWN = tuple(
    dict.fromkeys(
        (
            "/var/run/dockershim.sock",
            CONTAINERD_SOCKET,
            CRIO_SOCKET,
            "/var/run/cri-dockerd.sock",
            *(one.socket for one in DISTRIBUTIONS),
        )
    )
)
"""Where runtimes listen: a kubelet with dockershim itself, containerd, CRI-O, cri-dockerd, and those of distributions.

Dockershim goes first, since under docker there is a containerd too, which holds no pods.
"""

_LOG = Log(__name__)
_VERSIONS = ("v1", "v1alpha2")
_AUTO_SECONDS = 3.0
_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.default_authority", "localhost"),
    ("grpc.enable_http_proxy", 0),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
)
_WANTED = "Wanted the socket of a container runtime, such as --cri unix:///run/containerd/containerd.sock, or --cri auto"
_MEANING = {
    "UNIMPLEMENTED": "it has neither runtime.v1 nor runtime.v1alpha2; containerd may have its CRI plugin disabled",
    "DEADLINE_EXCEEDED": "it did not answer in time",
    "UNAVAILABLE": "the connection failed",
}


class CriError(InputError):
    """A runtime that cannot be reached, or that answers with an error. code is gRPC's, empty if no call was made."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Runtime(msgspec.Struct, frozen=True):
    """A runtime that has answered Version (kept raw in version). deadline is of time.monotonic(), for all calls together."""

    path: str
    version: bytes
    _api: str
    _channel: Any
    _deadline: float
    _hint: str

    @property
    def service(self) -> str:
        """The whole name of RuntimeService as this runtime has it."""
        return _service(self._api)

    def call(self, method: str, request: bytes = b"") -> bytes:
        """The raw answer of a method of RuntimeService.

        Raises:
            CriError: an error instead; its code tells which.
        """
        return self.ask(self.service, method, request, max(self._deadline - time.monotonic(), 0.001))

    def ask(self, service: str, method: str, request: bytes, seconds: float, metadata: Sequence[tuple[str, str]] = ()) -> bytes:
        """The raw answer of a method of any service behind the same socket, within seconds of its own.

        Raises:
            CriError: an error instead; its code tells which.
        """
        return _call(self._channel, self.path, service, method, request, time.monotonic() + seconds, self._hint, metadata)


@contextmanager
def connected(place: str, timeout: float, hint: str = _WANTED) -> Iterator[Runtime]:
    """The runtime at unix:///path or /path, or the first of the well-known ones that answers (``auto``); hint ends what is said of errors.

    Raises:
        CriError, SocketError: nothing answers there.
        UsageError: no path of a socket.
    """
    deadline = time.monotonic() + timeout
    runtime = _first(deadline) if place == AUTO else _opened(socket_path(place), deadline, deadline, hint)
    try:
        yield runtime
    finally:
        runtime._channel.close()


def answering(deadline: float, root: str = "/") -> tuple[str, ...]:
    """The well-known sockets behind which a runtime answers, each runtime once: some are links to others.

    root: where the node's own files stand.

    Raises:
        CriError: there is none.
    """
    found, problems, places = list[str](), list[str](), dict[str, str]()
    for path in (str(Path(root) / one.lstrip("/")) for one in WELL_KNOWN):
        places.setdefault(os.path.realpath(path), path)
    for path in places.values():
        try:
            _opened(path, min(deadline, time.monotonic() + _AUTO_SECONDS), deadline)._channel.close()
            found.append(path)
        except (CriError, SocketError) as error:
            problems.append(str(error).removesuffix(f" {_WANTED}."))
    if not found:
        raise _nobody(problems)
    return tuple(found)


def _nobody(problems: Sequence[str]) -> CriError:
    return CriError(f"--cri auto: no runtime answers. {' '.join(problems)} Name the socket with --cri SOCKET.")


def socket_path(place: str) -> str:
    """The path that is meant.

    Raises:
        UsageError: another scheme, or no whole path.
    """
    return path_meant(place, "--cri", _WANTED)


def _first(deadline: float) -> Runtime:
    problems = []
    for path in WELL_KNOWN:
        try:
            return _opened(path, min(deadline, time.monotonic() + _AUTO_SECONDS), deadline)
        except (CriError, SocketError) as error:
            problems.append(str(error).removesuffix(f" {_WANTED}."))
    raise _nobody(problems)


def _opened(path: str, version_by: float, deadline: float, hint: str = _WANTED) -> Runtime:
    """The runtime behind a path, its Version asked for under each name of the API."""
    grpc = _grpc()
    connect(path, seconds_left(version_by), hint).close()
    channel = grpc.insecure_channel(f"unix:{quote(path)}", options=_OPTIONS)
    try:
        for api in _VERSIONS:
            try:
                version = _call(channel, path, _service(api), "Version", b"", version_by, hint)
                return Runtime(path, version, api, channel, deadline, hint)
            except CriError as error:
                if error.code != "UNIMPLEMENTED" or api == _VERSIONS[-1]:
                    raise
    except BaseException:
        channel.close()
        raise
    raise AssertionError("unreachable")


def _service(api: str) -> str:
    return f"runtime.{api}.RuntimeService"


def _call(
    channel: Any,
    path: str,
    service: str,
    method: str,
    request: bytes,
    deadline: float,
    hint: str,
    metadata: Sequence[tuple[str, str]] = (),
) -> bytes:
    grpc, start = _grpc(), time.monotonic()
    try:
        asked = channel.unary_unary(f"/{service}/{method}")
        answer: bytes = asked(request, timeout=seconds_left(deadline), metadata=metadata)
    except grpc.RpcError as error:
        code = str(error.code().name)
        _LOG.debug(f"{path}: {method} of {service}: {code}, {milliseconds(start)}")
    else:
        _LOG.debug(f"{path}: {method} of {service}: OK, {len(answer):,} bytes, {milliseconds(start)}")
        return answer
    meaning = f": {_MEANING[code]}" if code in _MEANING else ""  # outside of except: a traceback would show the runtime's words
    raise CriError(f"{path}: {method} of {service.removesuffix('.RuntimeService')} fails with {code}{meaning}. {hint}.", code)


def _grpc() -> Any:
    try:
        import grpc
    except ImportError as error:
        raise InputError(
            "a runtime's socket needs grpcio, which is not installed. Install it: pip install 'upgradecheck[node]'."
        ) from error
    return grpc
