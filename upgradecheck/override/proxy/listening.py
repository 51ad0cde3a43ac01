"""The proxy's own socket: only for its user, never in the place of something that is in use or is no socket.

A lock beside it, held as long as the process lives, keeps two proxies from taking each other's left-over for their own.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from upgradecheck.model.errors import InputError, UsageError

_LOCK = ".lock"
_ONLY_US = 0o177
_QUEUE = 128
_LONGEST_PATH = 107
"""Bytes of a unix socket's path on Linux."""


def socket_file(option: str, place: str) -> str:
    """The path that is meant, given as unix:///path or /path.

    Raises:
        UsageError: another scheme, no whole path, or one too long for a socket.
    """
    path = place.removeprefix("unix://") if place.startswith("unix://") else place.removeprefix("unix:")
    if not path.startswith("/") or "\0" in path:
        raise UsageError(f"{option} {place!r}: is no path of a unix socket. Write it as {option} /run/upgradecheck/cri.sock.")
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise UsageError(f"{option} {place!r}: is longer than {_LONGEST_PATH} bytes, the limit of a socket's path. Choose a shorter one.")
    return path


@contextmanager
def listening(path: str) -> Iterator[socket.socket]:
    """Listens there, mode 0600; the socket is removed at the end, if it is still ours. Its directory is made where the one above is there.

    Raises:
        InputError: something is there that may not be replaced, or the path cannot be used.
    """
    _make_directory(path)
    with _lock(path):
        _remove_left_over(path)
        line, identity = _bound(path)
        try:
            yield line
        finally:
            line.close()
            with suppress(OSError):
                if _identity(path) == identity:
                    Path(path).unlink()


def _make_directory(path: str) -> None:
    """/run is empty after a boot: systemd makes the directory for the unit, and whoever types the command has none. For root alone."""
    with suppress(OSError):  # what cannot be made is told where it is used
        os.mkdir(os.path.dirname(path), 0o700)  # noqa: PTH102, PTH120 - one level, never more


@contextmanager
def _lock(path: str) -> Iterator[None]:
    try:
        descriptor = os.open(path + _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unusable(path, f"its lock {path}{_LOCK} cannot be opened ({error.strerror})") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise InputError(f"--listen {path}: another proxy listens there. Stop it first, or listen on another path.") from None
    finally:
        os.close(descriptor)


def _remove_left_over(path: str) -> None:
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unusable(path, f"cannot be looked at ({error.strerror})") from error
    if not stat.S_ISSOCK(mode):
        raise _unusable(path, "is there already and is no socket; it was left alone")
    if _somebody_listens(path):
        raise InputError(f"--listen {path}: somebody listens there already. Stop that first, or listen on another path; it was left alone.")
    try:
        Path(path).unlink()
    except OSError as error:
        raise _unusable(path, f"is a socket that nobody listens on, and cannot be removed ({error.strerror})") from error


def _somebody_listens(path: str) -> bool:
    """Anything but a refusal counts: a full queue, a socket that we may not open."""
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(path)
        except OSError as error:
            return error.errno != errno.ECONNREFUSED
    return True


def _bound(path: str) -> tuple[socket.socket, tuple[int, int]]:
    line = socket.socket(socket.AF_UNIX)
    mask = os.umask(_ONLY_US)
    try:
        line.bind(path)
        line.listen(_QUEUE)
        return line, _identity(path)
    except OSError as error:
        line.close()
        raise _unusable(path, f"cannot be listened on ({error.strerror})") from error
    finally:
        os.umask(mask)


def _identity(path: str) -> tuple[int, int]:
    found = os.lstat(path)
    return found.st_dev, found.st_ino


def _unusable(path: str, why: str) -> InputError:
    return InputError(f"--listen {path}: {why}. Wanted a path for a new socket in a directory that is there.")
