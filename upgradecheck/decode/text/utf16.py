"""Inputs in UTF-16, as ``>`` of Windows PowerShell writes what a program prints; read as UTF-8.

PowerShell takes the program's bytes for the console's code page first, so letters beyond ASCII may be other ones by then.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable, Iterator

from upgradecheck.model.errors import InputError
from upgradecheck.model.patterns import pattern

NEEDED = 4
"""So many bytes of the beginning tell."""

_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_LITTLE = pattern(rb"\xff\xfe|(?:[\t\n\r -~]\0){2}")
_BIG = pattern(rb"\xfe\xff|(?:\0[\t\n\r -~]){2}")


def codec_of(head: bytes) -> str | None:
    """The encoding of an input that begins so, if it is UTF-16, with or without a byte order mark."""
    if head.startswith(_UTF32):
        return None
    return "utf-16-le" if _LITTLE.match(head) else "utf-16-be" if _BIG.match(head) else None


def as_utf8(chunks: Iterable[bytes], codec: str, name: str, beyond_ascii: Callable[[], None]) -> Iterator[bytes]:
    """The same text, without a byte order mark; beyond_ascii is called once it has letters that are not ASCII.

    Raises:
        InputError: it is damaged.
    """
    decoder = codecs.getincrementaldecoder(codec)()
    first = told = False
    for chunk, last in _with_end(chunks):
        try:
            text = decoder.decode(chunk, final=last)
        except UnicodeDecodeError as error:
            raise InputError(f"{name}: is UTF-16, and is damaged or breaks off. Take it again, as UTF-8 if you can.") from error
        if not first and text:
            first, text = True, text.removeprefix("\ufeff")
        if not told and not text.isascii():
            told = True
            beyond_ascii()
        yield text.encode()


def _with_end(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    yield from ((chunk, False) for chunk in chunks)
    yield b"", True


def head_as_utf8(head: bytes) -> bytes:
    """The first bytes of an input, which may end within a letter."""
    codec = codec_of(head)
    return head if codec is None else head.decode(codec, "ignore").removeprefix("\ufeff").encode()
