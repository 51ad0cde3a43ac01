"""Unix sockets: which path an option means, and whether somebody listens there; the system's own words are better than a library's."""

from __future__ import annotations

import socket
import stat
import time
from pathlib import Path

from upgradecheck.model.errors import InputError, UsageError


class SocketError(InputError):
    """A runtime's socket that cannot be reached."""


def path_meant(place: str, option: str, wanted: str) -> str:
    """The path of ``unix:///path``, ``unix:/path`` or ``/path``. option is named in messages; wanted says what to give.

    Raises:
        UsageError: another scheme, or no whole path.
    """
    path = place.removeprefix("unix://") if place.startswith("unix://") else place.removeprefix("unix:")
    if not path.startswith("/") or "\0" in path:
        raise UsageError(f"{option} {place!r}: is no path of a unix socket. {wanted}.")
    return path


def connect(path: str, seconds: float, wanted: str) -> socket.socket:
    """A connection; seconds is also how long it waits for each byte.

    Raises:
        SocketError: nobody listens there.
    """
    try:
        if not stat.S_ISSOCK(Path(path).stat().st_mode):
            raise SocketError(f"{path}: is no socket. {wanted}.")
        line = socket.socket(socket.AF_UNIX)
        try:
            line.settimeout(max(seconds, 0.001))
            line.connect(path)
        except BaseException:
            line.close()
            raise
    except OSError as error:
        raise SocketError(f"{path}: cannot be reached ({error.strerror or error}). {wanted}.") from error
    return line


def seconds_left(deadline: float) -> float:
    """Seconds to a time of time.monotonic(), never quite nothing, since a timeout of 0 would mean another thing."""
    return max(deadline - time.monotonic(), 0.001)
