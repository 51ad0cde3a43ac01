"""The Node object: made up where no API server has it, patched where one does."""

import math
import os
from pathlib import Path
from typing import Any

from tests.lab.accidents import Node
from tests.lab.apiserver import ApiServer
from tests.lab.running import NODE

Json = dict[str, Any]
PATH = f"/api/v1/nodes/{NODE}"


def reserved(node: Node) -> str | None:
    """The CPUs that are to be reserved so that `node.cpu` are left. Raises RuntimeError on a machine that has no more than those."""
    if node.cpu is None:
        return None
    beyond = (os.cpu_count() or 1) - float(node.cpu)
    if beyond <= 0:
        raise RuntimeError(f"this machine has {os.cpu_count()} CPUs; the lab needs more than {node.cpu} to reserve some")
    return f"{math.floor(beyond * 1000)}m"


def alone(version: str, node: Node) -> Json:
    """nodes.json of a kubelet without a cluster: the Node as `kubectl get nodes -o json` would give it, reduced to what is known of it."""
    labels = {"kubernetes.io/hostname": NODE, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", **node.labels}
    info = {
        "kubeletVersion": f"v{version}",
        "containerRuntimeVersion": "containerd://1.7.27",
        "operatingSystem": "linux",
        "architecture": "amd64",
    }
    memory = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal:")).split()[1]
    capacity = {"cpu": str(os.cpu_count()), "memory": f"{memory}Ki", "pods": "250"}
    allocatable = {**capacity, "cpu": node.cpu or capacity["cpu"], "memory": f"{int(memory) - 1024}Ki"}
    item = {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": NODE, "labels": labels},
        "spec": {},
        "status": {"capacity": capacity, "allocatable": allocatable, "nodeInfo": info},
    }
    return {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": ""}, "items": [item]}


def changed(server: ApiServer, node: Node) -> None:
    """Gives the Node its new labels, taints and room, as an operator or a cloud's controllers would while its kubelet is stopped."""
    known = server.get(PATH)["spec"].get("taints") or []
    server.patch(PATH, {"metadata": {"labels": node.labels}, "spec": {"taints": [*known, *node.taints]}})
    if node.cpu is not None:
        server.patch(f"{PATH}/status", {"status": {"allocatable": {"cpu": node.cpu}}})
