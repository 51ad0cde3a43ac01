"""What a real API server makes of manifests, and what it serves of the same pods once its gate InPlacePodVerticalScaling is switched on, and off.

    python -m tests.lab.served --keep tests/lab/recorded-served/1.31.0      # a minute, no root

A recorded folder is called after the server's version and has `manifests.yaml`, which somebody wrote, and what came of it: `created.json`, `gate-on.json`, `gate-off-again.json`, each as
`kubectl get pods -o json` shows it. Every container runs, by a status that was written before the gate was switched on; that of the pod
`touched` was written anew while it was on, and `late` was created then.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.lab.apiserver import MERGE, ApiServer, Setup, started
from tests.lab.kubelets import API_SERVER, found
from tests.lab.test_live_cluster import free_ports

Json = dict[str, Any]
FOLDER = Path(__file__).parent / "recorded-served"
PODS = "/api/v1/namespaces/default/pods"
LATE = {"name": "late", "image": "a:1", "resources": {"requests": {"cpu": "10m"}}}
STARTED = "2026-11-29T12:00:00Z"


def manifests(folder: Path) -> list[Json]:
    """The pods as they were written."""
    return list(yaml.safe_load_all((folder / "manifests.yaml").read_text()))


def served(etcd: Path, program: Path, at: Path, pods: list[Json]) -> dict[str, Json]:
    """What the server serves, by the name of a recorded file. at: a folder for all that is written meanwhile."""
    told = {}
    with started(etcd, program, at, resize=False, setup=_setup()) as server:
        server.create(
            "/api/v1/namespaces/default/serviceaccounts", {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}}
        )
        for pod in pods:
            _running(server, server.create(PODS, pod), 0)
        told["created.json"] = _shown(server)
    with started(etcd, program, at, resize=True, setup=_setup()) as server:
        late = {"nodeName": "node-1", "automountServiceAccountToken": False, "containers": [LATE]}
        server.create(PODS, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late"}, "spec": late})
        told["gate-on.json"] = _shown(server)
        _running(server, server.get(f"{PODS}/touched"), 1)
    with started(etcd, program, at, resize=False, setup=_setup()) as server:
        told["gate-off-again.json"] = _shown(server)
    return told


def _setup() -> Setup:
    port, etcd, peers = free_ports()
    return Setup(port, etcd, peers, mounts_tokens=True)


def _running(server: ApiServer, pod: Json, restarts: int) -> None:
    """Writes the status of a pod as a kubelet would."""
    told = {
        kind: [_status(pod, container, restarts) for container in pod["spec"].get(containers, [])]
        for kind, containers in (("containerStatuses", "containers"), ("initContainerStatuses", "initContainers"))
    }
    server.patch(f"{PODS}/{pod['metadata']['name']}/status", {"status": {"phase": "Running", **told}}, MERGE)


def _status(pod: Json, container: Json, restarts: int) -> Json:
    name = container["name"]
    return {
        "name": name,
        "image": container["image"],
        "imageID": "",
        "ready": True,
        "restartCount": restarts,
        "containerID": f"containerd://{pod['metadata']['name']}-{name}-{restarts}",
        "state": {"running": {"startedAt": STARTED}},
    }


def _shown(server: ApiServer) -> Json:
    return server.shown(PODS)


def main() -> None:
    """Records it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--keep", type=Path, required=True, help="a folder that is called after the version, with manifests.yaml in it")
    folder: Path = asked.parse_args().keep
    etcd, program = shutil.which("etcd"), found(folder.name, API_SERVER)
    assert etcd is not None
    assert program is not None
    with tempfile.TemporaryDirectory() as at:
        for name, told in served(Path(etcd), program, Path(at), manifests(folder)).items():
            (folder / name).write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
