"""Texts of documents with holes, where pods have values of their own: names and UIDs, times, addresses, container IDs, numbers of restarts,
the node's name and the end of the token's volume.

What a text tells is no matter here, only which documents have it. The kinds of values are narrow: whatever is of one can stand wherever
another of that kind was taken by the kubelets' types, it leaves JSON what it is, and nothing in it is what a gate of gates.py looks for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from struct import Struct
from typing import Any, TypeAlias

import msgspec

from upgradecheck.hashing.fast.own import node_spans
from upgradecheck.hashing.fast.structs import DAY
from upgradecheck.hashing.fast.templates import HOLE, STEM
from upgradecheck.hashing.fast.varied import PLAIN, Span, mark
from upgradecheck.model.patterns import pattern

Found: TypeAlias = "tuple[bytes, ...]"
"""What stands in the holes of a text."""

_TIME = rf"[0-9]{{4}}-{DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]Z".encode()
_ID, _VERSION, _RESTARTS = rb"[0-9a-f]{64}", rb"[0-9]{1,18}", rb"(?:0|[1-9][0-9]{0,8})"
_KINDS: Mapping[str, tuple[bytes, Callable[[int], str]]] = {
    "time": (_TIME, lambda number: f"2001-01-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z"),
    "id": (_ID, lambda number: f"{number:064x}"),
    "address": (rb"[0-9a-f.:/]{2,64}", lambda number: f"10.{number // 250}.{number % 250}.7"),
    "name": (rb"(?!spec\n|containers\n)[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", lambda number: f"tried-{number}"),
    "uid": (rb"(?!spec\n|containers\n|.{32}\n)[0-9a-z-]{1,64}", lambda number: f"tried-{number}-tried"),
    "version": (_VERSION, lambda number: f"{number + 10_000_000}"),
    "restarts": (_RESTARTS, lambda number: f"{number + 10_000}"),
    "token": (rb"[a-z0-9]{%d}" % HOLE, lambda number: f"{number:0{HOLE}}"),
    "text": (rb"(?!spec\n|containers\n)%b{1,4096}" % PLAIN, mark),
}
"""What is of a kind, and how ever another one is made. Gates count two words; UIDs of 32 letters are those of static pods."""

_BESIDE = pattern(
    b"|".join(
        (
            rb'"(?P<time>%b)"(?![ \t\r\n]*:)' % _TIME,
            rb'"[a-z-]+://(?P<id>%b)"(?![ \t\r\n]*:)' % _ID,
            rb'"resourceVersion"[ \t\r\n]*:[ \t\r\n]*"(?P<version>%b)"' % _VERSION,
            rb'"restartCount"[ \t\r\n]*:[ \t\r\n]*(?P<restarts>%b)(?=[,}\r\n])' % _RESTARTS,
            rb'"(?P<address>[0-9a-f]{1,4}(?:[.:]{1,2}[0-9a-f]{1,4}){3,7}(?:/[0-9]{1,3})?)"(?![ \t\r\n]*:)',
        )
    )
)
"""Values of a pod's own that stand beside its spec, by kind."""
_TOKEN = pattern(STEM + rb"([a-z0-9]{%d})" % HOLE)
_NODE = pattern(rb'"nodeName"[ \t\r\n]*:[ \t\r\n]*"([a-z0-9.-]+)"')

CONTAINERS = b'"containers"'
TELLING, _NAMESPACE = 96, 64
"""So many bytes of its containers, and of its namespace, tell which texts a document may have."""
_MOST_CUTS, _MOST_HOLES = 4, 250
_OF_NODE, _OF_TOKEN, _OF_NAME, _OF_UID, _OTHERS = range(5)
"""What has one of these numbers is one value, wherever it stands."""


_NAMING = ("name", "uid", "token", "text")


class Hole(msgspec.Struct, frozen=True, gc=False, order=True):
    """A place in a document. same: equal where one value stands in several places."""

    begin: int
    end: int
    kind: str
    same: int


class Parts(msgspec.Struct, frozen=True, gc=False):
    """What is told apart of a document, as it is written: its spec, and parts beside it of which nothing is a pod's own."""

    spec: bytes
    kept: tuple[bytes, ...]


class OpenText:
    """A text with holes. node, name: in which of them these stand, the first of each; number: of all holes.

    Documents of one length mostly have values of the same lengths, so they are cut at once where the last ones of that length were: what
    stands between the holes then shows whether that was right.
    """

    __slots__ = ("_cuts", "_fits", "_naming", "_others", "_repeats", "_texts", "holes", "name", "node", "number")

    def __init__(self, document: bytes, holes: Sequence[Hole]) -> None:
        bounds = [0, *(place for hole in holes for place in (hole.begin, hole.end)), len(document)]
        self._texts = tuple([document[begin:end] for begin, end in zip(bounds[::2], bounds[1::2], strict=True)])
        self.holes, self.number = tuple(holes), len(holes)
        self._others: list[str] | None = None
        self._naming = itemgetter(*[place if hole.kind in _NAMING else -1 for place, hole in enumerate(holes)], -1)
        self._cuts: dict[int, list[Callable[[bytes, int], tuple[Any, ...]]]] = {}
        self._cut_at([end - begin for begin, end in pairwise(bounds)])
        self._fits = _all_of(tuple(hole.kind for hole in holes))
        first: dict[int, int] = {}
        both = [(first.setdefault(hole.same, place), place) for place, hole in enumerate(holes)]
        self._repeats = tuple([one for one in both if one[0] != one[1]])
        self.node, self.name = first[_OF_NODE], first.get(_OF_NAME)

    def naming(self, values: Found) -> Found:
        """These, empty where they are neither names nor hashed, but only say how the pod is."""
        named: Found = self._naming((*values, b""))[:-1]
        return named

    def found_in(self, document: bytes) -> Found | None:
        """What stands in its holes; None where the document has another text, or values of other kinds."""
        return self.found_at(document, 0, len(document))

    def found_at(self, chunk: bytes, begin: int, length: int) -> Found | None:
        """The same of a document that stands in a chunk; values of their kinds, and one where they have to be one."""
        for cut in self._cuts.get(length, ()):
            parts = cut(chunk, begin)
            if parts[::2] == self._texts:
                found = parts[1::2]
                if self._fits(b"\n".join((*found, b""))) is None:
                    return None
                for one, other in self._repeats:
                    if found[one] != found[other]:
                        return None
                return found
        sought = self._searched(chunk[begin : begin + length])
        if sought is None:
            return None
        self._cut_at(self._lengths(sought))
        return self.found_at(chunk, begin, length)

    def _lengths(self, values: Sequence[bytes]) -> list[int]:
        """Of all parts of a document that has these values."""
        return [len(part) for pair in zip(self._texts, (*values, b""), strict=True) for part in pair][:-1]

    def _cut_at(self, lengths: Sequence[int]) -> None:
        """Cuts documents that are as long as these together so from now on."""
        cuts = self._cuts.setdefault(sum(lengths), [])
        cuts.insert(0, Struct("".join([f"{length}s" for length in lengths])).unpack_from)
        del cuts[_MOST_CUTS:]

    def _searched(self, document: bytes) -> list[bytes] | None:
        """What stands in the holes."""
        found = list[bytes]()
        begin, starts = len(self._texts[0]), document.startswith
        if not starts(self._texts[0]):
            return None
        for text in self._texts[1:]:
            close = document.find(text[:1], begin)
            if close < 0 or not starts(text, close):
                return None
            found.append(document[begin:close])
            begin = close + len(text)
        return found if begin == len(document) else None

    def is_like(self, other: OpenText) -> bool:
        """Whether both are one text with holes for the same."""
        kinds = [one.kind for one in self.holes], [one.kind for one in other.holes]
        return self._texts == other._texts and kinds[0] == kinds[1] and self._repeats == other._repeats

    def filled(self, values: Sequence[bytes]) -> bytes:
        """The document that has these values."""
        return self._texts[0] + b"".join([value + text for value, text in zip(values, self._texts[1:], strict=True)])

    @property
    def others(self) -> list[str]:
        """Other values, of the same kinds, each different one another."""
        if self._others is None:
            self._others = [_KINDS[hole.kind][1](hole.same) for hole in self.holes]
        return self._others

    def other(self, document: bytes) -> bytes | None:
        """The document with these in its holes; None where it has another text, or one of them stands there."""
        values, found = [value.encode() for value in self.others], self.found_in(document)
        if found is None or any(one == other for one, other in zip(found, values, strict=True)):
            return None
        self._cut_at(self._lengths(values))
        return self.filled(values)


def opened(document: bytes, parts: Parts, name: bytes, uid: bytes, *, token: bool, texts: Sequence[Span] = ()) -> OpenText | None:
    """The text of a document; None where one value of a pod's own may be part of another. token: the end of its token's volume is one;
    texts: where plain texts stand that are some, too.
    """
    spec = parts.spec
    begin = document.find(spec)
    node = _NODE.search(document, begin)
    if node is None or document.count(spec) != 1:
        return None
    spans = [(begin, begin + len(spec)), *((at, at + len(one)) for one in parts.kept if one and (at := document.find(one)) >= 0)]
    found = [Hole(*node.span(1), "name", _OF_NODE)]
    found += (Hole(*one.span(1), "token", _OF_TOKEN) for one in _TOKEN.finditer(document) if token)
    found += (Hole(begin + at, begin + end, "name", _OF_NODE) for at, end in node_spans(spec, node[1]))
    for kind, value, same in (("name", name, _OF_NAME), ("uid", uid, _OF_UID)):
        found += (Hole(at, at + len(value), kind, same) for at in _quoted(document, value) if _is_beside(at, spans))
    beside = chain(_BESIDE.finditer(document, 0, begin), _BESIDE.finditer(document, begin + len(spec)))
    for number, one in enumerate(beside, _OTHERS):
        if _is_beside(one.start(), spans):
            kind = one.lastgroup or ""
            found.append(Hole(*one.span(kind), kind, number))
    found += (Hole(*span, "text", -number) for number, span in enumerate(texts, 1))
    found.sort()
    apart = all(one.end < other.begin for one, other in pairwise(found))
    return OpenText(document, found) if apart and len(found) <= _MOST_HOLES else None


def has_one_token(document: bytes) -> bool:
    """Whether the name of a token's volume is always the same one in it."""
    ends = document.split(STEM)[1:]
    return bool(ends) and _TOKEN.match(STEM + ends[0]) is not None and all(one.startswith(ends[0][:HOLE]) for one in ends)


def _quoted(document: bytes, value: bytes) -> Iterator[int]:
    """Where a value stands as a whole text that is no member's name."""
    quoted = b'"%b"' % value
    at = document.find(quoted)
    while at >= 0:
        if not document[at + len(quoted) : at + len(quoted) + 8].lstrip(b" \t\r\n").startswith(b":"):
            yield at + 1
        at = document.find(quoted, at + 1)


def _is_beside(place: int, spans: Sequence[tuple[int, int]]) -> bool:
    return not any(begin <= place < end for begin, end in spans)


@lru_cache(maxsize=256)
def _all_of(kinds: tuple[str, ...]) -> Callable[[bytes], Any]:
    """Whether values, each on a line, are of these kinds."""
    return re.compile(b"".join([_KINDS[kind][0] + rb"\n" for kind in kinds])).fullmatch


def telling(chunk: bytes, begin: int, end: int) -> tuple[bytes, bytes]:
    """What tells a document that stands in a chunk from most others; what follows it may be part of that."""
    containers, namespace = chunk.find(CONTAINERS, begin, end), chunk.find(b'"namespace"', begin, end)
    its = chunk[namespace : namespace + _NAMESPACE] if namespace >= 0 else b""
    return chunk[containers : containers + TELLING] if containers >= 0 else b"", its[: its.find(b",")]
