"""Starts of real kubelets on a node's IDs for user namespaces, as recorded and live: each comes through or ends as a plan says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.lab import subordinate
from tests.lab.needing import need_kubelets
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.subordinate import pod_mapping, ranges
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.usernamespaces import ShownIDs, SubordinateIDs
from upgradecheck.planning.asking.steps import plan_steps
from upgradecheck.planning.asking.usernamespaces import with_user_namespaces

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-subordinate.json").read_bytes())
LIVE = ("1.30.14", "1.32.10", "1.34.1", "1.35.4")


def seen(said: str) -> tuple[tuple[int, int], ...]:
    """What the tool printed, as the files that it reads have it."""
    lines = (line.split() for line in said.splitlines())
    return ranges("\n".join(f"kubelet:{first}:{number}" for *_, first, number in lines), "kubelet", "64999")


def foreseen(start: Mapping[str, Any]) -> bool:
    """Whether a plan says that the kubelet does not start, where nothing is known of the kubelet before."""
    gates = {} if start["gate"] is None or start["version"] >= "1.36" else {"featureGates": {subordinate.GATE: start["gate"]}}
    config = kubelet_config(json.dumps({"maxPods": subordinate.PODS, **gates, **start["config"]}).encode())
    node = NodeFacts("node-1", None, None, {}, Origin("nodes.json"))
    steps = plan_steps((node,), None, start["version"], CATALOG, configs=Configs(config, config, old_told=True))
    tool = start["uids"] is not None
    user = SubordinateIDs(start["user"], tool, seen(start["uids"] or ""), seen(start["gids"] or ""), "node-1", "/etc/passwd")
    mappings = tuple(pod_mapping(str(n), f"pods/{n}/userns", text.encode(), "node-1") for n, text in enumerate(start["mappings"]))
    step = with_user_namespaces(steps, (), (node,), ShownIDs((user,), mappings)).of("node-1").step
    assert step is not None
    return step.obstacle is Reason.KUBELET_WILL_NOT_START


@pytest.mark.parametrize("version", LIVE)
def test_recorded_starts_are_foreseen(version: str) -> None:
    tried = [one for one in RECORDED if one["version"] == version]
    assert len(tried) >= 31
    assert {one["about"]: foreseen(one) for one in tried} == {one["about"]: one["ended"] for one in tried}


def test_kubelets_both_started_and_ended() -> None:
    assert sum(one["ended"] for one in RECORDED) >= 70
    assert sum(not one["ended"] for one in RECORDED) >= 40
    by_default = {one["version"]: one["ended"] for one in RECORDED if one["gate"] is None}
    assert by_default == {"1.30.14": False, "1.32.10": False, "1.34.1": True, "1.35.4": True}


@pytest.mark.node
@pytest.mark.parametrize("version", LIVE)
def test_starts_end_as_foreseen(version: str) -> None:
    need_kubelets(version)
    tried = subordinate.record(version)
    assert {one["about"]: foreseen(one) for one in tried} == {one["about"]: one["ended"] for one in tried}
