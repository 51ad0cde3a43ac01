"""path, as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builders import Document, as_static, listed, node, pod, raw, with_field, with_new_probe_field, with_sidecar
from tests.cluster.stub import Handler, kubeconfig, serving
from tests.unit.renderers.test_plan_json import closed, schema
from upgradecheck.cli import main

BASE = pod()


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert main(["path", "-o", "json", *arguments]) == 0
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(closed(schema("path"))).validate(document)
    return document


def written(folder: Path, *documents: Document) -> str:
    file = folder / "pods.json"
    file.write_bytes(raw(listed(*documents)))
    return str(file)


def ways(document: dict[str, Any]) -> list[tuple[str, bool]]:
    return [
        (" ".join([path["hops"][0]["from"], *(hop["to"] for hop in path["hops"])]), path["within_policy"]) for path in document["paths"]
    ]


def hops(document: dict[str, Any], direction: str = "hops") -> list[tuple[str, int, int, int]]:
    return [(hop["to"], hop["restart"], hop["safe"], hop["unknown"]) for hop in document["paths"][0][direction]]


def test_the_step_of_the_readme_takes_two_hops(capsys: pytest.CaptureFixture[str]) -> None:
    document = told(capsys, "--from", "1.19", "--to", "1.22")
    assert (document["from"], document["to"], document["legal"]) == ("1.19.16", "1.22.17", 3)
    assert document["api_server"] == {"from": "1.19", "to": "1.22", "known": False}
    assert ways(document) == [
        ("1.19 1.20 1.22", True), ("1.19 1.21 1.22", True), ("1.19 1.20 1.21 1.22", True), ("1.19 1.22", False),
    ]  # fmt: skip
    first, second = document["paths"][0]["hops"]
    assert (first["verdict"], first["static_pod_uid"]["effect"], first["control_plane"]) == ("none", "none", ["1.20"])
    assert (second["verdict"], second["static_pod_uid"]["effect"], second["control_plane"]) == ("conditional", "all", ["1.21", "1.22"])
    assert second["absorbs"] == [{"from": "1.20", "to": "1.21"}, {"from": "1.21", "to": "1.22"}]
    assert [hop["within_policy"] for hop in document["paths"][0]["back"]] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "expected", "trouble"),
    [
        pytest.param(
            "--api-from 1.22", [("1.19 1.22", True), ("1.19 1.20 1.21 1.22", True)], "3 minors older", id="behind already: they catch up"
        ),
        pytest.param(
            "--api-from v1.20.3", [("1.19 1.20 1.22", True), ("1.19 1.20 1.21 1.22", True), ("1.19 1.22", False)], None, id="one ahead"
        ),
    ],
)
def test_the_control_plane_decides(
    arguments: str, expected: list[tuple[str, bool]], trouble: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    document = told(capsys, "--from", "1.19", "--to", "1.22", *arguments.split())
    assert [way for way in ways(document) if way in expected] == expected
    assert (trouble or "") in document.get("trouble", "")
    assert document["api_server"]["known"] is True


@pytest.mark.parametrize(
    ("documents", "step", "forth", "back"),
    [
        pytest.param([with_new_probe_field(BASE)], ("1.19", "1.22"), [("1.20", 0, 1, 0), ("1.22", 1, 0, 0)], [("1.20", 1, 0, 0), ("1.19", 0, 1, 0)],
                     id="a field that kubelets drop below 1.21"),
        pytest.param([with_sidecar(BASE)], ("1.30", "1.32"), [("1.32", 2, 0, 0)], [("1.30", 1, 0, 0)], id="both at once, and back the sidecar is not looked at"),
        pytest.param([with_sidecar(BASE)], ("1.31", "1.33"), [("1.33", 0, 1, 1)], [("1.31", 0, 1, 0)], id="nobody knows which kubelet started the sidecar"),
        pytest.param([as_static(BASE)], ("1.20", "1.22"), [("1.22", 1, 0, 0)], [("1.20", 1, 0, 0)], id="a static pod gets another UID"),
        pytest.param([as_static(with_field(BASE, "app", "lifecycle", {"preStop": {"exec": {"command": ["x"]}}}))], ("1.28", "1.29"),
                     [("1.29", 1, 0, 0)], [("1.28", 1, 0, 0)], id="and where it has what is printed otherwise"),
        pytest.param([as_static(BASE)], ("1.28", "1.29"), [("1.29", 0, 0, 1)], [("1.28", 0, 0, 1)], id="its view may hide what is printed otherwise"),
    ],
)  # fmt: skip
def test_counted_for_pods(
    documents: list[Document],
    step: tuple[str, str],
    forth: list[tuple[str, int, int, int]],
    back: list[tuple[str, int, int, int]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = told(capsys, "--from", step[0], "--to", step[1], "-f", written(tmp_path, *documents))
    assert document["pods"] == len(documents)
    assert hops(document) == forth
    assert hops(document, "back") == back


def test_a_restarted_container_is_named_by_its_workload(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = told(capsys, "--from", "1.30", "--to", "1.31", "-f", written(tmp_path, BASE))
    assert document["paths"][0]["hops"][0]["workloads"] == [
        {"namespace": "shop", "kind": "Deployment", "name": "web", "restart": 1, "unknown": 0}
    ]


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ("--from 1.30", "--to is missing"),
        ("--to 1.30", "--from is missing"),
        ("--from 1.30 --to 1.30.2", "of one minor"),
        ("--from 1.31 --to 1.29", "--to 1.29 is older than --from 1.31"),
        ("--from 1.29 --to 1.31 --api-to 1.30", "--api-to 1.30 is older than --to 1.31"),
        ("--from 1.29 --to 1.31 --api-from 1.33 --api-to 1.32", "a control plane is not taken back"),
        ("--from 1.29 --to 1.99", "not in hashdata"),
        ("--from 1.29 --to 1.31 --api-from x", "not understood"),
        ("--from 1.29 --to 1.31 --cluster --example", "--cluster and --example exclude each other"),
    ],
)
def test_what_cannot_be_asked(arguments: str, found: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["path", *arguments.split()]) == 64
    assert found in capsys.readouterr().err


@pytest.mark.parametrize(("replicas", "expected"), [(3, 3), (1, 1), (0, 0)])
def test_a_template_counts_by_its_replicas(replicas: int, expected: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "deployment.yaml"
    containers = "{spec: {containers: [{name: a, image: b}]}}"
    file.write_text(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{replicas: {replicas}, template: {containers}}}\n"
    )
    document = told(capsys, "--from", "1.30", "--to", "1.31", "-f", str(file))
    assert (document["pods"], hops(document)) == (expected, [("1.31", expected, 0, 0)])
    assert main(["matrix", "--from", "1.30", "--to", "1.31", "-f", str(file), "-o", "json"]) == 0
    matrix = json.loads(capsys.readouterr().out)
    assert (matrix["pods"], [cell["restart"] for cell in matrix["cells"]]) == (expected, [expected])


def test_what_was_not_seen_is_told_in_every_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = written(tmp_path, BASE)
    asked = ("--from", "1.30", "--to", "1.31", "-f", whole)
    document = told(capsys, *asked)
    assert (document["complete"], "missing" in document) == (True, False)
    Path(whole).write_bytes(raw({**listed(BASE), "metadata": {"continue": "abc"}}))
    document = told(capsys, *asked)
    assert document["complete"] is False
    assert [one["what"] for one in document["missing"]] == ["the rest of a List"]
    for form, expected in (("table", "INCOMPLETE "), ("markdown", "- INCOMPLETE: "), ("csv", ",no,\n")):
        for command in ("path", "matrix"):
            assert main([command, "-q", *asked, "-o", form]) == 0
            assert expected in capsys.readouterr().out
    assert main(["matrix", *asked, "-o", "json"]) == 0
    matrix = json.loads(capsys.readouterr().out)
    assert (matrix["complete"], matrix["missing"]) == (False, document["missing"])
    assert "complete" not in told(capsys, "--from", "1.30", "--to", "1.31")


@pytest.mark.parametrize(("version", "found"), [("banana", "worker-9 'banana'"), ("", "worker-9 none"), (None, "worker-9 none")])
def test_what_others_report_is_not_taken_for_all(
    version: str | None, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = written(tmp_path, BASE, node(), node("worker-9", version))
    assert main(["path", "--to", "1.24", "-f", given]) == 64
    error = capsys.readouterr().err
    assert f"--from is missing: the nodes report 1.22.17; of 1 node no version can be read ({found})" in error
    assert told(capsys, "--from", "1.22.17", "--to", "1.24", "-f", given)["complete"] is True


def test_a_node_of_which_nothing_tells_what_it_runs_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = pod("api-1", uid="44b9a4e5-0000-4000-8000-0000000000a1")
    elsewhere["spec"]["nodeName"] = "worker-9"
    given = written(tmp_path, BASE, elsewhere, node())
    document = told(capsys, "--to", "1.24", "-f", given)
    assert [one["what"] for one in document["missing"]] == ["which kubelet node worker-9 runs"]
    assert told(capsys, "--from", "1.22.17", "--to", "1.24", "-f", given)["complete"] is True


def test_the_version_that_nodes_report_is_the_one_to_start_from(capsys: pytest.CaptureFixture[str]) -> None:
    document = told(capsys, "--to", "1.24", "--example")
    assert document["from"] == "1.22.17"


class Versioned(Handler):
    """The example's node and pods, and a server that is two minors ahead of the kubelet."""

    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        if self.path == "/version":
            self.answer(200, json.dumps({"gitVersion": "v1.24.17"}).encode())
        else:
            super().do_GET()


def test_a_live_cluster_gives_pods_nodes_versions_and_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(Versioned) as stub:
        monkeypatch.setenv("KUBECONFIG", kubeconfig(tmp_path / "config", {"server": stub.address}))
        document = told(capsys, "--to", "1.25", "--cluster")
    assert (document["from"], document["pods"]) == ("1.22.17", len(stub.pods))
    assert document["api_server"] == {"from": "1.24", "to": "1.25", "known": True}
    assert ways(document)[0] == ("1.22 1.23 1.25", True)
