"""Which kubelet is on this node: the process that runs, or else the binary that its unit starts; its version, its start, its gates.

The process is the one that serves the kubelet's sockets, whatever it is called, or else one with the kubelet's name. The binary is asked
through /proc/PID/exe, so it is the one that runs, also where the file was replaced since. k3s and its kin are called after the Kubernetes
inside; their kubelet's flags and files nobody can see. A start is counted from boot on the clock that nobody can set (field 22 of
/proc/PID/stat) and turned into wall time at the moment of asking. Under systemd's Type=simple ExecStartPost runs before the kubelet's exec,
and MAINPID may be a program that starts the kubelet as its child (rke2, k0s), so a process that is not yet the kubelet is waited for.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from upgradecheck.decode.kubelet.dropins import FileSettings
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.buildinfo import embedded_version
from upgradecheck.machine.errors import KubeletNotFound, VersionNotTold
from upgradecheck.machine.kubelet_settings import running_settings
from upgradecheck.machine.kubelet_unit import unit_programs
from upgradecheck.machine.node import Machine, boot_id, wall_boot_time
from upgradecheck.machine.processes import command_line, is_kubelet, program_name, since_boot_ms, with_descendants
from upgradecheck.machine.running_kubelets import RunningKubelet, running_kubelets
from upgradecheck.model.checkpoint import KubeletStart
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import KubeletVersion

_PATIENCE = 10.0
_PAUSE = 0.1
_VERSION_SECONDS = 20
_RAW = pattern(r'GitVersion:"(?P<version>[^"]+)".*?GitCommit:"(?P<commit>[0-9a-f]{7,64})?', re.DOTALL)
_PLAIN = pattern(r"^Kubernetes (?P<version>v\S+)\s*$", re.MULTILINE)
_EMBEDDING = pattern(r"^(?:k3s|k8e|rke2) version (?P<version>v\S+)", re.MULTILINE)
_ENDED = "process {}: is not there, so it ended before it could be asked, if it was a kubelet: see its journal.{}"
_NAME_IT = " For one that runs, give --pid."
_USUAL_BINARIES = ("/usr/bin/kubelet", "/usr/local/bin/kubelet", "/opt/bin/kubelet")


class FoundKubelet(msgspec.Struct, frozen=True, gc=False):
    """A process, the start that it is, and what it was told; settings is None if one of its files cannot be read, or its flags.

    inside: the program that it is a part of, empty for a kubelet of its own.
    """

    pid: int
    command_line: tuple[str, ...]
    start: KubeletStart
    settings: FileSettings | None = None
    inside: str = ""


def find_kubelet(machine: Machine, pid: int | None = None, patience: float = _PATIENCE, *, by_pid: bool = False) -> FoundKubelet:
    """The kubelet of a process ID, or else the only one that runs.

    by_pid: the command that asks can be told a process ID, by --pid; only then is that the advice where it is not clear which one is meant.

    Raises:
        VersionNotTold: it does not say what it is.
        KubeletNotFound: there is none, or several, or what has one inside does not say what it is.
    """
    pid = _only_kubelet(machine, patience, by_pid=by_pid) if pid is None else _awaited(machine, pid, patience, by_pid=by_pid)
    words = command_line(machine, pid)
    try:
        told = _version(machine, pid, words)
    except KubeletNotFound as error:
        if not (machine.proc / str(pid)).exists():
            raise KubeletNotFound(_ENDED.format(pid, _NAME_IT if by_pid else "")) from None
        if is_kubelet(machine, pid):
            raise VersionNotTold(str(error), pid) from error
        raise
    since_boot = since_boot_ms(machine, pid)
    settings = None if told.inside else running_settings(words, machine.proc / str(pid))
    boot_time = wall_boot_time()
    start = KubeletStart(
        kubelet_version=told.version,
        start_time=boot_time + since_boot * 1_000_000,
        git_commit=told.commit or None,
        boot_id=boot_id(machine),
        boot_time=boot_time,
        since_boot_ms=since_boot,
        feature_gates=None if settings is None else _gates_of(settings),
    )
    return FoundKubelet(pid, words if not told.inside else (), start, settings, program_name(machine, pid) if told.inside else "")


def _gates_of(settings: FileSettings) -> Mapping[str, bool] | None:
    """The gates that are set; None where that hangs on what the kubelet takes null in a drop-in for."""
    config = settings.config()
    return config.feature_gates if all(one.feature_gates == config.feature_gates for one in config.each()) else None


def find_binary(machine: Machine) -> tuple[str, KubeletVersion] | None:
    """Path and version of the kubelet's binary that the unit starts, or that stands at a usual place; None if none tells its version.

    Only one that nobody but root (or the user who asks) can have changed is started.
    """
    for path in dict.fromkeys((*unit_programs(machine.root), *_USUAL_BINARIES)):
        binary = machine.root / path.lstrip("/")
        try:
            state = binary.stat()
            if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o022 or state.st_uid not in (0, os.geteuid()):
                continue
            return path, _told_version(str(binary), ["kubelet"], path).version
        except (OSError, KubeletNotFound):
            continue
    return None


def _awaited(machine: Machine, pid: int, patience: float, *, by_pid: bool) -> int:
    """The kubelet that a process is, or has started."""
    deadline = time.monotonic() + patience
    while True:
        found = _kubelet_of(machine, pid)
        if found is not None:
            return found
        if not (machine.proc / str(pid)).exists():
            raise KubeletNotFound(_ENDED.format(pid, _NAME_IT if by_pid else ""))
        if time.monotonic() > deadline:
            advice = "Give the kubelet's process with --pid." if by_pid else "See which process of the unit is the kubelet."
            raise KubeletNotFound(f"process {pid}: is no kubelet. {advice}")
        time.sleep(_PAUSE)


def _kubelet_of(machine: Machine, pid: int) -> int | None:
    if is_kubelet(machine, pid):
        return pid
    own = with_descendants(machine, pid)
    served = {one.pid for one in running_kubelets(machine) if one.socket is not None}
    return next((one for one in own if one in served or is_kubelet(machine, one)), None)


def _only_kubelet(machine: Machine, patience: float, *, by_pid: bool) -> int:
    told = os.environ.get("MAINPID", "")
    if told.isascii() and told.isdigit():  # systemd tells it to ExecStartPost
        return _awaited(machine, int(told), patience, by_pid=by_pid)
    running = running_kubelets(machine)
    found = [one for one in running if one.socket is not None] or [one for one in running if not one.inside]
    if len(found) == 1 and found[0].pid:
        return found[0].pid
    raise KubeletNotFound(f"kubelet: {_which(found, running)}.{_advice(len(found), by_pid=by_pid)}")


def _advice(found: int, *, by_pid: bool) -> str:
    """What can be done where not one was found; of one that cannot be seen from here _which says it. In a node's container only its own
    kubelet is seen, from its host those of all.
    """
    if found == 1:
        return ""
    if found:
        here = " End those that are not this node's, or run this in the PID namespace of the one that is meant"
        return f"{here}, or name its process with --pid." if by_pid else f"{here}."
    return " Start it, or name its process with --pid." if by_pid else " Start it."


def _which(found: Sequence[RunningKubelet], running: Sequence[RunningKubelet]) -> str:
    """Why none of those that were found is the one."""
    if not found and running:
        return f"{', '.join(one.words for one in running)} may have one inside, and is not seen to serve a kubelet's sockets"
    if not found:
        return "none runs here that can be seen, one was wanted"
    if len(found) == 1:
        return f"{found[0].words} serves {found[0].socket}: run this on the node itself, in the node's PID namespace"
    return f"{len(found)} run here ({', '.join(str(one.pid) if not one.inside else one.words for one in found)}), one was wanted"


class _Told(msgspec.Struct, frozen=True, gc=False):
    """What a binary tells of itself; inside: the kubelet is a part of it, and was started with flags that are not on its command line."""

    version: KubeletVersion
    commit: str = ""
    inside: bool = False


def _version(machine: Machine, pid: int, running: tuple[str, ...]) -> _Told:
    """Version and commit, as the running binary prints them; its arguments and environment are not passed on."""
    name = program_name(machine, pid) or "kubelet"
    words = [name, "kubelet"] if name == "hyperkube" else [name]
    program = machine.proc / str(pid) / "exe"
    if is_kubelet(machine, pid):
        return _told_version(str(program), words, f"process {pid}")
    try:
        return _told_version(str(program), words, f"process {pid} ({name})")
    except KubeletNotFound:
        if (version := _written_in(program)) is None:
            raise
    return _Told(version, inside=True)


def _written_in(program: Path) -> KubeletVersion | None:
    """The Kubernetes that a program says to be built of, which has another name for its own version."""
    try:
        return embedded_version(program)
    except OSError:
        return None


def _told_version(binary: str, words: list[str], who: str) -> _Told:
    for question, answer in (("--version=raw", _RAW), ("--version", _PLAIN), ("--version", _EMBEDDING)):
        match = answer.search(_asked(binary, [*words, question], who))
        if match:
            return _Told(_known(match["version"], who), match.groupdict().get("commit") or "", answer is _EMBEDDING)
    raise KubeletNotFound(f"{who}: does not tell its version: see what its binary answers to --version.")


def _known(version: str, who: str) -> KubeletVersion:
    try:
        return parse_kubelet_version(version)
    except InvalidVersion as error:
        raise KubeletNotFound(f"{who}: tells a version that is none: see what its binary answers to --version. ({error})") from error


def _asked(binary: str, words: list[str], who: str) -> str:
    try:
        done = subprocess.run(words, executable=binary, capture_output=True, stdin=subprocess.DEVNULL, env={}, timeout=_VERSION_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise KubeletNotFound(f"{who}: its binary cannot be asked for its version ({type(error).__name__}). Run as root.") from error
    return done.stdout.decode("utf-8", "replace")
