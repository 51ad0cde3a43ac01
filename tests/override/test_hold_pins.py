"""Pins before a start, where they are switched on: by what the kubelet before makes of the manifests, and by nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pinning.node import NEW, NODE, OLD, StaticNode
from upgradecheck.commands import hold as holding_at_start
from upgradecheck.commands import hold_pins
from upgradecheck.commands.hold_pins import Pins, pins_of
from upgradecheck.commands.hold_request import Held, HoldRequest
from upgradecheck.commands.holding import Wanted
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.config import KubeletConfig
from upgradecheck.model.here import LocalKubelet
from upgradecheck.model.plan import Plan

TO = parse_kubelet_version(f"v{NEW}")


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StaticNode:
    """Three static pods of the kubelet before, whose view of them stands for what runs."""
    tmp_path.chmod(0o700)
    node = StaticNode(tmp_path)
    node.directory.chmod(0o700)
    (tmp_path / "pods.json").write_text(json.dumps(node.view()))

    def plan_from(wanted: Wanted, start: str) -> Plan:
        files = (str(tmp_path / "pods.json"),)
        request = PlanRequest(files, from_version=start, to_version=NEW, nodes=(NODE,), static_pods=str(node.directory), exit_zero=True)
        return make_plan(request)

    monkeypatch.setattr(hold_pins, "plan_from", plan_from)
    monkeypatch.setattr(hold_pins, "candidates", lambda wanted: ("v1.28.15", f"v{OLD}"))
    return node


def pins(node: StaticNode, *, write: bool) -> Pins:
    kubelet = LocalKubelet(NODE, version=TO, config=KubeletConfig(), command_line=("kubelet",), static_pods=f"{node.directory}/")
    return pins_of(HoldRequest(state_dir=node.state), Wanted(NODE, TO, "/c", (), "/x"), kubelet, write=write)


def test_all_that_runs_and_is_proved_is_pinned_so_that_no_kubelet_makes_another(node: StaticNode) -> None:
    uids = {name: node.uid(name) for name in node.files}
    dry = pins(node, write=False)
    assert (dry.words, node.content()) == ("3 static pods would be pinned", node.files)
    done = pins(node, write=True)
    assert (done.words, done.done) == ("3 static pods pinned", True)
    for name, uid in uids.items():
        assert f'"{uid}"' in (node.directory / name).read_text()
    assert pins(node, write=True) == Pins(), "once is enough"


def test_one_that_was_edited_since_is_not_pinned_and_the_others_are(node: StaticNode) -> None:
    edited = node.files["till.yaml"].replace("example.test/till:1", "example.test/till:2")
    (node.directory / "till.yaml").write_text(edited)
    done = pins(node, write=True)
    assert done.words.startswith("2 static pods pinned, 1 not: shop/till-")
    assert (node.directory / "till.yaml").read_text() == edited


def test_a_directory_of_others_is_told_and_hinders_nothing(node: StaticNode) -> None:
    node.directory.chmod(0o777)
    done = pins(node, write=True)
    assert (done.written, done.done, len(done.refused)) == (0, False, 1)
    assert node.content() == node.files


@pytest.mark.parametrize(
    ("held", "said", "done"),
    [
        pytest.param(Held("held 3 of 3", 3, done=True), "held 3 of 3; 2 static pods pinned", True, id="beside what is held"),
        pytest.param(Held("no hash held: nothing restarts"), "no hash held: nothing restarts; 2 static pods pinned", True, id="alone"),
    ],
)
def test_the_line_tells_of_pins(held: Held, said: str, done: bool) -> None:
    told = holding_at_start._with_pins(held, Pins(2, (), True))
    assert (told.said, told.done) == (said, done)
    assert holding_at_start._with_pins(held, Pins()) is held
