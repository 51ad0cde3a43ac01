"""The node around the runtime: who we are, which processes run, what systemd says of their units.

Who listens on containerd's socket is told by the socket itself (SO_PEERCRED): its process ID, 0 where that process is in another PID
namespace, from which the node's processes cannot be seen at all.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec

from upgradecheck.entry import read_file
from upgradecheck.machine.containerd_files import configuration_told
from upgradecheck.machine.environment_file import remove_environment, write_environment
from upgradecheck.machine.kubelet_sockets import peer
from upgradecheck.machine.node import Machine, this_node
from upgradecheck.machine.processes import command_line
from upgradecheck.machine.running_kubelets import RunningKubelet, running_kubelets, unit_of

_SECONDS = 120
_SYSTEMD = Path("/run/systemd/system")
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_LIMITS = ("KillMode=process", "Delegate=yes", "LimitNOFILE=1048576", "TasksMax=infinity")
"""Of a containerd that runs in a unit of ours: its containers are not ended with it."""
_FOR_GOOD = ("OOMScoreAdjust=-999", "Restart=always", "RestartSec=5")
_BY_SYSTEMD = ("NOTIFY_SOCKET=", "INVOCATION_ID=", "JOURNAL_STREAM=", "MAINPID=", "WATCHDOG_", "SYSTEMD_EXEC_PID=", "LISTEN_")
_LARGEST_ENVIRONMENT = 4 << 20
BOUND = ("RequiredBy", "RequisiteOf", "BoundBy", "ConsistsOf", "PropagatesStopTo")
"""Properties of a unit that name those which systemd stops with it."""
_STATES = ("LoadState", "ActiveState", "SubState", "KillMode", "MainPID", "ControlPID", "TimeoutStartUSec", "NRestarts")
_PROPERTIES = (*_STATES, *BOUND)


class Listener(msgspec.Struct, frozen=True, gc=False):
    """Who answers on a socket: the process (0: not to be seen from here), its command line and, where systemd started it, its unit."""

    pid: int
    command_line: tuple[str, ...] = ()
    unit: str | None = None


class Started(msgspec.Struct, frozen=True, gc=False):
    """How a process was started: its program's file and the words behind it, and its environment without what systemd tells it alone."""

    words: tuple[str, ...]
    environment: tuple[str, ...] = ()


class Host:
    """The real one; tests have others."""

    machine: ClassVar[Machine] = Machine()

    def user(self) -> int:
        """The effective user ID."""
        return os.geteuid()

    def pid(self) -> int:
        """This process."""
        return os.getpid()

    def name(self) -> str:
        """What a kubelet that is told no name calls this node."""
        return this_node(self.machine, None).name

    def kubelets(self) -> tuple[RunningKubelet, ...]:
        """The kubelets that run here, also those inside other programs."""
        return running_kubelets(self.machine)

    def unit(self, name: str) -> Mapping[str, str] | None:
        """The properties of a unit (_PROPERTIES, as systemctl prints them), None where systemd cannot be asked."""
        if not _SYSTEMD.is_dir():
            return None
        done = _run(["systemctl", "show", *(f"--property={each}" for each in _PROPERTIES), "--", name])
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
            pid = peer(line)
        return self.listener_of(pid)

    def listener_of(self, pid: int) -> Listener:
        """A process as one who listens."""
        return Listener(pid, command_line(self.machine, pid), unit_of(self.machine, pid))

    def configuration_loads(self, listener: Listener) -> bool | None:
        """Whether the runtime would load its configuration if it started now; None where that cannot be tried."""
        words = [*(listener.command_line[:1] or ("containerd",)), *_config_option(listener.command_line), "config", "dump"]
        done = _run(words, executable=self._program(listener))
        return None if done is None else done.returncode == 0

    def _program(self, listener: Listener) -> str:
        """The file that a restart would run: the one that runs, or what stands now under its name."""
        try:
            return str((self.machine.proc / str(listener.pid) / "exe").readlink()).removesuffix(" (deleted)")
        except OSError:
            return "containerd"

    def started_as(self, listener: Listener) -> Started:
        """How one who listens was started, so that it can be once more."""
        try:
            told = read_file(self.machine.proc / str(listener.pid) / "environ", _LARGEST_ENVIRONMENT).decode("utf-8", "surrogateescape")
        except OSError:
            told = ""
        environment = tuple(one for one in told.split("\0") if "=" in one and not one.startswith(_BY_SYSTEMD))
        return Started((self._program(listener), *listener.command_line[1:]), environment)

    def answers(self, path: str) -> bool:
        """Whether somebody listens on a socket."""
        try:
            self.listener(path)
        except OSError:
            return False
        return True

    def start_alone(self, unit: str, words: Sequence[str], path: str, seconds: int) -> bool:
        """Has systemd start a program as a transient unit, which kills its own process alone, for so long at most; whether that worked.

        path: what comes first in its PATH. What is left of an earlier one that failed is cleared first.
        """
        return self._start(unit, words, (*_LIMITS, f"RuntimeMaxSec={seconds}"), (f"PATH={path}:{_PATH}",))

    def start_once_more(self, unit: str, started: Started) -> bool:
        """Has systemd start a program as it was started before, as a transient unit of another name and for good; whether that worked.

        As its own unit does, so does that one start it again if it ends by itself. Its environment may hold a proxy's password from a file
        that root alone reads, so it is told by such a file, too, in a runtime directory of the unit's: systemd removes that with the unit.
        """
        directory = self._directory(unit)
        started_it = False
        try:
            file = write_environment(directory, started.environment)
            kept = (f"RuntimeDirectory={directory.name}", "RuntimeDirectoryMode=0700", "RuntimeDirectoryPreserve=restart")
            started_it = self._start(unit, started.words, (*_LIMITS, *_FOR_GOOD, *kept, f"EnvironmentFile={file}"), ())
        except OSError:
            pass
        finally:
            if not started_it:
                remove_environment(directory)
        return started_it

    def _directory(self, unit: str) -> Path:
        """The runtime directory of a unit of ours."""
        return self.machine.root / "run" / unit.removesuffix(".service")

    def _start(self, unit: str, words: Sequence[str], properties: Sequence[str], environment: Sequence[str]) -> bool:
        _run(["systemctl", "reset-failed", "--", unit])
        options = (*(f"--property={one}" for one in properties), *(f"--setenv={one}" for one in environment))
        done = _run(["systemd-run", "--quiet", f"--unit={unit}", *options, "--", *words])
        return done is not None and done.returncode == 0

    def stop(self, unit: str) -> bool:
        """Has systemd stop a unit; whether it is stopped then."""
        _run(["systemctl", "stop", "--", unit])
        state = self.unit(unit)
        return state is not None and state.get("ActiveState") in ("inactive", "failed", None)

    def start(self, unit: str) -> bool:
        """Has systemd start a unit, however often it was started lately (StartLimitBurst: docker has 3); whether that worked."""
        _run(["systemctl", "reset-failed", "--", unit])
        done = _run(["systemctl", "start", "--", unit])
        return done is not None and done.returncode == 0

    def let_start(self, unit: str) -> None:
        """Has systemd start a unit by and by, as often as the unit itself says."""
        _run(["systemctl", "start", "--no-block", "--", unit])

    def restart(self, unit: str, seconds: float = _SECONDS) -> bool:
        """Has systemd restart a unit; whether that worked, within so many seconds."""
        done = _run(["systemctl", "restart", "--", unit], seconds=seconds)
        return done is not None and done.returncode == 0


def _run(words: Sequence[str], executable: str | None = None, seconds: float = _SECONDS) -> subprocess.CompletedProcess[bytes] | None:
    """What a program answers, None if it cannot be run. It is never shown: a configuration may hold a registry's password.

    executable: the file, where its own name is not the first word. Programs that are many, as in k3s, are told by that word which to be.
    """
    try:
        return subprocess.run(words, executable=executable, capture_output=True, stdin=subprocess.DEVNULL, timeout=seconds, check=False)
    except (OSError, subprocess.SubprocessError):
        return None


def _config_option(words: Sequence[str]) -> list[str]:
    """--config as the running one was given it."""
    told = configuration_told(words)
    return [] if told is None else ["--config", told]
