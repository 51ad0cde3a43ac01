"""The HTTP API of the docker engine over its unix socket, GET alone. Of an answer that is no success only its status is told.

The whole exchange runs against one deadline, also where bytes come one at a time.
"""

from __future__ import annotations

import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from upgradecheck.logs import Log, milliseconds
from upgradecheck.model.errors import InputError
from upgradecheck.transport.unixsocket import SocketError, connect, path_meant, seconds_left
from upgradecheck.transport.waiting import OutOfTime, within

AUTO = "auto"
WELL_KNOWN = ("/run/docker.sock", "/var/run/docker.sock")
MAX_BODY = 256 * 1024 * 1024
"""Bytes of one answer; a container takes some 3 KB of the list."""

_LOG = Log(__name__)
_OK = 200
_AUTO_SECONDS = 3.0
_WANTED = "Wanted the socket of a docker engine, such as --docker unix:///var/run/docker.sock, or --docker auto"


class DockerError(InputError):
    """An engine that does not answer, or not as docker does."""


class Engine:
    """A docker engine. deadline is of time.monotonic(), for all requests together."""

    def __init__(self, path: str, deadline: float) -> None:
        self.path = path
        self.deadline = deadline

    def get(self, path: str, query: tuple[tuple[str, str], ...] = (), *, by: float | None = None) -> bytes:
        """The body of the answer. by: when it must be there, if that is before the deadline.

        Raises:
            DockerError: no success, or not in time.
            SocketError: nobody listens.
        """
        seconds = seconds_left(self.deadline if by is None else min(by, self.deadline))
        try:
            return within(seconds, lambda: self._exchange(path, query, seconds))
        except (OutOfTime, TimeoutError) as error:
            raise DockerError(f"{self.path}: GET {path} was not answered in time. {_WANTED}.") from error
        except (HTTPException, OSError):
            problem = f"{self.path}: GET {path} is not answered in HTTP, or the connection broke. {_WANTED}."
        raise DockerError(problem)  # outside of except: a traceback would show what came over the socket

    def _exchange(self, path: str, query: tuple[tuple[str, str], ...], seconds: float) -> bytes:
        start = time.monotonic()
        line = HTTPConnection("localhost")
        line.sock = connect(self.path, seconds, _WANTED)
        try:
            line.request("GET", path + (f"?{urlencode(query)}" if query else ""))
            with line.getresponse() as answer:  # one that ends the connection is not closed with it
                if answer.status != _OK:
                    _LOG.debug(f"{self.path}: GET {path}: {answer.status}, {milliseconds(start)}")
                    raise DockerError(f"{self.path}: answers GET {path} with HTTP {answer.status}, wanted 200. {_WANTED}.")
                body = answer.read(MAX_BODY + 1)
                _LOG.debug(f"{self.path}: GET {path}: {answer.status}, {len(body):,} bytes, {milliseconds(start)}")
        finally:
            with suppress(OSError):
                line.close()
        if len(body) > MAX_BODY:
            raise DockerError(f"{self.path}: answers GET {path} with more than {MAX_BODY >> 20} MiB. {_WANTED}.")
        return body


def reached(place: str, timeout: float) -> tuple[Engine, bytes]:
    """The engine at unix:///path or /path, or the first of the well-known ones that answers (``auto``), and its /version.

    Raises:
        DockerError, SocketError: nothing answers there.
        UsageError: no path of a socket.
    """
    deadline = time.monotonic() + timeout
    if place != AUTO:
        engine = Engine(path_meant(place, "--docker", _WANTED), deadline)
        return engine, engine.get("/version")
    problems = []
    for path in WELL_KNOWN:
        engine = Engine(path, deadline)
        try:
            return engine, engine.get("/version", by=time.monotonic() + _AUTO_SECONDS)
        except (DockerError, SocketError) as error:
            problems.append(str(error).removesuffix(f" {_WANTED}."))
    raise DockerError(f"--docker auto: no engine answers. {' '.join(problems)} Name the socket with --docker SOCKET.")
