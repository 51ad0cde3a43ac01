"""One input as its documents, whatever it is written in: JSON, YAML, each of them perhaps gzip-compressed.

JSON documents are read again from where they stand. YAML is turned into JSON once, document by document, and the JSON is kept; a
List in it gives its items, as in JSON. Kubernetes' own distinction holds: what begins with ``{`` is JSON, also in a file named ``.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.lookalikes import UNFILLED
from upgradecheck.decode.kube.shapes import POD_GLIMPSES
from upgradecheck.decode.text.bundled import begins_one, is_one_alone
from upgradecheck.decode.text.elements import Known
from upgradecheck.decode.text.jsonstream import runs, split
from upgradecheck.decode.text.listforms import is_of_one_request_in_yaml
from upgradecheck.decode.text.notjson import HEAD, UTF8_BOM, diagnose, looks_like_yaml
from upgradecheck.decode.text.streamed import Document, Envelope, KnownRun, Run
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.patterns import pattern
from upgradecheck.sources.files.paths import InputFile, is_named_yaml
from upgradecheck.sources.files.reading import Content

_HOLE = pattern(rb"^[ \t]*(?:-[ \t]*)?(?:[\w./-]+:[ \t]*)?\{\{", re.MULTILINE)
_LINE = pattern(r"YAML, line (?P<line>[0-9]+): (?P<reason>.*)", re.DOTALL)
_WANTED = "Wanted YAML as kubectl -o yaml prints it; for a large cluster take -o json, which may be of any size"


_LARGEST_BUNDLE = 10 << 20
"""A larger one is read as anything else is."""

MAX_BLANKS = 16
"""So many chunks of blanks (1 MiB each) may stand before anything else: they are held until what follows is known."""


class Unreadable(msgspec.Struct, frozen=True, gc=False):
    """A document that is no YAML; line is that of the mistake."""

    reason: str
    line: int
    place: str


def documents(
    content: Content, known: Known | None = None, *, by_line: bool = False
) -> Iterator[Document | Run | KnownRun | Envelope | Unreadable]:
    """The documents of an input, those that stand side by side with glimpses of pods; offsets are those that content reads again at.

    known: knows pods by their text. by_line: a broken line of NDJSON is a document, too.

    Raises:
        InputError: it is no stream of documents, or changed meanwhile.
        OSError: it cannot be read.
    """
    head, chunks = _peeked(content.chunks(), content.file.name)
    if head.removeprefix(UTF8_BOM).startswith(b"{{"):  # no JSON begins so
        raise InputError(f"{content.file.name}: {UNFILLED}.")
    if _is_yaml(content.file, head.removeprefix(UTF8_BOM)):
        return _from_yaml(content, chunks)
    if begins_one(head):
        alone, chunks = _bundle(chunks)
        if alone is not None:
            return iter((Document(b"".join(content.kept((alone,))).rstrip(), 0, 1, ""),))
    return runs(content.kept(chunks), content.file.name, POD_GLIMPSES, known, by_line=by_line)


def _bundle(chunks: Iterator[bytes]) -> tuple[bytes | None, Iterator[bytes]]:
    """The text of a file that is one bundle, else None, and the chunks again. It is decoded whole, and once: nobody seeks its end."""
    taken, size = list[bytes](), 0
    for chunk in chunks:
        taken.append(chunk)
        size += len(chunk)
        if size > _LARGEST_BUNDLE:
            return None, chain(taken, chunks)
    text = taken[0] if len(taken) == 1 else b"".join(taken)
    return (text if begins_one(text) and is_one_alone(text) else None), iter(taken)


def _peeked(chunks: Iterator[bytes], name: str) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes, past blanks, and all of them."""
    taken: list[bytes] = []
    head = b""
    for chunk in chunks:
        taken.append(chunk)
        if len(taken) > MAX_BLANKS and not head:
            raise InputError(f"{name}: begins with more than {MAX_BLANKS} MiB of blanks. {_WANTED}.")
        head = (head + chunk).lstrip()[:HEAD] if not head.strip() else (head + chunk)[:HEAD]
        if len(head) >= HEAD:
            break
    return head, chain(taken, chunks)


def _is_yaml(file: InputFile, head: bytes) -> bool:
    head = head.lstrip()
    if not head or head[:1] in (b"{", b"["):
        return False
    return looks_like_yaml(head) or (is_named_yaml(file.path) and diagnose(head) is None)


def _from_yaml(content: Content, chunks: Iterable[bytes]) -> Iterator[Document | Envelope | Unreadable]:
    from upgradecheck.decode.yaml import documents as goyaml

    name = content.file.name
    try:
        for document in goyaml.split_documents(content.as_yaml(chunks)):
            yield from _one_document(content, document)
    except SpecRefused as error:
        raise InputError(f"{name}: {error}. {_WANTED}.") from error


def _one_document(content: Content, document: Document) -> Iterator[Document | Envelope | Unreadable]:
    from upgradecheck.decode.yaml.documents import to_json

    try:
        json = guarded(lambda: to_json(document.raw))
    except SpecRefused as error:
        content.keep(b"")
        yield _unreadable(error, document)
        return
    if json == b"null":
        return
    offset = content.keep(json)
    if json.lstrip()[:1] not in (b"{", b"["):
        yield Document(json, offset, document.line, document.place)
        return
    for found in split((json,), f"{content.file.name} {document.place}".rstrip()):
        place = f"{document.place} {found.place}".strip()
        if isinstance(found, Document):
            yield Document(found.raw, offset + found.offset, document.line, place)
        else:
            at_once = place == document.place and is_of_one_request_in_yaml(document.raw)
            yield replace(found, place=place, at_once=at_once)


def _unreadable(error: SpecRefused, document: Document) -> Unreadable:
    """The line within the document becomes the line in the file; what is a template is told to be one."""
    if _HOLE.search(document.raw):
        return Unreadable(UNFILLED, document.line, document.place)
    told = _LINE.fullmatch(error.reason)
    if told is None:
        return Unreadable(error.reason, document.line, document.place)
    return Unreadable(f"YAML that Go refuses: {told['reason']}", document.line + int(told["line"]) - 1, document.place)
