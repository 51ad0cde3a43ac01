"""The kubelet that runs on this node: its version, its start, its feature gates, as /proc, its own binary and its files tell them.

The binary is asked through /proc/PID/exe, so it is the one that runs, also where the file was replaced since. A start is counted from boot
on the clock that nobody can set (field 22 of /proc/PID/stat) and turned into wall time at the moment of asking. Under systemd's
Type=simple ExecStartPost runs before the kubelet's exec, so a process that is not yet the kubelet is waited for.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from upgradecheck.decode.kubelet.config import Settings
from upgradecheck.decode.kubelet.flags import last
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.settings import running_settings
from upgradecheck.machine.units import unit_programs
from upgradecheck.model.checkpoint import KubeletStart, NodeIdentity

_PATIENCE = 10.0
_VERSION_SECONDS = 20
_RAW = re.compile(r'GitVersion:"(?P<version>[^"]+)".*?GitCommit:"(?P<commit>[0-9a-f]{7,64})?', re.DOTALL)
_PLAIN = re.compile(r"^Kubernetes (?P<version>v\S+)\s*$", re.MULTILINE)
_NAMES = ("kubelet", "hyperkube")
_USUAL_BINARIES = ("/usr/bin/kubelet", "/usr/local/bin/kubelet", "/opt/bin/kubelet")


class Machine(msgspec.Struct, frozen=True, gc=False):
    """Where the node's facts stand; tests have one of their own."""

    proc: Path = Path("/proc")
    machine_id: Path = Path("/etc/machine-id")
    system_uuid: Path = Path("/sys/class/dmi/id/product_uuid")
    ticks: int = os.sysconf("SC_CLK_TCK")
    root: Path = Path("/")


class FoundKubelet(msgspec.Struct, frozen=True, gc=False):
    """A process, the start that it is, and what it was told; settings is None if one of its files cannot be read."""

    pid: int
    command_line: tuple[str, ...]
    start: KubeletStart
    settings: Settings | None = None


def find_kubelet(machine: Machine, pid: int | None = None, patience: float = _PATIENCE) -> FoundKubelet:
    """The kubelet of a process ID, or else the only one that runs.

    Raises:
        KubeletNotFound: there is none, or several, or it does not say what it is.
    """
    pid = _only_kubelet(machine, patience) if pid is None else _awaited(machine, pid, patience)
    command_line = words_of(machine, pid)
    version, commit = _version(machine, pid, command_line)
    since_boot_ms = _since_boot_ms(machine, pid)
    settings = running_settings(command_line, machine.proc / str(pid))
    boot_time = wall_boot_time()
    start = KubeletStart(
        kubelet_version=version,
        start_time=boot_time + since_boot_ms * 1_000_000,
        git_commit=commit or None,
        boot_id=boot_id(machine),
        boot_time=boot_time,
        since_boot_ms=since_boot_ms,
        feature_gates=None if settings is None else settings.feature_gates or {},
    )
    return FoundKubelet(pid, command_line, start, settings)


def find_binary(machine: Machine) -> tuple[str, str] | None:
    """Path and version of the kubelet's binary that the unit starts, or that stands at a usual place; None if none tells its version.

    Only one that nobody but root (or the user who asks) can have changed is started.
    """
    for path in dict.fromkeys((*unit_programs(machine.root), *_USUAL_BINARIES)):
        binary = machine.root / path.lstrip("/")
        try:
            state = binary.stat()
            if not stat.S_ISREG(state.st_mode) or state.st_mode & 0o022 or state.st_uid not in (0, os.geteuid()):
                continue
            return path, _told_version(str(binary), ["kubelet"], path)[0]
        except (OSError, KubeletNotFound):
            continue
    return None


def kubelet_pids(machine: Machine) -> tuple[int, ...]:
    """The processes of kubelets that can be seen here; none where there is no /proc."""
    try:
        pids = [int(entry.name) for entry in machine.proc.iterdir() if entry.name.isdigit()]
    except OSError:
        return ()
    return tuple(sorted(pid for pid in pids if _is_kubelet(machine, pid)))


def this_node(machine: Machine, name: str | None, command_line: Sequence[str] = ()) -> NodeIdentity:
    """Who this node is: as told, else as the kubelet's --hostname-override says, else by the host's name, as GetHostname makes it."""
    told = name or last(command_line, "hostname-override") or os.uname().nodename.strip().lower()
    return NodeIdentity(told, _line(machine.machine_id), _line(machine.system_uuid))


def boot_id(machine: Machine) -> str | None:
    """The ID of this boot, as status.nodeInfo.bootID has it."""
    return _line(machine.proc / "sys/kernel/random/boot_id")


def wall_boot_time() -> int:
    """What the wall clock would have shown at boot, had it always run as now."""
    return time.clock_gettime_ns(time.CLOCK_REALTIME) - time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def _awaited(machine: Machine, pid: int, patience: float) -> int:
    deadline = time.monotonic() + patience
    while not _is_kubelet(machine, pid):
        if time.monotonic() > deadline or not (machine.proc / str(pid)).exists():
            raise KubeletNotFound(f"process {pid}: is no kubelet. Give the kubelet's process with --pid, or version and start yourself.")
        time.sleep(0.05)
    return pid


def _only_kubelet(machine: Machine, patience: float) -> int:
    told = os.environ.get("MAINPID", "")
    if told.isascii() and told.isdigit():  # systemd tells it to ExecStartPost
        return _awaited(machine, int(told), patience)
    pids = kubelet_pids(machine)
    if len(pids) == 1:
        return pids[0]
    found = f"{len(pids)} run here ({', '.join(map(str, pids))})" if pids else "none runs here that can be seen"
    raise KubeletNotFound(
        f"kubelet: {found}, one was wanted. Name its process with --pid, or give --kubelet-version and --start"
        " (a kubelet inside another program, as in k3s, has no process of its own)."
    )


def _is_kubelet(machine: Machine, pid: int) -> bool:
    words = words_of(machine, pid)
    name = words[0].rpartition("/")[2] if words else ""
    return name in _NAMES and (name == "kubelet" or "kubelet" in words[1:2]) and "--version" not in words[1:2]


def words_of(machine: Machine, pid: int) -> tuple[str, ...]:
    """A process's command line; empty if it is not there or has none."""
    try:
        raw = (machine.proc / str(pid) / "cmdline").read_bytes()
    except OSError:
        return ()
    return tuple(word.decode("utf-8", "replace") for word in raw.split(b"\0")[:-1])


def _version(machine: Machine, pid: int, command_line: tuple[str, ...]) -> tuple[str, str]:
    """Version and commit, as the running binary prints them; its arguments and environment are not passed on."""
    name = command_line[0].rpartition("/")[2] if command_line else "kubelet"
    words = [name, "kubelet"] if name == "hyperkube" else [name]
    return _told_version(str(machine.proc / str(pid) / "exe"), words, f"process {pid}")


def _told_version(binary: str, words: list[str], who: str) -> tuple[str, str]:
    for question, answer in (("--version=raw", _RAW), ("--version", _PLAIN)):
        match = answer.search(_asked(binary, [*words, question], who))
        if match:
            return match["version"], match.groupdict().get("commit") or ""
    raise KubeletNotFound(f"{who}: does not tell its version. Give --kubelet-version and --start yourself.")


def _asked(binary: str, words: list[str], who: str) -> str:
    try:
        done = subprocess.run(words, executable=binary, capture_output=True, stdin=subprocess.DEVNULL, env={}, timeout=_VERSION_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise KubeletNotFound(
            f"{who}: its binary cannot be asked for its version ({type(error).__name__}). Run as root, or give --kubelet-version."
        ) from error
    return done.stdout.decode("utf-8", "replace")


def _since_boot_ms(machine: Machine, pid: int) -> int:
    """Milliseconds from boot to the start of the process; the name in field 2 may hold anything, so fields are counted from its end."""
    try:
        fields = (machine.proc / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
        return int(fields[19]) * 1000 // machine.ticks
    except (OSError, IndexError, ValueError) as error:
        raise KubeletNotFound(f"process {pid}: has ended, or /proc does not tell when it began. Try again.") from error


def _line(path: Path) -> str | None:
    try:
        return path.read_text("ascii").strip() or None
    except (OSError, ValueError):
        return None
