"""What ends real kubelets behind their validation, as recorded and live: each comes through or ends as a plan says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.lab import late, running
from tests.lab.needing import need_kubelets
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.planning.asking.reserved_memory import with_reserved_memory
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.steps import plan_steps

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-late.json").read_bytes())
VERSIONS = tuple(dict.fromkeys(one["version"] for one in RECORDED))
SETTING = running.Setting(Path("/run/x.sock"), Path("/manifests"), Path("/state"))


def foreseen(version: str, case: Mapping[str, Any]) -> list[str]:
    """What a plan says that ends the new kubelet on a node whose cgroups are of version 1; empty where it starts."""
    config = kubelet_config(json.dumps({**running.configuration(version, SETTING), **case}).encode())
    configs = Configs(config, config, old_told=True, new_told=True)
    node = NodeFacts("node-1", None, None, {}, Origin("nodes.json"))
    steps = plan_steps((node,), None, version, CATALOG, configs=configs)
    steps = with_troubles(steps, configs, (), ("node-1",), CATALOG.options, {"node-1": True})
    return [one.name for one in with_reserved_memory(steps, configs, (), (node,)).troubles]


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_starts_are_foreseen(version: str) -> None:
    tried = [one for one in RECORDED if one["version"] == version]
    assert {one["ended"] for one in tried} == {True, False}
    assert [(one["config"], one["said"]) for one in tried if bool(foreseen(version, one["config"])) is not one["ended"]] == []


@pytest.mark.node
@pytest.mark.parametrize("version", VERSIONS)
def test_starts_end_as_foreseen(version: str) -> None:
    need_kubelets(version)
    assert [one["config"] for one in late.record(version) if bool(foreseen(version, one["config"])) is not one["ended"]] == []
