"""The report of an ordinary fleet is one screen, with all on it that a person acts on: a fleet as an operator dumps it, 268 pods on 12 nodes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.cli import main

Document = dict[str, Any]
NODES = [f"ip-10-12-0-{number}.eu-central-1.compute.internal" for number in range(12)]
SCREEN = 44


def node(name: str) -> Document:
    system = {"kubeletVersion": "v1.30.14", "containerRuntimeVersion": "containerd://1.7.27", "operatingSystem": "linux"}
    status = {"nodeInfo": system, "allocatable": {"pods": "110", "cpu": "8", "memory": "16Gi"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}


def pod(owner: str, number: int, on: str, *, namespace: str = "billing", grace: int = 30, **spec: Any) -> Document:
    kind, name = owner.split("/")
    owners = [{"kind": kind, "name": name, "controller": True}]
    uid = f"{name}-{number}"
    told = {"name": "app", "containerID": f"containerd://{uid}", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": uid, "namespace": namespace, "uid": uid, "labels": {"app": name}, "ownerReferences": owners},
        "spec": {"nodeName": on, "terminationGracePeriodSeconds": grace, "containers": [{"name": "app", "image": "i:1"}], **spec},
        "status": {"phase": "Running", "containerStatuses": [told]},
    }


def budget(name: str, wanted: int) -> Document:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": f"{name}-pdb", "namespace": "billing", "generation": 1},
        "spec": {"minAvailable": wanted, "selector": {"matchLabels": {"app": name}}},
        "status": {
            "observedGeneration": 1,
            "currentHealthy": 6,
            "desiredHealthy": wanted,
            "disruptionsAllowed": 6 - wanted,
            "expectedPods": 6,
        },
    }


def fleet() -> Iterator[Document]:
    """DaemonSets, 40 Deployments over six nodes each, three of them under a budget, a database and a Deployment on one node."""
    for number, name in enumerate(NODES):
        yield node(name)
        for own in ("cilium", "node-exporter"):
            yield pod(f"DaemonSet/{own}", number, name, namespace="kube-system")
        for each in range(number, 40 * 6, 12):
            at, replica = divmod(each, 6)
            yield pod(f"Deployment/{f'workload-{at}' if at else 'db'}", replica, NODES[(at + 2 * replica) % 12])
    yield pod("StatefulSet/billing-db", 0, NODES[6], grace=3600, volumes=[{"name": "d", "emptyDir": {}}])
    yield from (pod("Deployment/payments", number, NODES[6]) for number in range(3))
    yield from (budget(name, wanted) for name, wanted in (("db", 6), ("workload-3", 5), ("workload-4", 5)))


@pytest.fixture(name="screen")
def _screen(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("fleet.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": [*fleet()]}))
    assert main(["plan", "--to", "1.31", "-f", "fleet.json"]) == 2
    return capsys.readouterr().out.splitlines()


TOLD = {
    "the answer": "RESTARTS 268 containers in 268 pods will be killed",
    "the gate, whole": "Exit code 2. Not met: restart 268, allowed 0. Met: unknown 0, allowed 0; complete yes.",
    "what was not read": "runtime records from none",
    "how sure it is": "268 inferred; no recorded hash was there to check",
    "all replicas on one node": "Deployment/payments 3 of 3 on ip-10-12-0-6",
    "the only replica": "StatefulSet/billing-db 1 of 1 on ip-10-12-0-6",
    "a budget exceeded": "Deployment/db 1 of 6 on 6 nodes EXCEEDS db-pdb",
    "what a drain leaves": "DaemonSet/cilium, DaemonSet/node-exporter 12 of 12 on 12 nodes",
    "that the list was cut": "more workloads with",
    "what no wave solves": "No order of nodes helps 2 workloads and 1 PodDisruptionBudget.",
    "where a drain waits": "PodDisruptionBudget billing/db-pdb: it lets none go",
    "what a drain loses": "emptyDir: needs `--delete-emptydir-data`, and its data is lost",
    "what is not looked at": "No pod sandboxes were given (crictl pods -o json): they count as unchanged.",
    "what nobody can look at": "cgroup root and driver, kubelet configuration, and what admission asks",
    "what upstream says": "Upstream supports minor kubelet upgrades only on a drained node.",
}


def test_it_is_one_screen_with_all_on_it_that_a_person_acts_on(screen: list[str]) -> None:
    assert len(screen) <= SCREEN
    assert max(map(len, screen)) <= 100
    text = " ".join(" ".join(screen).split())
    assert {what: said for what, said in TOLD.items() if said not in text} == {}
