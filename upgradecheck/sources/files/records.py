"""The runtime's records among the documents, from crictl and docker, and several tellings of one container as one record.

``crictl inspect`` does not tell the sandbox, docker's lists give creation in whole seconds: such a record and a fuller one of the same
container are the same where both say something; of one that does not run, docker's lists do not tell whether it has ended. A container that
ran in one dump and does not in another is there twice. Which inputs told the same again is kept: one of them may be a copy under the
name of another node.

No runtime gives an ID twice: a list in which one comes again with other content is not what a runtime printed, nor is a file in which two
containers, or two sandboxes, have one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.model.arguments import KubeletArguments
from upgradecheck.model.pod import NO_SANDBOX, ContainerRecord, Origin, RunState, SandboxRecord

if TYPE_CHECKING:
    from upgradecheck.decode.runtime.docker import Foreign

_SECOND = 1_000_000_000
_NOWHERE = Origin("")
_SHOWN = 13
_AT_REST = (RunState.STOPPED, RunState.CREATED, RunState.EXITED)
"""States of what does not run; each tells more than the one before, or was seen later."""

Record = ContainerRecord | SandboxRecord
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
    """The records that were found, and by input what is no record."""

    def __init__(self) -> None:
        self._containers: dict[ContainerRecord, ContainerRecord] = {}
        self._sandboxes: dict[SandboxRecord, SandboxRecord] = {}
        self._foreign: dict[str, list[Foreign]] = {}
        self._again: dict[str, dict[str, None]] = {}

    def add(self, record: Record) -> None:
        """Take one."""
        if isinstance(record, SandboxRecord):
            self._add_sandbox(record)
        else:
            self._add_container(record)

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

    def _add_container(self, record: ContainerRecord) -> None:
        state = RunState.STOPPED if record.state in _AT_REST else record.state
        told = replace(record, origin=_NOWHERE, sandbox_id=NO_SANDBOX, created_at=record.created_at // _SECOND, state=state)
        known = self._containers.setdefault(told, record)
        if known is not record:
            created_at, sandbox_id = max(known.created_at, record.created_at), known.sandbox_id or record.sandbox_id
            state = max(known.state, record.state, key=_AT_REST.index) if state is RunState.STOPPED else state
            self._tell_again(known.container_id, known, record)
            self._containers[told] = replace(known, created_at=created_at, sandbox_id=sandbox_id, state=state)

    def _add_sandbox(self, record: SandboxRecord) -> None:
        told = replace(record, origin=_NOWHERE, created_at=record.created_at // _SECOND, network=None)
        known = self._sandboxes.setdefault(told, record)
        if known is not record:
            created_at, network = max(known.created_at, record.created_at), known.network or record.network
            self._tell_again(known.sandbox_id, known, record)
            self._sandboxes[told] = replace(known, created_at=created_at, network=network)

    def _tell_again(self, identity: str, known: Record, record: Record) -> None:
        if known.origin.source != record.origin.source:
            self._again.setdefault(identity, {})[record.origin.source] = None

    def notices(self) -> Iterator[str]:
        """What was left out of lists, by input."""
        if self._foreign:
            from upgradecheck.decode.runtime.docker import left_out

            for place, found in sorted(self._foreign.items()):
                yield from left_out(place, found)

    @property
    def listed_again(self) -> Mapping[str, tuple[str, ...]]:
        """By ID, the inputs that told the same of it as an earlier one."""
        return {identity: tuple(sources) for identity, sources in self._again.items()}

    @property
    def containers(self) -> tuple[ContainerRecord, ...]:
        """In the order in which they were first told of."""
        return tuple(self._containers.values())

    @property
    def sandboxes(self) -> tuple[SandboxRecord, ...]:
        """In the order in which they were first told of."""
        return tuple(self._sandboxes.values())
