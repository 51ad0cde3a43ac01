"""What bundles cost: ``python -m tests.bench.bundles [PODS [NODES [FOLDER]]]`` plans a drawn fleet without them, then with one of each node.

FOLDER is where the fleet is written, and is used again if it is there. A process of its own writes it: what this one has ever held would be
read as the peak of the programs that it starts, since they begin with its memory. Each container's record carries the hash that its kubelet makes of it, so that all of them are reproduced. Prints processor time (user and
system) and peak of memory of both, and their ratio: 150,000 pods of 5,000 nodes are to take at most 400 MB, and 1.5 times the time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from tests.bench.fleet import fleet
from tests.statefiles import cpus
from upgradecheck.decisions.statefiles.outlining import outlined
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.formats.bundle import bundle_text, packed
from upgradecheck.model.bundle import Bundle, BundledKubelet
from upgradecheck.model.checkpoint import NodeIdentity
from upgradecheck.model.hash import Hash
from upgradecheck.model.pod import Absent, ContainerRecord, Origin, PodSource, Recorded, RunState, SandboxRecord
from upgradecheck.model.statefiles import StateFile, StateName
from upgradecheck.model.times import SECOND, rfc3339

KUBELET = "1.30.14"
RUNTIME = "containerd://1.7.2"
MADE = 1_704_067_200 * SECOND
"""When all of it began; the Nodes say a day later."""
NOW = MADE + 86_400 * SECOND


CONFIG = kubelet_config(
    b'{"apiVersion":"kubelet.config.k8s.io/v1beta1","kind":"KubeletConfiguration","cgroupDriver":"systemd","maxPods":110}'
)
FILES = (
    outlined(StateFile(StateName.CPUS, "/var/lib/kubelet/cpu_manager_state", cpus("none", ""))),
    *(StateFile(name, f"/var/lib/kubelet/{name.value}", absent=True) for name in StateName if name is not StateName.CPUS),
)


class Cost(NamedTuple):
    """Of one run: exit code, seconds of processor time, peak of memory in MiB, and of the plan how many nodes have evidence, and grades."""

    code: int
    cpu: float
    mebibytes: float
    nodes: int
    complete: bool
    grades: dict[str, int]


def write_cluster(place: Path, pods: int, nodes: int) -> None:
    """pods.json, nodes.json, and a bundle of each node in bundles/."""
    with (place / "pods.json").open("w") as file:
        file.write('{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[')
        for number, pod in enumerate(placed(pods, nodes)):
            file.write("," * (number > 0) + json.dumps(pod, separators=(",", ":")))
        file.write("]}")
    items = [_node(number) for number in range(nodes)]
    (place / "nodes.json").write_text(json.dumps({"kind": "NodeList", "apiVersion": "v1", "metadata": {}, "items": items}))
    (place / "bundles").mkdir()
    records: dict[str, list[tuple[ContainerRecord, SandboxRecord]]] = {}
    for node, container, sandbox in _records(place):
        records.setdefault(node, []).append((container, sandbox))
    for node, found in records.items():
        (place / "bundles" / f"{node}.bundle.json.gz").write_bytes(packed(bundle_text(_bundle(node, found))))


def placed(pods: int, nodes: int) -> Iterator[dict[str, Any]]:
    """The pods, those of a node side by side as a scheduler does not do it: spread over all."""
    for number, pod in enumerate(fleet(pods)):
        pod["spec"]["nodeName"] = f"node-{number % nodes}"
        yield pod


def _node(number: int) -> dict[str, Any]:
    info = {"kubeletVersion": f"v{KUBELET}", "containerRuntimeVersion": RUNTIME, "bootID": f"boot-{number}", "operatingSystem": "linux"}
    conditions = [{"type": "Ready", "status": "True", "lastHeartbeatTime": rfc3339(NOW)}]
    metadata = {"name": f"node-{number}", "labels": {"kubernetes.io/hostname": f"node-{number}"}}
    return {"metadata": metadata, "spec": {}, "status": {"nodeInfo": info, "conditions": conditions, "allocatable": {"pods": "110"}}}


class _Names(msgspec.Struct):
    name: str
    namespace: str
    uid: str


class _Spec(msgspec.Struct, rename="camel"):
    node_name: str


class _Status(msgspec.Struct, rename="camel"):
    name: str
    container_id: str = msgspec.field(name="containerID")


class _Statuses(msgspec.Struct, rename="camel"):
    container_statuses: list[_Status]


class _Pod(msgspec.Struct):
    metadata: _Names
    spec: _Spec
    status: _Statuses


class _Pods(msgspec.Struct):
    items: list[_Pod]


class _Hash(msgspec.Struct):
    uid: str
    container: str
    hash: str


class _Hashes(msgspec.Struct):
    items: list[_Hash]


def _records(place: Path) -> Iterator[tuple[str, ContainerRecord, SandboxRecord]]:
    words = [sys.executable, "-m", "upgradecheck", "hash", "-q", "-f", str(place / "pods.json"), "--kubelet", KUBELET, "-o", "json"]
    told = subprocess.run(words, check=True, capture_output=True).stdout
    hashes = {(one.uid, one.container): one.hash for one in msgspec.json.decode(told, type=_Hashes).items}
    for pod in msgspec.json.decode((place / "pods.json").read_bytes(), type=_Pods).items:
        named = pod.metadata
        for status in pod.status.container_statuses:
            identity = status.container_id.removeprefix("containerd://")
            sandbox_id = f"{hash(named.uid) & (1 << 63) - 1:064x}"
            recorded = Recorded(Hash(int(hashes[named.uid, status.name], 16)))
            of_pod = (named.uid, named.namespace, named.name)
            container = ContainerRecord(
                identity, sandbox_id, *of_pod, status.name, 0, RunState.RUNNING, MADE, recorded, Absent(), Origin("x")
            )
            yield pod.spec.node_name, container, SandboxRecord(sandbox_id, *of_pod, 0, True, MADE, PodSource.API, None, Origin("x"))


def _bundle(node: str, found: list[tuple[ContainerRecord, SandboxRecord]]) -> Bundle:
    sandboxes = {one.sandbox_id: one for _, one in found}
    return Bundle(
        source="",
        node=NodeIdentity(node),
        collected_at=NOW,
        runtime=RUNTIME,
        boot_id=f"boot-{node.removeprefix('node-')}",
        kubelet=BundledKubelet(
            parse_kubelet_version(f"v{KUBELET}"), runs=True, arguments=("kubelet", f"--hostname-override={node}"), config=CONFIG
        ),
        state_files=FILES,
        containers=tuple(one for one, _ in found),
        sandboxes=tuple(sandboxes.values()),
    )


def cost(place: Path, *inputs: str) -> Cost:
    """What a plan of these inputs takes."""
    plan = place / "plan.json"
    words = ["plan", "-q", "--to", "1.31", "-o", f"json={plan}", *(word for one in inputs for word in ("-f", str(place / one)))]
    child = os.posix_spawn(sys.executable, [sys.executable, "-m", "upgradecheck", *words], os.environ)
    _, status, used = os.wait4(child, 0)
    head = plan.read_bytes()
    told = msgspec.json.decode(head, type=dict[str, msgspec.Raw])
    coverage, code = msgspec.json.decode(told["coverage"]), os.waitstatus_to_exitcode(status)
    grades = {
        grade: head.count(f'"grade": "{grade}"'.encode()) + head.count(f'"grade":"{grade}"'.encode())
        for grade in ("recorded", "inferred", "unknown")
    }
    complete = msgspec.json.decode(told["complete"])
    plan.unlink()
    return Cost(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, coverage["nodes_with_evidence"], complete, grades)


def written_apart(place: Path, pods: int, nodes: int) -> None:
    """Writes the cluster by another process."""
    words = f"from pathlib import Path; from tests.bench.bundles import write_cluster; write_cluster(Path({str(place)!r}), {pods}, {nodes})"
    subprocess.run([sys.executable, "-c", words], check=True)


def main(pods: int = 15_000, nodes: int = 500, folder: str | None = None) -> tuple[Cost, Cost]:
    """Both runs, printed."""
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(folder or temporary)
        if not (place / "bundles").is_dir():
            place.mkdir(exist_ok=True)
            written_apart(place, pods, nodes)
        without, with_them = cost(place, "pods.json", "nodes.json"), cost(place, "pods.json", "nodes.json", "bundles")
    print(f"{pods:,} pods of {nodes:,} nodes: without {without}\nwith {with_them}\nratio {with_them.cpu / without.cpu:.2f}")
    return without, with_them


if __name__ == "__main__":
    pods_, nodes_, *folder_ = (*sys.argv[1:], *("15000", "500")[len(sys.argv[1:3]) :])
    main(int(pods_), int(nodes_), next(iter(folder_), None))
