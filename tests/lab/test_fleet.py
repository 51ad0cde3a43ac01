"""Bundles through a real kube-apiserver: what three nodes' agents publish is all that a plan needs, and the printed roles are all that is used.

The nodes are imitated: each has a root of its own with a kubelet's process, and a runtime that answers over CRI. The API server and etcd are
real; it authorizes by RBAC, applies server-side, and writes an audit log.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.accounts import Audit, grant, service_account, what
from tests.lab.apiserver import TOKEN, VERSION, ApiServer, Setup, kubeconfig, started
from tests.lab.kubelets import API_SERVER, found
from tests.lab.test_live_cluster import DISCOVERY, free_ports
from tests.unit.machine.test_which_kubelet import process
from tests.unit.sources.test_node import container_wire, message, runtime, sandbox_wire, serving
from upgradecheck.cli import main
from upgradecheck.commands import clock
from upgradecheck.commands.collecting import machine_of
from upgradecheck.model.fleet import KEY, KIND, KIND_LABEL, NAMESPACE
from upgradecheck.model.times import SECOND

pytestmark = pytest.mark.cluster
KUBELET, PODS_EACH = "1.30.14", 4
NODES = ("node-1", "node-2", "node-3")
READER, AGENT = f"system:serviceaccount:{NAMESPACE}:planner", f"system:serviceaccount:{NAMESPACE}:agent"
MAPS = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
_POD = "/api/v1/namespaces/default/pods"


@dataclass(frozen=True)
class Lab:
    """The server with its nodes and pods, what it wrote down, and the accounts of who publishes and who plans."""

    server: ApiServer
    audit: Audit
    at: Path
    agent: str
    reader: str
    hashes: Mapping[tuple[str, str], str]

    def config(self, token: str) -> str:
        name = f"config-{hash(token) & 0xFFFFFF}"
        return str(kubeconfig(self.at / name, self.server.url, token, self.at / "apiserver-pki" / "apiserver.crt"))

    def pods_of(self, node: str) -> list[dict[str, Any]]:
        return [one for one in self.server.get(_POD)["items"] if one["spec"]["nodeName"] == node]


@pytest.fixture(autouse=True)
def _real_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elsewhere every document is made at one moment; how old a bundle is, is told by the server's nodes and the clock."""
    monkeypatch.setattr(clock, "now", lambda: int(time.time()) * SECOND)


@pytest.fixture(scope="module", name="lab")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    etcd, program = shutil.which("etcd"), found(VERSION, API_SERVER)
    if not (etcd and shutil.which("openssl")):
        pytest.skip("etcd (Debian: etcd-server) and openssl are wanted on the PATH")
    if program is None:
        pytest.skip(f"the API server is not built; python -m tests.lab.kubelets --api-server {VERSION} does it in 5 to 10 minutes")
    at = tmp_path_factory.mktemp("server")
    audit = Audit(at / "audit.log")
    port, etcd_port, peers_port = free_ports()
    setup = Setup(port, etcd_port, peers_port, authorization="RBAC", flags=audit.flags(at / "policy.json"))
    with started(Path(etcd), program, at, resize=False, setup=setup) as server:
        server.create("/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
        for node in NODES:
            _filled(server, node)
        agent, reader = (service_account(server, NAMESPACE, name) for name in ("agent", "planner"))
        yield Lab(server, audit, at, agent, reader, _hashes(server, at))


def _filled(server: ApiServer, node: str) -> None:
    """A node, and the pods that run there."""
    info = {"kubeletVersion": f"v{KUBELET}", "containerRuntimeVersion": "containerd://1.7.2", "bootID": f"boot-of-{node}"}
    others = ("machineID", "systemUUID", "kernelVersion", "osImage", "operatingSystem", "architecture", "kubeProxyVersion")
    server.create("/api/v1/nodes", {"metadata": {"name": node}})
    server.patch(f"/api/v1/nodes/{node}/status", {"status": {"nodeInfo": dict.fromkeys(others, "x") | info}})
    for number in range(PODS_EACH):
        name = f"web-{number}-{node}"
        env = [{"name": "PASSWORD", "value": f"canary-{node}-{number}"}]
        server.create(
            _POD, {"metadata": {"name": name}, "spec": {"nodeName": node, "containers": [{"name": "app", "image": "web:1", "env": env}]}}
        )
        status: dict[str, Any] = {"name": "app", "image": "web:1", "imageID": "x", "ready": True, "restartCount": 0}
        status |= {"containerID": f"containerd://{_id(name)}", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
        server.patch(f"{_POD}/{name}/status", {"status": {"phase": "Running", "containerStatuses": [status]}})


def _id(name: str) -> str:
    return f"{name.replace('-', ''):0<64}"


def _hashes(server: ApiServer, at: Path) -> Mapping[tuple[str, str], str]:
    """What a kubelet of the nodes' version makes of their pods, by UID and container."""
    (at / "pods.json").write_text(json.dumps(server.shown(_POD)))
    assert main(["hash", "-f", str(at / "pods.json"), "--kubelet", KUBELET, "-q", "-o", f"json={at / 'hashes.json'}"]) == 0
    return {(one["uid"], one["container"]): one["hash"] for one in json.loads((at / "hashes.json").read_text())["items"]}


@pytest.fixture(scope="module", name="granted")
def _granted(lab: Lab) -> None:
    """The roles as they are printed, each to whom it is for."""
    grant(lab.server, _printed("upgradecheck", "upgradecheck-fleet"), READER)
    grant(lab.server, _printed("upgradecheck-collect"), AGENT)


def _printed(*names: str, without: str = "") -> str:
    """The roles of these names, as they are printed; without: but for that verb in a namespace."""
    with redirect_stdout(StringIO()) as told:
        assert main(["doctor", "--rbac", "--fleet"]) == 0
    roles = [one for one in yaml.safe_load_all(told.getvalue()) if one["metadata"]["name"] in names]
    for rule in (rule for one in roles if one["kind"] == "Role" for rule in one["rules"]):
        rule["verbs"] = [verb for verb in rule["verbs"] if verb != without]
    return str(yaml.safe_dump_all(roles))


def host(place: Path, node: str, version: str = KUBELET) -> Path:
    """The root of a node."""
    root = place / node
    (root / "proc/sys/kernel/random").mkdir(parents=True)
    (root / "etc").mkdir()
    (root / "proc/sys/kernel/random/boot_id").write_text(f"boot-of-{node}\n")
    kubelet = process(machine_of(str(root)), 8, "/usr/bin/kubelet", f"--hostname-override={node}", says=f"echo 'Kubernetes v{version}'")
    (kubelet / "root").unlink()
    (kubelet / "root").symlink_to(root)
    return root


def answers(lab: Lab, node: str) -> dict[str, Any]:
    """What the runtime of a node answers."""
    containers, sandboxes = [], []
    for number, pod in enumerate(lab.pods_of(node)):
        metadata = pod["metadata"]
        labels = {"pod.name": metadata["name"], "pod.namespace": "default", "pod.uid": metadata["uid"], "container.name": "app"}
        sandbox, made = f"{node.replace('-', '')}{number:0>60}", "1767225600000000000"
        containers.append(
            container_wire(
                {
                    "id": _id(metadata["name"]),
                    "podSandboxId": sandbox,
                    "metadata": {"name": "app", "attempt": 0},
                    "state": 1,
                    "createdAt": made,
                    "labels": {f"io.kubernetes.{key}": value for key, value in labels.items()},
                    "annotations": {"io.kubernetes.container.hash": lab.hashes[metadata["uid"], "app"]},
                }
            )
        )
        told = {"name": metadata["name"], "uid": metadata["uid"], "namespace": "default", "attempt": 0}
        source = {"kubernetes.io/config.source": "api"}
        sandboxes.append(sandbox_wire({"id": sandbox, "metadata": told, "state": 0, "createdAt": made, "annotations": source}))
    return {
        **runtime(),
        "ListContainers": lambda _: message(*((1, one) for one in containers)),
        "ListPodSandbox": lambda _: message(*((1, one) for one in sandboxes)),
    }


@pytest.fixture(name="publish")
def _publish(lab: Lab, tmp_path: Path) -> Callable[..., int]:
    """Runs the agent of a node, as its service account."""

    def publish(node: str, *more: str, version: str = KUBELET) -> int:
        root = host(tmp_path / f"{len(list(tmp_path.iterdir()))}", node, version)
        with serving(tmp_path / "s", answers(lab, node)):
            words = ["--kubeconfig", lab.config(lab.agent), "--host-root", str(root), "--cri", str(tmp_path / "s"), "--node", node]
            return main(["collect", "--publish", *words, *more])

    return publish


def planned(lab: Lab, place: Path, *more: str, to: str = "1.31.0") -> tuple[int, dict[str, Any]]:
    words = ["plan", "--fleet", "--to", to, "--kubeconfig", lab.config(lab.reader), "-q", "-o", f"json={place / 'plan.json'}", *more]
    return main(words), json.loads((place / "plan.json").read_text())


def missing(plan: dict[str, Any]) -> dict[str, str]:
    return {one["what"]: one["reason"] for one in plan["coverage"]["missing"]}


@pytest.mark.usefixtures("granted")
def test_all_that_nodes_publish_makes_every_verdict_recorded(lab: Lab, publish: Callable[..., int], tmp_path: Path) -> None:
    assert [publish(node) for node in NODES] == [0, 0, 0]
    code, plan = planned(lab, tmp_path)
    assert (code, plan["complete"], missing(plan)) == (2, True, {})
    assert {c["evidence"]["grade"] for pod in plan["pods"] for c in pod["containers"]} == {"recorded"}
    assert {key: plan["calibration"][key] for key in ("reproduced", "recorded")} == dict.fromkeys(
        ("reproduced", "recorded"), len(NODES) * PODS_EACH
    )
    assert plan["coverage"]["nodes_with_evidence"] == len(NODES)
    stored = json.dumps(lab.server.get(MAPS))
    assert "canary" not in stored
    assert b"canary" not in b"".join(
        base64.b64decode(one["binaryData"][KEY]) for one in lab.server.get(MAPS)["items"] if "binaryData" in one
    )

    assert publish("node-1") == 0, "nothing has changed"
    agents, readers = ([what(event) for event in lab.audit.asked_by(user)] for user in (AGENT, READER))
    assert agents.count("patch configmaps") == len(NODES)
    assert set(agents) == {"get configmaps", "patch configmaps", "get nodes"}
    assert set(readers) == {"list nodes", "list pods", "list poddisruptionbudgets.policy", "list configmaps", DISCOVERY}
    assert {event["responseStatus"]["code"] for event in lab.audit.asked_by(READER)} == {200}
    assert {event["responseStatus"]["code"] for event in lab.audit.asked_by(AGENT)} == {200, 201, 404}
    assert {event["objectRef"].get("namespace") for event in lab.audit.asked_by(AGENT)} == {NAMESPACE, None}


@pytest.mark.usefixtures("granted")
def test_the_objects_as_the_server_keeps_them(lab: Lab, publish: Callable[..., int]) -> None:
    publish("node-1")
    found = lab.server.get(f"{MAPS}/bundle-0.node-1")["metadata"]
    (owner,) = found["ownerReferences"]
    assert (owner["kind"], owner["name"], owner["uid"]) == ("Node", "node-1", lab.server.get("/api/v1/nodes/node-1")["metadata"]["uid"])
    assert [(one["manager"], one["operation"]) for one in found["managedFields"]] == [("upgradecheck-collect", "Apply")]


@pytest.mark.usefixtures("granted")
def test_what_is_gone_old_corrupted_or_foreign_is_named(lab: Lab, publish: Callable[..., int], tmp_path: Path) -> None:
    for node in NODES:
        publish(node)
    lab.server.create("/api/v1/nodes", {"metadata": {"name": "node-new"}})
    foreign = {"metadata": {"name": "theirs", "labels": {KIND_LABEL: KIND}}, "data": {"a": "b"}}
    lab.server.create(MAPS, foreign)
    corrupted = base64.b64decode(lab.server.get(f"{MAPS}/bundle-0.node-2")["binaryData"][KEY])[:-9]
    lab.server.patch(f"{MAPS}/bundle-0.node-2", {"binaryData": {KEY: base64.b64encode(corrupted).decode()}})
    lab.server.patch("/api/v1/nodes/node-3/status", {"status": {"nodeInfo": {"bootID": "another-boot"}}})
    code, plan = planned(lab, tmp_path, to="1.30.14")
    assert (code, plan["complete"]) == (3, False)
    told = missing(plan)
    assert "none was published" in told["bundle of node node-new"]
    assert "somebody else wrote it" in told[f"ConfigMap {NAMESPACE}/theirs"]
    assert "checksum" in told[f"ConfigMap {NAMESPACE}/bundle-0.node-2 (bundle of node node-2)"]
    assert "another boot" in told[f"ConfigMap {NAMESPACE}/bundle-0.node-3 (bundle of node node-3)"]
    grades = {node: {c["evidence"]["grade"] for pod in plan["pods"] if pod["node"] == node for c in pod["containers"]} for node in NODES}
    assert grades == {"node-1": {"recorded"}, "node-2": {"unknown"}, "node-3": {"unknown"}}
    lab.server.patch("/api/v1/nodes/node-3/status", {"status": {"nodeInfo": {"bootID": "boot-of-node-3"}}})


@pytest.mark.parametrize("verb", ["get", "create", "patch"])
def test_no_verb_of_the_agents_role_can_be_left_out(verb: str, lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"agent-without-{verb}"
    token = service_account(lab.server, NAMESPACE, name)
    grant(lab.server, _printed("upgradecheck-collect", without=verb), f"system:serviceaccount:{NAMESPACE}:{name}")
    node = f"node-for-{verb}"
    root = host(tmp_path, node)
    with serving(tmp_path / "s", answers(lab, node)):
        words = ["--kubeconfig", lab.config(token), "--host-root", str(root), "--cri", str(tmp_path / "s"), "--node", node]
        assert main(["collect", "--publish", *words]) == 1
    assert "403" in capsys.readouterr().err
    assert TOKEN not in capsys.readouterr().err


@pytest.mark.usefixtures("granted")
def test_doctor_says_whether_bundles_can_be_read(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--fleet", "--kubeconfig", lab.config(lab.reader), "-o", "json"])
    checks = {one["check"]: one["state"] for one in json.loads(capsys.readouterr().out)["checks"]}
    assert (code, checks[f"list configmaps in namespace {NAMESPACE}"]) == (0, "ok")
