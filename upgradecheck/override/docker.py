"""Docker, as far as an override of a dockershim node's labels needs it: what dockerd says while it runs, and the files it keeps.

dockerd serves labels from memory and writes a container's whole file anew at any change of its state: so nothing is written while a dockerd
is seen. Whether one runs is told by the processes, never by its socket: with docker.socket, to connect would start it. What it keeps of a
container is read and written as its labels alone (decode.runtime.docker_record).
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

import msgspec

from upgradecheck.decode.runtime.containerd_record import Stamps
from upgradecheck.decode.runtime.containerd_wire import CriStatus
from upgradecheck.decode.runtime.docker_record import LABELS, KeptContainer, kept_container, served_stamps, with_labels
from upgradecheck.machine.node import Machine
from upgradecheck.machine.processes import command_line, program_name, seen_processes
from upgradecheck.machine.running_kubelets import container_of
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.override_journal import MetadataRecord
from upgradecheck.model.patterns import pattern
from upgradecheck.model.wording import count, listed
from upgradecheck.override.errors import OverrideStopped
from upgradecheck.safekeeping.directory import ReadFile, opened
from upgradecheck.safekeeping.obstacles import Obstacle, ObstacleKind
from upgradecheck.safekeeping.replacing import replace_file
from upgradecheck.safekeeping.system import System
from upgradecheck.transport.docker import Engine, reached

_DAEMON, _CLIENT = pattern(r"dockerd(?:-[a-z]+)?"), pattern(r"docker(?:-[a-z]+)?")
_EFFECTIVE_USER = pattern(r"^Uid:\s+[0-9]+\s+([0-9]+)", re.MULTILINE)
_MAYBE_ROOT = ("0", "65534")
"""The second is who has no number in our user namespace."""
_FILE = "config.v2.json"
_LARGEST = 16 << 20
_ID = pattern(r"[0-9a-f]{64}")
_SECONDS = 30.0
_SHOWN = 13
_LOOK = "See journalctl -u docker, then run the same command again."
_PAUSE = 0.3
_NOT_READ = MetadataRecord(LABELS, b"")
"""Stands for a file that cannot be read or understood: it is refused by name, not passed over."""
_UNSERVED = Stamps(None, None)


class Dockerd(msgspec.Struct, frozen=True):
    """What a dockerd says of itself. labels: by container ID those that it serves."""

    version: str
    root: str
    live_restore: bool
    in_swarm: bool
    labels: Mapping[str, Mapping[str, str]]


def dockerd_pids(machine: Machine) -> tuple[int, ...]:
    """The node's own, whatever a distribution calls it; one inside a container, and a user's own (rootless), has another data root."""
    found = (pid for pid in seen_processes(machine) if _is_dockerd(machine, pid) and _alive(machine, pid))
    return tuple(pid for pid in found if not container_of(machine, pid) and not _is_of_another_user(machine, pid))


def _is_of_another_user(machine: Machine, pid: int) -> bool:
    """Whether it is known to run as another user than root. What belongs to others than root is not written to, whoever runs."""
    with suppress(OSError):
        told = _EFFECTIVE_USER.search((machine.proc / str(pid) / "status").read_text("utf-8", "replace"))
        return told is not None and told[1] not in _MAYBE_ROOT
    return False


def _is_dockerd(machine: Machine, pid: int) -> bool:
    """``dockerd``, ``dockerd-current`` (RHEL 7), ``docker daemon`` (before 1.13)."""
    name, words = program_name(machine, pid), command_line(machine, pid)
    return _DAEMON.fullmatch(name) is not None or (_CLIENT.fullmatch(name) is not None and "daemon" in words[1:2])


def asked(place: str, patience: float = 0.0) -> Dockerd:
    """What the engine at a socket says; for patience seconds it may still be starting. Only where a dockerd runs.

    Raises:
        InputError: it does not answer, or not as docker does.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return _told(*reached(place, _SECONDS))
        except InputError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)


def _told(engine: Engine, version: bytes) -> Dockerd:
    info = _object(engine, "/info", engine.get("/info"))
    listed: Any = _read(engine, "/containers/json", engine.get("/containers/json", (("all", "1"),)))
    swarm = info.get("Swarm")
    try:
        labels = {str(one["Id"]): dict(one["Labels"] or {}) for one in listed}
        state = swarm["LocalNodeState"] if swarm else "inactive"
        told = str(_object(engine, "/version", version)["Version"])
        return Dockerd(told, str(info["DockerRootDir"]), info["LiveRestoreEnabled"] is True, state != "inactive", labels)
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{engine.path}: answers, and not as docker does. Name docker's socket with --docker SOCKET.") from None


def _object(engine: Engine, what: str, raw: bytes) -> dict[str, Any]:
    found = _read(engine, what, raw)
    return found if isinstance(found, dict) else {}


def _read(engine: Engine, what: str, raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise InputError(f"{engine.path}: GET {what} is answered with no JSON. Name docker's socket with --docker SOCKET.") from None


class DockerRecords:
    """The containers of a data root. dockerd is what it says, None while it is stopped: then nothing is served."""

    name = "docker"

    def __init__(self, root: str, dockerd: Dockerd | None, machine: Machine, system: System) -> None:
        self.root, self.dockerd = root, dockerd
        self.version = "(stopped)" if dockerd is None else dockerd.version
        self._machine, self._system = machine, system

    def records(self) -> Mapping[str, MetadataRecord]:
        """By ID the labels of the kubelet's containers.

        Raises:
            InputError: the data root cannot be read.
        """
        found = {container_id: self.record(container_id) for container_id in self._ids()}
        return {container_id: record for container_id, record in found.items() if record is not None}

    def record(self, container_id: str) -> MetadataRecord | None:
        """The labels of one, None if there is no such container, or it is none of the kubelet's."""
        try:
            kept = self._kept(container_id)
        except SpecRefused:
            return _NOT_READ
        return None if kept is None else kept.record

    def write(self, container_id: str, record: MetadataRecord) -> None:
        """Puts labels in the place of those that are there, in a new file that is renamed over the old one.

        Raises:
            OverrideStopped: a dockerd runs, or the file is not as it was; nothing was written.
            NotSaved: the file could not be replaced.
        """
        if dockerd_pids(self._machine):
            raise OverrideStopped(
                "dockerd runs again, and would write the old labels back. Stop it with docker.socket, and run the same again."
            )
        with opened(self._folder(container_id), live=True, system=self._system) as directory:
            file = directory if isinstance(directory, Obstacle) else directory.read_file(_FILE, _LARGEST)
            if isinstance(directory, Obstacle) or isinstance(file, Obstacle):
                raise OverrideStopped(f"{self._folder(container_id)}/{_FILE}: {_found(file)}. Nothing was written to it.")
            try:
                kept = kept_container(file.content, container_id)
                if kept is None:
                    raise SpecRefused("it is no longer a container of the kubelet's")
                content = with_labels(file.content, kept.record.value, record.value)
            except SpecRefused as error:
                raise OverrideStopped(f"{directory.file(_FILE)}: {error.reason}. Nothing was written to it.") from error
            replace_file(directory, _FILE, file, content)

    def served(self, container_id: str) -> CriStatus | None:
        """What dockerd serves of it, which is nothing while it is stopped, and whether its process runs."""
        try:
            kept = self._kept(container_id)
        except SpecRefused:
            return CriStatus(_UNSERVED, running=True, started_at=0)  # nobody can tell: it counts as running, and as not held
        if kept is None:
            return None
        labels = None if self.dockerd is None else self.dockerd.labels.get(container_id)
        stamps = _UNSERVED if labels is None else served_stamps(labels)
        return CriStatus(stamps, self._runs(kept, container_id), kept.started_at)

    def pids(self) -> Mapping[str, int]:
        """By container ID the process that runs."""
        found = {}
        for container_id in self._ids():
            try:
                kept = self._kept(container_id)
            except SpecRefused:
                continue
            if kept is not None and self._runs(kept, container_id):
                found[container_id] = kept.pid
        return found

    def _runs(self, kept: KeptContainer, container_id: str) -> bool:
        """Whether its process is there; what lies in another container's cgroup has only its number."""
        return kept.pid > 0 and _alive(self._machine, kept.pid) and container_of(self._machine, kept.pid) in ("", container_id)

    def _ids(self) -> list[str]:
        with opened(f"{self.root}/containers", live=True, system=self._system) as directory:
            try:
                names = directory if isinstance(directory, Obstacle) else directory.names()
            except OSError as error:
                raise InputError(f"{self.root}/containers: cannot be listed ({error.strerror}). Run it as root.") from error
            if isinstance(names, Obstacle):
                raise InputError(f"{self.root}/containers: {names.found}. Name docker's data root with --docker-root DIR; run it as root.")
        return sorted(name for name in names if _ID.fullmatch(name))

    def _folder(self, container_id: str) -> str:
        return f"{self.root}/containers/{container_id}"

    def _kept(self, container_id: str) -> KeptContainer | None:
        if not _ID.fullmatch(container_id):
            return None
        with opened(self._folder(container_id), live=True, system=self._system) as directory:
            found = directory if isinstance(directory, Obstacle) else directory.read_file(_FILE, _LARGEST)
        if isinstance(found, Obstacle):
            if found.kind is ObstacleKind.MISSING:
                return None
            raise SpecRefused(f"its {_FILE} {found.found}")
        return kept_container(found.content, container_id)


def lost(records: DockerRecords, dockerd: Dockerd, ran: Collection[str]) -> str | None:
    """Which of the kubelet's containers that ran before a stop run no more, or are not known to the dockerd that started; None if none."""
    runs = records.pids()
    unknown = sorted(one for one in ran if one in runs and one not in dockerd.labels)
    ended = sorted(one for one in ran if one not in runs)
    if unknown:
        return f"dockerd has started, and does not know {_short(unknown)}, which run: a kubelet would make them anew. {_LOOK}"
    if ended:
        return f"while dockerd was stopped, {_short(ended)} ended. If they were not to end, start no kubelet yet. {_LOOK}"
    return None


def _short(containers: Sequence[str]) -> str:
    return f"{count(len(containers), 'container')} of the kubelet's ({listed(one[:_SHOWN] for one in containers)})"


def _found(one: Obstacle | ReadFile) -> str:
    return one.found if isinstance(one, Obstacle) else ""


def _alive(machine: Machine, pid: int) -> bool:
    """Whether a process is there, and not only waits to be reaped."""
    try:
        stat = (machine.proc / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[:1] not in (["Z"], ["X"])
