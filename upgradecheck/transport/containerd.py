"""containerd's own services, beside CRI on the same socket: the database of containers, and the tasks with their processes.

All calls carry the namespace k8s.io, in which CRI keeps its containers. What the database holds, CRI serves only after a restart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from upgradecheck.decode.runtime import containerd_wire as wire
from upgradecheck.decode.runtime.cri_wire import runtime_version
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.override_journal import MetadataRecord
from upgradecheck.transport.cri import CriError, Runtime, connected

_CONTAINERS = "containerd.services.containers.v1.Containers"
_TASKS = "containerd.services.tasks.v1.Tasks"
_NAMESPACE = (("containerd-namespace", "k8s.io"),)
_SECONDS = 30.0
_PAUSE = 0.2
_NOT_FOUND = "NOT_FOUND"
_NOBODY = "0" * 64
"""The ID of no container."""
T = TypeVar("T")


class Containerd:
    """A containerd that answers, as a database of records and as CRI."""

    def __init__(self, runtime: Runtime, seconds: float = _SECONDS) -> None:
        """seconds: for which one call may take."""
        self._runtime = runtime
        self._seconds = seconds
        self.name, self.version = runtime_version(runtime.version)

    def records(self) -> Mapping[str, MetadataRecord]:
        """By ID the records of all containers.

        Raises:
            CriError: containerd answers with an error.
            InputError: with something else.
        """
        return self._read("List", self._containers("List", wire.list_request()), wire.records_of)

    def record(self, container_id: str) -> MetadataRecord | None:
        """The record of one, None if it is not there.

        Raises:
            CriError, InputError: as records.
        """
        answer = _unless_gone(lambda: self._containers("Get", wire.get_request(container_id)))
        return None if answer is None else self._read("Get", answer, wire.record_of)

    def write(self, container_id: str, record: MetadataRecord) -> None:
        """Puts a record in the place of the one that is there.

        Raises:
            CriError: containerd did not, or did not say so.
        """
        self._containers("Update", wire.update_request(container_id, record))

    def served(self, container_id: str) -> wire.CriStatus | None:
        """What CRI serves of a container, None if it knows none.

        Raises:
            CriError, InputError: as records.
        """
        answer = _unless_gone(
            lambda: self._runtime.ask(self._runtime.service, "ContainerStatus", wire.get_request(container_id), self._seconds)
        )
        return None if answer is None else self._read("ContainerStatus", answer, wire.cri_status_of)

    def pids(self) -> Mapping[str, int]:
        """By container ID the process of each task.

        Raises:
            CriError, InputError: as records.
        """
        return self._read("List of tasks", self._runtime.ask(_TASKS, "List", b"", self._seconds, _NAMESPACE), wire.pids_of)

    def _containers(self, method: str, request: bytes) -> bytes:
        return self._runtime.ask(_CONTAINERS, method, request, self._seconds, _NAMESPACE)

    def _read(self, method: str, answer: bytes, reader: Callable[[bytes], T]) -> T:
        try:
            return reader(answer)
        except SpecRefused as error:
            raise InputError(f"{self._runtime.path}: {method} is answered with a message that is not containerd's. {error}.") from error


@contextmanager
def containerd(path: str, hint: str, patience: float = 0.0, seconds: float = _SECONDS) -> Iterator[Containerd]:
    """The runtime at a socket; hint ends what is said of errors; for patience seconds it may still be starting. seconds: a call may take.

    Raises:
        CriError: nothing answers there, or not CRI.
    """
    _await(path, time.monotonic() + patience, seconds)
    with connected(path, seconds, hint) as runtime:
        yield Containerd(runtime, seconds)


def _await(path: str, deadline: float, seconds: float) -> None:
    """Returns once it answers; one that does not in time is left to the caller's own call to find."""
    while time.monotonic() < deadline:
        try:
            with connected(path, min(seconds, max(deadline - time.monotonic(), _PAUSE))) as runtime:
                Containerd(runtime, seconds).served(_NOBODY)
                return
        except (
            InputError
        ):  # no socket yet, nobody behind it, or one who has not read its containers yet: that one tells its version already
            time.sleep(_PAUSE)


def _unless_gone(call: Callable[[], bytes]) -> bytes | None:
    try:
        return call()
    except CriError as error:
        if error.code == _NOT_FOUND:
            return None
        raise
