"""A gzip stream decompressed while it is read, in bounded memory, and bounded in what it may grow to.

A file may consist of several members (``cat a.gz b.gz``, pigz), each with a checksum; NULs behind the last one are padding (tape blocks).
Kubernetes objects shrink to a tenth or a thirtieth. What grows a hundredfold and more is no dump.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from upgradecheck.model.errors import InputError

MAGIC = b"\x1f\x8b"
MAX_SIZE = 2 << 30
MAX_RATIO = 100
SMALL = 16 << 20
"""Bytes that may come out whatever the ratio: a file of blanks or of one repeated pod does no harm."""

_CHUNK = 1 << 20
_GZIP = 16 + zlib.MAX_WBITS


def decompressed(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """What a gzip stream holds, in pieces of at most 1 MiB. name is the input's, for errors.

    Raises:
        InputError: it is damaged or truncated, has something else behind it, or grows beyond the limits.
    """
    member = _Stream(name)
    for chunk in chunks:
        yield from member.feed(chunk)
    member.finish()


class _Stream:
    """The state between chunks. member is None between two members, where rest may hold the beginning of the next one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.member: zlib._Decompress | None = None
        self.rest = b""
        self.read = self.grown = 0
        self.padded = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What comes out of one more chunk."""
        self.rest += chunk
        while self.rest:
            if self.member is None and not self._begin_member():
                return
            yield from self._member_data()

    def finish(self) -> None:
        """The stream has ended."""
        if self.member is not None or self.rest:
            raise self._refused("its gzip data end in the middle: truncated, or still being written. Take the dump again")

    def _begin_member(self) -> bool:
        """Whether a member begins here; not if there is padding only, or too little to tell."""
        padding = len(self.rest) - len(self.rest.lstrip(b"\0")) if self.read else 0
        self.padded = self.padded or padding > 0
        self._passed(padding)
        if len(self.rest) < len(MAGIC) and MAGIC.startswith(self.rest) and not self.padded:
            return False
        if self.rest and (self.padded or not self.rest.startswith(MAGIC)):
            raise self._refused("has something else behind its gzip data. Compress it again, or give it decompressed")
        if self.rest:
            self.member = zlib.decompressobj(_GZIP)
        return bool(self.rest)

    def _member_data(self) -> Iterator[bytes]:
        assert self.member is not None
        while self.rest and not self.member.eof:
            try:
                data = self.member.decompress(self.rest, _CHUNK)
            except zlib.error as error:
                raise self._refused("its gzip data are damaged. Take the dump again, or compare it with the original") from error
            left = self.member.unused_data or self.member.unconsumed_tail
            self._passed(len(self.rest) - len(left))
            self._check(len(data))
            if data:
                yield data
        if self.member.eof:
            self.member = None

    def _passed(self, count: int) -> None:
        self.read += count
        self.rest = self.rest[count:]

    def _check(self, more: int) -> None:
        self.grown += more
        if self.grown > MAX_SIZE:
            raise self._refused(f"holds more than {MAX_SIZE >> 30} GiB once decompressed. Give it decompressed, or in parts")
        if self.grown > SMALL and self.grown > MAX_RATIO * self.read:
            raise self._refused(f"grows to more than {MAX_RATIO} times its size, as no dump does. If it is one, give it decompressed")

    def _refused(self, what: str) -> InputError:
        return InputError(f"{self.name}: {what}.")
