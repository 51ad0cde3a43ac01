"""What one file holds: a compact table of its documents, made in one pass that holds one document at a time.

Per document the table keeps shape, offset, length and place, some 30 bytes, so that 150,000 pods are found again without being held.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import compress

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.shapes import KNOWN, LIST_KINDS, NAMELESS, PodGlimpse, Recognition, Shape, kind_in_words, recognise
from upgradecheck.decode.text.streamed import Document, Envelope, KnownRun, Run
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Origin
from upgradecheck.model.snapshot import ListRead
from upgradecheck.reading.pod import KnownText
from upgradecheck.sources.files.documents import Unreadable, documents
from upgradecheck.sources.files.known import KeptValues, KnownPod, PodText, PodTexts
from upgradecheck.sources.files.pages import Pages
from upgradecheck.sources.files.places import Nodes, Places
from upgradecheck.sources.files.reading import Content, ReadAt
from upgradecheck.sources.files.searching import holding
from upgradecheck.sources.files.templates import in_words

_SHAPES = tuple(Shape)
_INDEX = {shape: index for index, shape in enumerate(_SHAPES)}

_POD, _CONTAINER = _INDEX[Shape.POD], _INDEX[Shape.CRI_CONTAINER]
_NO_PODS = bytes(index != _POD for index in range(256))

MAX_OTHERS = 150_000
"""Documents of one file that are passed over; each costs time and a place in the table, as if it were a pod."""

_TOLD_IN_WORDS = frozenset({Shape.OBJECT, Shape.OTHER, Shape.MALFORMED, Shape.TEMPLATE})
_TOLD_BY_SHAPE = tuple(None if shape in _TOLD_IN_WORDS else Recognition(shape) for shape in _SHAPES)
_RECOGNISED_POD = Recognition(Shape.POD)
_ITEM = pattern(r"(?P<list>.*?) ?item [0-9]+", re.DOTALL)

Visit = Callable[[Recognition, Document, Origin], None]
Look = Callable[[Sequence[PodGlimpse], Sequence[bytes]], None]
LookAtKnown = Callable[[Sequence[KnownPod]], None]
Listing = Callable[[Run, str], bool]


class _Listed(msgspec.Struct, frozen=True, gc=False):
    """An item that names no kind, and waits for the end of its list, where the list's kind may stand."""

    index: int
    line: int
    list: str


class Table(msgspec.Struct):
    """The documents of one file.

    others counts what was not recognised; kinds has, by index, the kind that a list gave to its item, with the list's version; unreadable
    says, by index, why a document is none. waiting: items of lists that have not ended yet. empty: in which members lists have no entries
    that name neither kind nor version, as those of a runtime do. lists: those that were made at once.
    """

    content: Content
    shapes: bytearray = msgspec.field(default_factory=bytearray)
    offsets: array[int] = msgspec.field(default_factory=lambda: array("Q"))
    lengths: array[int] = msgspec.field(default_factory=lambda: array("I"))
    lines: array[int] = msgspec.field(default_factory=lambda: array("I"))
    places: Places = msgspec.field(default_factory=Places)
    nodes: Nodes = msgspec.field(default_factory=Nodes)
    known: bool = False
    others_count: int = 0
    others: Counter[str] = msgspec.field(default_factory=Counter)
    pages: Pages = msgspec.field(default_factory=Pages)
    kinds: dict[int, tuple[str, str | None]] = msgspec.field(default_factory=dict)
    unreadable: dict[int, str] = msgspec.field(default_factory=dict)
    waiting: list[_Listed] = msgspec.field(default_factory=list)
    empty: frozenset[str] = frozenset()
    lists: list[ListRead] = msgspec.field(default_factory=list)
    texts: list[PodText] = msgspec.field(default_factory=list)
    """Those by which pods are known, and by_text, the number of each, and of documents one more than it, or 0."""
    by_text: dict[PodText, int] = msgspec.field(default_factory=dict)
    of_text: array[int] = msgspec.field(default_factory=lambda: array("I"))
    values: KeptValues = msgspec.field(default_factory=KeptValues)

    @property
    def name(self) -> str:
        return self.content.file.name

    def scan(
        self, visit: Visit, look: Look, listing: Listing, known: tuple[PodTexts, LookAtKnown] | None = None, *, by_line: bool = False
    ) -> None:
        """Fill the table; visit is told every document while it is at hand, but for pods that stand side by side, which look is told, and a
        runtime's containers, which listing is told, with the file's name; where it does not take them together, visit is told of each.
        known: knows pods by their text, and who is told of those. by_line: a broken line of NDJSON is a document, too.

        Raises:
            InputError: the file is no stream of documents, or changed meanwhile.
            OSError: it cannot be read.
        """
        texts, look_at_known = known or (None, _pass_over)
        for found in documents(self.content, texts, by_line=by_line):
            if isinstance(found, KnownRun):
                self._known_run(found)
                look_at_known(found.told)
            elif isinstance(found, Run):
                self._run(found, visit, look, listing)
            elif isinstance(found, Envelope):
                self._envelope(found, visit)
            elif isinstance(found, Document):
                self._document(found, _recognised(found.raw), visit)
            else:
                self._unreadable(found, visit)
        self._settle(self.waiting, None, None, visit)

    def _run(self, run: Run, visit: Visit, look: Look, listing: Listing) -> None:
        """Documents side by side, of which most are pods."""
        if run.glimpses is not None and all(one.is_pod for one in run.glimpses):
            self._alike(run, _POD)
            self.nodes.extend([bytes(one.spec.node_name) for one in run.glimpses])
            look(run.glimpses, run.raws)
            return
        if run.glimpses is not None and all(one.is_container for one in run.glimpses) and listing(run, self.name):
            self._alike(run, _CONTAINER)
            self.nodes.append_none(len(run.raws))
            return
        for document in run.documents():
            self._document(document, _recognised(document.raw), visit)

    def _alike(self, run: Run, shape: int) -> None:
        """Documents of one shape."""
        self._side_by_side(run, list(map(len, run.raws)), shape)
        self.of_text.extend([0] * len(run.raws))

    def _side_by_side(self, run: Run | KnownRun, lengths: Sequence[int], shape: int) -> None:
        """The same, but for what is told of each."""
        number = len(lengths)
        self.known = True
        self.shapes += bytes((shape,)) * number
        self.offsets.extend(run.offsets)
        self.lengths.extend(lengths)
        self.lines.extend(run.lines)
        self.places.extend(run.place, run.first, number)

    def _known_run(self, run: KnownRun) -> None:
        told: Sequence[KnownPod] = run.told
        self._side_by_side(run, run.lengths, _POD)
        self.nodes.extend_plain([of.node_in(values) for of, values in told])
        kept = self.values.keep(told)
        self.of_text.extend([self._number(of) if kept else 0 for of, _ in told])

    def _number(self, of: PodText) -> int:
        """Of a text, counted from 1."""
        found = self.by_text.get(of)
        if found is None:
            self.texts.append(of)
            found = self.by_text[of] = len(self.texts)
        return found

    def set_aside(self, reason: str) -> None:
        """Leave of the file one document that is none, and why: what it held before it broke is not used."""
        del self.shapes[:], self.offsets[:], self.lengths[:], self.lines[:], self.waiting[:], self.of_text[:]
        self.values.clear()
        self.places.clear()
        self.nodes.clear()
        self.kinds.clear()
        self.unreadable.clear()
        self._unreadable(Unreadable(reason, 1, ""), _nobody)

    def _unreadable(self, found: Unreadable, visit: Visit) -> None:
        self.unreadable[len(self.shapes)] = found.reason
        self._document(Document(b"", 0, found.line, found.place), Recognition(Shape.MALFORMED, found.reason), visit)

    def _document(self, document: Document, recognition: Recognition, visit: Visit) -> None:
        self.shapes.append(_INDEX[recognition.shape])
        self.offsets.append(document.offset)
        self.lengths.append(len(document.raw))
        self.lines.append(document.line)
        self.places.append(document.place)
        self.nodes.append_none()
        self.of_text.append(0)
        if recognition.shape is Shape.MALFORMED:
            self.unreadable[len(self.shapes) - 1] = recognition.found
        if _takes_its_lists_kind(recognition) and (item := _ITEM.fullmatch(document.place)):
            self.waiting.append(_Listed(len(self.shapes) - 1, document.line, item["list"]))
            if len(self.waiting) > MAX_OTHERS:
                self.others[recognition.found or "a template without a kind"] += len(self.waiting)
                raise self._too_many()
        else:
            self._told(document, recognition, visit)

    def _told(self, document: Document, recognition: Recognition, visit: Visit) -> None:
        self.known = self.known or recognition.shape in KNOWN
        if recognition.shape is Shape.EMPTY_RECORDS:
            self.empty |= {recognition.found}
        if recognition.shape is Shape.OTHER:
            self._other(recognition.found)
        visit(recognition, document, Origin(self.name, document.place, document.line))

    def _other(self, found: str) -> None:
        self.others[found] += 1
        self.others_count += 1
        if self.others_count > MAX_OTHERS:
            raise self._too_many()

    def _too_many(self) -> InputError:
        return InputError(
            f"{self.name}: holds more than {MAX_OTHERS:,} documents that are nothing known ({self.others_in_words()}). "
            "Take only what is wanted: kubectl get pods,nodes -A -o json."
        )

    def _envelope(self, envelope: Envelope, visit: Visit) -> None:
        self.pages.add(envelope)
        if envelope.at_once:
            version = envelope.page.version
            self.lists.append(ListRead(self.name, envelope.place, int(version) if version else None))
        items = []
        while self.waiting and self.waiting[-1].list == envelope.place:
            items.append(self.waiting.pop())
        kind = envelope.kind or ""
        listed = kind.removesuffix("List") if kind.endswith("List") and kind != "List" else None
        self._settle(items[::-1], listed, envelope.api_version, visit)
        if not envelope.count and envelope.kind in LIST_KINDS:
            self.known = True
            if envelope.kind is None and envelope.api_version is None:
                self.empty |= {"items" if envelope.items else "containers"}
        elif not envelope.count:
            self.others[f"empty list, {kind_in_words(envelope.kind or '', None)}"] += 1

    def _settle(self, items: list[_Listed], kind: str | None, version: str | None, visit: Visit) -> None:
        """Tell of items that waited for the kind of their list, which is None where it has none; they are read again."""
        if not items:
            return
        with self.content.at() as read_at:
            for one in items:
                raw = read_at(self.offsets[one.index], self.lengths[one.index])
                recognition = _recognised(raw, kind or "", version)
                if kind:
                    self.kinds[one.index] = kind, version
                self.shapes[one.index] = _INDEX[recognition.shape]
                self._told(Document(raw, self.offsets[one.index], one.line, self.places[one.index]), recognition, visit)

    def read(
        self, wanted: frozenset[Shape], nodes: frozenset[str] | None = None, texts: frozenset[bytes] | None = None
    ) -> Iterator[tuple[bytes, Origin, Recognition]]:
        """The documents of the wanted shapes, read again, in order. nodes: without pods that are known to be on others. texts: of pods
        those that may hold one of them.

        Raises:
            InputError: the file is not the same any more.
        """
        indexes = frozenset(_INDEX[shape] for shape in wanted)
        if indexes.isdisjoint(self.shapes):
            return
        name, places, lines = self.name, self.places, self.lines
        with self.content.at() as read_at:
            chosen = self.shapes.translate(bytes(index in indexes for index in range(256)))
            if texts is not None and not self.unreadable:  # of which it is not told where they stand
                chosen = self._with_texts(chosen, texts, read_at)
            if nodes is not None:
                chosen = bytearray(map(int.__and__, chosen, self.nodes.may_be_on(nodes)))
            every = zip(range(len(chosen)), self.shapes, self.offsets, self.lengths, strict=True)
            for number, index, offset, length in compress(every, chosen):
                raw = read_at(offset, length) if length else b""
                recognition = _TOLD_BY_SHAPE[index] or self._recognised(number, raw)
                yield raw, Origin(name, places[number], lines[number]), recognition

    def _with_texts(self, chosen: bytearray, texts: frozenset[bytes], read_at: ReadAt) -> bytearray:
        """The chosen documents without pods that hold none of some texts."""
        left = bytearray(map(int.__and__, chosen, self.shapes.translate(_NO_PODS)))
        for number in holding(texts, read_at, self.offsets, self.lengths):
            left[number] = chosen[number]
        return left

    def taken(self, wanted: frozenset[Shape]) -> Iterator[tuple[bytes | KnownText, Origin, Recognition]]:
        """The same once, pods that are known by their text as this and their values, of which nothing is kept afterwards.

        Raises:
            InputError: as of read.
        """
        if not self.texts or not any(self.of_text):
            yield from self.read(wanted)
            return
        indexes = frozenset(_INDEX[shape] for shape in wanted)
        name, places, lines, texts = self.name, self.places, self.lines, self.texts
        of_text, self.of_text, runs = self.of_text, array("I", bytes(self.of_text.itemsize * len(self.of_text))), self.values.taken()
        values, at, few = list[str](), 0, self.values.few
        with self.content.at() as read_at:
            for number, (index, of) in enumerate(zip(self.shapes, of_text, strict=True)):
                if of:
                    text = texts[of - 1].text
                    if at == len(values):
                        values, at = next(runs), 0
                    end = at + text.number
                    read = partial(read_at, self.offsets[number], self.lengths[number]) if few else None
                    yield KnownText(text, values[at:end], read), Origin(name, places[number], lines[number]), _RECOGNISED_POD
                    at = end
                elif index in indexes:
                    raw = read_at(self.offsets[number], length) if (length := self.lengths[number]) else b""
                    yield raw, Origin(name, places[number], lines[number]), _TOLD_BY_SHAPE[index] or self._recognised(number, raw)

    def _recognised(self, number: int, raw: bytes) -> Recognition:
        """As at the first time."""
        reason = self.unreadable.get(number)
        if reason is not None:
            return Recognition(Shape.MALFORMED, reason)
        return _recognised(raw, *self.kinds.get(number, ("", None)))

    def recognised(self) -> Iterator[Shape]:
        """What each document is, in order."""
        return (_SHAPES[index] for index in self.shapes)

    def number(self, shape: Shape) -> int:
        """How many documents have this shape."""
        return self.shapes.count(_INDEX[shape])

    def others_in_words(self) -> str:
        """``kind Service (3), kind Deployment``."""
        return in_words(self.others)


def _pass_over(pods: Sequence[KnownPod]) -> None:
    """Nobody is told of them."""


def _nobody(recognition: Recognition, document: Document, origin: Origin) -> None:
    """Who is told of no document."""


def _recognised(raw: bytes, listed: str = "", version: str | None = None) -> Recognition:
    """What a document is, whatever fails in telling it."""
    try:
        return guarded(lambda: recognise(raw, listed, version))
    except SpecRefused as error:
        return Recognition(Shape.MALFORMED, error.reason)


def _takes_its_lists_kind(recognition: Recognition) -> bool:
    """Whether no kind is written, and its structure does not tell one."""
    if recognition.shape is Shape.TEMPLATE:
        return not recognition.found
    return recognition.shape is Shape.OTHER and recognition.found == NAMELESS
