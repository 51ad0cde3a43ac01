"""5,000 nodes and 150,000 pods of a live cluster: how much memory, how many requests, how long. Figures are printed (``pytest -m long -s``)."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import pytest

import upgradecheck
from tests.cluster.large import KUBELET
from tests.unit.checkpoint.samples import checkpoint, start
from upgradecheck.formats.checkpoint import encode_checkpoint
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.transport.paging import PAGE

ROOT = Path(upgradecheck.__file__).parents[1]
NODES, PODS = 5_000, 150_000
MOST_MEBIBYTES = 400
HISTORY = (start("v1.28.15", 0), start("v1.29.15", 300), start(KUBELET, 500))
"""Three kubelets of a node, all of them gone by before the example's containers started, so that who created them is known."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of the program took."""

    code: int
    seconds: float
    cpu_seconds: float
    mebibytes: float
    requests: int
    sent: int


@contextmanager
def cluster(nodes: int, pods: int) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A stub in a process of its own, and its address."""
    words = [sys.executable, "-m", "tests.cluster.large", str(nodes), str(pods)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}", process
        process.stdin.close()


def run(place: Path, nodes: int, pods: int, *more: str) -> Run:
    """Plans for such a cluster."""
    with cluster(nodes, pods) as (server, process):
        (place / "config").write_text(
            json.dumps(
                {
                    "clusters": [{"name": "c", "cluster": {"server": server}}],
                    "contexts": [{"name": "c", "context": {"cluster": "c"}}],
                    "current-context": "c",
                }
            )
        )
        words = [
            "plan",
            "--to",
            "1.31",
            "--kubeconfig",
            str(place / "config"),
            "--timeout",
            "1h",
            "-o",
            f"json={place / 'plan.json'}",
            *more,
        ]
        begin = time.monotonic()
        planner = subprocess.Popen([sys.executable, "-m", "upgradecheck", *words], cwd=ROOT)
        _, status, used = os.wait4(planner.pid, 0)
        planner.returncode = os.waitstatus_to_exitcode(status)
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n")
        process.stdin.flush()
        requests, sent = map(int, process.stdout.readline().split())
    return Run(planner.returncode, time.monotonic() - begin, used.ru_utime + used.ru_stime, _mebibytes(used), requests, sent)


def _mebibytes(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / 1024


def checkpoints(place: Path, nodes: int) -> None:
    """A checkpoint for each node."""
    place.mkdir()
    for number in range(nodes):
        node = NodeIdentity(f"node-{number:05d}")
        (place / node.name).write_bytes(encode_checkpoint(checkpoint(HISTORY, node)))


@pytest.mark.long
@pytest.mark.parametrize(
    "with_checkpoints", [pytest.param(False, id="pods alone"), pytest.param(True, id="with a checkpoint of each node")]
)
def test_150000_pods_of_5000_nodes(with_checkpoints: bool, tmp_path: Path) -> None:
    more: tuple[str, ...] = ()
    if with_checkpoints:
        checkpoints(tmp_path / "checkpoints", NODES)
        more = ("--checkpoint", str(tmp_path / "checkpoints"))
    done = run(tmp_path, NODES, PODS, *more)
    print(f"\n{done}")
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert (plan["coverage"]["pods"], plan["coverage"]["nodes"]) == (PODS, NODES)
    assert done.code in (2, 3)
    assert (
        done.requests == ceil(PODS / PAGE) + ceil(NODES / PAGE) + 3
    )  # the version; PodDisruptionBudgets of two versions, and there are none
    assert done.mebibytes <= MOST_MEBIBYTES
