"""Reading a file twice: once through, to find its documents, and again by offset.

What cannot be read twice (standard input, a pipe of ``<(kubectl get …)``) is copied, while it is read, to an anonymous temporary file:
0600 and without a name from the beginning, so that nothing is left behind, for dumps hold secrets. Between the passes a file is
closed, since a fleet's directory has more files than a process may open; so size, time and inode are compared when it is opened again.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, Protocol

from upgradecheck.model.errors import InputError
from upgradecheck.sources.files.paths import STDIN, InputFile

CHUNK = 1 << 20


class ReadAt(Protocol):
    """Reads so many bytes at an offset."""

    def __call__(self, offset: int, length: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _State:
    """What shows that a file is still the same."""

    device: int
    inode: int
    size: int
    mtime_ns: int


@dataclass(slots=True)
class Content:
    """The bytes of one input, readable twice: chunks() first, then at()."""

    file: InputFile
    _spool: IO[bytes] | None = None
    _state: _State | None = field(default=None)

    def chunks(self) -> Iterator[bytes]:
        """All bytes, in order.

        Raises:
            InputError: the file changed meanwhile.
            OSError: it cannot be read.
        """
        if self.file.path == STDIN:
            yield from self._spooled(_standard_input())
            return
        descriptor = _open(self.file.path)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                yield from self._spooled(_chunks(descriptor))
                return
            self._state = _state_of(descriptor)
            yield from _chunks(descriptor)
            self._check(descriptor)
        finally:
            os.close(descriptor)

    @contextmanager
    def at(self) -> Iterator[ReadAt]:
        """The file opened again.

        Raises:
            InputError: it is not the same any more, or is gone.
        """
        if self._spool is not None:
            yield self._reader(self._spool.fileno())
            return
        try:
            descriptor = _open(self.file.path)
        except OSError as error:
            raise self._changed(f"cannot be opened again ({error.strerror})") from error
        try:
            self._check(descriptor)
            yield self._reader(descriptor)
        finally:
            os.close(descriptor)

    def close(self) -> None:
        """Frees the temporary copy, if there is one."""
        if self._spool is not None:
            self._spool.close()

    def _spooled(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        self._spool = tempfile.TemporaryFile(prefix="upgradecheck-")  # noqa: SIM115 - lives as long as the inputs
        for chunk in chunks:
            self._spool.write(chunk)
            yield chunk
        self._spool.flush()

    def _reader(self, descriptor: int) -> ReadAt:
        def read_at(offset: int, length: int) -> bytes:
            raw = os.pread(descriptor, length, offset)
            if len(raw) != length:
                raise self._changed("is shorter than it was")
            return raw

        return read_at

    def _check(self, descriptor: int) -> None:
        if _state_of(descriptor) != self._state:
            raise self._changed("is not the file it was (size, time or inode differ)")

    def _changed(self, how: str) -> InputError:
        return InputError(f"{self.file.name}: changed while it was read: {how}. Run again when nothing writes to it.")


def _open(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except ValueError as error:
        raise FileNotFoundError(errno.EINVAL, str(error)) from error


def _standard_input() -> Iterator[bytes]:
    buffer = getattr(sys.stdin, "buffer", None)
    if buffer is None:
        raise OSError(errno.EBADF, "it is closed, or no stream of bytes")
    while chunk := buffer.read(CHUNK):
        yield chunk


def _chunks(descriptor: int) -> Iterator[bytes]:
    with suppress(OSError, AttributeError):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
    while chunk := os.read(descriptor, CHUNK):
        yield chunk


def _state_of(descriptor: int) -> _State:
    facts = os.fstat(descriptor)
    return _State(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
