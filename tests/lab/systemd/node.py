"""The node from outside: started in namespaces and cgroups of its own, and commands run on it."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.lab import cgroups, run
from tests.lab.containerd.image import archive
from tests.lab.kubelets import API_SERVER
from tests.lab.kubelets import found as built
from tests.lab.selecting import selected
from tests.lab.systemd import units
from tests.lab.systemd.inside import BINARY, ENVIRONMENT

Json = dict[str, Any]
_PATH = "/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NAMESPACES = ("--mount", "--propagation=private", "--uts", "--ipc", "--net", "--cgroup", "--pid", "--fork", "--kill-child", "--mount-proc")
VIEW = "http://127.0.0.1:10255/pods"
UP_WITHIN, SETTLED = 60.0, 40.0
"""Seconds: until a kubelet answers; and for which one that answers is watched, four of its syncs."""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command on the node ended."""

    code: int
    out: str
    err: str


class Node:
    """One node; first is the host's number of its first process, systemd."""

    def __init__(self, first: int, at: Path, crictl: Path) -> None:
        self.first, self.at, self.crictl = first, at, crictl

    def run(self, *words: str, at_most: float = 120.0) -> Said:
        """Runs a command there."""
        there = ["nsenter", "-t", str(self.first), "-a", "env", f"PATH={_PATH}", *words]
        done = subprocess.run(there, capture_output=True, text=True, check=False, timeout=at_most, stdin=subprocess.DEVNULL)
        return Said(done.returncode, done.stdout, done.stderr)

    def ask(self, *words: str) -> str:
        """What a command says, which must not fail."""
        said = self.run(*words)
        assert said.code == 0, f"{words}: exit code {said.code}, {said.err or said.out}"
        return said.out.strip()

    def versions(self) -> dict[str, str]:
        """Of the containerd that runs, and of systemd."""
        said = self.ask(str(self.crictl), "--runtime-endpoint", f"unix://{units.CONTAINERD}", "version")
        containerd = dict(line.split() for line in said.splitlines())["RuntimeVersion:"].removeprefix("v")
        return {"containerd": containerd, "systemd": self.ask("systemctl", "--version").split()[1]}

    def upgradecheck(self, *words: str) -> Said:
        """A command of ours, as the units of the node call it."""
        return self.run(str(PROGRAM), *words)

    def write(self, path: Path | str, text: str) -> None:
        """A file of the node's."""
        told = ["nsenter", "-t", str(self.first), "-a", "sh", "-c", 'mkdir -p "$(dirname "$0")" && umask 077 && cat > "$0"', str(path)]
        subprocess.run(told, input=text, text=True, check=True, timeout=20)

    def read(self, path: Path | str) -> str:
        """A file of the node's; empty where there is none."""
        return self.run("cat", str(path)).out

    def unit(self, unit: str, name: str) -> str:
        """A property, as systemctl shows it."""
        return self.ask("systemctl", "show", "-p", name, "--value", unit)

    def listed(self, *words: str) -> Json:
        """What crictl lists there."""
        found: Json = json.loads(self.ask(str(self.crictl), "--runtime-endpoint", f"unix://{units.CONTAINERD}", *words, "-o", "json"))
        return found

    def running(self) -> dict[str, Json]:
        """By ID the containers that run, sandboxes left out: process, start tick, pod, name and hash."""
        rows = [line.split() for line in self.ask("ctr", "-n", "k8s.io", "tasks", "list").splitlines()[1:]]
        tasks = {row[0]: int(row[1]) for row in rows if row[2] == "RUNNING"}
        known = self.listed("ps")["containers"]
        return {one["id"]: _running(self, one, tasks[one["id"]]) for one in known if one["id"] in tasks}

    def count(self) -> int:
        """How many containers run, sandboxes left out."""
        return len(self.listed("ps", "--state", "running")["containers"])

    def put(self, version: str) -> None:
        """Another kubelet in the place of the one that is there, as a package manager does it: by a rename."""
        program = built(version)
        assert program is not None
        self.ask("sh", "-c", f"cp {program} {BINARY}.new && mv {BINARY}.new {BINARY}")

    def flags(self, change: str) -> None:
        """Changes the kubelet's flags by a command of sed."""
        self.ask("sed", "-i", change, str(ENVIRONMENT))

    def restart(self) -> Json:
        """Restarts the kubelet; how systemctl ended, after how many seconds it and the kubelet answered, and what hold said."""
        since, begun = self.ask("date", "+%s.%N"), time.monotonic()
        code = self.run("systemctl", "restart", "kubelet").code
        returned = time.monotonic() - begun
        answers = self.up()
        return {
            "code": code,
            "restart": round(returned, 2),
            "answers": None if answers is None else round(time.monotonic() - begun, 2),
            "said": self.said(since),
            "version": self.ask(str(BINARY), "--version"),
        }

    def up(self, at_most: float = UP_WITHIN) -> float | None:
        """Returns when the kubelet answers; None if it does not."""
        until = time.monotonic() + at_most
        while time.monotonic() < until:
            if self.run("curl", "-s", "-m", "2", "-o", "/dev/null", VIEW).code == 0:
                return time.monotonic()
            time.sleep(0.1)
        return None

    def said(self, since: str, of: str = "override hold") -> list[str]:
        """The lines of ours in the kubelet's journal since a time."""
        lines = self.run("journalctl", "-u", "kubelet", "-o", "cat", "--no-pager", f"--since=@{since}").out.splitlines()
        return [line for line in lines if line.startswith(of)]


def _running(node: Node, shown: Json, pid: int) -> Json:
    started = int(node.read(f"/proc/{pid}/stat").rpartition(") ")[2].split()[19])
    pod, name = (shown["labels"][f"io.kubernetes.{what}.name"] for what in ("pod", "container"))
    return {"pid": pid, "started": started, "pod": pod, "name": name, "hash": shown["annotations"]["io.kubernetes.container.hash"]}


def ended(before: dict[str, Json], after: dict[str, Json]) -> list[str]:
    """The containers of before that run no more under the same ID, process and start, by pod and name."""
    same = {key for key, one in before.items() if key in after and _process(after[key]) == _process(one)}
    return sorted(f"{one['pod']}/{one['name']}" for key, one in before.items() if key not in same)


def _process(one: Json) -> tuple[int, int]:
    return one["pid"], one["started"]


PROGRAM = Path(sys.executable).parent / "upgradecheck"


def refusal(*versions: str, api: bool = False) -> str | None:
    """Why no such node can be started here; None if it can."""
    lacking = [
        tool
        for tool in ("containerd", "containerd-shim-runc-v2", "ctr", "runc", "nsenter", "journalctl", "curl")
        if shutil.which(tool) is None
    ]
    if not Path("/lib/systemd/systemd").exists():
        lacking.append("systemd")
    if lacking:
        return f"the node needs {', '.join(lacking)}; install containerd, runc and systemd, which Debian and others have"
    if not Path("/sys/fs/cgroup/systemd").is_dir():
        return "the node's systemd is given cgroups of version 1 with a named tree, as this machine does not have them"
    if api and built("1.31.0", API_SERVER) is None:
        return "python -m tests.lab.kubelets --api-server 1.31.0"
    unbuilt = [version for version in versions if not built(version)]
    return f"python -m tests.lab.kubelets {' '.join(unbuilt)}" if unbuilt else run.refusal(api=api)


@contextlib.contextmanager
def started(version: str, manifests: Path, versions: tuple[str, ...], *, api: bool = False, crictl: Path) -> Iterator[Node]:
    """A node whose systemd is up, with its image, the kubelet of a version stopped; ended with all that it started."""
    at = Path(tempfile.mkdtemp(prefix="upgradecheck-systemd-"))
    selected(manifests, versions, at / "manifests")
    words = ["--containerd", str(shutil.which("containerd")), "--kubelet", str(built(version)), "--manifests", str(at / "manifests")]
    words += ["--version", version]
    if api:
        words += ["--api", "--etcd", str(shutil.which("etcd")), "--server", str(built("1.31.0", API_SERVER))]
    with cgroups.cgroup_root(at.name) as root:
        with (at / "inside.log").open("wb") as log:
            process = subprocess.Popen(
                ["sh", "-c", _ENTERED, root, "unshare", *_NAMESPACES, "--", sys.executable, "-m", "tests.lab.systemd.inside", *words],
                cwd=run.ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            node = Node(_first_below(process), at, crictl)
            _await_systemd(node)
            node.ask("ctr", "-n", "k8s.io", "images", "import", str(archive()))
            yield node
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(30)
            time.sleep(1)
    shutil.rmtree(at, ignore_errors=True)


_ENTERED = """\
for tree in /sys/fs/cgroup/*; do [ -e "$tree$0/cgroup.procs" ] || continue
  [ -e "$tree$0/cgroup.clone_children" ] && echo 1 > "$tree$0/cgroup.clone_children"
  echo $$ > "$tree$0/cgroup.procs"
done
exec "$@"
"""


def _first_below(process: "subprocess.Popen[bytes]", at_most: float = 20.0) -> int:
    until = time.monotonic() + at_most
    while time.monotonic() < until:
        below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if below and Path(f"/proc/{below[0]}/ns/pid").readlink() != Path("/proc/self/ns/pid").readlink():
            return int(below[0])
        time.sleep(0.1)
    raise run.LabFailed("the node's first process did not come up")


def _await_systemd(node: Node, at_most: float = 60.0) -> None:
    until = time.monotonic() + at_most
    while time.monotonic() < until:
        if node.run("systemctl", "is-active", "containerd").out.strip() == "active":
            return
        time.sleep(0.3)
    raise run.LabFailed(f"systemd did not bring containerd up: {(node.at / 'inside.log').read_text()[-2000:]}")
