"""Outlines of pods by their text alone: a document that is known but for some values is not decoded again.

A stencil is the text of a document whose outline was read, cut where pods have values of their own: names and UIDs, times, addresses,
container IDs, numbers of restarts, the node's name and the end of the token's volume. What hangs on these is tried, not supposed: the
document is read once more with another value in each of them, and what the outline then tells must be the same but for what is a pod's own,
which must be the value of one place, or stay. So a document of the same text whose values are of the same kinds has this outline.

The kinds are narrow: whatever is of one can stand wherever another of that kind was taken by the kubelets' types, and nothing in it is what
a gate of gates.py looks for. A document that fits no stencil is read as always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from sys import intern
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from upgradecheck.hashing.fast.opentexts import OpenText, Parts, opened, telling
from upgradecheck.hashing.fast.outlines import Outline, written_node
from upgradecheck.hashing.fast.own import Elsewhere
from upgradecheck.hashing.fast.varied import Span
from upgradecheck.model.alike import is_plain

Values: TypeAlias = "list[Any]"
"""What stands in the holes of a stencil, as texts, and behind it what stays."""

Read: TypeAlias = Callable[[bytes], "Outline | None"]
"""Reads the outline of a document; None, or an error of msgspec's, where the exact path has to."""

_Telling: TypeAlias = "tuple[bytes, bytes]"

_ANNOUNCED = len(b'"containers" : [ ')
_MOST_ALIKE, _MOST_BYTES = 16, 16 << 20
_FIRST, _WORTH = 256, 8
"""So many stencils may be made, and one more for so many documents that fitted one."""


class _Metadata(msgspec.Struct, gc=False):
    labels: msgspec.Raw = msgspec.Raw()
    annotations: msgspec.Raw = msgspec.Raw()


class _Parts(msgspec.Struct, gc=False):
    spec: msgspec.Raw = msgspec.Raw()
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)


_PARTS = msgspec.json.Decoder(_Parts)


class Stencil:
    """An open text, and what the documents that have it tell. by: whose reading of it was tried. is_plain: all of a pod's own.
    names: gets of its values name, UID and end of the token's volume; own: all that is a pod's own, as ``_own`` has it, as text. texts: the
    places among its values of the texts that were to be open; where there are such, the spec of an outline that it fills is another pod's.
    """

    __slots__ = ("_apart", "_elsewhere", "_fixed", "_outline", "by", "is_plain", "names", "own", "text", "texts")

    def __init__(
        self,
        by: object,
        outline: Outline,
        text: OpenText,
        places: Sequence[int | None],
        elsewhere: Elsewhere | None = None,
    ) -> None:
        """places: of each value of the outline's own (``_own``) the hole; None of those that stay.

        elsewhere: names in its spec with which a pod has another outline.
        """
        self.by, self._outline, self.text = by, outline, text
        self._elsewhere = elsewhere
        self._fixed = [one for one, place in zip(_own(outline), places, strict=True) if place is None]
        self.is_plain = all(is_plain(one) for one in self._fixed if isinstance(one, str))
        behind = iter(range(text.number, text.number + len(self._fixed)))
        own = [next(behind) if place is None else place for place in places]
        self.own = itemgetter(*own)
        self._apart = itemgetter(own[2], own[0])
        self.names = itemgetter(*own[:2], own[3])
        several = {hole.same: place for place, hole in enumerate(text.holes) if hole.kind == "text"}
        self.texts = [several[number] for number in sorted(several, reverse=True)]

    def outline(self, document: bytes) -> Outline | None:
        """That of a document; None where it does not fit."""
        values = self.values(document)
        return None if values is None else self.filled(values)

    def values(self, document: bytes) -> Values | None:
        """What stands in its holes, and what stays; None where it does not fit."""
        found = self.text.found_in(document)
        return None if found is None else self.told(b"\n".join(found).decode().split("\n"))

    def told(self, values: list[str]) -> Values | None:
        """The same of a document that has its text, and these in its holes."""
        if self._elsewhere is not None and self._elsewhere.has(*[one.encode() for one in self._apart(values)]):
            return None
        return values + self._fixed

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
    """The stencils that were made, by what tells which of them a document may fit. fitted: how many documents did."""

    def __init__(self) -> None:
        self._of_texts: dict[tuple[OpenText, object], Stencil | None] = {}
        self._known: dict[_Telling, list[Stencil]] = {}
        self._opened: dict[_Telling, list[Stencil]] = {}
        self._bytes = self._made = self.fitted = 0

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
                self.fitted += 1
                return one, found
        return None

    def of_text(self, text: OpenText, values: list[str], by: object) -> tuple[Stencil, Values] | None:
        """The same of a document that is known to have a text. by: who has read the first one of it."""
        found = self._of_texts.get((text, by))
        told = None if found is None else found.told(values)
        if found is None or told is None:
            return None
        self.fitted += 1
        return found, told

    def learn_of(self, text: OpenText, document: bytes, outline: Outline, read: Read, by: object) -> Stencil | None:
        """As learn, where it is known to have a text, of which but one is tried; None where that told nothing."""
        if (text, by) in self._of_texts:
            return None
        made = self._of_texts[text, by] = stencil_of(text, document, outline, read, by)
        return made

    def learn_from(self, document: bytes, outline: Outline, read: Read, by: object, text: OpenText | None) -> Stencil | None:
        """As learn_of, where the document is known to have a text, and that tells something; else as learn."""
        made = None if text is None else self.learn_of(text, document, outline, read, by)
        return self.learn(document, outline, read, by) if made is None else made

    def fitting_as_well(self, text: OpenText, found: Stencil) -> None:
        """A document that is known to have a text fits this stencil, which is that text's, too, where it is cut in the same way."""
        if found.text.is_like(text):
            self._of_texts.setdefault((text, found.by), found)

    @property
    def may_learn(self) -> bool:
        """Whether one more may be made: so many are at once, and then as those that there are were of use."""
        return self._made < _FIRST + self.fitted // _WORTH

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
    name, uid, token = outline.name.encode(), outline.uid.encode(), bool(outline.hole)
    for kept in ((labels,), (labels, annotations)):  # what kubelets heed of annotations stays
        text = opened(document, Parts(spec, kept), name, uid, token=token, texts=texts)
        made = None if text is None else stencil_of(text, document, outline, read, by)
        if made is not None:
            return made
    return None


def stencil_of(text: OpenText, document: bytes, outline: Outline, read: Read, by: object) -> Stencil | None:
    """The stencil of this text of a document, if one that has another value in each hole tells the same but for these."""
    other = text.other(document)
    tried = None if other is None else read(other)
    if other is None or tried is None or written_node(other) != tried.node:
        return None
    opens, before, after = any(hole.kind == "text" for hole in text.holes), _telling(document), _telling(other)
    if before != after and not (opens and _opened(before) == _opened(after)):
        return None
    places = _places(_own(tried), _own(outline), {value: place for place, value in enumerate(text.others)})
    own = {name: getattr(outline, name) for name in ("name", "uid", "node", "hole", "created", "runs")}
    if opens:
        tried = replace(tried, text=outline.text)
    if places is None or None in places[:3] or replace(tried, **own) != outline:
        return None
    elsewhere = Elsewhere.of(document, outline.node.encode(), outline.name.encode())
    made = Stencil(by, outline, text, places, elsewhere)
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


def _telling(document: bytes) -> _Telling:
    """What tells a document of one stencil from most others."""
    return telling(document, 0, len(document))


def _opened(telling: _Telling) -> _Telling:
    """The same of one whose containers are open: what stands before the first array in them."""
    containers, namespace = telling
    return containers[: containers.find(b"[", _ANNOUNCED)], namespace
