"""How a plan grows: `python -m tests.bench.growth [--rounds COUNT] [NAME …]`.

Each case is planned, in a process of its own and as JSON, at a size, at twice and at four times that: linear is twice the processor time for
twice the input, beyond what starting takes. Told are both steps and their goal; absolute times are noise.

Found with Python 3.11.7 in one process for 1000, 2000 and 4000: critical pods 2.2 and 1.8 (3.1 and 4.1 when each of them went through all),
host ports 1.6 and 1.3, containers of a pod 1.1 and 1.7, its records and sandboxes 2.1 and 1.9.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from tests.builders import Document, crictl_ps, listed, node, pod, raw, record, with_container, with_init

GROWTH = 2.6
"""At most for twice the input; a square is 4."""

_TO = ("--from", "1.30.14", "--to", "1.31.0")
_OF_OLD = ("--from", "1.16.15", "--to", "1.17.17")
_ROOM = {"cpu": "64", "memory": "256Gi", "ephemeral-storage": "1Ti"}


def main() -> int:
    """Prints the ratios; 1 if one misses its goal."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--python", type=Path, default=Path(sys.executable))
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args()
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        program = [str(asked.python), "-m", "upgradecheck"]
        for name in asked.names or CASES:
            case, size = CASES[name]
            taken = list(_taken(program, case, size, asked.rounds, Path(folder)))
            steps = [after / before for before, after in pairwise(taken)]
            met = max(steps) <= GROWTH
            missed |= not met
            print(f"{name:45} {' '.join(f'{step:5.2f}' for step in steps)}   (goal {GROWTH}){'' if met else '   MISSED'}", flush=True)
    return int(missed)


Case = Callable[[int], tuple[list[Document], Sequence[str]]]


def _taken(program: Sequence[str], case: Case, size: int, rounds: int, folder: Path) -> Iterator[float]:
    """What each size takes beyond a plan of one, in the least of some rounds."""
    empty = _least(program, case(1), rounds, folder)
    for number in (size, 2 * size, 4 * size):
        yield _least(program, case(number), rounds, folder) - empty


def _least(program: Sequence[str], case: tuple[list[Document], Sequence[str]], rounds: int, folder: Path) -> float:
    documents, options = case
    apart = [one for one in documents if "kind" not in one]
    dump = folder / "dump.json"
    dump.write_bytes(b"\n".join(map(raw, (listed(*(one for one in documents if one not in apart)), *apart))))
    return min(seconds([*program, "plan", *options, "-f", str(dump), "-o", "json", "-q"]) for _ in range(rounds))


def seconds(command: Sequence[str]) -> float:
    """User and system time of a process, whatever it is that it finds."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("UPGRADECHECK_")}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    told = process.stderr.read()
    process.stderr.close()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1, 2, 3):
        raise RuntimeError(f"{' '.join(command)}: exit code {process.returncode}: {told.decode()}")
    return used.ru_utime + used.ru_stime


def numbered(number: int, node_name: str = "worker-1") -> Document:
    """A pod of its own name, UID and second."""
    one = pod(f"web-{number}", f"{number:08x}-0000-4000-8000-000000000001")
    one["spec"]["nodeName"] = node_name
    one["metadata"]["creationTimestamp"] = (
        f"2026-03-{number // 86400 % 28 + 1:02d}T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z"
    )
    for container, status in zip(one["spec"]["containers"], one["status"]["containerStatuses"], strict=True):
        container["resources"] = {"requests": {"cpu": "10m", "memory": "16Mi"}}
        status["containerID"] = f"containerd://{number:064x}"
    return one


def _with_room(pods: int | None, version: str = "v1.30.14") -> Document:
    """The node, with room for so many pods."""
    one = node(version=version)
    one["status"]["allocatable"] = {**_ROOM, "cpu": "100k", "memory": "100Ti", **({} if pods is None else {"pods": str(pods)})}
    return one


def pods_of_a_node(number: int) -> tuple[list[Document], Sequence[str]]:
    return [*map(numbered, range(number)), _with_room(None)], _TO


def a_full_node(number: int) -> tuple[list[Document], Sequence[str]]:
    """Room for half."""
    return [*map(numbered, range(number)), _with_room(number // 2 + 1)], _TO


def a_full_node_of_old(number: int) -> tuple[list[Document], Sequence[str]]:
    return [*map(numbered, range(number)), _with_room(number // 2 + 1, "v1.16.15")], _OF_OLD


def host_ports(number: int) -> tuple[list[Document], Sequence[str]]:
    def one(place: int) -> Document:
        made = numbered(place)
        made["spec"]["containers"][0]["ports"] = [
            {"containerPort": 1, "hostPort": 1000 + place % 60000, "hostIP": f"10.{place >> 16}.{place >> 8 & 255}.{port}"}
            for port in range(5)
        ]
        return made

    return [*map(one, range(number)), _with_room(None)], _TO


def critical_pods(number: int) -> tuple[list[Document], Sequence[str]]:
    """Half of the pods stop the other half."""

    def one(place: int) -> Document:
        made = numbered(place)
        if place * 2 >= number:
            made["spec"]["priorityClassName"], made["spec"]["priority"] = "system-node-critical", 2000001000
        return made

    return [*map(one, range(number)), _with_room(number // 2 + 1)], _TO


def containers_of_a_pod(number: int) -> tuple[list[Document], Sequence[str]]:
    one = pod()
    for place in range(number):
        one = _grown(one, f"more-{place}")
    return [one, _with_room(None)], _TO


def _grown(document: Document, name: str) -> Document:
    """With a container more, in place: a copy for each is a square."""
    added = with_container(pod(), name)
    document["spec"]["containers"].append(added["spec"]["containers"][-1])
    document["status"]["containerStatuses"].append(added["status"]["containerStatuses"][-1])
    return document


def init_containers_of_a_pod(number: int) -> tuple[list[Document], Sequence[str]]:
    """As many init containers as containers, under a kubelet that waits for them."""
    (one, _), _ = containers_of_a_pod(number)
    for place in range(number):
        added = with_init(pod(), f"prep-{place}")
        one["spec"].setdefault("initContainers", []).append(added["spec"]["initContainers"][-1])
        one["status"].setdefault("initContainerStatuses", []).append(added["status"]["initContainerStatuses"][-1])
    return [one, _with_room(None, "v1.16.15")], _OF_OLD


def records_of_a_pod(number: int) -> tuple[list[Document], Sequence[str]]:
    """A record of each container, and as many sandboxes, in one of which each runs."""
    (one, its), options = containers_of_a_pod(number)
    found = [
        {**record(one, container["name"], hash_text="1f"), "podSandboxId": f"{place:064x}"}
        for place, container in enumerate(one["spec"]["containers"])
    ]
    metadata = one["metadata"]
    pods = [
        {
            "id": f"{place:064x}",
            "metadata": {"name": metadata["name"], "namespace": metadata["namespace"], "uid": metadata["uid"], "attempt": place},
            "state": "SANDBOX_NOTREADY",
            "createdAt": str(1_770_000_000_000_000_000 + place),
            "labels": {},
            "annotations": {},
        }
        for place in range(number)
    ]
    return [one, its, crictl_ps(*found), {"items": pods}], options


def nodes(number: int) -> tuple[list[Document], Sequence[str]]:
    """One pod on each."""
    every = []
    for place in range(number):
        name = f"worker-{place}"
        its = _with_room(None)
        its["metadata"]["name"] = name
        every += [numbered(place, name), its]
    return every, _TO


def namespaces(number: int) -> tuple[list[Document], Sequence[str]]:
    def one(place: int) -> Document:
        made = numbered(place, f"worker-{place % 100}")
        made["metadata"]["namespace"] = f"shop-{place}"
        return made

    return [*map(one, range(number))], _TO


CASES: dict[str, tuple[Case, int]] = {
    "pods of a node": (pods_of_a_node, 500),
    "pods of a node that is full": (a_full_node, 500),
    "pods of a node of 1.16 that is full": (a_full_node_of_old, 500),
    "pods with host ports": (host_ports, 500),
    "critical pods that stop others": (critical_pods, 500),
    "containers of a pod": (containers_of_a_pod, 500),
    "init containers of a pod": (init_containers_of_a_pod, 500),
    "records and sandboxes of a pod": (records_of_a_pod, 500),
    "nodes": (nodes, 500),
    "namespaces": (namespaces, 500),
}


if __name__ == "__main__":
    sys.exit(main())
