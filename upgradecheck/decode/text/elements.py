"""Documents that stand whole in a chunk, taken by msgspec at once, many times as quick as looking at each bracket.

A cut verifies itself: the chunk is cut where its last element seems to begin, and what is between is taken as an array. Where that is no
valid JSON, or an element is more than a document (a list, deep nesting), nothing is taken from there on, and whoever asked looks at all.
Lines of NDJSON are joined to an array; each element must then be its line, for a broken line could make a whole one of its neighbour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any, NamedTuple, Protocol

import msgspec

from upgradecheck.model.nesting import may_be_deeper
from upgradecheck.model.patterns import pattern

MAX_DEPTH = 200
"""Brackets open at once in one document."""

COMMA_BETWEEN = pattern(rb"[ \t\r\n]*,[ \t\r\n]*")
_NEXT = b",{"
_BLANKS = b" \t\r\n"


class Glimpse(msgspec.Struct, gc=False):
    """Of a document the members that tell a list; who asks for more of each, asks for a type that has these."""

    items: msgspec.Raw = msgspec.Raw()
    containers: msgspec.Raw = msgspec.Raw()


Glimpses = msgspec.json.Decoder[list[Any]]
"""A decoder of lists of some Glimpse."""

_ELEMENTS = msgspec.json.Decoder(list[msgspec.Raw])
_MEMBERS = msgspec.json.Decoder(Glimpse)


class Known(Protocol):
    """Knows documents by their text, so that nobody has to go through them: JSON, no list, no deeper than documents may be."""

    def told(self, chunk: bytes, places: Sequence[tuple[int, int]]) -> Sequence[Any]:
        """What is known of documents that would stand there in a chunk, each between two places; None of those that are not known."""
        ...

    def meet(self, raws: Sequence[bytes], glimpses: Sequence[Any] | None) -> Sequence[Any]:
        """Documents of a list that were gone through: what is known of each now, None of those that are not."""
        ...


class Whole(NamedTuple):
    """Elements, where each begins in the chunk, and a glimpse of each; None where one of them is something else."""

    raws: Sequence[bytes]
    begins: Sequence[int]
    glimpses: Sequence[Any] | None


NOTHING = Whole((), (), None)


def elements(chunk: bytes, begin: int, end: int, glimpses: Glimpses | None, *, in_list: bool) -> Whole:
    """The elements of an array between two places of a chunk, to the first that has to be looked at. in_list: the array is an API list's,
    in which crictl's output does not stand.
    """
    text = b"[%b]" % chunk[begin:end]
    if (found := _decoded(_ELEMENTS, text)) is None:
        return NOTHING
    taken = _without_lists(found, _glimpsed(glimpses, text, len(found)), in_list=in_list)
    if len(taken.raws) == len(found) and sum(map(len, taken.raws)) + len(found) - 1 == end - begin:  # one comma between two, and no blank
        return taken._replace(begins=list(accumulate([begin, *[len(raw) + 1 for raw in taken.raws[:-1]]])))
    begins = []
    for raw in taken.raws:
        begins.append(begin)
        begin += len(raw)
        if chunk[begin : begin + 2] == _NEXT:
            begin += 1
        else:
            comma = COMMA_BETWEEN.match(chunk, begin)
            begin = end if comma is None else comma.end()
    return taken._replace(begins=begins)


def lines(chunk: bytes, begin: int, end: int, glimpses: Glimpses | None) -> Whole:
    """The same of lines that hold a document each, between two places of a chunk, both at the beginning of a line."""
    every = chunk[begin:end].split(b"\n")[:-1]
    trimmed = [line.strip(_BLANKS) for line in every]
    text = b"[%b]" % b",".join(trimmed)
    found = _decoded(_ELEMENTS, text) if all(trimmed) else None
    if found is None or len(found) != len(trimmed):
        return NOTHING
    taken = _without_lists(found, _glimpsed(glimpses, text, len(found)), in_list=False)
    begins = []
    for line, trim, raw in zip(every, trimmed, taken.raws, strict=False):
        if trim != raw or trim[:1] != b"{":
            return NOTHING
        begins.append(begin + len(line) - len(line.lstrip(_BLANKS)))
        begin += len(line) + 1
    return taken._replace(begins=begins)


def _decoded(decoder: msgspec.json.Decoder[list[Any]], text: bytes) -> list[Any] | None:
    try:
        return decoder.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _glimpsed(decoder: Glimpses | None, text: bytes, number: int) -> list[Any] | None:
    found = None if decoder is None else _decoded(decoder, text)
    return found if found is not None and len(found) == number else None


def _without_lists(found: Iterable[msgspec.Raw], glimpses: list[Any] | None, *, in_list: bool) -> Whole:
    """Those before the first that may be a list, or too deep."""
    raws = list(map(bytes, found))
    if glimpses is None:
        lists = (_may_be_list(raw, in_list=in_list) for raw in raws)
    elif in_list:
        lists = (bool(glimpse.items) for glimpse in glimpses)
    else:
        lists = (bool(glimpse.items or glimpse.containers) for glimpse in glimpses)
    for number, (raw, is_list) in enumerate(zip(raws, lists, strict=False)):
        if is_list or may_be_deeper(raw, MAX_DEPTH):
            return Whole(raws[:number], (), None if glimpses is None else glimpses[:number])
    return Whole(raws, (), glimpses)


def _may_be_list(document: bytes, *, in_list: bool) -> bool:
    """Whether a document may hold documents in its turn: it has a member of such a name, at whatever depth where it cannot be read."""
    if b'"items"' not in document and (in_list or b'"containers"' not in document):
        return False
    members: Any = None
    try:
        members = _MEMBERS.decode(document)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return True
    return bool(members.items) or (not in_list and bool(members.containers))
