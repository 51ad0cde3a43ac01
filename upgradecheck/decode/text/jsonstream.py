"""A stream of bytes into its JSON documents, exact bytes, without ever holding more than one of them.

Inputs come as one object, as concatenated objects or NDJSON, as an array (``jq -s``), as a list object of the API
(``items``) or as crictl's output (``items`` of sandboxes, ``containers``). Of arrays and lists the elements are the documents, also
of a List in a List, which kubectl takes apart, too.
kubectl sorts the keys of the List that it makes, so ``kind`` stands *after* 100,000 items: whether an object is a
list is decided at its first member ``items`` or ``containers`` that is an array, unless a kind seen before it says otherwise.

A dump of 150,000 pods is some 600 MB, so only strings and brackets are looked at (one regular expression), enough to
find where a document ends. Its inside is checked by whoever decodes it. The state between chunks is small: the open
arrays, and of the document at hand its bytes so far, its depth, and whether a string is open.

The elements of an array that end in the chunk at hand, and lines of NDJSON, are taken by msgspec at once (``elements``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NoReturn

import msgspec

from upgradecheck.decode.text.elements import COMMA_BETWEEN, MAX_DEPTH, Glimpses, Known, Whole, elements, lines
from upgradecheck.decode.text.listforms import MOST, is_of_one_request
from upgradecheck.decode.text.notjson import HEAD, UTF8_BOM, diagnose
from upgradecheck.decode.text.streamed import Document, Envelope, KnownRun, Page, Run
from upgradecheck.decode.text.typed import typed
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.patterns import pattern

MAX_DOCUMENT = 10 << 20
"""Bytes of one document: as much as a kubelet reads of a manifest (maxConfigLength in pkg/kubelet/config/common.go).

No real object comes near: etcd takes requests of 1.5 MiB unless told otherwise, and an API server bodies of 3 MiB, of which kubectl's
indentation makes two or three times that. While a pod is examined, 12 times its size is held where it is one text, 17
of many variables, 27 of all but brackets and commas, so the limit holds memory, too.
"""

MAX_LISTS = 10
"""Lists of documents in one another."""

MAX_BRACKETS = 500_000
"""Brackets that open in a document of more than a chunk: each costs a step here, and a value wherever it is decoded."""

_QUOTE, _BACKSLASH, _COMMA = b'"\\,'
_OPEN_OBJECT, _OPEN_ARRAY, _CLOSE_ARRAY = b"{[]"
_OPENING = frozenset(b"{[")
_NO_VALUE = frozenset(b",:]}")

# A bracket; or a run of plain strings and what stands between them, up to a bracket or a string with escapes; or such
# a string; or a lone quote: a string that goes on in the next chunk or has very many escapes, which _string reads on.
# The bounds keep the memory of the regular expression small.
_TOKEN = pattern(
    rb'[{}\[\]]|(?:"[^"\\]*"[^"{}\[\]]*(?:\{\}[^"{}\[\]]*)?){1,500}|"[^"\\]*(?:\\.[^"\\]*){0,500}"|"',
    re.DOTALL,
)
_STRING_REST = pattern(rb'[^"\\]*(?:\\.[^"\\]*){0,500}', re.DOTALL)
_SCALAR = pattern(rb'[^ \t\r\n,\[\]{}":]*')
_BLANK = pattern(rb"[ \t\r\n]*")
_LIST_MEMBER = pattern(rb'(?<!\\)"(items|containers)"[ \t\r\n]*:[ \t\r\n]*\Z')
_BEGUN = pattern(rb'\{[ \t\r\n]*"[^"\\]{0,64}"')
_WINDOW = 64
_WANTED = "Wanted JSON as kubectl -o json or crictl -o json print it"


def split(chunks: Iterable[bytes], source: str, *, by_line: bool = False) -> Iterator[Document | Envelope]:
    """The documents of a stream in order. source names the stream in errors. by_line: as of runs.

    Raises:
        InputError: as of runs.
    """
    for found in runs(chunks, source, by_line=by_line):
        if isinstance(found, Run):
            yield from found.documents()
        elif not isinstance(found, KnownRun):
            yield found


def runs(
    chunks: Iterable[bytes], source: str, glimpses: Glimpses | None = None, known: Known | None = None, *, by_line: bool = False
) -> Iterator[Document | Run | KnownRun | Envelope]:
    """The same, with documents that stand side by side in one, and of each of these a glimpse. known: knows those of arrays by their text.

    by_line: where a document does not end, and a line below it begins with a brace as in NDJSON, its first line is given as a
    document of its own, broken as it is, and the others go on.

    Raises:
        InputError: nothing in it, no JSON, truncated, garbage between documents, or a document above the limits.
    """
    splitter = _Splitter(source, glimpses, known)
    for chunk in _checked(iter(chunks), source):
        yield from splitter.feed(chunk)
    while by_line and (broken := splitter.take_broken_line()) is not None:
        line, rest = broken
        yield line
        yield from splitter.feed(rest)
    splitter.finish()


def _checked(chunks: Iterator[bytes], source: str) -> Iterator[bytes]:
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) >= HEAD:
            break
    body = head.removeprefix(UTF8_BOM)
    if body.strip() and (body.lstrip()[:1] not in (b"{", b"[") or b"\0" in head[:4]):
        found = diagnose(body) or "begins neither like JSON, with { or [, nor like YAML"
        raise InputError(f"{source}: {found}. {_WANTED}.")
    yield b" " * (len(head) - len(body)) + body
    yield from chunks


class _Open(msgspec.Struct):
    """The document at hand. start is where its bytes that are not yet held begin in the present chunk."""

    offset: int
    line: int
    place: str
    start: int
    may_be_list: bool
    scalar: bool
    held: bytearray = msgspec.field(default_factory=bytearray)
    depth: int = 0
    brackets: int = 0
    in_string: bool = False
    escaped: bool = False
    member: bytes = b""
    count: int = 0

    @property
    def name(self) -> str:
        return self.place or "the document"

    @property
    def begun(self) -> str:
        return f"{self.name} that begins at byte {self.offset}, line {self.line}"


class _Array(msgspec.Struct):
    """An open array whose elements are documents; envelope is the list object around it, if any."""

    envelope: _Open | None
    place: str
    count: int = 0
    comma_due: bool = False
    value_due: bool = False


class _Header(msgspec.Struct, rename="camel"):
    kind: Any = None
    metadata: Any = None
    api_version: Any = None


_HEADER = msgspec.json.Decoder(_Header)


def _blank_before(text: bytes, end: int) -> bytes:
    """The blanks that end at a place."""
    near = text[max(0, end - _WINDOW) : end]
    return near[len(near.rstrip(b" \t\r\n")) :]


def _page(metadata: dict[Any, Any]) -> Page:
    version, remaining, following = (metadata.get(name) for name in ("resourceVersion", "remainingItemCount", "continue"))
    return Page(
        version if isinstance(version, str) else "",
        remaining if isinstance(remaining, int) and not isinstance(remaining, bool) and remaining >= 0 else None,
        following if isinstance(following, str) else "",
    )


class _Splitter:
    """The state between chunks."""

    def __init__(self, source: str, glimpses: Glimpses | None, known: Known | None) -> None:
        self.source, self.glimpses, self.known = source, glimpses, known
        self.base = 0
        self.chunk = b""
        self.lines = 1
        self.lines_to = 0
        self.top_count = 0
        self.arrays: list[_Array] = []
        self.open: _Open | None = None
        self.looked_at_to = self.lines_looked_at_to = 0
        """So far of the chunk no elements, and no lines, are taken at once."""

    def feed(self, chunk: bytes) -> Iterator[Document | Run | KnownRun | Envelope]:
        """What ends in this chunk."""
        self.chunk, self.looked_at_to, self.lines_looked_at_to = chunk, 0, 0
        position = 0
        while position < len(chunk):
            if self.open is None and position >= (self.looked_at_to if self.arrays else self.lines_looked_at_to):
                position, taken = self._whole(position) if self.arrays else self._lines(position)
                yield from taken
            if self.open is None:
                position, found = self._between(position)
            else:
                position, found = self._inside(self.open, position)
            if found is not None:
                yield found
        if self.open is not None:
            self.open.held += chunk[self.open.start :]
            self.open.start = 0
        self._line(len(chunk))
        self.lines_to = 0
        self.base += len(chunk)

    def take_broken_line(self) -> tuple[Document, bytes] | None:
        """The stream has ended: the first line of the document that did not, and what is below; None if it is no line of NDJSON."""
        open_ = self.open
        if open_ is None or self.arrays:
            return None
        line, newline, rest = bytes(open_.held).partition(b"\n{")
        if not newline and (self.top_count == 1 or b"\n" in line.rstrip()):
            return None
        self.open = None
        self.base = open_.offset + len(line)
        self.lines = open_.line
        return Document(line, open_.offset, open_.line, open_.place), newline + rest

    def finish(self) -> None:
        """The stream has ended.

        Raises:
            InputError: in the middle of something, or before anything.
        """
        self.chunk = b""
        inner = self.open or next((array.envelope for array in reversed(self.arrays) if array.envelope), None)
        if inner is not None:
            from upgradecheck.decode.runtime.crictl_inspect import advice as inspect_advice

            advice = inspect_advice(bytes(inner.held[:_WINDOW])) or "Take the dump again"
            self._refuse(0, f"ends in the middle of {inner.begun}: truncated, or still being written", advice)
        if self.arrays:
            self._refuse(0, f"ends before its array is closed, after item {self.arrays[-1].count}: truncated", "Take the dump again")
        if not self.top_count:
            raise InputError(f"{self.source}: is empty. {_WANTED}; did the command that wrote it fail?")

    def _whole(self, position: int) -> tuple[int, Sequence[Run | KnownRun]]:
        """The elements of the innermost array that stand whole in the chunk, and where they end; none where all is to be looked at."""
        array, chunk = self.arrays[-1], self.chunk
        begin = COMMA_BETWEEN.match(chunk, position) if array.comma_due else _BLANK.match(chunk, position)
        head = _BEGUN.match(chunk, begin.end()) if begin is not None else None
        if begin is None or head is None:
            return position, ()
        blank = _blank_before(chunk, begin.end())
        end = chunk.rfind(b"}," + blank + head[0], begin.end()) + 1
        if not (end or blank):  # many a program leaves a blank behind each comma
            blank = b" "
            end = chunk.rfind(b"}, " + head[0], begin.end()) + 1
        self.looked_at_to = end or len(chunk)
        if not end:
            return position, ()
        if self.known is None or self.glimpses is None or array.envelope is None:
            return self._elements(array, begin.end(), end) or (position, ())
        return self._by_text(array, position, (begin.end(), end), b"}," + blank + head[0])

    def _elements(self, array: _Array, begin: int, end: int) -> tuple[int, Sequence[Run]] | None:
        """Elements between two places, as far as they are taken at once; None where not even the first one is."""
        found = elements(self.chunk, begin, end, self.glimpses, in_list=array.envelope is not None)
        if not found.raws:
            self.looked_at_to = len(self.chunk)
            return None
        run = self._run(found, f"{array.place} item ".lstrip(), array.count + 1)
        self._count(array, len(found.raws))
        return found.begins[-1] + len(found.raws[-1]), (run,)

    def _by_text(self, array: _Array, position: int, within: tuple[int, int], between: bytes) -> tuple[int, Sequence[Run | KnownRun]]:
        """The same where documents are known by their text. between: what stands there, with how the next one begins.

        A document is known as a whole, so what stands before it was an element, too, and what follows is the next one. Where that is
        between two that seem none, it is no matter: those that are not known are taken as an array.
        """
        assert self.known is not None
        find, (begin, end), gap = self.chunk.find, within, between.index(b"{") - 1
        places = list[tuple[int, int]]()
        while begin < end:
            close = find(between, begin) + 1
            places.append((begin, close))
            begin = close + gap
        runs = list[Run | KnownRun]()
        for is_known, some in groupby(zip(places, self.known.told(self.chunk, places), strict=True), key=_is_known):
            its, told = zip(*some, strict=True)
            (first, _), (_, last) = its[0], its[-1]
            if is_known:
                runs.append(self._known_run(array, its, told))
                position = last
                continue
            taken = self._elements(array, first, last)
            if taken is not None:
                position, (run,) = taken
                runs += _met(run, self.known.meet(run.raws, run.glimpses))
            if taken is None or position != last:
                break
        return position, runs

    def _known_run(self, array: _Array, places: Sequence[tuple[int, int]], told: Sequence[Any]) -> KnownRun:
        """Documents that are known by their text, and what is told of them."""
        begins, base = [begin for begin, _ in places], self.base
        offsets, lengths = [base + begin for begin in begins], [close - begin for begin, close in places]
        run = KnownRun(told, lengths, offsets, self._lines_of(begins), f"{array.place} item ".lstrip(), array.count + 1)
        self._count(array, len(places))
        return run

    def _count(self, array: _Array, number: int) -> None:
        """So many elements were taken at once."""
        array.count += number
        array.comma_due, array.value_due = True, False

    def _lines(self, position: int) -> tuple[int, Sequence[Run]]:
        """The documents that stand whole in the chunk, each on a line of its own, behind the first of the stream, and where they end."""
        if not self.top_count:
            return position, ()
        chunk = self.chunk
        begin = _BLANK.match(chunk, position).end()  # type: ignore[union-attr]
        self.lines_looked_at_to = end = chunk.rfind(b"}\n{", begin) + 2
        found = lines(chunk, begin, end, self.glimpses) if end > 1 else None
        if found is None or not found.raws:
            self.lines_looked_at_to = len(chunk)
            return position, ()
        run = self._run(found, "document ", self.top_count + 1)
        self.top_count += len(found.raws)
        return found.begins[-1] + len(found.raws[-1]), (run,)

    def _run(self, found: Whole, place: str, first: int) -> Run:
        begins = found.begins
        return Run(found.raws, [self.base + begin for begin in begins], self._lines_of(begins), place, first, found.glimpses)

    def _lines_of(self, begins: Sequence[int]) -> list[int]:
        """The lines of places, one behind the other."""
        apart = self.chunk.find(b"\n", self.lines_to, begins[-1]) >= 0
        return [self._line(begin) for begin in begins] if apart else [self._line(begins[-1])] * len(begins)

    def _between(self, position: int) -> tuple[int, Document | Envelope | None]:
        """One step outside of documents: blanks, commas, the end of an array, or the beginning of the next document."""
        position = _BLANK.match(self.chunk, position).end()  # type: ignore[union-attr]
        if position == len(self.chunk):
            return position, None
        byte = self.chunk[position]
        if not self.arrays:
            return self._top(position, byte), None
        array = self.arrays[-1]
        if byte == _CLOSE_ARRAY and not array.value_due:
            return self._end_array(position)
        if byte == _COMMA and array.comma_due:
            array.comma_due, array.value_due = False, True
            return position + 1, None
        if array.comma_due or byte in _NO_VALUE:
            wanted = "a comma or the end of the array" if array.comma_due else "a document"
            what = f"found {chr(byte)!a} after item {array.count}, wanted {wanted}"
            self._refuse(position, what, "Check that the file is whole and the output of one command only")
        array.count += 1
        array.value_due, array.comma_due = False, True
        return self._begin(position, f"{array.place} item {array.count}".lstrip()), None

    def _top(self, position: int, byte: int) -> int:
        place = f"document {self.top_count + 1}" if self.top_count else ""
        if byte not in _OPENING:
            after = f"after document {self.top_count}, wanted another document or the end" if self.top_count else "where JSON should begin"
            self._refuse(position, f"found {chr(byte)!a} {after}", "Remove what is no JSON")
        self.top_count += 1
        if byte == _OPEN_ARRAY:
            self._open_array(_Array(None, place), position)
            return position + 1
        return self._begin(position, place)

    def _open_array(self, array: _Array, position: int) -> None:
        if len(self.arrays) == MAX_LISTS:
            self._refuse(position, f"lists are nested deeper than {MAX_LISTS} levels", "Take them apart")
        self.arrays.append(array)

    def _begin(self, position: int, place: str) -> int:
        """Open a document; to where its inside goes on."""
        byte = self.chunk[position]
        self.open = _Open(
            offset=self.base + position,
            line=self._line(position),
            place=place,
            start=position,
            may_be_list=byte == _OPEN_OBJECT,
            scalar=byte not in _OPENING,
            in_string=byte == _QUOTE,
        )
        return position + (byte == _QUOTE)

    def _end_array(self, position: int) -> tuple[int, Envelope | None]:
        array = self.arrays.pop()
        if array.envelope is None:
            return position + 1, Envelope(None, array.count, continued=False, place=array.place)
        self.open = array.envelope
        self.open.start = position
        self.open.count = array.count
        return position, None

    def _inside(self, open_: _Open, position: int) -> tuple[int, Document | Envelope | None]:
        """On inside a document, to its end, the end of the chunk, or the beginning of its list."""
        if open_.in_string:
            position, ended = self._string(open_, position)
            if ended and not open_.depth:
                return self._close(open_, position)
        elif open_.scalar:
            position = _SCALAR.match(self.chunk, position).end()  # type: ignore[union-attr]
            if position < len(self.chunk):
                return self._close(open_, position)
        else:
            return self._tokens(open_, position)
        self._check_size(open_, position)
        return position, None

    def _tokens(self, open_: _Open, position: int) -> tuple[int, Document | Envelope | None]:
        chunk, depth = self.chunk, open_.depth
        for token in _TOKEN.finditer(chunk, position):
            start = token.start()
            byte = chunk[start]
            if byte == _QUOTE:
                end = token.end()
                if end == start + 1:
                    open_.depth, open_.in_string = depth, True
                    self._count_brackets(open_, position, end)
                    return end, None
            elif byte in _OPENING:
                if depth == 1 and byte == _OPEN_ARRAY and open_.may_be_list and self._is_list(open_, start):
                    open_.depth = depth + 1
                    self._descend(open_, start)
                    return start + 1, None
                depth += 1
                if depth > MAX_DEPTH:
                    self._refuse(start, f"{open_.name} is nested deeper than {MAX_DEPTH} levels", "No Kubernetes object is; leave it out")
            else:
                depth -= 1
                if depth == 0:
                    return self._close(open_, start + 1)
        open_.depth = depth
        self._check_size(open_, len(chunk))
        self._count_brackets(open_, position, len(chunk))
        return len(chunk), None

    def _count_brackets(self, open_: _Open, begin: int, end: int) -> None:
        """Count what was passed of a document that goes on; those in strings count, too."""
        open_.brackets += self.chunk.count(b"{", begin, end) + self.chunk.count(b"[", begin, end)
        if open_.brackets > MAX_BRACKETS:
            limit = f"has more than {MAX_BRACKETS:,} brackets. No Kubernetes object has; leave it out"
            raise InputError(f"{self.source}: {open_.begun} {limit}.")

    def _string(self, open_: _Open, position: int) -> tuple[int, bool]:
        """On inside a string that a token could not take whole; to behind its closing quote (True) or the end of the chunk."""
        chunk = self.chunk
        if open_.escaped:
            open_.escaped = False
            position += 1
        while position < len(chunk):
            position = _STRING_REST.match(chunk, position).end()  # type: ignore[union-attr]
            if position == len(chunk):
                break
            if chunk[position] == _QUOTE:
                open_.in_string = False
                return position + 1, True
            if position + 1 == len(chunk):
                open_.escaped = True
                return position + 1, False
        return len(chunk), False

    def _is_list(self, open_: _Open, position: int) -> bool:
        """Whether the array that begins here holds documents: a member items or containers of an object of no other kind.

        In a list, crictl's output does not stand, and containers is a member of something else.
        """
        near = self.chunk[max(open_.start, position - _WINDOW) : position]
        member = _LIST_MEMBER.search(bytes(open_.held[-_WINDOW:]) + near if len(near) < _WINDOW else near)
        in_list = bool(self.arrays) and self.arrays[-1].envelope is not None
        if member is None or (in_list and member[1] != b"items"):
            return False
        if open_.member:
            if member[1] == open_.member:
                self._refuse(position, f"{open_.name} has a second array {member[1].decode()!a}", "Remove one of them")
            return False
        kind = self._header(open_, position, b"[]}").kind
        if isinstance(kind, str) and kind and not kind.endswith("List"):
            open_.may_be_list = False
            return False
        open_.member = member[1]
        return True

    def _descend(self, envelope: _Open, position: int) -> None:
        self._open_array(_Array(envelope, envelope.place), position)
        envelope.held += self.chunk[envelope.start : position + 1]
        self.open = None

    def _close(self, open_: _Open, end: int) -> tuple[int, Document | Envelope]:
        self._check_size(open_, end)
        self.open = None
        if not open_.member:
            raw = bytes(open_.held) + self.chunk[open_.start : end] if open_.held else self.chunk[open_.start : end]
            return end, Document(raw, open_.offset, open_.line, open_.place)
        header = self._header(open_, end)
        metadata = header.metadata if isinstance(header.metadata, dict) else {}
        around = bytes(open_.held) + self.chunk[open_.start : end]
        kind, version = (one if isinstance(one, str) and one else None for one in (header.kind, header.api_version))
        return end, Envelope(
            kind,
            open_.count,
            bool(metadata.get("continue")),
            open_.place,
            _page(metadata),
            version,
            kind is None and open_.member == b"items",
            len(around) <= MOST and is_of_one_request(around),
        )

    def _header(self, open_: _Open, end: int, rest: bytes = b"") -> _Header:
        """A list object without its elements."""
        try:
            return typed(_HEADER, bytes(open_.held) + self.chunk[open_.start : end] + rest)
        except SpecRefused:
            self._refuse(end, f"{open_.name} is no valid JSON beside its list", "Take the dump again")

    def _check_size(self, open_: _Open, end: int) -> None:
        if len(open_.held) + end - open_.start > MAX_DOCUMENT:
            limit = f"larger than {MAX_DOCUMENT >> 20} MiB. No Kubernetes object is that large; leave it out"
            raise InputError(f"{self.source}: {open_.begun} is {limit}.")

    def _line(self, position: int) -> int:
        if self.chunk.find(b"\n", self.lines_to, position) >= 0:  # most have none, and finding none takes a tenth of counting
            self.lines += self.chunk.count(b"\n", self.lines_to, position)
        self.lines_to = position
        return self.lines

    def _refuse(self, position: int, what: str, advice: str) -> NoReturn:
        """Raise with the byte and the line of a position in the present chunk."""
        line = self._line(max(position, self.lines_to))
        raise InputError(f"{self.source}: byte {self.base + position}, line {line}: {what}. {advice}.")


def _is_known(part: tuple[tuple[int, int], Any]) -> bool:
    return part[1] is not None


def _met(run: Run, told: Sequence[Any]) -> Iterator[Run | KnownRun]:
    """Documents that were gone through, those that are known by now as such. told: what is known of each."""
    end = 0
    for is_known, some in groupby(told, key=lambda one: one is not None):
        begin, end = end, end + sum(1 for _ in some)
        yield run.known(begin, told[begin:end]) if is_known else run.part(begin, end)
