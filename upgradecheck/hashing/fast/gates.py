"""Where msgspec and Go's decoders may read a document in two ways, and Structs alone do not tell: such a document is the exact path's.

Each gate is a function of its own, so that a test can take it away and see what then goes wrong.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from upgradecheck.hashing.jsontext import MAX_DEPTH
from upgradecheck.model.nesting import may_be_deeper
from upgradecheck.model.patterns import pattern

_ASCII_BY_NUMBER = pattern(rb"\\u00(?!26|3[cCeE])[2-7]")
_ANYTHING = msgspec.json.Decoder()
_PLAIN = msgspec.json.Encoder()
_EXPONENT = pattern(rb"[:,\[ \t\r\n]-?[0-9][0-9.]*[eE]")
_MARKS, _DIGITS = bytes.maketrans(b":,[ \t\r\nE", b":::::::e"), b"-.0123456789"
"""What begins a number, and its exponent, each as one letter; they meet where a number between them is taken away. Few texts have such."""


def hides_ascii(document: bytes) -> bool:
    """Whether letters may be escaped by number, which makes a key or a quantity another text than its bytes; ``< > &`` alone may be."""
    return b"\\" in document and b"\\u" in document and _ASCII_BY_NUMBER.search(document) is not None


def too_deep(document: bytes) -> bool:
    """Whether the exact parser may refuse it for its depth."""
    return may_be_deeper(document, MAX_DEPTH)


def cannot_be_skipped(document: bytes) -> bool:
    """Whether there may be a number in it beyond float64, which json-iterator fails to skip."""
    if b":e" not in document.translate(_MARKS, _DIGITS) or _EXPONENT.search(document) is None:
        return False
    try:
        _ANYTHING.decode(document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True
    return False


def member_comes_twice(document: bytes, *names: bytes) -> bool:
    """Whether an object in it may have a member of one of these names twice, and be merged by Go; names stand in quotes."""
    for name in names:
        at = document.find(name)
        if at < 0 or document.find(name, at + 1) >= 0:  # which is quicker than to count
            return True
    return False


def key_comes_twice(text: bytes) -> bool:
    """Whether an object in it has a key twice: msgspec keeps the last alone, and takes the quotes of the other along.

    Only where hides_ascii says no: a quote that is escaped by number is one more when it is written.
    """
    return text.count(b'"') != _PLAIN.encode(_ANYTHING.decode(text)).count(b'"')


def loses_quotes(read: Sequence[bytes], written: bytes) -> bool:
    """Whether what was written is not all that was read, so that a key may have come twice; where nothing is written beside."""
    return written.count(b'"') != sum([text.count(b'"') for text in read])
