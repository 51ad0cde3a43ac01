"""Containers that a kubelet without resize records started, under one that takes a missing record for a change.

Seen on real kubelets: 1.31 to 1.33, 1.34 and 1.36 restart API pods with a RestartContainer policy for a resource that they
set, 1.37 does not; a policy without resources changes nothing. Which of them restarts is unknown here, never safe.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Verdict
from upgradecheck.model.reasons import Reason

RESTART = [{"resourceName": "memory", "restartPolicy": "RestartContainer"}]
MEMORY = {"limits": {"memory": "64Mi"}}
SAFE = (Verdict.SAFE, Reason.HASH_EQUAL)
ANEW = (Verdict.RESTART, Reason.RESIZE)


def planned(folder: Path, start: str, target: str, **fields: Any) -> tuple[Verdict, Reason]:
    container = {"name": "app", "image": "nginx", **fields}
    status = {"phase": "Running", "containerStatuses": [{"name": "app", "containerID": "containerd://1", "state": {"running": {}}}]}
    pod = {"kind": "Pod", "metadata": {"name": "web", "uid": "u"}, "spec": {"nodeName": "n", "containers": [container]}, "status": status}
    node = {
        "kind": "Node",
        "metadata": {"name": "n"},
        "status": {"nodeInfo": {"kubeletVersion": f"v{start}", "containerRuntimeVersion": "containerd://1.7.27"}},
    }
    (folder / "in.json").write_text(json.dumps([pod, node]))
    plan = make_plan(PlanRequest(files=(str(folder / "in.json"),), to_version=target))
    (one,) = plan.pods[0].containers
    return one.verdict, one.reason


@pytest.mark.parametrize(
    ("start", "target", "fields", "expected"),
    [
        pytest.param("1.32.13", "1.33.13", {"resources": MEMORY}, SAFE, id="no policy, nothing happens"),
        pytest.param(
            "1.31.14", "1.33.13", {"resources": MEMORY, "resizePolicy": RESTART}, ANEW, id="1.31 keeps no records, 1.33 misses them"
        ),
        pytest.param("1.32.13", "1.36.4", {"resources": MEMORY, "resizePolicy": RESTART}, ANEW, id="nor does 1.32, for 1.36"),
        pytest.param("1.32.13", "1.33.13", {"resizePolicy": RESTART}, SAFE, id="a policy without resources"),
        pytest.param(
            "1.32.13", "1.33.13", {"resources": {"limits": {"cpu": "1"}}, "resizePolicy": RESTART}, SAFE, id="a policy for another resource"
        ),
        pytest.param(
            "1.32.13",
            "1.33.13",
            {"resources": MEMORY, "resizePolicy": [{"resourceName": "memory", "restartPolicy": "NotRequired"}]},
            SAFE,
            id="a policy that asks for no restart",
        ),
        pytest.param("1.31.14", "1.37.1", {"resources": MEMORY, "resizePolicy": RESTART}, SAFE, id="1.37 makes records up first"),
        pytest.param("1.33.13", "1.34.10", {"resources": MEMORY, "resizePolicy": RESTART}, SAFE, id="1.33 has left records"),
        pytest.param("1.31.14", "1.32.13", {"resources": MEMORY, "resizePolicy": RESTART}, SAFE, id="1.32 looks at none"),
    ],
)
def test_resize_baseline(start: str, target: str, fields: dict[str, Any], expected: tuple[Verdict, Reason], tmp_path: Path) -> None:
    assert planned(tmp_path, start, target, **fields) == expected
