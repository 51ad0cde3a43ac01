"""Reading a file twice: once through, to find its documents, and again by offset.

What cannot be read twice (standard input, a pipe of ``<(kubectl get …)``), or not at an offset (gzip, YAML), is kept in the spool.
Between the passes a file is closed, since a fleet's directory has more files than a process may open; so size, time and inode are
compared when it is opened again. What is read again mostly stands right behind what was read before it: then a chunk is read at once.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from typing import Protocol

import msgspec

from upgradecheck.decode.text.gzipped import MAGIC, decompressed
from upgradecheck.decode.text.utf16 import NEEDED, as_utf8, codec_of
from upgradecheck.entry import open_file
from upgradecheck.model.errors import InputError
from upgradecheck.sources.files.paths import STDIN, InputFile
from upgradecheck.sources.files.spool import Spool

CHUNK = 1 << 20
_NEAR = 1 << 16
"""Bytes to what is read next, where more of it is read at once."""


class ReadAt(Protocol):
    """Reads so many bytes at an offset."""

    def __call__(self, offset: int, length: int) -> bytes: ...


class _State(msgspec.Struct, frozen=True, gc=False):
    """What shows that a file is still the same."""

    device: int
    inode: int
    size: int
    mtime_ns: int


def _nobody(file: InputFile, number: int) -> None:
    """Who is not told how far the reading is."""


class Content(msgspec.Struct):
    """The bytes of one input, readable twice: chunks() first, kept or replaced by what is kept for them, then at()."""

    file: InputFile
    spool: Spool
    _base: int | None = None
    _in_place: bool = False
    _state: _State | None = None
    took: Callable[[InputFile, int], None] = _nobody
    """Is told of each chunk of the file how many bytes it has, before it is decompressed."""
    recoded: bool = False
    """Whether it was UTF-16 with letters beyond ASCII."""
    yaml: int = 0
    """How many bytes of YAML it gave."""

    def chunks(self) -> Iterator[bytes]:
        """All bytes, decompressed and as UTF-8, in order.

        Raises:
            InputError: the file changed meanwhile, or its compressed data cannot be used.
            OSError: it cannot be read.
        """
        if self.file.path == STDIN:
            yield from self._plain(self._told(_standard_input()))
            return
        descriptor = open_file(self.file.path)
        try:
            self._in_place = regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
            self._state = _state_of(descriptor)
            yield from self._plain(self._told(_chunks(descriptor)))
            if regular:
                self._check(descriptor)
        finally:
            os.close(descriptor)

    def _told(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            self.took(self.file, len(chunk))
            yield chunk

    def _plain(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        head = _begun(chunks)
        if head.startswith(MAGIC):
            self._in_place = False
            chunks = decompressed(chain((head,), chunks), self.file.name)
            head = _begun(chunks)
        if (codec := codec_of(head)) is not None:
            self._in_place = False
            yield from as_utf8(chain((head,), chunks), codec, self.file.name, self._beyond_ascii)
        elif head:
            yield head
            yield from chunks

    def _beyond_ascii(self) -> None:
        self.recoded = True

    def kept(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """What chunks() gave, passed on, and kept if the file itself cannot be read again at an offset."""
        for chunk in chunks:
            if not self._in_place:
                self.keep(chunk)
            yield chunk

    def as_yaml(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """What chunks() gave, passed on, and counted as YAML."""
        for chunk in chunks:
            self.yaml += len(chunk)
            yield chunk

    def keep(self, data: bytes) -> int:
        """Keep bytes to be read again in place of the file's own; the offset to read them at."""
        position = self.spool.write(data)
        if self._base is None:
            self._base = position
        return position - self._base

    @contextmanager
    def at(self) -> Iterator[ReadAt]:
        """The file opened again, or what was kept of it.

        Raises:
            InputError: the file is not the same any more, or is gone.
        """
        if self._base is not None:
            yield self._reader(self.spool.fileno(), self._base)
            return
        try:
            descriptor = open_file(self.file.path)
        except OSError as error:
            raise self._changed(f"cannot be opened again ({error.strerror})") from error
        try:
            self._check(descriptor)
            yield self._reader(descriptor)
        finally:
            os.close(descriptor)

    def _reader(self, descriptor: int, base: int = 0) -> ReadAt:
        begin, end, window = 0, 0, b""

        def read_at(offset: int, length: int) -> bytes:
            nonlocal begin, end, window
            if not begin <= offset <= offset + length <= begin + len(window):
                ahead = length if length > _NEAR or not 0 <= offset - end < _NEAR else CHUNK
                begin, window = offset, os.pread(descriptor, ahead, base + offset)
            end = offset + length
            raw = window[offset - begin : end - begin]
            if len(raw) != length:
                raise self._changed("is shorter than it was")
            return raw

        return read_at

    def _check(self, descriptor: int) -> None:
        if _state_of(descriptor) != self._state:
            raise self._changed("is not the file it was (size, time or inode differ)")

    def _changed(self, how: str) -> InputError:
        return InputError(f"{self.file.name}: changed while it was read: {how}. Run again when nothing writes to it.")


def _begun(chunks: Iterator[bytes]) -> bytes:
    """The first chunks, as many as tell how the others are written."""
    head = b""
    while len(head) < NEEDED and (chunk := next(chunks, b"")):
        head += chunk
    return head


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
