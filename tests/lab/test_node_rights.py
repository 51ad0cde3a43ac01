"""A node plans with its own kubelet's rights: a real kube-apiserver authorizes it as a node, with and without selectors (the default from 1.32 on).

The node authorizer lets a kubelet get its own Node and list its own pods by a field selector; with selectors it lets it list no others.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from tests.lab.accounts import Audit, what
from tests.lab.apiserver import VERSION, ApiServer, Setup, kubeconfig, started
from tests.lab.kubelets import API_SERVER, found
from tests.lab.test_live_cluster import free_ports
from upgradecheck.cli import main

pytestmark = pytest.mark.cluster
USER, TOKEN = "system:node:node-1", "node-1-token"
SELECTORS = "--feature-gates=AuthorizeNodeWithSelectors=true,AuthorizeWithSelectors=true"
NODES = "/api/v1/nodes"
PODS = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module", params=[pytest.param((), id="without selectors"), pytest.param((SELECTORS,), id="with selectors")])
def node(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Audit, bool]]:
    """A kubeconfig as a kubelet has it, what is asked with it, and whether selectors count."""
    etcd, program = shutil.which("etcd"), found(VERSION, API_SERVER)
    if not (etcd and shutil.which("openssl")):
        pytest.skip("etcd (Debian: etcd-server) and openssl are wanted on the PATH")
    if program is None:
        pytest.skip(f"the API server is not built; python -m tests.lab.kubelets --api-server {VERSION} does it in 5 to 10 minutes")
    at = tmp_path_factory.mktemp("server")
    audit = Audit(at / "audit.log")
    port, etcd_port, peers_port = free_ports()
    setup = Setup(
        port,
        etcd_port,
        peers_port,
        accounts={TOKEN: USER},
        groups={USER: "system:nodes"},
        authorization="Node,RBAC",
        flags=(*audit.flags(at / "policy.json"), *request.param),
    )
    with started(Path(etcd), program, at, resize=False, setup=setup) as server:
        for name in ("node-1", "node-2"):
            _filled(server, name)
        authority = at / "apiserver-pki" / "apiserver.crt"
        yield str(kubeconfig(at / "kubelet.conf", server.url, TOKEN, authority)), audit, bool(request.param)


def _filled(server: ApiServer, name: str) -> None:
    """A node, and two pods that run there."""
    about = {"kubeletVersion": "v1.30.14", "containerRuntimeVersion": "containerd://1.7.2", "bootID": f"boot-of-{name}"}
    others = ("machineID", "systemUUID", "kernelVersion", "osImage", "operatingSystem", "architecture", "kubeProxyVersion")
    server.create(NODES, {"metadata": {"name": name}})
    server.patch(f"{NODES}/{name}/status", {"status": {"nodeInfo": dict.fromkeys(others, "x") | about}})
    for number in range(2):
        pod = f"web-{number}-{name}"
        server.create(PODS, {"metadata": {"name": pod}, "spec": {"nodeName": name, "containers": [{"name": "app", "image": "web:1"}]}})
        status: dict[str, Any] = {"name": "app", "image": "web:1", "imageID": "x", "ready": True, "restartCount": 0}
        status |= {"containerID": f"containerd://{pod:0<64}", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
        server.patch(f"{PODS}/{pod}/status", {"status": {"phase": "Running", "containerStatuses": [status]}})


def test_its_own_pods_are_planned_and_nothing_else_is_asked(node: tuple[str, Audit, bool], tmp_path: Path) -> None:
    config, audit, _ = node
    words = ["plan", "--kubeconfig", config, "--to", "1.31.0", "--node", "node-1", "-o", f"json={tmp_path / 'plan.json'}", "--exit-zero"]
    assert main(words) == 0
    plan = json.loads((tmp_path / "plan.json").read_text())
    assert sorted(one["name"] for one in plan["pods"]) == ["web-0-node-1", "web-1-node-1"]
    assert {one["evidence"]["grade"] for pod in plan["pods"] for one in pod["containers"]} == {"inferred"}
    assert [one["name"] for one in plan["nodes"]] == ["node-1"]
    assert any("PodDisruptionBudgets were not read" in one for one in plan["notices"])
    asked = {what(event) for event in audit.asked_by(USER)}
    assert asked >= {"list pods", "list nodes", "get /version"}
    uris = [unquote(event["requestURI"]) for event in audit.asked_by(USER)]
    assert {uri.partition("fieldSelector=")[2] for uri in uris if uri.startswith(NODES)} == {"metadata.name=node-1"}
    assert {uri.partition("fieldSelector=")[2] for uri in uris if "/pods" in uri} == {"spec.nodeName=node-1"}
    assert not {one for one in asked if "secret" in one or one.startswith(("create", "update", "patch", "delete"))}


def test_a_plan_of_all_nodes_says_what_a_node_may_not(
    node: tuple[str, Audit, bool], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, _, selectors = node
    code = main(["plan", "--kubeconfig", config, "--to", "1.31.0", "--exit-zero", "-o", "name"])
    assert code == (1 if selectors else 0)
    assert ("cannot list pods" in capsys.readouterr().err) is selectors
