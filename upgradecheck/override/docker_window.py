"""The stop of dockerd in which labels are written: what must hold before it, live-restore turned on, and the start whatever happens.

Without live-restore a stop of dockerd stops every container, and a start kills those that run on. It is a setting that dockerd takes over
by SIGHUP; it must be in daemon.json when dockerd starts again, too. docker.socket would start dockerd at the first who asks. A dockerd in
a swarm has no live-restore. A unit whose KillMode is not ``process`` kills what runs in its cgroup: the shims, on some set-ups.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec

from upgradecheck.entry import read_file
from upgradecheck.machine.runtime import Host, Listener
from upgradecheck.machine.unit_files import unit_texts
from upgradecheck.model.errors import InputError
from upgradecheck.model.patterns import pattern
from upgradecheck.model.wording import listed
from upgradecheck.override.alone import heard
from upgradecheck.override.checks import CheckName, Unmet, bound_units, kubelet_problem
from upgradecheck.override.docker import Dockerd, DockerRecords, asked, dockerd_pids, lost
from upgradecheck.override.docker_changes import changed_since_dockerd_started, note_settings
from upgradecheck.override.docker_room import BEFORE_START, BEFORE_STOP, lacking_room
from upgradecheck.override.errors import OverrideRefused, OverrideStopped
from upgradecheck.safekeeping.directory import Directory, ReadFile, opened
from upgradecheck.safekeeping.errors import NotSaved
from upgradecheck.safekeeping.obstacles import Obstacle, ObstacleKind
from upgradecheck.safekeeping.replacing import replace_file
from upgradecheck.safekeeping.system import System, write_all

SOCKET_UNIT, UNIT = "docker.socket", "docker.service"
DEFAULT_ROOT, DEFAULT_SETTINGS = "/var/lib/docker", "/etc/docker/daemon.json"
_AT_REST = ("inactive", "failed")
_MOST = 1 << 20
_RELOAD_SECONDS = 10.0
_START_SECONDS = 120.0
_STARTS = 2
_PAUSE = 0.2
_OF_LIVE_RESTORE = ("--live-restore", "--config-file")
_ELSEWHERE = pattern(r"--(?:data-root|graph|config-file|userns-remap)|(?:^|\s)-g[\s=]")
_ON = b'{\n  "live-restore": true\n}\n'
_OFF = pattern(r'("live-restore"\s*:\s*)false\b')


class DockerNode(msgspec.Struct, frozen=True):
    """A node's docker: its containers, who runs (pid 0: nobody), the socket where it answers, and where we keep our state."""

    records: DockerRecords
    listener: Listener
    place: str
    directory: str

    @property
    def dockerd(self) -> Dockerd | None:
        """What it says, None while it is stopped."""
        return self.records.dockerd


def docker_node(place: str, root: str | None, host: Host, system: System, directory: str, patience: float = 0.0) -> DockerNode:
    """The docker of this node. directory: where we keep our state.

    Raises:
        InputError: it runs and does not answer, or is stopped and nobody knows where it keeps its containers.
    """
    pids = dockerd_pids(host.machine)
    if len(pids) > 1:
        raise InputError(
            f"docker: {len(pids)} dockerd run here (processes {', '.join(map(str, pids))}), so nobody can tell whose containers these are."
            " Stop the one that is not the kubelet's."
        )
    if not pids:
        return DockerNode(DockerRecords(root or _root_of_stopped(host), None, host.machine, system), Listener(0), place, directory)
    dockerd = asked(place, patience)
    if root is not None and os.path.realpath(root) != os.path.realpath(dockerd.root):
        raise InputError(f"--docker-root {root}: dockerd says that its data root is {dockerd.root}. Leave the option out while it runs.")
    return DockerNode(DockerRecords(dockerd.root, dockerd, host.machine, system), host.listener_of(pids[0]), place, directory)


def _root_of_stopped(host: Host) -> str:
    told = any(_ELSEWHERE.search(text) for _, text in unit_texts(host.machine.root, UNIT))
    settings = _settings(str(host.machine.root / DEFAULT_SETTINGS.lstrip("/")))
    if told or settings is None or "userns-remap" in settings:
        raise InputError(
            "docker: dockerd is stopped, and its settings tell of another place than the usual one. Name its"
            " data root with --docker-root DIR."
        )
    found = settings.get("data-root", settings.get("graph", DEFAULT_ROOT))
    return found if isinstance(found, str) and found.startswith("/") else DEFAULT_ROOT


def unmet_for_docker(node: DockerNode, host: Host, skipped: Collection[CheckName], *, restart: bool) -> tuple[Unmet, ...]:
    """What does not hold; restart: dockerd is stopped and started by us, and live-restore turned on where it is off."""
    found = [Unmet(None, "root: this is another user. Run it as root, who alone may write docker's files.")] if host.user() != 0 else []
    if (kubelet := kubelet_problem(host, node.listener)) is not None:
        found.append(_named(CheckName.KUBELET, kubelet))
    if (lacking := lacking_room(node.records.root, BEFORE_STOP if node.dockerd is not None else BEFORE_START)) is not None:
        found.append(Unmet(None, f"room: {lacking}; {_DROPS}. Make room first."))
    if node.dockerd is None:
        found += [*_units_at_rest(host, restart=restart), *_live_restore_stays(host)]
    else:
        found += _of_running(node, node.dockerd, host, restart=restart)
    return tuple(one for one in found if one.name is None or one.name not in skipped)


def _named(name: CheckName, problem: str) -> Unmet:
    return Unmet(name, f"{name.value}: {problem} (--skip-check {name.value} goes on all the same.)")


def _of_running(node: DockerNode, dockerd: Dockerd, host: Host, *, restart: bool) -> Iterator[Unmet]:
    if dockerd.in_swarm:
        yield Unmet(
            None, "swarm: this docker is part of a swarm, where no container outlives dockerd. Nothing can be overridden on this node."
        )
        return
    if not dockerd.live_restore and not restart:
        yield Unmet(None, "live-restore: it is off, so a stop of dockerd would stop every container. --restart-runtime turns it on first.")
    if not restart:
        yield Unmet(
            None,
            f"dockerd: it runs (process {node.listener.pid}), and would write the old labels back. Use --restart-runtime, or stop it:"
            " systemctl stop docker.socket docker",
        )
        return
    if (hindrance := _unit_hindered(host, node.listener)) is not None:
        yield Unmet(None, f"--restart-runtime: {hindrance}. Leave the option out; stop dockerd yourself, and start it afterwards.")
    properties = host.unit(node.listener.unit) if node.listener.unit else None
    if properties is not None and properties.get("KillMode") != "process":
        mode = properties.get("KillMode") or "unset"
        yield _named(
            CheckName.KILL_MODE, f"{node.listener.unit} has KillMode={mode}: its stop may kill containers. Set KillMode=process first."
        )
    if (problem := _off_after_start(node, dockerd, host)) is not None:
        yield _named(CheckName.LIVE_RESTORE, f"{problem}.")


def _off_after_start(node: DockerNode, dockerd: Dockerd, host: Host) -> str | None:
    """Why a dockerd that runs may start again without live-restore, or not as it runs: what told it so is another since, or not readable.

    Where it is off yet it is put into the file that the next start reads, too.
    """
    unit, words = node.listener.unit, node.listener.command_line
    path = _settings_path(words)
    changed = changed_since_dockerd_started(host.machine, node.listener.pid, unit, path, node.directory)
    if changed is not None:
        return f"{changed} was changed after dockerd started, so nobody has tried what a start makes of it. Restart dockerd behind a drain"
    settings, by_flag = _settings(path), any(word.startswith("--live-restore") for word in words)
    if settings is None:
        return f"{path} cannot be read as a JSON object, so dockerd would not start again, or not as it runs"
    root = settings.get("data-root", settings.get("graph"))
    if isinstance(root, str) and not Path(os.path.realpath(dockerd.root)).is_relative_to(os.path.realpath(root)):  # below it: userns-remap
        return f"{path} names the data root {root} by now, and dockerd's is {dockerd.root}, so it would start with other containers"
    if not dockerd.live_restore or (settings.get("live-restore") is True) is not by_flag:
        return None
    if by_flag:
        return f"{path} turns live-restore on, and so does dockerd's command line, beside which it does not start. Take it out of the file"
    return f"dockerd has live-restore on, and {path} does not turn it on any more: a start without it would kill every container"


def _unit_hindered(host: Host, listener: Listener) -> str | None:
    if listener.unit is None:
        return "dockerd is no unit of systemd's here"
    properties = host.unit(listener.unit)
    if properties is None:
        return "systemd cannot be asked here"
    if properties.get("MainPID") != str(listener.pid):
        return f"dockerd (process {listener.pid}) is not the main process of {listener.unit}"
    bound = bound_units(host, SOCKET_UNIT, listener.unit)
    return f"{listed(bound)} would be stopped with docker, and not started again: stop that yourself first, if it may" if bound else None


def _units_at_rest(host: Host, *, restart: bool) -> Iterator[Unmet]:
    """What systemd says of a dockerd that is not seen: that it is stopped, or tries again and again to start, which our stop ends."""
    socket, service = (host.unit(name) or {} for name in (SOCKET_UNIT, UNIT))
    state = service.get("ActiveState", "inactive")
    if not restart and socket.get("ActiveState", "inactive") not in _AT_REST:
        yield Unmet(None, "docker.socket: it would start dockerd at the first who asks. Stop it: systemctl stop docker.socket")
    if state in ("active", "reloading"):
        yield Unmet(
            None,
            f"dockerd: {UNIT} is {state}, and its dockerd is not seen from here, or is called otherwise. Run it on the node itself, in the"
            " node's PID namespace; or stop it: systemctl stop docker.socket docker",
        )
    elif not restart and state not in _AT_REST:
        yield Unmet(None, f"dockerd: {UNIT} is {state}: it would start, or has not ended. Stop it: systemctl stop docker.socket docker")
    if restart and service.get("LoadState") != "loaded":
        yield Unmet(
            None,
            f"--restart-runtime: dockerd is stopped, and there is no {UNIT} that would start it. Leave the option out; start dockerd"
            " yourself afterwards.",
        )


def _live_restore_stays(host: Host) -> Iterator[Unmet]:
    """A dockerd that starts without it kills what runs on. What its units say of it is not weighed: which of their words count, hangs on
    drop-ins and resets, and a flag beside the same setting in the file keeps dockerd from starting.
    """
    settings = _settings(str(host.machine.root / DEFAULT_SETTINGS.lstrip("/")))
    by_unit = next((word for _, text in unit_texts(host.machine.root, UNIT) for word in _OF_LIVE_RESTORE if word in text), None)
    if by_unit is None and settings is not None and settings.get("live-restore") is True:
        return
    told = f"{DEFAULT_SETTINGS} does not turn live-restore on"
    if by_unit is not None:
        told = f"its units name {by_unit}, and what comes of that is not weighed"
    yield _named(CheckName.LIVE_RESTORE, f"dockerd is stopped, and {told}: a start without it would kill every container.")


def _settings(path: str) -> dict[str, Any] | None:
    """daemon.json; empty where it is not there, None where it is not to be understood."""
    try:
        found = json.loads(read_file(Path(path), _MOST))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


@contextmanager
def dockerd_stopped(node: DockerNode, host: Host, system: System) -> Iterator[None]:
    """dockerd is stopped meanwhile, and started in any case. What it keeps is in its files then.

    Raises:
        OverrideRefused: nothing was changed, but live-restore turned on perhaps.
        OverrideStopped: it does not stop, or does not start again.
    """
    unit = node.listener.unit or UNIT
    if node.dockerd is not None and not node.dockerd.live_restore:
        turn_on_live_restore(node, host, system)
    activated = (host.unit(SOCKET_UNIT) or {}).get("ActiveState") == "active"
    ran = frozenset(node.records.pids())
    with heard():
        try:
            if (activated and not host.stop(SOCKET_UNIT)) or not host.stop(unit) or dockerd_pids(host.machine):
                raise OverrideStopped(f"docker: {unit} does not stop; nothing was written. See journalctl -u {unit}")
            node.records.dockerd = None
            yield
        except BaseException as error:
            if (problem := _not_started(node, host, unit, activated=activated) or lost(node.records, asked(node.place), ran)) is not None:
                raise OverrideStopped(f"{error} Besides, {problem}") from error
            raise
        if (problem := _not_started(node, host, unit, activated=activated) or lost(node.records, asked(node.place), ran)) is not None:
            raise OverrideStopped(f"docker: {problem}")


def _not_started(node: DockerNode, host: Host, unit: str, *, activated: bool) -> str | None:
    """Why dockerd is not started again, and what to do; None once it answers."""
    if (lacking := lacking_room(node.records.root, BEFORE_START)) is not None:
        return f"{unit} is not started: {lacking}; {_DROPS}. Containers run on without it. Make room, then run the same command again."
    return None if _start(host, unit, node.place, activated=activated) else _NOT_STARTED.format(unit)


_DROPS = "a dockerd that starts without room forgets containers, and the kubelet makes them anew"
_NOT_STARTED = (
    "{0} does not start again. Containers run on without it, and what was written is whole: see journalctl -u {0}, mend that, and run the"
    ' same command again, which starts it; start no kubelet before "upgradecheck override status" exits with 0.'
)


def _start(host: Host, unit: str, place: str, *, activated: bool) -> bool:
    """Whether it is started and answers."""
    if (activated and not host.start(SOCKET_UNIT)) or not any(host.start(unit) or _comes_up(host, unit) for _ in range(_STARTS)):
        return False
    try:
        asked(place, _START_SECONDS)
    except InputError:
        return False
    return True


def _comes_up(host: Host, unit: str) -> bool:
    """Whether a unit whose start failed is up once systemd has done trying: a containerd that was away for a moment comes back by itself.

    It is not asked by its socket, since who connects makes systemd start it, and systemd gives up docker.socket if that fails often.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        state = (host.unit(unit) or {}).get("ActiveState", "inactive")
        if state == "active" or state in _AT_REST:
            return state == "active"
        time.sleep(_PAUSE)
    return False


def turn_on_live_restore(node: DockerNode, host: Host, system: System) -> None:
    """Writes it into daemon.json, and has dockerd read that anew (SIGHUP).

    Raises:
        OverrideRefused: it cannot be, or dockerd does not take it; daemon.json is as before.
        PlaceRefused, PlaceBusy, NoLocks, NotSaved: likewise, since a file could not be written.
    """
    words = node.listener.command_line
    if any(word.startswith("--live-restore") for word in words):
        raise OverrideRefused(
            "live-restore: dockerd's command line turns it off, so daemon.json may not name it. Take it out there,"
            " and restart dockerd behind a drain."
        )
    folder, name = os.path.split(_settings_path(words))
    with opened(folder, live=True, system=system) as directory:
        if isinstance(directory, Obstacle):
            raise OverrideRefused(f"{folder}: {directory.found}. Make it, or mend that; then run the same command again.")
        before = directory.read_file(name, _MOST)
        if isinstance(before, Obstacle) and before.kind is not ObstacleKind.MISSING:
            raise OverrideRefused(f"{directory.file(name)}: {before.found}. {before.remedy}")
        old = before if isinstance(before, ReadFile) else None
        content = _ON if old is None else with_live_restore(old.content, directory.file(name))
        note_settings(host.machine, node.listener.pid, content, node.directory, system)
        _put_settings(directory, name, old, content)
        os.kill(node.listener.pid, signal.SIGHUP)
        if not _takes_over(node.place):
            _take_settings_back(directory, name, old)
            with suppress(ProcessLookupError):
                os.kill(node.listener.pid, signal.SIGHUP)
            raise OverrideRefused(
                f"live-restore: dockerd did not take it over from {directory.file(name)}, which is as before; nothing else was changed."
            )


def _put_settings(directory: Directory, name: str, old: ReadFile | None, content: bytes) -> None:
    if old is not None:
        replace_file(directory, name, old, content)
        return
    system, beside = directory.system, f".{name}.upgradecheck-new"
    try:
        with suppress(FileNotFoundError):
            system.unlink(beside, directory.descriptor)
        descriptor = system.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644, directory.descriptor)
        try:
            write_all(system, descriptor, content)
            system.fsync(descriptor)
        finally:
            system.close(descriptor)
        system.rename(beside, name, directory.descriptor)
        system.fsync(directory.descriptor)
    except OSError as error:
        raise NotSaved(f"{directory.file(name)}: cannot be made ({error.strerror}). Mend that, and run the same command again.") from error


def _take_settings_back(directory: Directory, name: str, old: ReadFile | None) -> None:
    now = directory.read_file(name, _MOST)
    if old is None:
        with suppress(OSError):
            directory.system.unlink(name, directory.descriptor)
    elif isinstance(now, ReadFile):
        replace_file(directory, name, now, old.content)


def with_live_restore(content: bytes, path: str) -> bytes:
    """daemon.json with live-restore turned on, every other byte as it was.

    Raises:
        OverrideRefused: it is no JSON object, or its live-restore is no false.
    """
    try:
        text = content.decode("utf-8")
        before = json.loads(text)
        if not isinstance(before, dict) or not isinstance(before.get("live-restore", False), bool):
            raise ValueError
        if "live-restore" in before:
            after = _OFF.sub(r"\1true", text, count=1)
        else:
            begin = text.index("{") + 1
            after = f'{text[:begin]}\n  "live-restore": true{"," if before else chr(10)}{text[begin:]}'
        if json.loads(after) == {**before, "live-restore": True}:
            return after.encode()
    except (ValueError, RecursionError):
        pass
    raise OverrideRefused(
        f"{path}: live-restore cannot be put in without another change. Turn it on there yourself, and run the same command again."
    )


def _settings_path(words: Collection[str]) -> str:
    told = list(words)
    for number, word in enumerate(told):
        if word == "--config-file":
            return "".join(told[number + 1 : number + 2]) or DEFAULT_SETTINGS
        if word.startswith("--config-file="):
            return word.partition("=")[2]
    return DEFAULT_SETTINGS


def _takes_over(place: str) -> bool:
    deadline = time.monotonic() + _RELOAD_SECONDS
    while time.monotonic() < deadline:
        with suppress(InputError):  # busy with what it was told, or gone: then it has not taken it over either
            if asked(place).live_restore:
                return True
        time.sleep(_PAUSE)
    return False
