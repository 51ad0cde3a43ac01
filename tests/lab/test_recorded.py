"""Recorded upgrades fit together: what was observed is of what was dumped, and there is enough of it."""

from pathlib import Path
from typing import Any

import pytest

from tests.lab import comparing
from tests.lab.outcomes import LABEL
from tests.lab.run import RECORDED
from tests.lab.running import NODE

FOLDERS = sorted(path for path in RECORDED.iterdir() if path.is_dir())
OVER_API = [path for path in FOLDERS if path.name.endswith("-api")]
OUTCOMES = {"not-running", "kept", "restarted", "recreated-with-pod", "rejected", "finished", "removed"}
SANDBOXES = {"kept", "new", "stopped", "none"}

every_folder = pytest.mark.parametrize("recorded", FOLDERS, ids=lambda path: path.name)


def items(recorded: Path, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = comparing.read(recorded / name)["items"]
    return found


@every_folder
def test_a_folder_is_named_after_its_versions(recorded: Path) -> None:
    observed = comparing.observations(recorded)
    assert recorded.name.removesuffix("-api") == f"{observed['from']}-to-{observed['to']}"
    assert (recorded / comparing.API_PODS).exists() == (recorded in OVER_API)


@every_folder
def test_every_container_that_was_observed_is_among_the_records(recorded: Path) -> None:
    containers = comparing.observations(recorded)["containers"]
    records = {
        (one["labels"][LABEL + "pod.uid"], one["labels"][LABEL + "container.name"])
        for one in comparing.read(recorded / "crictl-ps.json")["containers"]
    }
    assert {(one["uid"], one["container"]) for one in containers} == records
    assert {one["outcome"] for one in containers} <= OUTCOMES


@every_folder
def test_every_pod_of_the_old_kubelet_was_observed(recorded: Path) -> None:
    pods = comparing.observations(recorded)["pods"]
    known = {one["uid_before"] for one in pods if one["uid_before"] is not None}
    assert known == {pod["metadata"]["uid"] for pod in items(recorded, "kubelet-pods.json")}
    assert len(known) >= 40
    assert {one["sandbox"] for one in pods} <= SANDBOXES


@every_folder
def test_the_node_says_what_it_has_room_for_and_has_another_label_now(recorded: Path) -> None:
    (node,) = items(recorded, "nodes.json")
    assert node["metadata"]["labels"]["lab.example/pool"] == "new"
    assert node["status"]["allocatable"]["cpu"] == "1"


@pytest.mark.parametrize("recorded", OVER_API, ids=lambda path: path.name)
def test_an_api_server_knows_static_pods_by_their_mirrors_and_keeps_what_old_kubelets_drop(recorded: Path) -> None:
    pods = {pod["metadata"]["name"]: pod for pod in items(recorded, comparing.API_PODS)}
    assert pods["sidecar"]["spec"]["initContainers"][1]["restartPolicy"] == "Always"
    assert "kubernetes.io/config.mirror" in pods[f"web-nouid-{NODE}"]["metadata"]["annotations"]
    (node,) = items(recorded, "nodes.json")
    assert {"key": "lab.example/maintenance", "effect": "NoExecute"} in node["spec"]["taints"]
