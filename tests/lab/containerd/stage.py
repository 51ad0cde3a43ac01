"""What the scenes share: one node with containerd, kubelets that come and go on it, and `upgradecheck` as its operator runs it."""

import contextlib
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.lab import running
from tests.lab.containerd.daemon import Containerd, Running

Json = dict[str, Any]
KUBELET = "kubelet-pods.json"
QUIET, WATCHED, AT_MOST = 15.0, 40.0, 180.0
"""Seconds: nothing was made or ended for so long; a kubelet is watched for at least so long, four of its syncs; and at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a command of ours ended, and what it said."""

    exit_code: int
    out: str
    err: str

    def json(self) -> Json:
        """Its output. Raises AssertionError with what it said instead."""
        assert self.out.startswith("{"), f"exit code {self.exit_code}: {self.err}"
        found: Json = json.loads(self.out)
        return found


@dataclass(frozen=True, slots=True)
class Stage:
    """One node: `state` is its folder, `into` the one for what is to be kept; `old` and `new` are version and program of its kubelets."""

    daemon: Containerd
    setting: running.Setting
    state: Path
    into: Path
    old: tuple[str, Path]
    new: tuple[str, Path]

    @contextlib.contextmanager
    def kubelet(self, which: tuple[str, Path], endpoint: Path | None = None) -> Iterator[running.Kubelet]:
        """A kubelet that has done what it will do to the pods: given when nothing happens any more. `endpoint` is containerd's if not given."""
        with running.started(*which, replace(self.setting, endpoint=endpoint or self.daemon.socket)) as kubelet:
            self.watch()
            yield kubelet

    def kubelet_pods(self) -> Json:
        """What the kubelet that runs says of its pods."""
        with urllib.request.urlopen(running.VIEW, timeout=10) as answer:
            found: Json = json.load(answer)
        return found

    def watch(self) -> None:
        """Returns when the kubelet that runs has synced every pod, and nothing happens any more. Raises TimeoutError."""
        begun = changed = time.monotonic()
        seen: frozenset[tuple[str, str]] = frozenset()
        while not (time.monotonic() - begun > WATCHED and time.monotonic() - changed > QUIET and _synced(self.kubelet_pods())):
            if time.monotonic() - begun > AT_MOST:
                raise TimeoutError(f"the kubelet is not done after {AT_MOST:.0f} s")
            now = frozenset((one["id"], one["state"]) for one in self.daemon.listed("ps", "-a")["containers"])
            seen, changed = now, changed if now == seen else time.monotonic()
            time.sleep(1)

    def upgradecheck(self, *words: str) -> Answer:
        """What upgradecheck answers to these arguments."""
        done = subprocess.run([sys.executable, "-m", "upgradecheck", *words], capture_output=True, text=True, check=False, timeout=120)
        return Answer(done.returncode, done.stdout, done.stderr)

    def plan(self, *words: str, steps: tuple[str, str] | None = None) -> Answer:
        """A plan from the old kubelet to the new one, or of other `steps`, by the manifests and the kubelet's `/pods` that were kept."""
        old, new = steps or (self.old[0], self.new[0])
        pods = ("--static-pods", str(self.setting.manifests), "-f", str(self.into / KUBELET), "--node", running.NODE)
        return self.upgradecheck("plan", "--from", old, "--to", new, *pods, *words, "-o", "json")

    def keep(self, name: str, value: object) -> None:
        """Writes a JSON file into the folder that is kept."""
        (self.into / name).write_text(json.dumps(value, indent=1, ensure_ascii=False, default=str) + "\n")

    def running(self) -> list[Json]:
        """The running containers, for keeping."""
        return [asdict(one) for one in self.daemon.running()]

    def find(self, pod: str, name: str) -> Running:
        """The running container of this name; static pods are called after their node."""
        return next(one for one in self.daemon.running() if (one.pod, one.name) == (f"{pod}-{running.NODE}", name))


def _synced(pods: Mapping[str, Any]) -> bool:
    """Whether the kubelet has published a status of every container."""
    return bool(pods["items"]) and all(
        len(pod["status"].get("containerStatuses") or ()) == len(pod["spec"]["containers"]) for pod in pods["items"]
    )
