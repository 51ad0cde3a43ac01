"""Documents that hold one of some texts, found without taking each out: a fleet's dump is gone through at the speed of memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence

from upgradecheck.sources.files.reading import CHUNK, ReadAt

_ESCAPE = b"\\u"
"""What a letter of any text may be written as in JSON."""


def holding(texts: Iterable[bytes], read_at: ReadAt, offsets: Sequence[int], lengths: Sequence[int]) -> Iterator[int]:
    """The numbers of documents that may hold one of the texts (letters, digits, ``-``, ``_`` and ``.``), each once, in order.

    offsets: where they begin, ascending. A document that has an escape may hold any text.
    """
    first = 0
    while first < len(offsets):
        begin = offsets[first]
        behind = max(first + 1, bisect_right(offsets, begin + CHUNK) - 1)
        window = read_at(begin, offsets[behind - 1] + lengths[behind - 1] - begin)
        found = set[int]()
        for text in (*texts, *([_ESCAPE] if b"\\" in window else ())):  # one letter is sought many times as fast as two
            found.update(_in_window(text, window, offsets, lengths, begin))
        yield from sorted(found)
        first = behind


def _in_window(text: bytes, window: bytes, offsets: Sequence[int], lengths: Sequence[int], begin: int) -> Iterator[int]:
    position = window.find(text)
    while position >= 0:
        number = bisect_right(offsets, begin + position) - 1
        end = offsets[number] + lengths[number] - begin
        if position + len(text) <= end:  # else it stands between two documents
            yield number
        position = window.find(text, max(end, position + 1))
