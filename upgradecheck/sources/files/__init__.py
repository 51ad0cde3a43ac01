"""Source: files, directories and standard input, JSON or YAML, recognised by the shape of what is in them (``-f``, ``-R``).

One pass finds all documents. Nodes and the runtime's records, which are small, are decoded in it; of pods only the place is
kept, and they are read again one at a time. What cannot be used is set aside by name; where nothing is left, all problems of all inputs are
told in one error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType

import msgspec

from upgradecheck.decode.guard import guarded
from upgradecheck.decode.kube.shapes import Recognition, Shape
from upgradecheck.decode.kube.templates import template_pods
from upgradecheck.logs import INFO, Log
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Origin
from upgradecheck.model.progress import Watch, unwatched
from upgradecheck.model.snapshot import Facts
from upgradecheck.reading.pod import KnownText, ReadPod
from upgradecheck.sources.files.gathering import Gathering
from upgradecheck.sources.files.meter import metered
from upgradecheck.sources.files.spool import Spool
from upgradecheck.sources.files.tables import Table
from upgradecheck.sources.files.templates import Templates, workload

_LOG = Log(__name__)
_PODS = frozenset({Shape.POD})
_PODS_AND_TEMPLATES = frozenset({Shape.POD, Shape.TEMPLATE})
_OTHERS = frozenset({Shape.OTHER})
_ALL = frozenset(Shape)


class InputDocument(msgspec.Struct, frozen=True, gc=False):
    """One document as it stands in its input (YAML as JSON), or, known by its text, its values. recognition says what it is."""

    given: bytes | KnownText
    origin: Origin
    recognition: Recognition

    @property
    def raw(self) -> bytes:
        """As it stands."""
        return self.given if isinstance(self.given, bytes) else self.given.document


class Inputs(msgspec.Struct, frozen=True):
    """Opened inputs. Close them, or use them as a context, to free what is kept of standard input, gzip and YAML.

    A container or sandbox that is given twice and says the same is there once; pods and documents come as often as they are given.
    """

    _facts: Facts
    _tables: tuple[Table, ...]
    _spool: Spool
    _templates: Templates
    _passed_over: tuple[Table, ...] = ()
    _watch: Watch = unwatched

    def __repr__(self) -> str:
        """Without _tables, _spool, _passed_over and _watch."""
        return f"Inputs(_facts={self._facts!r}, _templates={not self._templates.live})"

    def facts(self) -> Facts:
        """All that was found beside the pods."""
        return self._facts

    def all_facts(self) -> Facts:
        """The same: everything was read when the inputs were opened."""
        return self._facts

    def pods(self) -> Iterator[ReadPod]:
        """Every pod as its document, in input order, one held at a time; where none of their namespace run, also those of templates.

        Raises:
            InputError: a file changed since it was opened.
        """
        return metered(self._taken(), None if self._templates.found else self.number, self._watch)

    def beforehand(self) -> Inputs:
        """Itself."""
        return self

    def those(self, texts: frozenset[bytes] | None) -> Iterator[ReadPod]:
        """As pods, without documents that hold none of some texts; watch is not told.

        Raises:
            InputError: a file changed since it was opened.
        """
        return self._read(texts=texts)

    def on(self, nodes: frozenset[str]) -> Iterator[ReadPod]:
        """The same without pods of other nodes, as far as reading through told them.

        Raises:
            InputError: a file changed since it was opened.
        """
        return self._read(nodes)

    @property
    def are_of_one_list(self) -> bool:
        """Whether all pods are items of one list, which an answer of an API server is: no pod is there twice."""
        holding = [table for table in self._tables if table.number(Shape.POD)]
        return len(holding) == 1 and holding[0].places.are_of_one_list

    def nodes(self) -> frozenset[str]:
        """The nodes that reading through told of pods."""
        return frozenset(name for table in self._tables for name in table.nodes.names())

    @property
    def number(self) -> int:
        """How many pods there are, but for those of templates."""
        return sum(table.number(Shape.POD) for table in self._tables)

    def _read(self, nodes: frozenset[str] | None = None, texts: frozenset[bytes] | None = None) -> Iterator[ReadPod]:
        wanted = _PODS_AND_TEMPLATES if self._templates.found else _PODS
        for table in self._tables:
            for raw, origin, recognition in table.read(wanted, nodes, texts):
                if recognition.shape is Shape.POD:
                    yield ReadPod(raw, origin)
                else:
                    yield from self._made(raw, origin, recognition.found)

    def _taken(self) -> Iterator[ReadPod]:
        """As _read, and what was kept of pods that are known by their text is let go of."""
        wanted = _PODS_AND_TEMPLATES if self._templates.found else _PODS
        for table in self._tables:
            for raw, origin, recognition in table.taken(wanted):
                if recognition.shape is Shape.POD:
                    yield ReadPod(raw, origin)
                else:
                    assert isinstance(raw, bytes)
                    yield from self._made(raw, origin, recognition.found)

    def _made(self, raw: bytes, origin: Origin, kind: str) -> Iterator[ReadPod]:
        """The pods of a template; none where its workload could not be read, which is told, or repeats another, or its pods are given."""
        try:
            one = guarded(lambda: workload(raw, kind))
            pods = () if self._templates.repeats(one) or self._templates.is_left_out(one) else guarded(lambda: template_pods(raw, kind))
        except SpecRefused:
            return
        for pod in pods:
            yield ReadPod(pod.raw, origin, pod.replicas)

    def documents(self) -> Iterator[InputDocument]:
        """Every document once, also what was not recognised, in input order; empty lists have none.

        Raises:
            InputError: a file changed since it was opened.
        """
        found = (InputDocument(*one) for table in self._tables for one in table.taken(_ALL))
        return metered(found, sum(len(table.shapes) for table in self._tables), self._watch, "documents")

    def events(self) -> Iterator[bytes]:
        """Every event, in input order.

        Raises:
            InputError: a file changed since it was opened.
        """
        from upgradecheck.decode.kube.events import KINDS  # verify alone asks for them

        for table in (*self._tables, *self._passed_over):
            if not KINDS.isdisjoint(table.others):
                yield from (raw for raw, _, recognition in table.read(_OTHERS) if recognition.found in KINDS)

    def close(self) -> None:
        """Frees what is kept; pods() and documents() of standard input, gzip and YAML end with it."""
        self._spool.close()

    def __enter__(self) -> Inputs:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_inputs(paths: Iterable[str], *, recursive: bool, lenient: bool = False, watch: Watch = unwatched) -> Inputs:
    """Find and classify everything in the files that paths name; watch is told how far that is, and how far the pods are read.

    lenient is for commands that answer for each document by itself (``hash``): a named file may hold nothing recognisable,
    a document may be malformed, and nodes and records are not decoded. What cannot be split into documents is an error
    all the same.

    Raises:
        InputError: nothing that was given can be used, or two of it contradict each other; all problems are named.
    """
    names = tuple(paths)
    gathering = Gathering(lenient=lenient, watch=watch)
    try:
        gathering.read(names, recursive=recursive)
        gathering.check()
    except BaseException:
        gathering.spool.close()
        raise
    if _LOG.hears(INFO):
        from upgradecheck.sources.files.words import recognised

        for table in gathering.tables:
            _LOG.info(f"read {recognised(table)}")
    passed_over = tuple(gathering.passed_over)
    return Inputs(gathering.facts(names), tuple(gathering.tables), gathering.spool, gathering.templates, passed_over, watch)


SOURCE = open_inputs
