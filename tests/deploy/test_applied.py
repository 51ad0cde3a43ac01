"""What is deployed, applied to a real kube-apiserver 1.31.0, and used by the program itself with the tokens that its pods would have."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import upgradecheck.commands.publishing as publishing
from tests.bundles import example_bundle, of_others
from tests.deploy.kustomized import Json
from tests.deploy.server import MAPS, SPACE, Lab, token
from tests.lab.accounts import what
from upgradecheck.cli import main
from upgradecheck.model.times import SECOND

pytestmark = pytest.mark.cluster
AGENT, PLANNER = (f"system:serviceaccount:{SPACE}:upgradecheck-{name}" for name in ("collect", "plan"))


def create(lab: Lab, theirs: str, path: str, body: Json) -> str:
    """What the server says to somebody who creates this; empty where it does as asked."""
    asked = urllib.request.Request(lab.server.url + path, method="POST", data=json.dumps(body).encode())
    asked.add_header("Authorization", f"Bearer {theirs}")
    asked.add_header("Content-Type", "application/json")
    unsigned = ssl._create_unverified_context()  # a server of our own, on loopback
    try:
        with urllib.request.urlopen(asked, timeout=30, context=unsigned):
            return ""
    except urllib.error.HTTPError as refused:
        return f"{refused.code} {refused.read().decode()}"


def test_agents_write_their_own_nodes_maps_and_the_planner_finds_them(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = replace(example_bundle(), collected_at=int(time.time()) * SECOND)
    bundles = {"node-1": now, "node-2": of_others(now, "node-2")}
    info = {"kubeletVersion": "v1.22.17", "containerRuntimeVersion": now.runtime, "bootID": now.boot_id}
    others = ("machineID", "systemUUID", "kernelVersion", "osImage", "operatingSystem", "architecture", "kubeProxyVersion")
    for node in bundles:
        lab.server.create("/api/v1/nodes", {"metadata": {"name": node}})
        told = dict.fromkeys(others, "x") | {**info, "bootID": info["bootID"] if node == "node-1" else "b2"}
        lab.server.patch(f"/api/v1/nodes/{node}/status", {"status": {"nodeInfo": told}})
    agents = {node: lab.as_(f"agent-{node}", token(lab, "upgradecheck-collect", node)) for node in bundles}
    for node, config in agents.items():
        monkeypatch.setattr(publishing, "collect", lambda request, node=node: bundles[node])
        until = time.monotonic() + 60
        while main(["collect", "--publish", "--kubeconfig", config]) and time.monotonic() < until:
            time.sleep(1)  # a new role counts a moment after it is there
    published = lab.server.get(MAPS)["items"]
    assert {one["metadata"]["name"] for one in published} >= {"bundle-0.node-1", "bundle-0.node-2"}
    capsys.readouterr()

    monkeypatch.setattr(publishing, "collect", lambda request: bundles["node-2"])
    before = _map(lab, "bundle-0.node-2")
    bundles["node-2"] = replace(bundles["node-2"], containers=())  # "nothing runs there"
    until = time.monotonic() + 60
    while not main(["collect", "--publish", "--kubeconfig", agents["node-1"]]) and time.monotonic() < until:
        time.sleep(1)  # so does a new policy
    assert "cannot apply ConfigMap upgradecheck/bundle-0.node-2: this account may not do that (403)" in capsys.readouterr().err
    asked_with_no_pod = lab.as_("no-pod", token(lab, "upgradecheck-collect", None))
    assert main(["collect", "--publish", "--kubeconfig", asked_with_no_pod]) == 1
    assert "this account may not do that (403)" in capsys.readouterr().err
    assert "does not say on which node its pod runs" in create(
        lab, token(lab, "upgradecheck-collect", None), MAPS, {"metadata": {"name": "bundle-0.node-1"}}
    )
    if _map(lab, "bundle-0.node-2") != before:  # written before the policy counted
        assert main(["collect", "--publish", "--kubeconfig", agents["node-2"]]) == 0

    planner = lab.as_("planner", token(lab, "upgradecheck-plan", "node-1"))
    code = main(["plan", "--to", "1.30.14", "--fleet", "--kubeconfig", planner, "-q", "-o", f"json={tmp_path / 'plan.json'}"])
    assert code in (2, 3)
    plan: Any = json.loads((tmp_path / "plan.json").read_text())
    assert not [one for one in plan["coverage"]["missing"] if "bundle" in one["what"].lower() and "ConfigMap" in one["what"]]
    assert {what(event) for event in lab.audit.asked_by(PLANNER)} <= {
        "list pods", "list nodes", "list poddisruptionbudgets.policy", "list configmaps", "get /version",
    }  # fmt: skip
    assert {what(event) for event in lab.audit.asked_by(AGENT)} <= {
        "get configmaps",
        "patch configmaps",
        "create configmaps",
        "get nodes",
        "get /version",
    }


def _map(lab: Lab, name: str) -> Any:
    return lab.server.get(f"{MAPS}/{name}").get("binaryData")


@pytest.mark.parametrize(
    ("path", "body", "refused"),
    [
        pytest.param(MAPS, {"metadata": {"name": "bundle-0.node-9"}}, "writes bundle-N.node-1", id="another node's"),
        pytest.param(MAPS, {"metadata": {"name": "bundle-0.x.node-1"}}, "writes bundle-N.node-1", id="a node whose name ends so"),
        pytest.param(MAPS, {"metadata": {"name": "notes"}}, "writes bundle-N.node-1", id="no bundle"),
        pytest.param(MAPS, {"metadata": {"name": "bundle-7.node-1"}}, "annotation upgradecheck.io/node has to be node-1", id="says no node"),
        pytest.param(MAPS, {"metadata": {"name": "bundle-7.node-1", "annotations": {"upgradecheck.io/node": "node-2"}}},
                     "annotation upgradecheck.io/node has to be node-1", id="says another"),
        pytest.param("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "bundle-0.node-1"}}, "403", id="another namespace"),
        pytest.param(f"/api/v1/namespaces/{SPACE}/secrets", {"metadata": {"name": "a"}}, "403", id="a secret"),
    ],
)  # fmt: skip
def test_what_an_agent_is_refused(path: str, body: Json, refused: str, lab: Lab) -> None:
    theirs, until = token(lab, "upgradecheck-collect", "node-1"), time.monotonic() + 60
    while not (said := create(lab, theirs, path, body)) and time.monotonic() < until:  # a new policy counts a moment after it is there
        lab.server._ask("DELETE", f"{path}/{body['metadata']['name']}")
        time.sleep(1)
    assert refused in said
    assert said.startswith("403 ")
