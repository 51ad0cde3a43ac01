"""YAML as the kubelet and kubectl read it: sigs.k8s.io/yaml, which is go-yaml v2 and a step to JSON.

PyYAML's own reading is another: of 91 probes 36 differ (``1e3``, ``0o17``, ``08``, ``y`` as a value, ``1:30``, dates, ``=``, ``<<``, tabs,
tags). So nothing of PyYAML is used but its binding to libyaml, of whose scanner and parser go-yaml v2 is a port. libyaml's events become
values by go-yaml's rules (resolver.py, values.py, composer.py). 10 MiB of manifests take some two seconds, a million values three.

What the kubelet does with a manifest (pkg/kubelet/config/common.go, k8s.io/apimachinery/pkg/util/yaml ToJSON): if the first
character that is no blank is ``{``, the bytes are JSON and stay as they are; else the *first* document is read as YAML, and what
follows it is not looked at. kubectl -f splits a file at lines that begin with ``---`` and reads each part.

Compared with k8s.io/apimachinery 0.30.14. Its 0.16.15 (sigs.k8s.io/yaml v1.1.0, go-yaml v2.2.8) and 0.36.0 (v1.6.0) gave the same JSON for
every document tried, all built with one Go (1.26). See resolver.py for what was different before. The *splitting* of 0.16.15 differs:
there only blanks may follow ``---``, and a line with anything else is part of the document. Mirrored here is 0.30.

Refused although Go reads it, since nothing real looks so, each with its reason:

* deeper than 200 collections; more than 1,000,000 values or 40 MiB of text after anchors are expanded; more than 100 %TAG;
* two keys of a map that become one in JSON (``1`` and ``"1"``): Go keeps one of them at random;
* a second byte order mark where Go's reader loses characters, or at the beginning of a line, where libyaml loses the mark;

and what libyaml has moved away from, or to:

* a tag that holds or touches one of ``,[]{}`` (``!a,b c``), or has nothing behind it in a flow collection: ``[!!str, a]``;
* an unquoted text of a flow collection with a ``:`` before one of ``,[]{}`` (``[a:, b]``);
* in double quotes ``\\'``;
* something behind the first value that begins no other document: Go takes ``"a" "b"`` for ``"a"``, and ``[a]: b`` for ``["a"]``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from upgradecheck.decode.text.streamed import Document
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.patterns import pattern

MAX_DOCUMENT = 10 << 20
"""Bytes. The kubelet's own limit of a manifest (maxConfigLength); a file that reaches it is refused."""

_GO_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_JSON = pattern(f"[{_GO_SPACE}]*\\{{")
_GO_TRIM = pattern(f"[{_GO_SPACE}]*")
_SEPARATOR = b"---"


def is_json(document: bytes) -> bool:
    """Whether Go takes it for JSON: the first character that is no blank is ``{``."""
    head = document.lstrip(b"\t\n\v\f\r ")
    if head[:1] == b"{" or head[:1].isascii():
        return head[:1] == b"{"
    return _JSON.match(document.decode("utf-8", "replace")) is not None


def to_json(document: bytes, *, keys_sorted: bool = True, unique: bool = False) -> bytes:
    """A manifest as JSON, equal to what Go's ToJSON gives: the first document of it, keys sorted (unless told otherwise), JSON unchanged.

    unique: a key that stands twice in a map of YAML is refused, which Go does not.

    Raises:
        SpecRefused: it is no YAML, has no JSON equivalent, or is beyond a limit; the reason names the line, never a value.
    """
    if len(document) >= MAX_DOCUMENT:
        raise SpecRefused(f"is {len(document)} bytes, wanted less than {MAX_DOCUMENT >> 20} MiB, the kubelet's own limit of a manifest")
    return document if is_json(document) else _yaml_to_json(document, "sorted" if keys_sorted else None, unique=unique)


def _yaml_to_json(document: bytes, order: Literal["sorted"] | None, *, unique: bool) -> bytes:
    from upgradecheck.decode.yaml.composer import Composer
    from upgradecheck.decode.yaml.problem import YamlProblem
    from upgradecheck.decode.yaml.source import YamlSource
    from upgradecheck.decode.yaml.values import to_encodable

    try:
        return msgspec.json.encode(Composer(YamlSource(document), unique=unique).document(), enc_hook=to_encodable, order=order)
    except YamlProblem as problem:
        where = f"line {problem.line + 1}: " if problem.line >= 0 else ""
        raise SpecRefused(f"YAML, {where}{problem.reason}") from None
    except RecursionError:
        raise SpecRefused("is nested too deeply to be read") from None


def split_documents(chunks: Iterable[bytes]) -> Iterator[Document]:
    """The documents of a YAML stream as kubectl -f splits it (NewYAMLReader), one at a time; each goes to to_json.

    A line that begins with ``---`` separates. It must hold nothing else than blanks and a comment, else kubectl refuses the rest; the
    kubelet, which does not split, would read on. An empty document is given as one; kubectl passes over those that become null.

    Raises:
        SpecRefused: a separator with something behind it, or a document beyond the limit.
    """
    splitter = _Splitter()
    for line in _lines(chunks):
        yield from splitter.line(line)
    yield from splitter.document()


class _Splitter:
    """The document at hand."""

    def __init__(self) -> None:
        self.held = bytearray()
        self.count = 0
        self.offset = self.begun_at = 0
        self.lines = self.begun_line = 1

    def line(self, line: bytes) -> Iterator[Document]:
        """What ends with this line."""
        if line.startswith(_SEPARATOR):
            rest = _GO_TRIM.sub("", line[len(_SEPARATOR) :].decode("utf-8", "replace"), count=1)
            if rest and not rest.startswith("#"):
                raise SpecRefused(f"YAML, line {self.lines}: has something behind ---; put it on a line of its own")
            ended = bool(self.held)
            yield from self.document()
            if ended:
                self._pass(line)
                self.begun_at, self.begun_line = self.offset, self.lines
                return
        # Go reads lines without their CR LF and writes an LF
        self.held += line.removesuffix(b"\n").removesuffix(b"\r") + b"\n" if line.endswith(b"\n") else line + b"\n"
        self._pass(line)
        if len(self.held) >= MAX_DOCUMENT:
            raise SpecRefused(f"YAML, line {self.begun_line}: a document of {MAX_DOCUMENT >> 20} MiB or more begins here, wanted less")

    def document(self) -> Iterator[Document]:
        """The document at hand, if there is one."""
        if self.held:
            self.count += 1
            place = f"document {self.count}" if self.count > 1 else ""
            yield Document(bytes(self.held), self.begun_at, self.begun_line, place)
            self.held.clear()

    def _pass(self, line: bytes) -> None:
        self.offset += len(line)
        self.lines += 1


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines with their LF; a line beyond the limit is given in pieces, each beyond the limit as well."""
    rest = bytearray()
    for chunk in chunks:
        rest += chunk
        if b"\n" not in chunk and len(rest) < MAX_DOCUMENT:
            continue
        *whole, last = bytes(rest).split(b"\n")
        for line in whole:
            yield line + b"\n"
        rest = bytearray(last)
        if len(rest) >= MAX_DOCUMENT:
            yield bytes(rest)
            rest.clear()
    if rest:
        yield bytes(rest)
