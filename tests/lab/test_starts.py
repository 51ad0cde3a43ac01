"""Starts of real kubelets on state files and cgroups, as recorded and live: each comes through or ends as a plan says."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.lab import starts
from tests.lab.needing import need_kubelets
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import Absent, ContainerRecord, NodeFacts, Origin, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.statefiles import StateFile, StateName, StateWeight
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.statefiles import Shown, with_state_files
from upgradecheck.planning.asking.steps import plan_steps

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-starts.json").read_bytes())
OTHER = ContainerRecord(
    "other", "sandbox", "uid", "default", "web", "app", 0, RunState.RUNNING, 0, Absent(), Absent(), Origin("crictl.json")
)
LIVE = ("1.20.15", "1.22.17", "1.30.14", "1.31.0", "1.32.10", "1.34.1", "1.35.4")
BEFORE = {"CPUs": StateName.CPUS, "memory": StateName.MEMORY, "devices": StateName.DEVICES, "claims": StateName.CLAIMS}


def foreseen(start: Mapping[str, Any]) -> tuple[bool, bool]:
    """Whether a plan says that the kubelet does not start, and that it loses devices; on a node with cgroup v1, as ours was."""
    settings = {"cpuManagerPolicy": "none", "memoryManagerPolicy": "None", "failCgroupV1": False, **start["config"]}
    config = kubelet_config(json.dumps(settings).encode())
    configs = Configs(config, config, old_told=True)
    node = NodeFacts("node-1", None, None, {}, Origin("nodes.json"))
    steps = plan_steps((node,), None, start["version"], CATALOG, configs=configs)
    steps = with_troubles(steps, configs, (), ("node-1",), CATALOG.options, {"node-1": True})
    files = [StateFile(StateName(name), name, content.encode()) for name, content in start["files"].items()]
    steps = with_state_files(steps, files, Shown(configs, containers=(OTHER,)))
    lost = any(one.name is StateName.DEVICES and one.weight is StateWeight.WARNS for one in steps.state_troubles)
    step = steps.of("node-1").step
    return step is not None and step.obstacle is Reason.KUBELET_WILL_NOT_START, lost


@pytest.mark.parametrize("version", sorted({one["version"] for one in RECORDED}))
def test_recorded_starts_are_foreseen(version: str) -> None:
    tried = [one for one in RECORDED if one["version"] == version]
    assert len(tried) >= 15
    assert {one["about"]: foreseen(one) for one in tried} == {one["about"]: (one["ended"], one["devices_lost"]) for one in tried}


@pytest.mark.parametrize("version", LIVE)
def test_recorded_starts_are_all_that_are_tried_today(version: str) -> None:
    """Record them again where they are not: python -m tests.lab.starts VERSION."""
    recorded = [{name: one[name] for name in ("about", "files", "config")} for one in RECORDED if one["version"] == version]
    assert recorded == [one.asked for one in starts.starts(version)]


def test_each_kind_of_file_was_taken_and_refused() -> None:
    for about in BEFORE:
        ends = {one["ended"] or one["devices_lost"] for one in RECORDED if one["about"].startswith(about)}
        assert ends == {True, False}, about
    assert sum(one["ended"] for one in RECORDED) >= 60


@pytest.mark.node
@pytest.mark.parametrize("version", LIVE)
def test_starts_end_as_foreseen(version: str) -> None:
    need_kubelets(version)
    tried = starts.record(version)
    assert {one["about"]: foreseen(one) for one in tried} == {one["about"]: (one["ended"], one["devices_lost"]) for one in tried}
