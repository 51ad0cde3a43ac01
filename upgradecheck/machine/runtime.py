"""The node around the runtime: who we are, which processes run, what systemd says of their units.

Who listens on containerd's socket is told by the socket itself (SO_PEERCRED): its process ID, 0 where that process is in another PID
namespace, from which the node's processes cannot be seen at all.
"""

from __future__ import annotations

import os
import re
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from upgradecheck.machine.node import Machine
from upgradecheck.machine.processes import command_line, kubelet_pids, process_ids
from upgradecheck.model.patterns import pattern

_SECONDS = 120
_SYSTEMD = Path("/run/systemd/system")
_SERVICE = pattern(r"/([^/\s]+\.service)(?:/|$)", re.MULTILINE)
_CARRIERS = ("k3s", "k3s-server", "k3s-agent", "kubelite")
"""Programs with a kubelet and, as their child, a containerd inside."""


class Listener(msgspec.Struct, frozen=True, gc=False):
    """Who answers on a socket: the process (0: not to be seen from here), its command line and, where systemd started it, its unit."""

    pid: int
    command_line: tuple[str, ...] = ()
    unit: str | None = None


class Host:
    """The real one; tests have others."""

    def user(self) -> int:
        """The effective user ID."""
        return os.geteuid()

    def kubelets(self) -> tuple[int, ...]:
        """The processes of kubelets."""
        return kubelet_pids(Machine())

    def carriers(self) -> tuple[str, ...]:
        """The programs that run with a kubelet inside."""
        words = (command_line(Machine(), pid) for pid in process_ids(Machine()))
        return tuple(sorted({name for line in words if line and (name := line[0].rpartition("/")[2]) in _CARRIERS}))

    def unit(self, name: str) -> Mapping[str, str] | None:
        """The properties of a unit (LoadState, ActiveState, KillMode), None where systemd cannot be asked."""
        if not _SYSTEMD.is_dir():
            return None
        done = _run(["systemctl", "show", "-p", "LoadState", "-p", "ActiveState", "-p", "KillMode", "--", name])
        if done is None or done.returncode != 0:
            return None
        lines = done.stdout.decode("utf-8", "replace").splitlines()
        return {key: value for key, _, value in (line.partition("=") for line in lines)}

    def listener(self, path: str) -> Listener:
        """Who listens on a socket.

        Raises:
            OSError: nobody.
        """
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(10)
            line.connect(path)
            pid: int = struct.unpack("3i", line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))[0]
        return Listener(pid, command_line(Machine(), pid), _unit_of(pid))

    def configuration_loads(self, listener: Listener) -> bool | None:
        """Whether the runtime would load its configuration if it started now; None where that cannot be tried."""
        program = _program(listener)
        options = _config_option(listener.command_line)
        done = _run([program, *options, "config", "dump"])
        return None if done is None else done.returncode == 0

    def restart(self, unit: str) -> bool:
        """Has systemd restart a unit; whether that worked."""
        done = _run(["systemctl", "restart", "--", unit])
        return done is not None and done.returncode == 0


def _run(words: Sequence[str]) -> subprocess.CompletedProcess[bytes] | None:
    """What a program answers, None if it cannot be run. It is never shown: a configuration may hold a registry's password."""
    try:
        return subprocess.run(words, capture_output=True, stdin=subprocess.DEVNULL, timeout=_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None


def _unit_of(pid: int) -> str | None:
    """The service whose cgroup the process is in."""
    try:
        found = _SERVICE.findall(Path(f"/proc/{pid}/cgroup").read_text("utf-8", "replace"))
    except OSError:
        return None
    return found[-1] if found else None


def _program(listener: Listener) -> str:
    """The file that a restart would run: the one that runs, or what stands now under its name."""
    try:
        return str(Path(f"/proc/{listener.pid}/exe").readlink()).removesuffix(" (deleted)")
    except OSError:
        return "containerd"


def _config_option(words: Sequence[str]) -> list[str]:
    """--config as the running one was given it."""
    for number, word in enumerate(words):
        if word in ("-c", "--config", "-config"):
            return ["--config", *words[number + 1 : number + 2]]
        if word.startswith(("--config=", "-config=", "-c=")):
            return ["--config", word.partition("=")[2]]
    return []
