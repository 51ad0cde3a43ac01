"""Plays starts of real kubelets, one after the other, for whoever says what is tried: starts, late, subordinate, providers.

A start has come through when the kubelet says that it starts its plugin manager: by then it has read all of its state. Else it ends by
itself. Inside namespaces of their own (see node.py), one start after the other, since kubelets keep devices in a fixed place.
"""

from __future__ import annotations

import argparse
import importlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from tests.lab import endpoint as cri
from tests.lab import running
from tests.lab.kubelets import kubelet
from tests.lab.node import furnish
from tests.lab.run import NAMESPACES, ROOT

UP = "Starting Kubelet Plugin Manager"
AT_MOST = 90.0
DEVICES = Path("/var/lib/kubelet/device-plugins")
_TELLING = (
    "could not restore state",
    "checkpoint is corrupted",
    "error calling GetOrCreate",
    "start cpu manager error",
    "start memory manager error",
    "GetOrCreate() on",
    "cgroup v1",
    "register CRI auth plugins",
    "panic: ",
)
_IN_PASSING = "Warning: cgroup"
_FATAL = re.compile(r"F[0-9]{4} ")
"""What klog ends with, before it tells of every goroutine."""
_FOLDER = re.compile(r'/tmp/upgradecheck-lab-[^/"]*/[0-9]+(?:/root)?')
Json = dict[str, Any]


class Scene(Protocol):
    """A module that says what is tried; it may also have a ``prepare``, which is given the folder for all of it."""

    def starts(self, version: str) -> Iterable[Any]:
        """What is tried with a kubelet of this version."""

    def tried(self, case: Any, version: str, program: Path, setting: running.Setting) -> Json:
        """What became of one of these."""


def record(scene: str, version: str) -> list[Json]:
    """What became of each start of a version's kubelet; builds it where it is not built. Needs root. scene: the name of its module."""
    program, endpoint = kubelet(version), cri.built()
    state = Path(tempfile.mkdtemp(prefix="upgradecheck-lab-"))
    try:
        command = [*NAMESPACES, sys.executable, "-m", "tests.lab.player", scene, str(state), str(endpoint), version, str(program)]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=1800, check=True)
        found: list[Json] = json.loads(done.stdout)
        return found
    finally:
        shutil.rmtree(state, ignore_errors=True)


def _inside(scene: Any, state: Path, endpoint: Path, version: str, program: Path) -> Iterator[Json]:
    furnish()
    prepare: Callable[[Path], None] = getattr(scene, "prepare", lambda _: None)
    prepare(state)
    with cri.started(endpoint, state) as runtime:
        manifests = state / "manifests"
        manifests.mkdir()
        for number, case in enumerate(scene.starts(version)):
            yield scene.tried(case, version, program, running.Setting(runtime.socket, manifests, state / str(number)))


def furnish_root(setting: running.Setting) -> None:
    """A kubelet's directories, with nothing in them."""
    (setting.at / "root").mkdir(parents=True)
    (setting.at / "plugins").mkdir()
    shutil.rmtree(DEVICES, ignore_errors=True)
    DEVICES.mkdir(parents=True)


def started(
    version: str,
    program: Path,
    setting: running.Setting,
    more: Mapping[str, Any],
    about: str,
    *,
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> tuple[bool, str]:
    """Starts a kubelet on what its directories hold: whether it ended by itself, and what it said. It runs no longer afterwards.

    more: what its configuration says beside the lab's, None of a setting that it shall not have; flags: likewise of its command line.
    """
    config = {name: value for name, value in {**running.configuration(version, setting), **more}.items() if value is not None}
    (setting.at / "kubelet.json").write_text(json.dumps(config))
    log, command = setting.at / "log", [*running.command(version, program, setting), *flags]
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environment) as process:
        until = time.monotonic() + AT_MOST
        while process.poll() is None and UP not in log.read_text(errors="replace") and time.monotonic() < until:
            time.sleep(0.1)
        ended = _ends(process)
        process.kill()
    said = log.read_text(errors="replace")
    if not ended and UP not in said:
        raise RuntimeError(f"kubelet {version}, {about}: neither up nor ended after {AT_MOST} s:\n{said[-2000:]}")
    return ended, said


def _ends(process: subprocess.Popen[bytes]) -> bool:
    """Whether it has ended, or does in the next moment: a goroutine of its own may panic."""
    try:
        process.wait(1.0)
    except subprocess.TimeoutExpired:
        return False
    return True


def words(log: str) -> str:
    """The line of a log that says why a kubelet ended."""
    telling = [line for line in log.splitlines() if any(words in line for words in _TELLING) and _IN_PASSING not in line]
    fatal = [line for line in log.splitlines() if _FATAL.match(line)]
    last = (telling or fatal or log.splitlines())[-1]
    said = last.partition("] ")[2] or last
    return _FOLDER.sub("STATE", said)[:300]


def main(scene: str, about: str) -> None:
    """Prints what became of all starts of the versions that the command line names."""
    asked = argparse.ArgumentParser(prog=f"python -m {scene}", description=about.splitlines()[0])
    asked.add_argument("versions", nargs="+", metavar="VERSION")
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for version in asked.parse_args().versions for one in record(scene, version))
    sys.stdout.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    name, folder, socket, release, binary = sys.argv[1:]
    print(json.dumps(list(_inside(importlib.import_module(name), Path(folder), Path(socket), release, Path(binary)))))
