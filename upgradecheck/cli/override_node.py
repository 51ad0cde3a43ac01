"""What the override commands share: the runtime that is meant, the preconditions, who runs the program, and containerd's restart."""

from __future__ import annotations

import os
import pwd
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from upgradecheck import __version__
from upgradecheck.cli.override_options import DEFAULT_SOCKET
from upgradecheck.cli.override_words import NOTHING_IS_HERE, command_line, pair
from upgradecheck.machine.runtime import Host, Listener
from upgradecheck.model.errors import InputError, UsageError
from upgradecheck.model.override import OverrideMap
from upgradecheck.override.alone import containerd_alone
from upgradecheck.override.auditing import Operator
from upgradecheck.override.checks import CheckName, Unmet, restart_hindered, unmet
from upgradecheck.override.docker import DockerRecords
from upgradecheck.override.docker_window import SOCKET_UNIT, UNIT, DockerNode, docker_node, dockerd_stopped, unmet_for_docker
from upgradecheck.override.errors import OverrideRefused, OverrideStopped
from upgradecheck.override.state import DEFAULT_DIRECTORY
from upgradecheck.renderers.media.safe_text import safe_text
from upgradecheck.safekeeping.system import REAL, System
from upgradecheck.transport.containerd import Containerd, containerd
from upgradecheck.transport.cri import WELL_KNOWN
from upgradecheck.transport.docker import WELL_KNOWN as DOCKERS

HOST = Host()
SYSTEM: System = REAL
_RESTART_SECONDS = 120.0
_HINT = "Name containerd's socket with --containerd SOCKET; what was done so far is in the journal, and the same command goes on from there"
_PROXY = 'Use "upgradecheck override proxy", which answers in its place and writes nothing'
_DOCKERSHIM = (
    "dockershim is part of the kubelet, and docker keeps the hash as a label. Give --docker auto instead of --containerd: then dockerd is"
    " stopped while labels are written, and the containers run on"
)


_DOCKER_IS_HERE = (
    "Docker is on this node, too ({}): where the kubelet itself speaks to it (dockershim, up to 1.23), give --docker auto;"
    ' where cri-dockerd is in between, use "upgradecheck override proxy".'
)


class Chosen(msgspec.Struct, frozen=True, gc=False):
    """The options that say where: as they were given, so that commands to paste repeat them."""

    socket: str
    state_dir: str | None
    skipped: tuple[str, ...] = ()
    node: str | None = None
    alone: bool = False
    docker: str | None = None
    docker_root: str | None = None

    @property
    def patience(self) -> float:
        """Seconds for which containerd may need to answer: one that was started just now reads its containers first."""
        return _RESTART_SECONDS if self.alone else 0.0

    @property
    def restarting(self) -> tuple[str, ...]:
        """The option without which nothing can be written while the runtime runs: docker's."""
        return () if self.docker is None else ("--restart-runtime",)

    @property
    def directory(self) -> str:
        """The state directory."""
        return self.state_dir or DEFAULT_DIRECTORY

    @property
    def checks(self) -> frozenset[CheckName]:
        """The checks to skip.

        Raises:
            UsageError: one of them is none.
        """
        known = {each.value: each for each in CheckName}
        wrong = next((name for name in self.skipped if name not in known), None)
        if wrong is not None:
            raise UsageError(f"--skip-check {wrong!r}: is no check that can be skipped, wanted one of: {', '.join(known)}.")
        return frozenset(known[name] for name in self.skipped)

    def names(self) -> tuple[str, ...]:
        """What this node may be called in a plan."""
        return (self.node if self.node is not None else HOST.name(),)

    def command(self, *words: str, confirm: str | None = None) -> str:
        """A command of ours with these options, as somebody can paste it."""
        socket = None if self.alone or self.socket == DEFAULT_SOCKET else self.socket
        skipped = self.skipped if confirm else ()
        words = (*words, "--alone") if self.alone else words
        where = {"containerd": socket, "docker": self.docker, "docker_root": self.docker_root, "state_dir": self.state_dir}
        return command_line(*words, **where, node=self.node, skip_check=skipped, confirm=confirm)


class Node(msgspec.Struct, frozen=True):
    """The runtime at a socket, and who listens there. docker: it is one, and path is its data root."""

    path: str
    runtime: Containerd | DockerRecords
    listener: Listener
    docker: DockerNode | None = None


@contextmanager
def reached(socket: str, *, alone: bool, confirmed: bool, docker: str | None = None) -> Iterator[str]:
    """The socket that is meant: as it was given, or with alone that of this node's distribution, whose containerd runs meanwhile.

    Raises:
        UsageError: both were given.
        OverrideRefused, OverrideStopped: its containerd cannot be run alone.
    """
    if docker is not None and (alone or socket != DEFAULT_SOCKET):
        raise UsageError("--docker excludes --containerd and --alone: it is another runtime. Leave one of them out.")
    if not alone:
        yield socket
        return
    if socket != DEFAULT_SOCKET:
        raise UsageError(
            "--alone and --containerd exclude each other: the distribution says where its containerd is. Leave one of them out."
        )
    with containerd_alone(HOST, begin=confirmed) as found:
        yield found


@contextmanager
def met(chosen: Chosen, patience: float) -> Iterator[Node]:
    """The runtime that is meant: containerd at its socket, or this node's docker.

    Raises:
        UsageError, InputError: as opened_node.
    """
    if chosen.docker is None:
        with opened_node(chosen.socket, patience) as node:
            yield node
        return
    found = docker_node(chosen.docker, chosen.docker_root, HOST, SYSTEM, chosen.directory, patience)
    yield Node(found.records.root, found.records, found.listener, found)


@contextmanager
def opened_node(place: str, patience: float = 0.0) -> Iterator[Node]:
    """The containerd at a socket.

    Raises:
        UsageError: no path of a socket.
        InputError: nothing answers, or another runtime.
    """
    path = place.removeprefix("unix://").removeprefix("unix:")
    if not path.startswith("/") or "\0" in path:
        raise UsageError(f"--containerd {place!r}: is no path of a unix socket. Give one such as /run/containerd/containerd.sock.")
    if "dockershim" in Path(path).name:
        raise InputError(f"{path}: {_DOCKERSHIM}.")
    with _answering(path, patience) as runtime:
        _check_runtime(path, runtime)
        yield Node(path, runtime, _listener(path))


def plan_heading(wanted: OverrideMap, node: Node) -> str:
    """The plan and the runtime that it meets, in one line."""
    step = pair(wanted.from_version, wanted.to_version)
    runtime = f"{'containerd' if node.docker is None else 'docker'} {safe_text(node.runtime.version)}"
    return f"plan {wanted.plan_hash[:12]}, {step}, on {runtime} at {safe_text(node.path)}"


def unmet_on(node: Node, skipped: frozenset[CheckName], *, restart: bool = False) -> tuple[Unmet, ...]:
    """The preconditions that do not hold here; restart matters to docker alone, which is stopped before anything is written."""
    if node.docker is not None:
        return unmet_for_docker(node.docker, HOST, skipped, restart=restart)
    return unmet(HOST, node.listener, skipped)


def require(node: Node, skipped: frozenset[CheckName], *, restart: bool) -> None:
    """That all preconditions hold.

    Raises:
        OverrideRefused: they do not; nothing was changed.
    """
    problems = [one.message for one in unmet_on(node, skipped, restart=restart)]
    if restart and node.docker is None and (hindrance := restart_hindered(HOST, node.listener)) is not None:
        problems.append(f"--restart-runtime: {hindrance}. Leave the option out, and restart containerd alone, as you always do.")
    if problems:
        lines = "\n".join(f"- {problem}" for problem in problems)
        raise OverrideRefused(f"nothing was changed, since not all is as it must be:\n{lines}")


def require_hash(wanted: str, given: str, what: str) -> None:
    """That the hash given with --confirm is the one that was shown.

    Raises:
        UsageError: it is another.
    """
    if given != wanted:
        raise UsageError(
            f"--confirm {given[:80]!r}: is not the hash of {what}, which is {wanted}. Look at what it does now, without --confirm."
        )


def operator() -> Operator:
    """Who runs the program: the user, and who that was before sudo or su."""
    names = (_user(os.geteuid()), os.environ.get("SUDO_USER", ""), _login_user())
    return Operator(" for ".join(dict.fromkeys(name for name in names if name)), f"upgradecheck {__version__}", time.time_ns)


def restart_commands(node: Node) -> str:
    """What restarts this containerd, and nothing else; what starts a docker that was stopped."""
    if node.docker is not None:
        return f"systemctl start {SOCKET_UNIT} {UNIT}"
    hindrance = restart_hindered(HOST, node.listener)
    if hindrance is None:
        return f"systemctl restart {node.listener.unit}"
    return f"restart containerd alone, as you always do ({hindrance})"


def restart_offered(node: Node) -> str:
    """What comes with the records, as a dry run says it."""
    if node.docker is not None:
        return _docker_offered(node.docker)
    way = "" if restart_hindered(HOST, node.listener) else ", or with --restart-runtime"
    return f"then{way}: {restart_commands(node)}"


def _docker_offered(node: DockerNode) -> str:
    if node.dockerd is None:
        return f"dockerd is stopped; it is started with --restart-runtime, or by you: systemctl start {SOCKET_UNIT} {UNIT}"
    off = "" if node.dockerd.live_restore else "live-restore is off: it is turned on in daemon.json, and stays so; "
    return f"with --restart-runtime: {off}{SOCKET_UNIT} and {UNIT} are stopped, labels written, both started; containers run on"


def is_stopped(node: Node) -> bool:
    """Whether it is a docker whose dockerd is stopped: a run before was broken off, or somebody stopped it."""
    return node.docker is not None and node.docker.dockerd is None


@contextmanager
def at_rest(node: Node, *, restart: bool) -> Iterator[None]:
    """Where labels of docker are to be written by us, or a stop was broken off, dockerd is stopped meanwhile, and started in any case.

    Raises:
        OverrideRefused, OverrideStopped: as dockerd_stopped.
    """
    if node.docker is None or not restart:
        yield
        return
    with dockerd_stopped(node.docker, HOST, SYSTEM):
        yield


def restarted(node: Node) -> None:
    """Restarts containerd.

    Raises:
        OverrideStopped: systemd could not.
    """
    unit = node.listener.unit
    if unit is None or not HOST.restart(unit):
        raise OverrideStopped(
            f'containerd: "systemctl restart {unit}" failed. The records are written, and in effect once it has restarted. See'
            f' "journalctl -u {unit}", mend that and restart it; start no kubelet before "upgradecheck override status" exits with 0.'
        )


def restart_patience() -> float:
    """Seconds for which a restarted containerd may need to answer."""
    return _RESTART_SECONDS


def nothing_here(chosen: Chosen) -> str:
    """What is said where none of a plan's containers is in the runtime that was looked at; docker may be the kubelet's."""
    docker = None if chosen.docker is not None else next(filter(_is_there, DOCKERS), None)
    return NOTHING_IS_HERE if docker is None else f"{NOTHING_IS_HERE} {_DOCKER_IS_HERE.format(docker)}"


def _is_there(path: str) -> bool:
    """False also where this user may not look."""
    try:
        return Path(path).exists()
    except OSError:
        return False


@contextmanager
def _answering(path: str, patience: float) -> Iterator[Containerd]:
    answered = False
    try:
        with containerd(path, _HINT, patience) as runtime:
            answered = True
            yield runtime
    except InputError as error:
        if not answered and (docker := next(filter(_is_there, DOCKERS), None)) is not None:
            raise InputError(f"{error} {_DOCKER_IS_HERE.format(docker)}") from error
        others = [each for each in WELL_KNOWN if each != path and _is_there(each)]
        if not others or _is_there(path):
            raise
        raise InputError(f"{error} There is {' and '.join(others)} on this node; if that is no containerd: {_PROXY}.") from error


def _check_runtime(path: str, runtime: Containerd) -> None:
    if runtime.name == "containerd":
        return
    shown = runtime.name[:40]
    raise InputError(f"{path}: the runtime is {shown!r}, and only containerd keeps records that can be written so. {_PROXY}.")


def _listener(path: str) -> Listener:
    try:
        return HOST.listener(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be reached ({error.strerror or error}). Look whether containerd runs.") from error


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"


def _login_user() -> str:
    """Who logged in, as the kernel remembers it through su and sudo."""
    try:
        number = int(Path("/proc/self/loginuid").read_text("ascii"))
    except (OSError, ValueError):
        return ""
    return "" if number >= (1 << 32) - 1 else _user(number)
