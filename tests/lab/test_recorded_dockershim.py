"""A node of docker 20.10 whose kubelet, with a dockershim of its own, was swapped: what a plan says against the engine's list afterwards.

Recorded with `python -m tests.lab.dockershim`.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.plans import report_of
from upgradecheck.commands.plan import PlanRequest

RECORDED = Path(__file__).parent / "recorded-dockershim"
STAYS = {"safe", "not-compared"}

every_folder = pytest.mark.parametrize("recorded", sorted(RECORDED.iterdir()), ids=lambda path: path.name)


def engine(path: Path) -> dict[str, str]:
    """Each container's state, by ID."""
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return {one["Id"]: one["State"] for one in found}


@every_folder
def test_what_runs_on_and_what_is_stopped_is_foretold(recorded: Path) -> None:
    inputs = tuple(str(recorded / name) for name in ("engine.json", "kubelet-pods.json", "nodes.json"))
    _, target = recorded.name.split("-to-")
    plan = report_of(PlanRequest(inputs, to_version=target, static_pods=str(recorded / "manifests")))
    before, after = engine(recorded / "engine.json"), engine(recorded / "engine-after.json")
    containers = {one["container_id"]: one["verdict"] for pod in plan["pods"] for one in pod["containers"]}
    ran = {identity for identity in containers if before[identity] == "running"}
    assert {identity for identity in ran if containers[identity] in STAYS} == {one for one in ran if after.get(one) == "running"}
    assert (plan["complete"], plan["calibration"]["reproduced"], plan["calibration"]["recorded"]) == (True, len(ran), len(ran))
    assert {containers[identity] for identity in ran} == {"safe", "restart", "recreate"}


@pytest.mark.parametrize("swarm", [False, True])
def test_in_a_swarm_nothing_can_be_held(tmp_path: Path, *, swarm: bool) -> None:
    """As the list shows it, which holds a task of the swarm: no container of such a docker outlives dockerd."""
    recorded = RECORDED / "1.20.15-to-1.22.17"
    listed = json.loads((recorded / "engine.json").read_text())
    task = {"com.docker.swarm.node.id": "3ab", "com.docker.swarm.task.id": "9x"}
    listed += [{"Id": "9" * 64, "Names": ["/web.1.9x"], "State": "running", "Status": "Up", "Labels": task}] * swarm
    (tmp_path / "engine.json").write_text(json.dumps(listed))
    inputs = (str(tmp_path / "engine.json"), *(str(recorded / name) for name in ("kubelet-pods.json", "nodes.json")))
    plan = report_of(PlanRequest(inputs, to_version="1.22.17", static_pods=str(recorded / "manifests"), override=True))
    containers = [one for pod in plan["pods"] for one in pod["containers"]]
    held = [one for one in containers if one["verdict"] == "overridden"]
    refused = [one for one in containers if one.get("override_refused") == "in_swarm"]
    assert (bool(held), bool(refused), bool(plan["overrides"])) == (not swarm, swarm, not swarm)
