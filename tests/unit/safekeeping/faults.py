"""Systems on which calls fail: at every call in turn, by any error, by death before or after it, or by writing less than was asked for."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from upgradecheck.safekeeping.system import System

ERRORS = (errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EMFILE, errno.EINTR)


class Killed(BaseException):
    """The process is gone: nothing that would clean up runs any more."""


@dataclass(frozen=True)
class Fault:
    """What happens at one call: an error number, "kill before", "kill after" or "short"; repeated: at every call from there on."""

    what: int | str
    repeated: bool = False

    def __str__(self) -> str:
        name = errno.errorcode[self.what] if isinstance(self.what, int) else self.what
        return f"{name}{' from there on' if self.repeated else ''}"


SOME = (Fault(errno.EIO), Fault(errno.ENOSPC, repeated=True), Fault("kill after"))
FAULTS = (
    *(Fault(number, repeated) for number in ERRORS for repeated in (False, True)),
    Fault("kill before"),
    Fault("kill after"),
    Fault("short"),
    Fault("short", repeated=True),
)


class Quick(System):
    """The real system without waiting for the disk: enough where no power fails."""

    def fsync(self, descriptor: int) -> None:
        pass

    def sleep(self, seconds: float) -> None:
        pass


class Faulty(Quick):
    """A system, but for one call (counted from 0) or all from that on."""

    def __init__(self, fault: Fault, number: int) -> None:
        self.fault = fault
        self.number = number
        self.calls = 0
        self.fired = False
        self.dead = False

    def _call(self, real: Callable[..., Any], *arguments: Any) -> Any:
        if self.dead:
            raise Killed
        here = self.calls >= self.number if self.fault.repeated else self.calls == self.number
        self.calls += 1
        if not here:
            return real(*arguments)
        self.fired = True
        if isinstance(self.fault.what, int):
            raise OSError(self.fault.what, os.strerror(self.fault.what))
        if self.fault.what == "short":
            return self._short(real, *arguments)
        if self.fault.what == "kill after":
            real(*arguments)
        self.dead = True
        raise Killed

    def _short(self, real: Callable[..., Any], *arguments: Any) -> Any:
        if real == super().write:
            return real(arguments[0], arguments[1][: max(1, len(arguments[1]) // 2)])
        if real == super().read:
            return real(arguments[0], 7)
        return real(*arguments)

    def open(self, name: str, flags: int, mode: int = 0o600, directory: int | None = None) -> int:
        return int(self._call(super().open, name, flags, mode, directory))

    def close(self, descriptor: int) -> None:
        """The descriptor is gone in any case, as with Linux."""
        super().close(descriptor)
        if not self.dead:
            self._call(lambda: None)

    def read(self, descriptor: int, size: int) -> bytes:
        return bytes(self._call(super().read, descriptor, size))

    def write(self, descriptor: int, data: bytes) -> int:
        return int(self._call(super().write, descriptor, data))

    def truncate(self, descriptor: int, size: int) -> None:
        self._call(super().truncate, descriptor, size)

    def fsync(self, descriptor: int) -> None:
        self._call(super().fsync, descriptor)

    def fchmod(self, descriptor: int, mode: int) -> None:
        self._call(super().fchmod, descriptor, mode)

    def fchown(self, descriptor: int, user: int, group: int) -> None:
        self._call(super().fchown, descriptor, user, group)

    def fstat(self, descriptor: int) -> os.stat_result:
        found = self._call(super().fstat, descriptor)
        assert isinstance(found, os.stat_result)
        return found

    def names(self, directory: int) -> list[str]:
        return list(self._call(super().names, directory))

    def rename(self, old: str, new: str, directory: int) -> None:
        self._call(super().rename, old, new, directory)

    def unlink(self, name: str, directory: int) -> None:
        self._call(super().unlink, name, directory)

    def mkdir(self, path: str, mode: int) -> None:
        self._call(super().mkdir, path, mode)

    def try_lock(self, descriptor: int) -> None:
        self._call(super().try_lock, descriptor)


def sweep(fault: Fault, first: int = 0, stride: int = 1) -> Iterator[Faulty]:
    """Systems that fail at call 0, 1, 2 ... (or at each so many-th from the first on) until one is not asked so often."""
    for number in range(first, 10_000, stride):
        system = Faulty(fault, number)
        yield system
        if not system.fired:
            return
    raise AssertionError("the sweep does not end")
