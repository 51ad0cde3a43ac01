"""A real kubelet, started on the state files that another one has just written: ``python -m tests.lab.written > FILE``.

Both are set up alike, and nothing runs on the node: what the first one leaves is what it writes whenever it player. Inside namespaces of
their own (see node.py), as in player.py.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from tests.lab import endpoint as cri
from tests.lab import player, running
from tests.lab.kubelets import kubelet, parts
from tests.lab.node import furnish
from tests.lab.player import Json
from tests.lab.run import NAMESPACES, ROOT
from upgradecheck.model.statefiles import StateName

VERSIONS = ("1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.35.4")
GATES = {"featureGates": {"InPlacePodVerticalScaling": True, "DynamicResourceAllocation": True}}
"""Those that bring files: both are there from 1.27 on."""
_CPUS = {"cpuManagerPolicy": "static", "reservedSystemCPUs": "0", "featureGates": {"CPUManagerPolicyAlphaOptions": True}}
_STRICT = {**_CPUS, "cpuManagerPolicyOptions": {"strict-cpu-reservation": "true"}}
Pair = tuple[str, str, Json, Json]


def pairs() -> Iterator[Pair]:
    """Which kubelet is started after which, and what each is told beside the lab's configuration."""
    yield from neighbours()
    yield from changes()


def neighbours() -> Iterator[Pair]:
    """One after the next, up and down, with and without gates."""
    for older, newer in pairwise(VERSIONS):
        for before, after in ((older, newer), (newer, older)):
            yield before, after, {}, {}
            if parts(older)[0] >= 27:
                yield before, after, GATES, GATES


def changes() -> Iterator[Pair]:
    """One after itself, with other settings of its policies."""
    for version in ("1.32.10", "1.34.1"):
        for old, new in ((_CPUS, _CPUS), (_CPUS, _STRICT), (_STRICT, _CPUS), (_STRICT, _STRICT)):
            yield version, version, old, new
    for version in ("1.22.17", "1.31.0", "1.34.1"):
        for amounts in ((300, 300), (300, 500)):
            old, new = (_memory(amount) for amount in amounts)
            yield version, version, old, new
    for version in ("1.22.17", "1.34.1"):
        for policies in (("none", "static"), ("static", "none")):
            old, new = ({**_CPUS, "featureGates": {}, "cpuManagerPolicy": policy} for policy in policies)
            yield version, version, old, new


def _memory(amount: int) -> Json:
    """The policy Static, which wants of NUMA nodes just what the node as a whole keeps."""
    return {
        "memoryManagerPolicy": "Static",
        "kubeReserved": {"memory": f"{amount}Mi"},
        "evictionHard": {"memory.available": "100Mi"},
        "reservedMemory": [{"numaNode": 0, "limits": {"memory": f"{amount + 100}Mi"}}],
    }


def record() -> list[Json]:
    """What became of the second kubelet of each pair; builds kubelets that are not built. Needs root."""
    programs = [f"{version}={kubelet(version)}" for version in VERSIONS]
    state = Path(tempfile.mkdtemp(prefix="upgradecheck-lab-"))
    try:
        command = [*NAMESPACES, sys.executable, "-m", "tests.lab.written", "--inside", str(state), str(cri.built()), *programs]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, timeout=1800, check=True)
        found: list[Json] = json.loads(done.stdout)
        return found
    finally:
        shutil.rmtree(state, ignore_errors=True)


def _inside(state: Path, endpoint: Path, programs: dict[str, Path]) -> list[Json]:
    furnish()
    with cri.started(endpoint, state) as runtime:
        manifests = state / "manifests"
        manifests.mkdir()
        return [
            _tried(pair, programs, running.Setting(runtime.socket, manifests, state / str(number))) for number, pair in enumerate(pairs())
        ]


def _tried(pair: Pair, programs: dict[str, Path], setting: running.Setting) -> Json:
    before, after, old, new = pair
    player.furnish_root(setting)
    ended, said = player.started(before, programs[before], setting, old, "first")
    if ended:
        raise RuntimeError(f"kubelet {before} does not start on nothing: {player.words(said)}")
    files = {name.value: (setting.at / "root" / name.value) for name in StateName}
    written = {name: path.read_text() for name, path in files.items() if path.exists()}
    ended, said = player.started(after, programs[after], setting, new, f"after {before}")
    told = {"before": before, "after": after, "old": old, "new": new, "files": written}
    return {**told, "ended": ended, "said": player.words(said) if ended else ""}


def main() -> None:
    """Prints what became of all pairs."""
    asked = argparse.ArgumentParser(prog="python -m tests.lab.written", description=(__doc__ or "").splitlines()[0])
    asked.add_argument("--inside", nargs="+", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.inside:
        state, endpoint, *programs = given.inside
        found = _inside(Path(state), Path(endpoint), {version: Path(path) for version, _, path in (one.partition("=") for one in programs)})
    else:
        found = record()
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in found)
    sys.stdout.write(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
