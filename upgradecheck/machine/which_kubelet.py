"""Which kubelet is on this node: the process that runs, or else the binary that its unit starts; its version, its start, its gates.

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

import msgspec

from upgradecheck.decode.kubelet.config import Settings
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.machine.errors import KubeletNotFound
from upgradecheck.machine.kubelet_settings import running_settings
from upgradecheck.machine.kubelet_unit import unit_programs
from upgradecheck.machine.node import Machine, boot_id, wall_boot_time
from upgradecheck.machine.processes import command_line, is_kubelet, kubelet_pids, since_boot_ms
from upgradecheck.model.checkpoint import KubeletStart
from upgradecheck.model.errors import InvalidVersion
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import KubeletVersion

_PATIENCE = 10.0
_VERSION_SECONDS = 20
_RAW = pattern(r'GitVersion:"(?P<version>[^"]+)".*?GitCommit:"(?P<commit>[0-9a-f]{7,64})?', re.DOTALL)
_PLAIN = pattern(r"^Kubernetes (?P<version>v\S+)\s*$", re.MULTILINE)
_USUAL_BINARIES = ("/usr/bin/kubelet", "/usr/local/bin/kubelet", "/opt/bin/kubelet")


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
    words = command_line(machine, pid)
    version, commit = _version(machine, pid, words)
    since_boot = since_boot_ms(machine, pid)
    settings = running_settings(words, machine.proc / str(pid))
    boot_time = wall_boot_time()
    start = KubeletStart(
        kubelet_version=version,
        start_time=boot_time + since_boot * 1_000_000,
        git_commit=commit or None,
        boot_id=boot_id(machine),
        boot_time=boot_time,
        since_boot_ms=since_boot,
        feature_gates=None if settings is None else settings.feature_gates or {},
    )
    return FoundKubelet(pid, words, start, settings)


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
            return path, _told_version(str(binary), ["kubelet"], path)[0]
        except (OSError, KubeletNotFound):
            continue
    return None


def _awaited(machine: Machine, pid: int, patience: float) -> int:
    deadline = time.monotonic() + patience
    while not is_kubelet(machine, pid):
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


def _version(machine: Machine, pid: int, running: tuple[str, ...]) -> tuple[KubeletVersion, str]:
    """Version and commit, as the running binary prints them; its arguments and environment are not passed on."""
    name = running[0].rpartition("/")[2] if running else "kubelet"
    words = [name, "kubelet"] if name == "hyperkube" else [name]
    return _told_version(str(machine.proc / str(pid) / "exe"), words, f"process {pid}")


def _told_version(binary: str, words: list[str], who: str) -> tuple[KubeletVersion, str]:
    for question, answer in (("--version=raw", _RAW), ("--version", _PLAIN)):
        match = answer.search(_asked(binary, [*words, question], who))
        if match:
            return _known(match["version"], who), match.groupdict().get("commit") or ""
    raise KubeletNotFound(f"{who}: does not tell its version. Give --kubelet-version and --start yourself.")


def _known(version: str, who: str) -> KubeletVersion:
    try:
        return parse_kubelet_version(version)
    except InvalidVersion as error:
        raise KubeletNotFound(f"{who}: tells a version that is none. Give --kubelet-version and --start yourself. ({error})") from error


def _asked(binary: str, words: list[str], who: str) -> str:
    try:
        done = subprocess.run(words, executable=binary, capture_output=True, stdin=subprocess.DEVNULL, env={}, timeout=_VERSION_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise KubeletNotFound(
            f"{who}: its binary cannot be asked for its version ({type(error).__name__}). Run as root, or give --kubelet-version."
        ) from error
    return done.stdout.decode("utf-8", "replace")
