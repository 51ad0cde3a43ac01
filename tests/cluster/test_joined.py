"""A live cluster and what no API server shows, in one plan: records, kubelets' views and manifests beside --kubeconfig."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.stub import Stub
from tests.cluster.test_cluster import without_scope
from upgradecheck.cli import main

EXAMPLE = files("upgradecheck.example")
RECORDS = [str(EXAMPLE / "crictl-ps.json"), str(EXAMPLE / "crictl-pods.json")]
MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, uid: 11111111-1111-1111-1111-111111111111}
spec: {containers: [{name: app, image: registry.example/web:1}]}
"""


def objects(name: str) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = json.loads((EXAMPLE / name).read_text())
    return found["items"]


def plan(capsys: pytest.CaptureFixture[str], *more: str) -> Any:
    code = main(["plan", "--to", "1.31.0", "-o", "json", *more])
    out, err = capsys.readouterr()
    assert out, err
    return code, json.loads(out)


def test_records_of_files_are_those_of_the_clusters_pods(config: str, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    stub.pods, stub.nodes = objects("api-pods.json"), objects("nodes.json")
    dumped = [word for path in (str(EXAMPLE / "api-pods.json"), str(EXAMPLE / "nodes.json"), *RECORDS) for word in ("-f", path)]
    code, expected = plan(capsys, *dumped)
    live = plan(capsys, "--kubeconfig", config, *(word for path in RECORDS for word in ("-f", path)))
    assert live[0] == code
    assert without_scope(json.dumps(live[1])) == without_scope(json.dumps(expected))
    assert live[1]["scope"]["cluster"] is not None
    assert live[1]["calibration"]["reproduced"] > 0


def test_manifests_beside_a_cluster(config: str, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stub.pods, stub.nodes = objects("api-pods.json"), objects("nodes.json")[:1]
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests" / "web.yaml").write_text(MANIFEST)
    name = stub.nodes[0]["metadata"]["name"]
    _, found = plan(capsys, "--kubeconfig", config, "--static-pods", str(tmp_path / "manifests"), "--node", name)
    assert "web" in {one["name"].removesuffix(f"-{name}") for one in found["pods"]}
    assert len(found["pods"]) > 1


def test_of_pods_in_files_a_kubelets_view_alone_is_taken(
    config: str, stub: Stub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stub.pods, stub.nodes = objects("api-pods.json"), objects("nodes.json")
    (tmp_path / "old.json").write_text((EXAMPLE / "api-pods.json").read_text())
    _, alone = plan(capsys, "--kubeconfig", config)
    _, found = plan(capsys, "--kubeconfig", config, "-f", str(tmp_path / "old.json"))
    assert [one["name"] for one in found["pods"]] == [one["name"] for one in alone["pods"]]
    assert any("of files left out: the cluster is read" in one for one in found["notices"])


def test_a_cluster_that_only_the_environment_names_is_not_read(
    config: str, stub: Stub, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("UPGRADECHECK_KUBECONFIG", config)
    plan(capsys, "-f", str(EXAMPLE / "api-pods.json"), "-f", str(EXAMPLE / "nodes.json"))
    assert stub.asked == []


def test_what_stands_alone_is_refused_beside_a_cluster(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--kubeconfig", config, "--example"]) == 64
    assert "--kubeconfig and --example exclude each other" in capsys.readouterr().err
