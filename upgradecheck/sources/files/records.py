"""The runtime's records among the documents, from crictl and docker, and several tellings of one container as one record.

``crictl inspect`` does not tell the sandbox, docker's lists give creation in whole seconds: such a record and a fuller one of the same
container are the same where both say something. A container that changed its state between two dumps is there twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from upgradecheck.decode.kube.shapes import Shape
from upgradecheck.model.pod import NO_SANDBOX, ContainerRecord, Origin, SandboxRecord
from upgradecheck.model.wording import count

_SECOND = 1_000_000_000
_NOWHERE = Origin("")

Record = ContainerRecord | SandboxRecord
Decode = Callable[[bytes, Origin], Record | None]


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


def decoder(shape: Shape, loaded: dict[Shape, Decode]) -> Decode:
    """The decoder of a record's shape; loaded keeps those that were asked for."""
    if shape not in loaded:
        loaded.update(_DECODERS[shape]())
    return loaded[shape]


class FileRecords:
    """The records that were found; foreign counts, by input, docker's containers that are not the kubelet's."""

    def __init__(self) -> None:
        self._containers: dict[ContainerRecord, ContainerRecord] = {}
        self._sandboxes: dict[SandboxRecord, SandboxRecord] = {}
        self.foreign: Counter[str] = Counter()

    def add(self, record: Record) -> None:
        """Take one."""
        if isinstance(record, SandboxRecord):
            self._add_sandbox(record)
        else:
            self._add_container(record)

    def notices(self) -> Iterator[str]:
        """Docker's containers that no kubelet made, counted."""
        for source, number in sorted(self.foreign.items()):
            yield f"{source}: left out {count(number, 'container')} of docker that no kubelet made"

    def _add_container(self, record: ContainerRecord) -> None:
        told = replace(record, origin=_NOWHERE, sandbox_id=NO_SANDBOX, created_at=record.created_at // _SECOND)
        known = self._containers.setdefault(told, record)
        if known is not record:
            created_at, sandbox_id = max(known.created_at, record.created_at), known.sandbox_id or record.sandbox_id
            self._containers[told] = replace(known, created_at=created_at, sandbox_id=sandbox_id)

    def _add_sandbox(self, record: SandboxRecord) -> None:
        told = replace(record, origin=_NOWHERE, created_at=record.created_at // _SECOND, network=None)
        known = self._sandboxes.setdefault(told, record)
        if known is not record:
            created_at, network = max(known.created_at, record.created_at), known.network or record.network
            self._sandboxes[told] = replace(known, created_at=created_at, network=network)

    @property
    def containers(self) -> tuple[ContainerRecord, ...]:
        """In the order in which they were first told of."""
        return tuple(self._containers.values())

    @property
    def sandboxes(self) -> tuple[SandboxRecord, ...]:
        """In the order in which they were first told of."""
        return tuple(self._sandboxes.values())
