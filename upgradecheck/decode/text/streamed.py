"""What a stream of JSON gives: documents, alone or side by side, and the lists that they stood in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec


class Document(msgspec.Struct, frozen=True, gc=False):
    """One document: its exact bytes, where they begin in the stream (byte offset, line), and its place in words.

    place is empty for the first document of a stream, else ``document 2``, ``item 3``, ``document 2 item 3``; counted from 1.
    """

    raw: bytes
    offset: int
    line: int
    place: str


class Run(msgspec.Struct, frozen=True, gc=False):
    """Documents that stand side by side: elements of one array, or lines of NDJSON.

    place: what their numbers are put behind; first: the number of the first. glimpses: of each what was asked for, None where one of them
    is something else.
    """

    raws: Sequence[bytes]
    offsets: Sequence[int]
    lines: Sequence[int]
    place: str
    first: int
    glimpses: Sequence[Any] | None = None

    def __getitem__(self, index: int) -> Document:
        return Document(self.raws[index], self.offsets[index], self.lines[index], f"{self.place}{self.first + index}")

    def documents(self) -> Iterator[Document]:
        """Each for itself."""
        return map(self.__getitem__, range(len(self.raws)))

    def part(self, begin: int, end: int) -> Run:
        """Some of them."""
        its = slice(begin, end)
        glimpses = None if self.glimpses is None else self.glimpses[its]
        return Run(self.raws[its], self.offsets[its], self.lines[its], self.place, self.first + begin, glimpses)

    def known(self, begin: int, told: Sequence[Any]) -> KnownRun:
        """Those of them that are known by their text, as many as something is told of."""
        its = slice(begin, begin + len(told))
        return KnownRun(told, list(map(len, self.raws[its])), self.offsets[its], self.lines[its], self.place, self.first + begin)


class KnownRun(msgspec.Struct, frozen=True, gc=False):
    """The same of documents that are known by their text, with what is told of each in place of it, and how long they are."""

    told: Sequence[Any]
    lengths: Sequence[int]
    offsets: Sequence[int]
    lines: Sequence[int]
    place: str
    first: int


class Page(msgspec.Struct, frozen=True, gc=False):
    """What a list says of itself: all pages of one have its resourceVersion.

    remaining: how many items are said to follow (remainingItemCount). next: where they begin, as the server knows it.
    """

    version: str = ""
    remaining: int | None = None
    next: str = ""


class Envelope(msgspec.Struct, frozen=True, gc=False):
    """A list or array whose elements were given as documents, told after them.

    kind is None where the list names none (crictl, arrays). continued: metadata.continue is set, so this is one page and more follow it.
    page: what tells the pages of one list from those of another. items: its elements are those of a member of this name, without a kind.
    at_once: it is written as one request's answer is (``listforms``).
    """

    kind: str | None
    count: int
    continued: bool
    place: str
    page: Page = Page()
    api_version: str | None = None
    items: bool = False
    at_once: bool = False
