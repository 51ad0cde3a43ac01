"""Outlines of pods by their text alone: a document that is known but for some values is not decoded again.

A stencil is the text of a document whose outline was read, cut where pods have values of their own: names and UIDs, times, addresses,
container IDs, numbers of restarts, the node's name and the end of the token's volume. What hangs on these is tried, not supposed: the
document is read once more with another value in each of them, and what the outline then tells must be the same but for what is a pod's own,
which must be the value of one place, or stay. So a document of the same text whose values are of the same kinds has this outline.

The kinds are narrow: whatever is of one can stand wherever another of that kind was taken by the kubelets' types, and nothing in it is what
a gate of gates.py looks for. A document that fits no stencil is read as always.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from struct import Struct
from sys import intern
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.fast.outlines import Outline, written_node
from upgradecheck.hashing.fast.own import Elsewhere, node_spans
from upgradecheck.hashing.fast.structs import DAY
from upgradecheck.hashing.fast.templates import HOLE, STEM
from upgradecheck.hashing.fast.varied import PLAIN, Span, mark
from upgradecheck.model.alike import is_plain
from upgradecheck.model.patterns import pattern

Values: TypeAlias = "list[Any]"
"""What stands in the holes of a stencil, as texts, and behind it what stays."""

Read: TypeAlias = Callable[[bytes], "Outline | None"]
"""Reads the outline of a document; None, or an error of msgspec's, where the exact path has to."""

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

_Telling: TypeAlias = "tuple[bytes, bytes]"

_TELLING, _NAMESPACE, _ANNOUNCED = 96, 64, len(b'"containers" : [ ')
"""So many bytes of its containers, and of its namespace, tell which stencils a document may fit."""
_MOST_ALIKE, _MOST_CUTS, _MOST_HOLES, _MOST_BYTES = 16, 4, 250, 16 << 20
_FIRST, _WORTH = 256, 8
"""So many stencils may be made, and one more for so many documents that fitted one."""


class _Hole(msgspec.Struct, frozen=True, gc=False, order=True):
    """A place in a document. same: equal where one value stands in several places."""

    begin: int
    end: int
    kind: str
    same: int


class _Metadata(msgspec.Struct, gc=False):
    labels: msgspec.Raw = msgspec.Raw()
    annotations: msgspec.Raw = msgspec.Raw()


class _Parts(msgspec.Struct, gc=False):
    spec: msgspec.Raw = msgspec.Raw()
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_PARTS = msgspec.json.Decoder(_Parts)


class Stencil:
    """A text with holes, and what the documents that fit it tell. by: whose reading of it was tried. is_plain: all of a pod's own.
    names: gets of its values name, UID and end of the token's volume; own: all that is a pod's own, as ``_own`` has it, as text. texts: the
    places among its values of the texts that were to be open; where there are such, the spec of an outline that it fills is another pod's.

    Documents of one length mostly have values of the same lengths, so they are cut at once where the last ones of that length were: what
    stands between the holes then shows whether that was right.
    """

    __slots__ = (
        "_apart",
        "_cuts",
        "_elsewhere",
        "_fits",
        "_fixed",
        "_outline",
        "_repeats",
        "_texts",
        "by",
        "is_plain",
        "names",
        "own",
        "texts",
    )

    def __init__(
        self,
        by: object,
        outline: Outline,
        texts: Sequence[bytes],
        holes: Sequence[_Hole],
        places: Sequence[int | None],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """texts: those around the holes. places: of each value of the outline's own (``_own``) the hole; None of those that stay.

        elsewhere: names in its spec with which a pod has another outline.
        """
        self.by, self._outline = by, outline
        self._texts = tuple(texts)
        self._elsewhere = elsewhere
        self._cuts: dict[int, list[Callable[[bytes], tuple[Any, ...]]]] = {}
        self._fits = _all_of(tuple(hole.kind for hole in holes))
        first: dict[int, int] = {}
        both = [(first.setdefault(hole.same, place), place) for place, hole in enumerate(holes)]
        self._repeats = tuple([one for one in both if one[0] != one[1]])
        self._fixed = [one for one, place in zip(_own(outline), places, strict=True) if place is None]
        self.is_plain = all(is_plain(one) for one in self._fixed if isinstance(one, str))
        behind = iter(range(len(holes), len(holes) + len(self._fixed)))
        own = [next(behind) if place is None else place for place in places]
        self.own = itemgetter(*own)
        self._apart = itemgetter(own[2], own[0])
        self.names = itemgetter(*own[:2], own[3])
        opened = {hole.same: place for place, hole in enumerate(holes) if hole.kind == "text"}
        self.texts = [opened[number] for number in sorted(opened, reverse=True)]

    def outline(self, document: bytes) -> Outline | None:
        """That of a document; None where it does not fit."""
        values = self.values(document)
        return None if values is None else self.filled(values)

    def values(self, document: bytes) -> Values | None:
        """What stands in its holes, and what stays; None where it does not fit."""
        for cut in self._cuts.get(len(document), ()):
            parts = cut(document)
            if parts[::2] == self._texts:
                return self._checked(parts[1::2])
        found = self._searched(document)
        if found is None:
            return None
        lengths = [len(part) for pair in zip(self._texts, (*found, b""), strict=True) for part in pair][:-1]
        cuts = self._cuts.setdefault(len(document), [])
        cuts.insert(0, Struct("".join([f"{length}s" for length in lengths])).unpack)
        del cuts[_MOST_CUTS:]
        return self._checked(tuple(found))

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

    def _checked(self, found: tuple[bytes, ...]) -> Values | None:
        """These values, where they are of their kinds, and one where they have to be one."""
        values = b"\n".join(found)
        if self._fits(values + b"\n") is None:
            return None
        for one, other in self._repeats:
            if found[one] != found[other]:
                return None
        if self._elsewhere is not None and self._elsewhere.has(*self._apart(found)):
            return None
        return [*values.decode().split("\n"), *self._fixed]

    @property
    def of_statuses(self) -> tuple[str, ...]:
        """The names of the entries of the statuses."""
        return self._outline.names

    @property
    def namespace(self) -> str:
        """Of the pods."""
        return self._outline.namespace

    def filled(self, values: Values) -> Outline:
        """The outline with these values."""
        name, uid, node, hole, created, *of_each = self.own(values)
        of = self._outline
        runs = tuple(zip(of_each[::3], of_each[1::3], map(int, of_each[2::3]), strict=True))
        made = None if created is None else intern(created)
        return Outline(of.text, intern(node), hole.encode(), of.shape, name, uid, of.labels, of.owner, made, runs, of.names, of.namespace)


class Stencils:
    """The stencils that were made, by what tells which of them a document may fit."""

    def __init__(self) -> None:
        self._known: dict[_Telling, list[Stencil]] = {}
        self._opened: dict[_Telling, list[Stencil]] = {}
        self._bytes = self._made = self._fitted = 0

    def find(self, document: bytes) -> tuple[Stencil, Outline] | None:
        """The one that a document fits, and its outline."""
        found = self.fitting(document)
        return None if found is None else (found[0], found[0].filled(found[1]))

    def fitting(self, document: bytes) -> tuple[Stencil, Values] | None:
        """The one that a document fits, and its values."""
        telling = _telling(document)
        found = self._among(self._known.get(telling, ()), document)
        return found if found is not None or not self._opened else self._among(self._opened.get(_opened(telling), ()), document)

    def _among(self, alike: list[Stencil] | tuple[()], document: bytes) -> tuple[Stencil, Values] | None:
        for place, one in enumerate(alike):
            found = one.values(document)
            if found is not None:
                if place and alike:
                    alike.insert(0, alike.pop(place))
                self._fitted += 1
                return one, found
        return None

    @property
    def may_learn(self) -> bool:
        """Whether one more may be made: so many are at once, and then as those that there are were of use."""
        return self._made < _FIRST + self._fitted // _WORTH

    def learn(self, document: bytes, outline: Outline, read: Read, by: object, texts: Sequence[Span] = ()) -> Stencil | None:
        """A stencil of a document whose outline was read; None where none can be made, or it is not worth it.

        texts: where plain texts stand that are to be open, too; what hangs on them the outline does not tell, so whoever asks for them
        tries it.

        Not of a pod whose labels name it, as a StatefulSet's do: no other would fit.
        """
        if not self.may_learn or (outline.labels and outline.name in outline.labels.values()):
            return None
        self._made += 1
        made = stencil(document, outline, read, by, texts)
        if made is None:
            return None
        self._bytes += len(document)
        if self._bytes > _MOST_BYTES:
            self._known.clear()
            self._opened.clear()
            self._bytes = len(document)
        telling = _telling(document)
        alike = self._opened.setdefault(_opened(telling), []) if texts else self._known.setdefault(telling, [])
        alike.insert(0, made)
        del alike[_MOST_ALIKE:]
        return made


def stencil(document: bytes, outline: Outline, read: Read, by: object, texts: Sequence[Span] = ()) -> Stencil | None:
    """The stencil of a document; None where what hangs on the values in it cannot be told. by: who reads so; texts: as of learn."""
    parts = _PARTS.decode(document)
    spec, labels, annotations = (bytes(one) for one in (parts.spec, parts.metadata.labels, parts.metadata.annotations))
    for kept in ((labels,), (labels, annotations)):  # what kubelets heed of annotations stays
        holes = _holes(document, outline, spec, kept, texts)
        made = None if holes is None else _tried(document, outline, holes, read, by)
        if made is not None:
            return made
    return None


def _holes(document: bytes, outline: Outline, spec: bytes, kept: tuple[bytes, ...], texts: Sequence[Span]) -> list[_Hole] | None:
    """Where values of a pod's own stand; None where one may be part of another. kept: parts in which none are looked for."""
    begin = document.find(spec)
    node = _NODE.search(document, begin)
    if node is None or document.count(spec) != 1:
        return None
    spans = [(begin, begin + len(spec)), *((at, at + len(one)) for one in kept if one and (at := document.find(one)) >= 0)]
    found = [_Hole(*node.span(1), "name", 0), *(_Hole(*one.span(1), "token", 1) for one in _TOKEN.finditer(document) if outline.hole)]
    found += (_Hole(begin + at, begin + end, "name", 0) for at, end in node_spans(spec, node[1]))
    for kind, value, same in (("name", outline.name, 2), ("uid", outline.uid, 3)):
        its = value.encode()
        found += (_Hole(at, at + len(its), kind, same) for at in _quoted(document, its) if _is_beside(at, spans))
    for number, one in enumerate(_BESIDE.finditer(document), 4):
        if _is_beside(one.start(), spans):
            kind = one.lastgroup or ""
            found.append(_Hole(*one.span(kind), kind, number))
    found += (_Hole(*span, "text", -number) for number, span in enumerate(texts, 1))
    found.sort()
    apart = all(one.end < other.begin for one, other in pairwise(found))
    return found if apart and len(found) <= _MOST_HOLES else None


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


def _tried(document: bytes, outline: Outline, holes: Sequence[_Hole], read: Read, by: object) -> Stencil | None:
    """The stencil with these holes, if a document that has another value in each tells the same but for these."""
    bounds = [0, *(place for hole in holes for place in (hole.begin, hole.end)), len(document)]
    texts = [document[begin:end] for begin, end in zip(bounds[::2], bounds[1::2], strict=True)]
    values = [_KINDS[hole.kind][1](hole.same) for hole in holes]
    if any(document[hole.begin : hole.end] == value.encode() for hole, value in zip(holes, values, strict=True)):
        return None
    other = texts[0] + b"".join([value.encode() + text for value, text in zip(values, texts[1:], strict=True)])
    tried = read(other)
    opens = any(hole.kind == "text" for hole in holes)
    if tried is None or written_node(other) != tried.node:
        return None
    before, after = _telling(document), _telling(other)
    if before != after and not (opens and _opened(before) == _opened(after)):
        return None
    places = _places(_own(tried), _own(outline), {value: place for place, value in enumerate(values)})
    own = {name: getattr(outline, name) for name in ("name", "uid", "node", "hole", "created", "runs")}
    if opens:
        tried = replace(tried, text=outline.text)
    if places is None or None in places[:3] or replace(tried, **own) != outline:
        return None
    elsewhere = Elsewhere.of(document, outline.node.encode(), outline.name.encode())
    made = Stencil(by, outline, texts, holes, places, elsewhere)
    return made if made.outline(document) == outline and made.outline(other) == tried else None


def _places(tried: Sequence[Any], before: Sequence[Any], holes: Mapping[str, int]) -> list[int | None] | None:
    """In which hole each value stands, None of those that stay; None where one is another, and in no hole."""
    if len(tried) != len(before):
        return None
    found = [None if one == other else holes.get(str(one), -1) for one, other in zip(tried, before, strict=True)]
    return None if -1 in found else found


def _own(outline: Outline) -> tuple[Any, ...]:
    """What is a pod's own: five values, and three of each of its statuses."""
    own = outline.name, outline.uid, outline.node, outline.hole.decode(), outline.created
    return (*own, *(value for run in outline.runs for value in run))


@lru_cache(maxsize=256)
def _all_of(kinds: tuple[str, ...]) -> Callable[[bytes], Any]:
    """Whether values, each on a line, are of these kinds."""
    return re.compile(b"".join([_KINDS[kind][0] + rb"\n" for kind in kinds])).fullmatch


def _telling(document: bytes) -> _Telling:
    """What tells a document of one stencil from most others."""
    containers, namespace = document.find(b'"containers"'), document.find(b'"namespace"')
    its = document[namespace : namespace + _NAMESPACE] if namespace >= 0 else b""
    return document[containers : containers + _TELLING], its[: its.find(b",")]


def _opened(telling: _Telling) -> _Telling:
    """The same of one whose containers are open: what stands before the first array in them."""
    containers, namespace = telling
    return containers[: containers.find(b"[", _ANNOUNCED)], namespace
