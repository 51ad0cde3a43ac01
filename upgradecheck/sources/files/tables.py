"""What one file holds: a compact table of its documents, made in one pass that holds one document at a time.

Per document the table keeps shape, offset, length and place, some 80 bytes, so that 150,000 pods are found again without being held.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterator

import msgspec

from upgradecheck.decode.kube.shapes import KNOWN, LIST_KINDS, Recognition, Shape, kind_in_words, recognise
from upgradecheck.decode.text.jsonstream import Document, Envelope
from upgradecheck.model.errors import InputError
from upgradecheck.model.pod import Origin
from upgradecheck.sources.files.documents import Unreadable, documents
from upgradecheck.sources.files.reading import Content
from upgradecheck.sources.files.templates import in_words

_SHAPES = tuple(Shape)
_INDEX = {shape: index for index, shape in enumerate(_SHAPES)}

MAX_OTHERS = 150_000
"""Documents of one file that are passed over; each costs time and a place in the table, as if it were a pod."""

_TOLD_IN_WORDS = frozenset({Shape.OBJECT, Shape.OTHER, Shape.MALFORMED})

Visit = Callable[[Recognition, Document, Origin], None]


class Table(msgspec.Struct):
    """The documents of one file.

    others counts what was not recognised; pages and last_pages count lists by kind; unreadable says, by index, why a document is none.
    """

    content: Content
    shapes: bytearray = msgspec.field(default_factory=bytearray)
    offsets: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    lengths: array[int] = msgspec.field(default_factory=lambda: array("I"))
    places: list[str] = msgspec.field(default_factory=list)
    known: bool = False
    others_count: int = 0
    others: Counter[str] = msgspec.field(default_factory=Counter)
    pages: Counter[str] = msgspec.field(default_factory=Counter)
    last_pages: Counter[str] = msgspec.field(default_factory=Counter)
    unreadable: dict[int, str] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.content.file.name

    def scan(self, visit: Visit, *, by_line: bool = False) -> None:
        """Fill the table; visit is told every document while it is at hand. by_line: a broken line of NDJSON is a document, too.

        Raises:
            InputError: the file is no stream of documents, or changed meanwhile.
            OSError: it cannot be read.
        """
        for found in documents(self.content, by_line=by_line):
            if isinstance(found, Envelope):
                self._envelope(found)
            elif isinstance(found, Document):
                self._document(found, recognise(found.raw), visit)
            else:
                self._unreadable(found, visit)

    def _unreadable(self, found: Unreadable, visit: Visit) -> None:
        self.unreadable[len(self.shapes)] = found.reason
        self._document(Document(b"", 0, found.line, found.place), Recognition(Shape.MALFORMED, found.reason), visit)

    def _document(self, document: Document, recognition: Recognition, visit: Visit) -> None:
        self.shapes.append(_INDEX[recognition.shape])
        self.offsets.append(document.offset)
        self.lengths.append(len(document.raw))
        self.places.append(document.place)
        self.known = self.known or recognition.shape in KNOWN
        if recognition.shape is Shape.OTHER:
            self._other(recognition.found)
        visit(recognition, document, Origin(self.name, document.place))

    def _other(self, found: str) -> None:
        self.others[found] += 1
        self.others_count += 1
        if self.others_count > MAX_OTHERS:
            raise InputError(
                f"{self.name}: holds more than {MAX_OTHERS:,} documents that are nothing known ({self.others_in_words()}). "
                "Take only what is wanted: kubectl get pods,nodes -A -o json."
            )

    def _envelope(self, envelope: Envelope) -> None:
        if envelope.kind:
            (self.pages if envelope.continued else self.last_pages)[envelope.kind] += 1
        if not envelope.count and envelope.kind in LIST_KINDS:
            self.known = True
        elif not envelope.count:
            self.others[f"empty list, {kind_in_words(envelope.kind or '', None)}"] += 1

    def read(self, wanted: frozenset[Shape]) -> Iterator[tuple[bytes, Origin, Recognition]]:
        """The documents of the wanted shapes, read again, in order.

        Raises:
            InputError: the file is not the same any more.
        """
        indexes = frozenset(_INDEX[shape] for shape in wanted)
        if indexes.isdisjoint(self.shapes):
            return
        with self.content.at() as read_at:
            for number, (index, offset, length, place) in enumerate(zip(self.shapes, self.offsets, self.lengths, self.places, strict=True)):
                if index in indexes:
                    raw = read_at(offset, length) if length else b""
                    yield raw, Origin(self.name, place), self._recognised(number, _SHAPES[index], raw)

    def _recognised(self, number: int, shape: Shape, raw: bytes) -> Recognition:
        """As at the first time."""
        if shape not in _TOLD_IN_WORDS:
            return Recognition(shape)
        reason = self.unreadable.get(number)
        return recognise(raw) if reason is None else Recognition(shape, reason)

    def recognised(self) -> Iterator[Shape]:
        """What each document is, in order."""
        return (_SHAPES[index] for index in self.shapes)

    def others_in_words(self) -> str:
        """``kind Service (3), kind Deployment``."""
        return in_words(self.others)
