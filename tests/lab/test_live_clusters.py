"""Several clusters at once, each with a real kube-apiserver and an etcd of its own: one report with a section each, and one exit code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.lab.apiserver import TOKEN, VERSION, ApiServer, Setup, started
from tests.lab.kubelets import API_SERVER, found
from tests.lab.test_live_cluster import free_ports
from upgradecheck.cli import main

pytestmark = pytest.mark.cluster
KUBELETS = {"east": "1.30.14", "west": "1.31.0"}
"""What the node of each runs. To 1.31.0 the one restarts, and the other does not."""
_POD = "/api/v1/namespaces/default/pods"


@pytest.fixture(scope="module", name="servers")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, ApiServer]]:
    etcd, program = shutil.which("etcd"), found(VERSION, API_SERVER)
    if not (etcd and shutil.which("openssl")) or program is None:
        pytest.skip("etcd and openssl are wanted on the PATH, and a built API server (python -m tests.lab.kubelets --api-server)")
    with ExitStack() as both:
        servers = {}
        for name in KUBELETS:
            at = tmp_path_factory.mktemp(name)
            port, etcd_port, peers_port = free_ports()
            server = both.enter_context(started(Path(etcd), program, at, resize=False, setup=Setup(port, etcd_port, peers_port)))
            _filled(server, name)
            servers[name] = server
        yield servers


def _filled(server: ApiServer, name: str) -> None:
    others = ("machineID", "systemUUID", "kernelVersion", "osImage", "operatingSystem", "architecture", "kubeProxyVersion")
    info = {"kubeletVersion": f"v{KUBELETS[name]}", "containerRuntimeVersion": "containerd://1.7.2", "bootID": name}
    server.create("/api/v1/nodes", {"metadata": {"name": f"node-{name}"}})
    server.patch(f"/api/v1/nodes/node-{name}/status", {"status": {"nodeInfo": dict.fromkeys(others, "x") | info}})
    for number in range(3):
        pod = f"web-{number}"
        spec = {"nodeName": f"node-{name}", "containers": [{"name": "app", "image": "web:1"}]}
        server.create(_POD, {"metadata": {"name": pod}, "spec": spec})
        status: dict[str, Any] = {"name": "app", "image": "web:1", "imageID": "x", "ready": True, "restartCount": 0}
        status |= {"containerID": f"containerd://{name}{number:0>60}", "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}
        server.patch(f"{_POD}/{pod}/status", {"status": {"phase": "Running", "containerStatuses": [status]}})


@pytest.fixture(name="config")
def _config(servers: dict[str, ApiServer], tmp_path: Path) -> Path:
    """Contexts lab-east and lab-west, another name of the former, and a cluster that does not answer."""
    urls = {**{name: server.url for name, server in servers.items()}, "gone": f"https://127.0.0.1:{free_ports()[0]}"}
    contexts = {**{f"lab-{name}": name for name in servers}, "lab-admin": "east", "gone": "gone"}
    path = tmp_path / "config"
    path.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": name, "cluster": {"server": url, "insecure-skip-tls-verify": True}} for name, url in urls.items()],
                "users": [{"name": "me", "user": {"token": TOKEN}}],
                "contexts": [{"name": name, "context": {"cluster": cluster, "user": "me"}} for name, cluster in contexts.items()],
            }
        )
    )
    return path


def planned(config: Path, *words: str, to: str = "1.31.0") -> tuple[int, dict[str, Any]]:
    path = config.with_name("clusters.json")
    code = main(["plan", "--to", to, "--kubeconfig", str(config), "-q", "-o", f"json={path}", *words])
    return code, json.loads(path.read_text())


@pytest.mark.parametrize(
    ("words", "names"),
    [
        pytest.param(["--context", "lab-east", "--context", "lab-west"], ["lab-east", "lab-west"], id="names"),
        pytest.param(["--context", "lab-[ew]*"], ["lab-east", "lab-west"], id="a pattern"),
        pytest.param(["--context", "lab-*"], ["lab-east", "lab-west"], id="a pattern that names one cluster twice"),
    ],
)
def test_one_report_of_both_with_one_exit_code(words: list[str], names: list[str], config: Path) -> None:
    code, document = planned(config, *words)
    assert (code, document["kind"]) == (2, "Clusters")
    assert [one["name"] for one in document["clusters"]] == names
    plans = [one["plan"] for one in document["clusters"]]
    assert [one["exit_code"] for one in plans] == [2, 0]
    assert [{pod["verdict"] for pod in one["pods"]} for one in plans] == [{"restart"}, {"safe"}]
    assert [[node["name"] for node in one["nodes"]] for one in plans] == [["node-east"], ["node-west"]]
    assert [len(one["pods"]) for one in plans] == [3, 3]


def test_each_clusters_plan_is_the_one_that_it_has_alone(config: Path) -> None:
    _, document = planned(config, "--context", "lab-east", "--context", "lab-west")
    for one in document["clusters"]:
        code, alone = planned(config, "--context", one["name"])
        assert (code, alone["plan_hash"]) == (one["plan"]["exit_code"], one["plan"]["plan_hash"])


def test_one_that_does_not_answer_leaves_the_others_report_and_no_conclusion(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = planned(config, "--context", "lab-west", "--context", "gone")
    assert code == 1
    west, gone = document["clusters"]
    assert (west["plan"]["exit_code"], "plan" in gone) == (0, False)
    assert "127.0.0.1" in gone["trouble"]
    assert "gone: no report was made" in capsys.readouterr().err


def test_the_table_has_a_section_of_each(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["plan", "--to", "1.31.0", "--kubeconfig", str(config), "--context", "lab-east", "--context", "lab-west", "-o", "table"]) == 2
    )
    told = capsys.readouterr().out
    assert told.index("lab-east") < told.index("lab-west")
    assert "node-east" in told
