"""``-l`` and pods that only the container runtime shows: whether they are selected is unknown, so the plan is partial."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.commands.plan import PlanRequest, make_plan

LABELS = {"io.kubernetes.container.name": "app", "io.kubernetes.pod.name": "other", "io.kubernetes.pod.namespace": "default"}
POD: dict[str, Any] = {
    "kind": "Pod",
    "metadata": {"name": "web", "uid": "u-web", "labels": {"app": "web"}},
    "spec": {"nodeName": "n", "containers": [{"name": "app", "image": "nginx"}]},
    "status": {"phase": "Running", "containerStatuses": [{"name": "app", "containerID": "containerd://1", "state": {"running": {}}}]},
}
OTHER = {**POD, "metadata": {"name": "other", "uid": "u-other", "labels": {"app": "other"}}, "status": {"phase": "Running"}}
NODE = {
    "kind": "Node",
    "metadata": {"name": "n"},
    "status": {"nodeInfo": {"kubeletVersion": "v1.22.17", "containerRuntimeVersion": "containerd://1.7.27"}},
}
RECORD = {
    "id": "2",
    "podSandboxId": "s",
    "metadata": {"name": "app", "attempt": 0},
    "state": "CONTAINER_RUNNING",
    "createdAt": "1",
    "labels": {**LABELS, "io.kubernetes.pod.uid": "u-other"},
    "annotations": {"io.kubernetes.container.hash": "1"},
}


@pytest.mark.parametrize(
    ("documents", "exit_code", "missing"),
    [
        pytest.param([POD, NODE], 0, [], id="all that is given is selected or not"),
        pytest.param([POD, OTHER, NODE, RECORD], 0, [], id="the record is of a pod that is known and not selected"),
        pytest.param(
            [POD, NODE, RECORD],
            3,
            ["the labels of 1 pod", "in.json"],
            id="the record is of a pod that nobody knows, and the list has none of those that are known",
        ),
    ],
)
def test_a_label_selector(documents: list[dict[str, Any]], exit_code: int, missing: list[str], tmp_path: Path) -> None:
    (tmp_path / "in.json").write_text(json.dumps(documents))
    plan = make_plan(PlanRequest(files=(str(tmp_path / "in.json"),), to_version="1.22.17", selector="app=web"))
    assert [pod.name for pod in plan.pods] == ["web"]
    assert (plan.exit_code, [Path(one.what).name for one in plan.coverage.missing]) == (exit_code, missing)
