"""Real kubelets on the state files that others have just written: each comes through or ends as a plan says that saw no file at all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.lab import written
from tests.lab.needing import need_kubelets
from upgradecheck.decisions.statefiles.judging import rule_for
from upgradecheck.decisions.statefiles.writing import new_content, newest_form
from upgradecheck.decode.kubelet.config import kubelet_config
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.config import Configs
from upgradecheck.model.pod import NodeFacts, Origin
from upgradecheck.model.reasons import Reason
from upgradecheck.model.statefiles import StateFile, StateFormat, StateName
from upgradecheck.planning.asking.starting import with_troubles
from upgradecheck.planning.asking.statefiles import Shown, with_state_files
from upgradecheck.planning.asking.steps import plan_steps

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded-written.json").read_bytes())


def foreseen(pair: Mapping[str, Any], *, shown: bool) -> bool:
    """Whether a plan says that the second kubelet does not start; on a node with cgroup v1, as ours was."""
    usual = {"failCgroupV1": False}
    old, new = (kubelet_config(json.dumps({**usual, **pair[side]}).encode()) for side in ("old", "new"))
    configs = Configs(old, new, old_told=True, new_told=True)
    node = NodeFacts("node-1", parse_kubelet_version(pair["before"]), None, {}, Origin("nodes.json"))
    steps = plan_steps((node,), None, pair["after"], CATALOG, configs=configs)
    steps = with_troubles(steps, configs, (), ("node-1",), CATALOG.options, {"node-1": True})
    files = [StateFile(StateName(name), name, content.encode(), node="node-1") for name, content in pair["files"].items()]
    steps = with_state_files(steps, files if shown else (), Shown(configs))
    step = steps.of("node-1").step
    assert step is not None
    return step.obstacle is Reason.KUBELET_WILL_NOT_START


def told(pair: Mapping[str, Any]) -> tuple[Any, ...]:
    return pair["before"], pair["after"], json.dumps(pair["old"], sort_keys=True), json.dumps(pair["new"], sort_keys=True)


@pytest.mark.parametrize("shown", [False, True], ids=["no file is shown", "all are shown"])
def test_recorded_pairs_are_foreseen(*, shown: bool) -> None:
    ends = {told(one): one["ended"] for one in RECORDED}
    assert {told(one): foreseen(one, shown=shown) for one in RECORDED} == ends
    assert sum(ends.values()) >= 15
    assert len(ends) - sum(ends.values()) >= 20


def test_recorded_pairs_are_todays() -> None:
    assert [(one["before"], one["after"], one["old"], one["new"]) for one in RECORDED] == list(written.pairs())


@pytest.mark.parametrize("pair", RECORDED, ids=lambda one: f"{one['before']}, {one['after']}")
def test_what_a_real_kubelet_writes_is_what_is_taken_for_it(pair: dict[str, Any]) -> None:
    """Byte for byte but for spaces, where nothing is in it; its form everywhere."""
    build = CATALOG.builds(parse_kubelet_version(pair["before"]))[0]
    made = 0
    for name, content in pair["files"].items():
        rule = rule_for(StateName(name), build) or rule_for(StateName(name), gated(build, pair["old"]))
        assert rule is not None
        wrote, form = json.loads(content), newest_form(rule, build)
        ours = json.loads(new_content(form))
        assert wrote.keys() >= ours.keys()
        if form is not StateFormat.CLAIMS_TYPED and wrote.get("policyName") in (None, "none", "None"):
            assert wrote == ours
            made += 1
    assert made


def gated(build: Any, config: Mapping[str, Any]) -> Any:
    from msgspec.structs import replace

    return replace(build, feature_gates=config.get("featureGates", {}))


@pytest.mark.node
def test_pairs_end_as_foreseen() -> None:
    need_kubelets(*written.VERSIONS)
    tried = written.record()
    assert {told(one): foreseen(one, shown=False) for one in tried} == {told(one): one["ended"] for one in tried}
