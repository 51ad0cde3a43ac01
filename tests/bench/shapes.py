"""The files that the benchmarks read: pods as clusters have them, the same each time.

`spread` is a fleet in which few workloads have most of the pods; `kubectl` the same, indented; `unique` has no two containers alike; `raw` has
9 KB a pod, most of it managed fields and status, as managed clusters give them; `recorded` is a lab's node, whose pods real kubelets ran,
multiplied. Beside them may stand what a node and its Node object say.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench.fleet import NODES, fleet
from tests.lab.run import RECORDED
from tests.unit.checkpoint.samples import HISTORY
from upgradecheck.checkpoint.history import began
from upgradecheck.checkpoint.store import CheckpointStore
from upgradecheck.model.checkpoint import NodeIdentity

Pods = Iterator[dict[str, Any]]

_CONDITIONS = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
_ROOM = {"cpu": "640", "memory": "2560Gi", "ephemeral-storage": "10Ti", "pods": "5000"}


def spread(count: int) -> Pods:
    return fleet(count)


def unique(count: int) -> Pods:
    return fleet(count, unique=True)


def raw(count: int) -> Pods:
    for pod in fleet(count):
        metadata, status = pod["metadata"], pod["status"]
        fields: dict[str, dict[str, Any]] = {
            f'k:{{"name":"c{place}"}}': {f"f:field{number}": {} for number in range(80)} for place in range(4)
        }
        metadata["managedFields"] = [
            {"manager": name, "operation": "Update", "time": "2024-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields}
            for name in ("kube-controller-manager", "kubelet")
        ]
        status["conditions"] = [
            {"type": one, "status": "True", "lastProbeTime": None, "lastTransitionTime": "2024-01-02T00:00:00Z"} for one in _CONDITIONS
        ]
        for one in status["containerStatuses"]:
            one |= {"started": True, "lastState": {}}
        yield pod


def recorded(count: int) -> Pods:
    """The node as it was, and copies of what an API server gave it, under other names, UIDs and nodes. A static pod's UID is of its node."""
    pods = json.loads((RECORDED / "1.30.14-to-1.31.0-api" / "api-pods.json").read_bytes())["items"]
    copied = [pod for pod in pods if "kubernetes.io/config.mirror" not in pod["metadata"].get("annotations", {})]
    copies = itertools.chain(pods, itertools.cycle(copied))
    for number, pod in enumerate(itertools.islice(copies, count)):
        node = 1 + max(0, number - len(pods)) // len(copied) + (number >= len(pods))
        metadata = pod["metadata"] | {"uid": f"{number:08x}-0000-4000-8000-000000000001", "name": f"{pod['metadata']['name']}-{node}"}
        yield pod if number < len(pods) else pod | {"metadata": metadata, "spec": pod["spec"] | {"nodeName": f"node-{node}"}}


SHAPES: dict[str, tuple[Callable[[int], Pods], int | None]] = {
    "spread": (spread, None),
    "kubectl": (spread, 4),
    "unique": (unique, None),
    "raw": (raw, None),
    "recorded": (recorded, None),
}
"""By name: the pods, and by how much they are indented."""


def write(path: Path, name: str, count: int) -> None:
    """A PodList as an API server gives it; with an indent, a List as kubectl prints it."""
    pods, indent = SHAPES[name]
    separators = (",", ":") if indent is None else None
    with path.open("w") as file:
        file.write('{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[')
        for number, pod in enumerate(pods(count)):
            document = pod if indent is None else {"apiVersion": "v1", "kind": "Pod"} | pod
            file.write("," * (number > 0) + json.dumps(document, separators=separators, indent=indent))
        file.write("]}")


def surroundings(folder: Path, name: str, count: int, hashes: Mapping[tuple[str, str], str]) -> list[str]:
    """What nodes know of the pods of a shape, as the words that give it to `plan`: their Node objects with room, what crictl lists on each, with
    these hashes by UID and container, and a checkpoint of each with a history."""
    folder.mkdir()
    nodes = [_node(f"node-{number}") for number in range(NODES)]
    (folder / "nodes.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": nodes}))
    records: dict[str, list[dict[str, Any]]] = {}
    for pod in SHAPES[name][0](count):
        records.setdefault(pod["spec"]["nodeName"], []).extend(_records(pod, hashes))
    for node, its in records.items():
        (folder / f"{node}.json").write_text(json.dumps({"containers": its}))
    kept = folder.with_name(f"{folder.name} checkpoints")
    kept.mkdir()
    for number, node in enumerate(records):
        with CheckpointStore(kept / f"{node}.checkpoint").locked() as held:
            held.save(began(NodeIdentity(node, f"{number:032x}"), HISTORY, "tests.bench"))
    return ["-f", str(folder), "--checkpoint", str(kept)]


def _node(name: str) -> dict[str, Any]:
    status = {"nodeInfo": {"kubeletVersion": "v1.30.14"}, "allocatable": _ROOM, "capacity": _ROOM}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}


def _records(pod: dict[str, Any], hashes: Mapping[tuple[str, str], str]) -> Iterator[dict[str, Any]]:
    metadata = pod["metadata"]
    labels = {f"io.kubernetes.pod.{key}": metadata[key] for key in ("namespace", "name", "uid")}
    for status in pod["status"]["containerStatuses"]:
        name = status["name"]
        yield {
            "id": status["containerID"].partition("://")[2],
            "podSandboxId": f"sandbox-of-{metadata['uid']}",
            "metadata": {"name": name, "attempt": 0},
            "state": "CONTAINER_RUNNING",
            "createdAt": "1704153600000000000",
            "labels": labels | {"io.kubernetes.container.name": name},
            "annotations": {"io.kubernetes.container.hash": hashes[metadata["uid"], name], "io.kubernetes.container.restartCount": "0"},
        }
