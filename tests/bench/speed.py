"""What a fleet costs: `python -m tests.bench.speed [--pods COUNT]`.

Ratios of processor time (user and system) on one machine in one run against one bare pass of msgspec over the same file, in an interpreter of
its own; all take turns, so that each sees the same machine, and the least of the rounds counts. Beside it the peak of the memory.
Each hash that ``hash`` prints is compared with what the exact path makes of the same pod, and so is each of the plan, in the same run.

Found on 2026-11-29 with Python 3.11.7 and msgspec 0.22.0, on two cores that many others used too, in one run with the program before there was
a fast path: 20,000 pods, hash 16 and 85 times the bare pass, plan 54 and 117 times; 5,000 pods, hash 5.8 and 20, plan 15 and 26. 2,000 pods of
which no two containers are alike: hash 15 and 22, plan 31 and 32. Later on that day, since decisions and rows are remembered, in one
run with the program before: 20,000 pods, plan 24 and 76; 5,000 pods, plan 26 and 42.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from tests.bench.fleet import write_list
from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import containers_of, hash_container, parse_pod, pod_value

_BARE = """
import sys, msgspec
class Pod(msgspec.Struct, gc=False):
    metadata: msgspec.Raw
    spec: msgspec.Raw
    status: msgspec.Raw
class Items(msgspec.Struct, gc=False):
    items: list[Pod]
print(len(msgspec.json.decode(open(sys.argv[1], "rb").read(), type=Items).items))
"""
_OLD, _NEW = "1.30.14", "1.31.0"
_BARE_PASS = "one bare pass"


def main() -> int:
    """Prints the ratios; 1 if a hash is not what the exact path makes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pods", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--unique", action="store_true", help="no two containers are alike")
    parser.add_argument("--kubectl", action="store_true", help="indented, as kubectl prints")
    parser.add_argument("--all", action="store_true", help="hash under all minors and two of the typed era, and matrix, too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder, "fleet.json")
        write_list(dump, asked.pods, unique=asked.unique, indent=4 if asked.kubectl else None)
        commands = _commands(str(dump), every=asked.all)
        for name, (seconds, peak) in (measured := _measured(commands, asked.rounds, folder)).items():
            ratio = seconds / measured[_BARE_PASS][0]
            print(f"{name:28} {seconds:8.3f} s {ratio:8.2f} x the bare pass {seconds / asked.pods * 1e6:9.1f} us a pod {peak:8.1f} MB")
        differing = _differing(dump, Path(folder))
    print(f"hashes that are not the exact path's: {differing}")
    return int(differing > 0)


def _commands(dump: str, *, every: bool) -> Mapping[str, Sequence[str]]:
    program = (sys.executable, "-m", "upgradecheck")
    minors = ",".join(map(str, CATALOG.minors()))
    return {
        _BARE_PASS: [sys.executable, "-c", _BARE, dump],
        "hash, two versions": [*program, "hash", "-f", dump, "--kubelet", f"{_OLD},{_NEW}", "-o", "json"],
        "plan, two versions": [*program, "plan", "--from", _OLD, "--to", _NEW, "-f", dump, "-o", "json"],
        **(_of_all(program, dump, minors) if every else {}),
    }


def _of_all(program: Sequence[str], dump: str, minors: str) -> Mapping[str, Sequence[str]]:
    return {
        "hash, all minors": [*program, "hash", "-f", dump, "--kubelet", minors, "-o", "json"],
        "hash, two of the typed era": [*program, "hash", "-f", dump, "--kubelet", "1.14,1.15", "-o", "json"],
        "matrix, two minors": [*program, "matrix", "-f", dump, "--minors", "1.30,1.31", "-o", "json"],
        "matrix, all minors": [*program, "matrix", "-f", dump, "-o", "json"],
    }


def _measured(commands: Mapping[str, Sequence[str]], rounds: int, folder: str) -> dict[str, tuple[float, float]]:
    """By name the least seconds and the peak in MB; what each prints is left in the folder."""
    found: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for name, command in commands.items():
            seconds, peak = _took(command, Path(folder, f"{name}.out"))
            found[name] = min(seconds, found[name][0] if name in found else seconds), peak
    return found


def _took(command: Sequence[str], printed: Path) -> tuple[float, float]:
    """Seconds of processor time and the peak of the memory in MB."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "UPGRADECHECK_"))}
    with printed.open("wb") as file:
        process = subprocess.Popen(command, env=environment, stdout=file, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 2):  # 2: restarts are predicted
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _differing(dump: Path, folder: Path) -> int:
    """How many hashes of the dump were printed otherwise than the exact path makes them, or not at all."""
    exact = dict(_exact(dump))
    listed = json.loads(Path(folder, "hash, two versions.out").read_bytes())["items"]
    printed = {(one["uid"], one["container"], one["kubelet"]): one["hash"] for one in listed}
    planned = json.loads(Path(folder, "plan, two versions.out").read_bytes())["pods"]
    of_plan = {
        (pod["uid"], one["name"], version): one["computed"][side]
        for pod in planned
        for one in pod["containers"]
        for version, side in ((_OLD, "from"), (_NEW, "to"))
    }
    return sum(printed.get(key) != made or of_plan.get(key) != made for key, made in exact.items())


def _exact(dump: Path) -> Iterator[tuple[tuple[str, str, str], str]]:
    builds = {version: CATALOG.builds(parse_kubelet_version(version))[-1] for version in (_OLD, _NEW)}
    items: list[Any] = msgspec.json.decode(dump.read_bytes())["items"]
    for item in items:
        tree = parse_pod(msgspec.json.encode(item))
        for version, build in builds.items():
            for container in containers_of(pod_value(tree, build.schema), build.schema, from_api=True):
                yield (item["metadata"]["uid"], container.name, version), hash_container(container, build.hash_class).hex


if __name__ == "__main__":
    sys.exit(main())
