"""A containerd of the lab's own: everything it keeps lies in one folder, and it can be restarted under its containers, as systemd would.

It runs in the namespaces of `tests.lab.run`, where /run is empty: shims put their sockets there, and runc its state. They are no children of
containerd and outlive it (as with KillMode=process); with the PID namespace they end.
"""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab.containerd.builds import major
from tests.lab.containerd.image import IMAGE

NAMESPACE = "k8s.io"
UP_WITHIN = 60.0
"""Seconds; with hundreds of containers containerd takes some to load them."""

_CONFIGURATION = """\
version = 2
root = "{at}/root"
state = "{at}/state"
disabled_plugins = [{disabled}]
[grpc]
  address = "{at}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{image}"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "native"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{at}/cni"
    conf_dir = "{at}/cni"
"""
_CONFIGURATION_OF_2 = """\
version = 3
root = "{at}/root"
state = "{at}/state"
disabled_plugins = [{disabled}]
[grpc]
  address = "{at}/containerd.sock"
[plugins."io.containerd.cri.v1.images"]
  snapshotter = "native"
  [plugins."io.containerd.cri.v1.images".pinned_images]
    sandbox = "{image}"
[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  cdi_spec_dirs = ["{at}/cdi"]
  [plugins."io.containerd.cri.v1.runtime".cni]
    bin_dirs = ["{at}/cni"]
    conf_dir = "{at}/cni"
[plugins."io.containerd.grpc.v1.cri"]
  stream_server_address = "127.0.0.1"
"""
_DISABLED = ("io.containerd.internal.v1.opt", *(f"io.containerd.snapshotter.v1.{name}" for name in ("aufs", "btrfs", "devmapper", "zfs")))
"""What would write outside of the folder (/opt), or say at length that this machine does not have it."""

_WITHIN = ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"')
"""Then a cgroup, and what is to run in it."""


@dataclass(frozen=True, slots=True)
class Running:
    """A running container: whose, and its process, told apart from a later one of the same number by when it started (clock ticks)."""

    container_id: str
    pod: str
    name: str
    hash: str
    pid: int
    started: int


class Containerd:
    """One containerd, with the folder `at`, in a cgroup as of a unit; crictl is the program that is asked for what it shows."""

    def __init__(self, at: Path, crictl: Path, cgroup: Path) -> None:
        self.at, self.socket, self.crictl_program, self.cgroup = at, at / "containerd.sock", crictl, cgroup
        self.config = at / "config.toml"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The daemon's process. Raises RuntimeError if there is none."""
        if self._process is None:
            raise RuntimeError("containerd is not running")
        return self._process.pid

    def configure(self) -> None:
        """Writes its configuration."""
        self.at.mkdir()
        self.cgroup.mkdir()
        disabled = ", ".join(f'"{name}"' for name in _DISABLED)
        written = _CONFIGURATION if major() < 2 else _CONFIGURATION_OF_2
        self.config.write_text(written.format(at=self.at, disabled=disabled, image=IMAGE))

    def start(self) -> None:
        """Starts it; it serves CRI when this returns. Raises RuntimeError with the end of its log."""
        with (self.at / "containerd.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_WITHIN, str(self.cgroup), "containerd", "--config", str(self.config)], stdout=log, stderr=log
            )
        until = time.monotonic() + UP_WITHIN
        while self._process.poll() is None and time.monotonic() < until:
            with contextlib.suppress(subprocess.CalledProcessError):
                self.crictl("version")
                return
            time.sleep(0.2)
        said = "\n".join((self.at / "containerd.log").read_text(errors="replace").splitlines()[-15:])
        raise RuntimeError(f"containerd did not come up (exit code {self._process.poll()}); its last words:\n{said}")

    def stop(self) -> None:
        """Ends the daemon; its containers go on."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def restart(self) -> None:
        """As `systemctl restart containerd` does where KillMode is process."""
        self.stop()
        self.start()

    def taken_in(self, archive: Path) -> None:
        """Imports an image."""
        self.ctr("images", "import", str(archive))

    def ctr(self, *words: str) -> str:
        """What ctr prints."""
        return _said(["ctr", "--address", str(self.socket), "--namespace", NAMESPACE, *words])

    def crictl(self, *words: str, socket: Path | None = None) -> str:
        """What crictl prints, asked at containerd's own socket or another."""
        return _said([str(self.crictl_program), "--runtime-endpoint", f"unix://{socket or self.socket}", "--timeout", "20s", *words])

    def listed(self, *words: str) -> dict[str, Any]:
        """What crictl prints, as JSON."""
        found: dict[str, Any] = json.loads(self.crictl(*words, "-o", "json"))
        return found

    def running(self) -> tuple[Running, ...]:
        """The running containers, by pod and name; sandboxes are none."""
        tasks = self.tasks()
        shown = [one for one in self.listed("ps")["containers"] if one["id"] in tasks]
        return tuple(sorted((_running(one, tasks[one["id"]]) for one in shown), key=lambda one: (one.pod, one.name, one.container_id)))

    def tasks(self) -> dict[str, int]:
        """The process of each running task, sandboxes included."""
        rows = [line.split() for line in self.ctr("tasks", "list").splitlines()[1:]]
        return {row[0]: int(row[1]) for row in rows if row[2] == "RUNNING"}

    def killed(self, container: Running) -> None:
        """Its process is killed, as by the OOM killer."""
        os.kill(container.pid, signal.SIGKILL)


def _running(shown: dict[str, Any], pid: int) -> Running:
    labels, annotations = shown["labels"], shown["annotations"]
    started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[19])
    pod, name = (labels[f"io.kubernetes.{what}.name"] for what in ("pod", "container"))
    return Running(shown["id"], pod, name, annotations["io.kubernetes.container.hash"], pid, started)


def _said(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


@contextlib.contextmanager
def started(at: Path, crictl: Path, archive: Path, cgroup: Path) -> Iterator[Containerd]:
    """A containerd that has the lab's image, in the new folder `at` and the new `cgroup`; stopped at the end."""
    daemon = Containerd(at, crictl, cgroup)
    daemon.configure()
    daemon.start()
    try:
        daemon.taken_in(archive)
        yield daemon
    finally:
        daemon.stop()
