"""Containers under a kubelet whose API server has a gate switched on, and under the next kubelet: what became of them, and what is planned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab import run
from tests.lab.apiserver import VERSION
from tests.lab.kubelets import API_SERVER, found
from tests.lab.switching import FOLDER, record
from upgradecheck.cli import main

RECORDED = sorted(FOLDER.iterdir())
GATE = "InPlacePodVerticalScaling"


def observed(folder: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((folder / "observed.json").read_bytes())
    return told


def stopped(told: dict[str, Any], when: str) -> set[tuple[str, str]]:
    return {(pod, name) for pod, name in told[when]}


def planned(folder: Path, into: Path, *options: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Verdict and reason of each container that ran."""
    told = observed(folder)
    versions = ["--from", told["from"], "--to", told["to"], "--api-from", told["api"]]
    inputs = [word for name in ("nodes.json", "api-pods.json", "crictl-ps.json", "crictl-pods.json") for word in ("-f", str(folder / name))]
    main(["plan", "-q", *versions, *options, *inputs, "-o", f"json={into / 'plan.json'}"])
    plan = json.loads((into / "plan.json").read_bytes())
    assert plan["calibration"]["reproduced"] == plan["calibration"]["recorded"] > 0
    found = {(pod["name"], one["name"]): one for pod in plan["pods"] for one in pod["containers"]}
    return {key: (one["verdict"], one["reason"]) for key, one in found.items() if one["verdict"] != "not-compared"}


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_just_those_restart_that_are_planned(folder: Path, tmp_path: Path) -> None:
    told, plan = observed(folder), planned(folder, tmp_path, "--feature-gate", f"api-to:{GATE}=true")
    going = stopped(told, "switched") | stopped(told, "upgraded")
    assert {key for key, (verdict, _) in plan.items() if verdict == "restart"} == going
    assert {key for key, (verdict, _) in plan.items() if verdict == "safe"} == plan.keys() - going
    assert {key for key, (_, reason) in plan.items() if reason == "api_server_sets"} == stopped(told, "switched")


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_what_the_server_served_then_is_recognised(folder: Path, tmp_path: Path) -> None:
    """Each that was to go carries the hash of its spec without the field: the pods as the server serves them, before the kubelet has acted."""
    told = observed(folder)
    if not stopped(told, "switched"):
        pytest.skip("this kubelet does not see the field")
    before, after = (json.loads((folder / f"{name}.json").read_bytes()) for name in ("api-pods", "api-pods-switched"))
    specs = {pod["metadata"]["uid"]: pod["spec"] for pod in after["items"]}
    served = {**before, "items": [{**pod, "spec": specs[pod["metadata"]["uid"]]} for pod in before["items"]]}
    (tmp_path / "pods.json").write_text(json.dumps(served))
    inputs = ["-f", str(tmp_path / "pods.json"), "-f", str(folder / "nodes.json"), "-f", str(folder / "crictl-ps.json")]
    main(["plan", "-q", "--to", told["to"], *inputs, "-o", f"json={tmp_path / 'plan.json'}"])
    plan = json.loads((tmp_path / "plan.json").read_bytes())
    found = {(one["object"]["name"], one["object"]["container"]): one["message"] for one in plan["findings"] if one["rule"] == "UC021"}
    assert found.keys() == stopped(told, "switched")
    assert all("makes of its spec without resizePolicy" in message for message in found.values())


@pytest.mark.cluster
@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_they_still_do(folder: Path, tmp_path: Path) -> None:
    told = observed(folder)
    problem = run.refusal(api=True)
    if problem or not (found(told["from"]) and found(told["to"]) and found(VERSION, API_SERVER)):
        pytest.skip(problem or "kubelets or API server are not built: see tests/lab/README.md")
    record(told["from"], told["to"], tmp_path)
    assert observed(tmp_path) == told
