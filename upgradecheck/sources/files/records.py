"""The runtime's records among the documents, from crictl and docker, and several tellings of one container as one record.

``crictl inspect`` does not tell the sandbox, docker's lists give creation in whole seconds: such a record and a fuller one of the same
container are the same where both say something; of one that does not run, docker's lists do not tell whether it has ended. A container that
ran in one dump and does not in another is there twice. Which inputs told the same again is kept: one of them may be a copy under the
name of another node.

No runtime gives an ID twice: a list in which one comes again with other content is not what a runtime printed, nor is a file in which two
containers, or two sandboxes, have one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from msgspec.structs import replace

from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.packed import Containers, PackedList, Sandboxes, containers_of, sandboxes_of
from upgradecheck.model.pod import NO_SANDBOX, ContainerRecord, Origin, RunState, SandboxRecord
from upgradecheck.sources.files.packing import PackedFile, packed_file, told_alone

if TYPE_CHECKING:
    from upgradecheck.decode.runtime.docker import Foreign

_SECOND = 1_000_000_000
_NOWHERE = Origin("")
_SHOWN = 13
_AT_REST = (RunState.STOPPED, RunState.CREATED, RunState.EXITED)
"""States of what does not run; each tells more than the one before, or was seen later."""

Record = ContainerRecord | SandboxRecord
OneRecord = TypeVar("OneRecord", ContainerRecord, SandboxRecord)
Decode = Callable[[bytes, Origin], "Record | Foreign"]


def _of_crictl() -> Mapping[Shape, Decode]:
    from upgradecheck.decode.runtime.crictl import container_record, sandbox_record

    return {Shape.CRI_CONTAINER: container_record, Shape.CRI_SANDBOX: sandbox_record}


def _of_crictl_inspect() -> Mapping[Shape, Decode]:
    from upgradecheck.decode.runtime.crictl_inspect import inspected_container, inspected_sandbox

    return {Shape.CRI_INSPECTED_CONTAINER: inspected_container, Shape.CRI_INSPECTED_SANDBOX: inspected_sandbox}


def _of_docker() -> Mapping[Shape, Decode]:
    from upgradecheck.decode.runtime.docker import inspection_record, line_record, summary_record

    return {Shape.DOCKER_SUMMARY: summary_record, Shape.DOCKER_INSPECTION: inspection_record, Shape.DOCKER_LINE: line_record}


_DECODERS: Mapping[Shape, Callable[[], Mapping[Shape, Decode]]] = {
    **dict.fromkeys((Shape.CRI_CONTAINER, Shape.CRI_SANDBOX), _of_crictl),
    **dict.fromkeys((Shape.CRI_INSPECTED_CONTAINER, Shape.CRI_INSPECTED_SANDBOX), _of_crictl_inspect),
    **dict.fromkeys((Shape.DOCKER_SUMMARY, Shape.DOCKER_INSPECTION, Shape.DOCKER_LINE), _of_docker),
}
"""Each tool's are loaded when the first of its documents comes: most runs see one tool, or none."""


RECORDS = frozenset(_DECODERS)
"""Shapes that are records."""

INSPECTED = frozenset({Shape.DOCKER_INSPECTION, Shape.CRI_INSPECTED_CONTAINER})
"""Those that show what a container runs."""


def kubelet_in(shape: Shape, raw: bytes, origin: Origin) -> KubeletArguments | None:
    """The kubelet that an inspected container runs; None where it runs none."""
    from upgradecheck.decode.runtime.started import kubelet_in_cri, kubelet_in_docker

    return (kubelet_in_docker if shape is Shape.DOCKER_INSPECTION else kubelet_in_cri)(raw, origin)


def decoder(shape: Shape, loaded: dict[Shape, Decode]) -> Decode:
    """The decoder of a record's shape; loaded keeps those that were asked for."""
    if shape not in loaded:
        loaded.update(_DECODERS[shape]())
    return loaded[shape]


def repeated(records: Iterable[Record]) -> str:
    """Why the records of one file are none: an ID in them is that of several; empty where none is."""
    known: dict[tuple[type, str], Record] = {}
    for record in records:
        identity = record.sandbox_id if isinstance(record, SandboxRecord) else record.container_id
        first = known.setdefault((type(record), identity), record)
        if first is not record and _contradicts(first, record):
            what = "sandbox" if isinstance(record, SandboxRecord) else "container"
            return f"the {what} ID {identity[:_SHOWN]!r} stands in it twice, with different content; take it again"
    return ""


def _contradicts(one: Record, other: Record) -> bool:
    """Whether two records of one ID cannot both be true: they are of two things, or one list shows both, and differently."""
    if _whose(one) != _whose(other):
        return True
    (its_list, in_list, _), (others, _, _) = one.origin.place.rpartition("item "), other.origin.place.rpartition("item ")
    return bool(in_list) and its_list == others and replace(one, origin=_NOWHERE) != replace(other, origin=_NOWHERE)


def _whose(record: Record) -> tuple[str, ...]:
    name = record.name if isinstance(record, ContainerRecord) else ""
    return record.pod_uid, name


class FileRecords:
    """The records that were found, and by input what is no record.

    Those of a file stay packed as far as that takes nothing from them, and no other file tells of one of the same ID.
    """

    def __init__(self) -> None:
        self._files: list[PackedFile] = []
        self._joined: tuple[Containers, Sandboxes] | None = None
        self._foreign: dict[str, list[Foreign]] = {}
        self._again: dict[str, dict[str, None]] = {}

    def add(self, records: Sequence[Record]) -> None:
        """Take those of a file."""
        self._files.append(packed_file(records))
        self._joined = None

    def leave_out(self, place: str, foreign: Iterable[Foreign]) -> None:
        """Notes what is no record, by the input that holds it."""
        self._foreign.setdefault(place, []).extend(foreign)

    @property
    def swarms(self) -> tuple[str, ...]:
        """The inputs that list a swarm's containers."""
        if not self._foreign:
            return ()
        from upgradecheck.decode.runtime.docker import Foreign

        return tuple(sorted(place for place, found in self._foreign.items() if Foreign.A_SWARMS in found))

    def _tell_again(self, identity: str, known: Record, record: Record) -> None:
        if known.origin.source != record.origin.source:
            self._again.setdefault(identity, {})[record.origin.source] = None

    def notices(self) -> Iterator[str]:
        """What was left out of lists, by input."""
        if self._foreign:
            from upgradecheck.decode.runtime.docker import left_out

            for place, found in sorted(self._foreign.items()):
                yield from left_out(place, found)

    def _all(self) -> tuple[Containers, Sandboxes]:
        """All records, those of several tellings joined, where they were first told of."""
        if self._joined is None:
            self._again = {}
            files = tuple(told_alone(self._files))
            containers, sandboxes = _Containers(self._tell_again), _Sandboxes(self._tell_again)
            for number, file in enumerate(files):
                for record in file.rest:
                    if isinstance(record, SandboxRecord):
                        sandboxes.add(record, number)
                    else:
                        containers.add(record, number)
            its, others = containers.by_file(), sandboxes.by_file()
            self._joined = (
                Containers([part for number, file in enumerate(files) for part in _parts(file.lists, its.get(number, ()))]),
                Sandboxes([part for number, file in enumerate(files) for part in _parts(file.lists, others.get(number, ()))]),
            )
        return self._joined

    @property
    def listed_again(self) -> Mapping[str, tuple[str, ...]]:
        """By ID, the inputs that told the same of it as an earlier one."""
        self._all()
        return {identity: tuple(sources) for identity, sources in self._again.items()}

    @property
    def containers(self) -> Collection[ContainerRecord]:
        """In the order of the files in which they were first told of."""
        return containers_of((self._all()[0],))

    @property
    def sandboxes(self) -> Collection[SandboxRecord]:
        """Likewise."""
        return sandboxes_of((self._all()[1],))


class _Containers:
    """Containers, each once. again: is told of one that is told of again."""

    def __init__(self, again: Callable[[str, Record, Record], None]) -> None:
        self._known: dict[ContainerRecord, tuple[int, ContainerRecord]] = {}
        self._again = again

    def add(self, record: ContainerRecord, file: int) -> None:
        """One, and the number of its file."""
        state = RunState.STOPPED if record.state in _AT_REST else record.state
        told = replace(record, origin=_NOWHERE, sandbox_id=NO_SANDBOX, created_at=record.created_at // _SECOND, state=state)
        first, known = self._known.setdefault(told, (file, record))
        if known is not record:
            created_at, sandbox_id = max(known.created_at, record.created_at), known.sandbox_id or record.sandbox_id
            state = max(known.state, record.state, key=_AT_REST.index) if state is RunState.STOPPED else state
            self._again(known.container_id, known, record)
            self._known[told] = first, replace(known, created_at=created_at, sandbox_id=sandbox_id, state=state)

    def by_file(self) -> Mapping[int, tuple[ContainerRecord, ...]]:
        """Those that were first told of in each file."""
        return _by_file(self._known.values())


class _Sandboxes:
    """Likewise of sandboxes."""

    def __init__(self, again: Callable[[str, Record, Record], None]) -> None:
        self._known: dict[SandboxRecord, tuple[int, SandboxRecord]] = {}
        self._again = again

    def add(self, record: SandboxRecord, file: int) -> None:
        told = replace(record, origin=_NOWHERE, created_at=record.created_at // _SECOND, network=None)
        first, known = self._known.setdefault(told, (file, record))
        if known is not record:
            created_at, network = max(known.created_at, record.created_at), known.network or record.network
            self._again(known.sandbox_id, known, record)
            self._known[told] = first, replace(known, created_at=created_at, network=network)

    def by_file(self) -> Mapping[int, tuple[SandboxRecord, ...]]:
        return _by_file(self._known.values())


def _parts(lists: Sequence[PackedList], rest: tuple[OneRecord, ...]) -> list[tuple[OneRecord, ...] | PackedList]:
    """What a file holds."""
    return [*lists, rest] if rest else [*lists]


def _by_file(found: Iterable[tuple[int, OneRecord]]) -> Mapping[int, tuple[OneRecord, ...]]:
    by_file: dict[int, list[OneRecord]] = {}
    for number, record in found:
        by_file.setdefault(number, []).append(record)
    return {number: tuple(its) for number, its in by_file.items()}
