"""Source: files, directories and standard input, recognised by the shape of what is in them (``-f``, ``-R``).

One pass finds all documents. Nodes and the runtime's records, which are small, are decoded in it; of pods only the place is
kept, and they are read again one at a time. All problems of all inputs are collected and told in one error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import TypeVar

from upgradecheck.decode.crictl import container_record, sandbox_record
from upgradecheck.decode.jsonstream import Document
from upgradecheck.decode.nodes import node_facts
from upgradecheck.decode.shapes import Recognition, Shape, recognise
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.plan import Missing
from upgradecheck.model.pod import ContainerRecord, NodeFacts, Origin, SandboxRecord
from upgradecheck.sources.files.paths import InputFile, expand
from upgradecheck.sources.files.reading import Content
from upgradecheck.sources.files.tables import Table

_PODS = frozenset({Shape.POD})
_ALL = frozenset(Shape)
_WANTED = "Wanted pods or nodes as kubectl -o json prints them, or crictl ps -a -o json or crictl pods -o json"
_MAX_TOLD = 20

_Record = TypeVar("_Record", ContainerRecord, SandboxRecord)


@dataclass(frozen=True, slots=True)
class InputDocument:
    """One document as it stands in its input. recognition says what it is."""

    raw: bytes
    origin: Origin
    recognition: Recognition


@dataclass(frozen=True, slots=True)
class Inputs:
    """Opened inputs. Close them, or use them as a context, to free the copy of standard input.

    A container or sandbox that is given twice in the same words is there once; pods and documents come as often as they are given.
    """

    names: tuple[str, ...]
    nodes: tuple[NodeFacts, ...]
    containers: tuple[ContainerRecord, ...]
    sandboxes: tuple[SandboxRecord, ...]
    notices: tuple[str, ...]
    missing: tuple[Missing, ...]
    _tables: tuple[Table, ...] = field(repr=False)

    def pods(self) -> Iterator[tuple[bytes, Origin]]:
        """Every pod as a raw document, in input order, one held at a time.

        Raises:
            InputError: a file changed since it was opened.
        """
        for table in self._tables:
            for raw, origin, _ in table.read(_PODS):
                yield raw, origin

    def documents(self) -> Iterator[InputDocument]:
        """Every document, also what was not recognised, in input order; empty lists have none.

        Raises:
            InputError: a file changed since it was opened.
        """
        for table in self._tables:
            for raw, origin, shape in table.read(_ALL):
                told_by_shape = shape not in (Shape.OTHER, Shape.MALFORMED)
                yield InputDocument(raw, origin, Recognition(shape) if told_by_shape else recognise(raw))

    def close(self) -> None:
        """Frees what is held open; pods() and documents() of standard input end with it."""
        for table in self._tables:
            table.content.close()

    def __enter__(self) -> Inputs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_inputs(paths: Iterable[str], *, recursive: bool, lenient: bool = False) -> Inputs:
    """Find and classify everything in the files that paths name.

    lenient is for commands that answer for each document by itself (``hash``): a named file may hold nothing recognisable,
    a document may be malformed, and nodes and records are not decoded. What cannot be split into documents is an error
    all the same.

    Raises:
        InputError: one or more inputs cannot be read or understood; all of them are named.
    """
    names = tuple(paths)
    gathering = _Gathering(lenient=lenient)
    try:
        for file in expand(names, gathering.problems, recursive=recursive):
            gathering.add(file)
        return gathering.finish(names)
    except BaseException:
        gathering.close()
        raise


class _Gathering:
    """What is known while inputs are being read."""

    def __init__(self, *, lenient: bool) -> None:
        self.lenient = lenient
        self.problems: list[str] = []
        self.notices: list[str] = []
        self.tables: list[Table] = []
        self.directories: dict[str, bool] = {}
        self.nodes: dict[str, NodeFacts] = {}
        self.containers: dict[ContainerRecord, ContainerRecord] = {}
        self.sandboxes: dict[SandboxRecord, SandboxRecord] = {}

    def add(self, file: InputFile) -> None:
        """Read one file through; what is wrong with it is added to the problems."""
        table = Table(Content(file))
        self.tables.append(table)
        told = len(self.problems)
        try:
            table.scan(self._visit)
        except InputError as error:
            self.problems.append(str(error))
        except OSError as error:
            self.problems.append(f"{file.name}: cannot be read ({error.strerror}). {_advice(error)}")
        if file.directory is not None:
            self.directories[file.directory] = self.directories.get(file.directory, False) or table.known or len(self.problems) > told
        if len(self.problems) == told:
            self._judge(table, file)

    def _judge(self, table: Table, file: InputFile) -> None:
        others = table.others_in_words()
        if table.known:
            if others:
                self.notices.append(f"{table.name}: left out what is neither pod, node nor record of the runtime: {others}")
        elif file.directory is not None:
            self.tables.pop()
            self.notices.append(f"{table.name}: not recognised ({others or 'nothing in it'}), skipped")
        elif not self.lenient:
            self.problems.append(f"{table.name}: holds {others or 'nothing'}, no pods, nodes or records of the runtime. {_WANTED}.")

    def _visit(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        if self.lenient:
            return
        try:
            self._decode(recognition, document, origin)
        except SpecRefused as error:
            self.problems.append(f"{origin} (line {document.line}): {error}. {_WANTED}.")

    def _decode(self, recognition: Recognition, document: Document, origin: Origin) -> None:
        if recognition.shape is Shape.NODE:
            self._add_node(node_facts(document.raw, origin))
        elif recognition.shape is Shape.CRI_CONTAINER:
            _add_once(self.containers, container_record(document.raw, origin))
        elif recognition.shape is Shape.CRI_SANDBOX:
            _add_once(self.sandboxes, sandbox_record(document.raw, origin))
        elif recognition.shape is Shape.MALFORMED:
            raise SpecRefused(recognition.found)

    def _add_node(self, node: NodeFacts) -> None:
        known = self.nodes.setdefault(node.name, node)
        if known.kubelet_version != node.kubelet_version:
            self.problems.append(
                f"node {node.name!a}: {known.origin} says kubelet {known.kubelet_version!a}, {node.origin} says {node.kubelet_version!a}. "
                "Wanted one state of the node; leave out the older one."
            )

    def finish(self, names: tuple[str, ...]) -> Inputs:
        """All of it.

        Raises:
            InputError: there were problems.
        """
        for directory, known in self.directories.items():
            if not known:
                self.problems.append(f"{directory}: no pods, nodes or records of the runtime in any of its *.json files. {_WANTED}.")
        if self.problems:
            more = len(self.problems) - _MAX_TOLD
            raise InputError("\n".join(self.problems[:_MAX_TOLD] + [f"… and {more} more problems"] * (more > 0)))
        return Inputs(
            names=names,
            nodes=tuple(self.nodes.values()),
            containers=tuple(self.containers.values()),
            sandboxes=tuple(self.sandboxes.values()),
            notices=tuple(self.notices),
            missing=_missing_pages(self.tables),
            _tables=tuple(self.tables),
        )

    def close(self) -> None:
        for table in self.tables:
            table.content.close()


def _add_once(records: dict[_Record, _Record], record: _Record) -> None:
    records.setdefault(replace(record, origin=Origin("")), record)


def _missing_pages(tables: Iterable[Table]) -> tuple[Missing, ...]:
    """Lists that were cut into pages (``?limit=``) and whose last page, the one without a continue token, is not among the inputs."""
    pages: Counter[str] = Counter()
    last_pages: Counter[str] = Counter()
    for table in tables:
        pages += table.pages
        last_pages += table.last_pages
    return tuple(
        Missing(f"the rest of a {kind}", "it was listed in pages (metadata.continue is set), and its last page was not given")
        for kind in sorted(pages)
        if kind not in last_pages
    )


def _advice(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "Check the name given with -f."
    if isinstance(error, PermissionError):
        return "Check its permissions; runtime dumps are often root's."
    return "Check the file and the disk."


SOURCE = open_inputs
