"""Lists of containers that are alike but for plain texts in them: arguments, and the values of variables.

Such a text stands in the JSON that a kubelet hashes as it was written, whatever it is, as long as it is plain: printable ASCII that neither
JSON nor Go escapes. So of containers that differ in these alone the rest is hashed as one. Which texts are a pod's own is seen when a
second one comes: those that differ are opened, with all that were found to differ before. That this is right is not supposed: whoever opens
them tries the lists once more with other texts there (``valued.py``, ``stencils.py``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import msgspec

from upgradecheck.hashing.fast.templates import STEM
from upgradecheck.model.patterns import pattern

Span: TypeAlias = "tuple[int, int]"

PLAIN = rb"[ -!#-%'-;=?-\[\]-~]"
"""A letter that stands in JSON as itself, also as Go writes it."""
_VALUE = pattern(rb'"value"[ \t\r\n]*:[ \t\r\n]*"(%b+)"' % PLAIN)
_ARRAY = pattern(rb'\[[ \t\r\n]*"[^"\\]*"(?:[ \t\r\n]*,[ \t\r\n]*"[^"\\]*")*[ \t\r\n]*\]')
_ELEMENT = pattern(rb'"([^"\\]*)"')
_ALL_PLAIN = pattern(rb"%b+" % PLAIN)
_MOST_KNOWN, _MOST_BYTES = 4096, 4 << 20
MOST_OPEN = 64


class _Met(msgspec.Struct, gc=False):
    """The texts of the last lists that were alike, and the places of those that were found to differ; None where it is in vain."""

    texts: tuple[bytes, ...]
    differing: frozenset[int] | None = frozenset()


class Varied:
    """What was met of lists of containers, and in which texts those that are alike differ."""

    def __init__(self) -> None:
        self._known: dict[int, _Met] = {}
        self._bytes = 0

    def differing(self, lists: Sequence[bytes], hole: bytes) -> tuple[tuple[Span, ...], ...]:
        """Where the texts stand in some lists, list by list, that differ from those of lists that are alike; nowhere, of the first ones.

        hole: the end of the token's volume in them.
        """
        spans = [places(one) for one in lists]
        met = self._met(lists, spans, hole)
        if met is None or not met.differing:
            return ()
        number, found = iter(range(sum(map(len, spans)))), list[tuple[Span, ...]]()
        for its in spans:
            found.append(tuple([span for span in its if next(number) in met.differing]))
        return tuple(found)

    def in_vain(self, lists: Sequence[bytes], hole: bytes) -> None:
        """Nothing can be opened in lists like these."""
        met = self._met(lists, [places(one) for one in lists], hole)
        if met is not None:
            met.differing = None

    def _met(self, lists: Sequence[bytes], spans: Sequence[Sequence[Span]], hole: bytes) -> _Met | None:
        """What is known of such lists, with what is found out by these; None where it is known to be in vain."""
        texts, between = list[bytes](), list[bytes]()
        for one, its in zip(lists, spans, strict=True):
            last = 0
            for begin, end in its:
                between.append(one[last:begin])
                texts.append(one[begin:end])
                last = end
            between += (one[last:], b"\1")
        whole = b"\0".join(between)
        key = hash(whole.replace(STEM + hole, STEM) if hole else whole)
        met = self._known.get(key)
        if met is None or len(met.texts) != len(texts):
            self._keep(key, tuple(texts))
            return self._known[key]
        if met.differing is None:
            return None
        found = {place for place, (one, other) in enumerate(zip(met.texts, texts, strict=True)) if one != other}
        met.texts, met.differing = tuple(texts), met.differing | found
        if len(met.differing) > MOST_OPEN:
            met.differing = None
        return met

    def _keep(self, key: int, texts: tuple[bytes, ...]) -> None:
        self._bytes += sum(map(len, texts))
        if self._bytes > _MOST_BYTES or len(self._known) >= _MOST_KNOWN:
            self._known.clear()
            self._bytes = 0
        self._known[key] = _Met(texts)


def places(text: bytes) -> list[Span]:
    """Where plain texts stand that may be a pod's own, in their order."""
    found = [one.span(1) for one in _VALUE.finditer(text)]
    for array in _ARRAY.finditer(text):
        found += [one.span(1) for one in _ELEMENT.finditer(text, *array.span()) if _ALL_PLAIN.fullmatch(one[1])]
    found.sort()
    return found


def mark(number: int) -> str:
    """A plain text to be tried, of its own for each number."""
    return f"tried {number} tried"
