"""``checkpoint record --cluster``: histories of nodes that nobody gets to, from what their Node objects say now and then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.stub import NODES, Stub
from upgradecheck.checkpoint import load
from upgradecheck.cli import main
from upgradecheck.model.checkpoint import Checkpoint, Clock, Mode
from upgradecheck.model.errors import EXIT_NO_REPORT, EXIT_USAGE
from upgradecheck.model.times import rfc3339


def node(name: str, version: str, heartbeat: str, **info: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(json.dumps(NODES[0]))
    found["metadata"]["name"] = name
    found["status"]["nodeInfo"] |= {"kubeletVersion": version, "machineID": f"machine-of-{name}", "systemUUID": f"uuid-{name}", **info}
    found["status"]["conditions"] = [{"type": "Ready", "status": "True", "lastHeartbeatTime": f"2024-05-01T{heartbeat}Z"}]
    return found


def history(place: Path, name: str) -> Checkpoint:
    found = load(place / f"{name}.checkpoint", live=True)
    assert found.problem is None
    assert found.checkpoint is not None
    return found.checkpoint


def sightings(found: Checkpoint) -> list[tuple[str, str, str]]:
    return [(one.kubelet_version.text, rfc3339(one.start_time)[11:19], rfc3339(one.last_known)[11:19]) for one in found.history]


class Asking:
    def __init__(self, stub: Stub, config: str, place: Path) -> None:
        self.stub, self.words, self.place = (
            stub,
            ["checkpoint", "record", "--cluster", "--kubeconfig", config, "--checkpoint", str(place)],
            place,
        )

    def __call__(self, *nodes: dict[str, Any], words: tuple[str, ...] = ()) -> int:
        self.stub.nodes = list(nodes)
        return main([*self.words, *words])


@pytest.fixture
def ask(stub: Stub, config: str, tmp_path: Path) -> Asking:
    return Asking(stub, config, tmp_path / "histories")


def test_asked_now_and_then_it_is_a_history_of_each_node(ask: Asking, stub: Stub, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(node("a", "v1.29.1", "08:00:00"), node("b", "v1.29.1", "08:00:10")) == 0
    assert "2 nodes noted, 2 with something new" in capsys.readouterr().err
    assert ask(node("a", "v1.29.1", "09:00:00"), node("b", "v1.29.1", "08:00:10")) == 0
    assert "2 nodes noted, 1 with something new" in capsys.readouterr().err, "b is dead: what it showed is an hour old"
    assert ask(node("a", "v1.30.4", "10:00:00"), node("b", "v1.29.1", "10:00:10"), node("c", "v1.30.4", "10:00:20")) == 0
    assert ask(node("a", "v1.30.4", "10:30:00")) == 0
    assert sightings(history(ask.place, "a")) == [("v1.29.1", "08:00:00", "09:00:00"), ("v1.30.4", "10:00:00", "10:30:00")]
    assert sightings(history(ask.place, "b")) == [("v1.29.1", "08:00:10", "10:00:10")]
    of_a = history(ask.place, "a")
    assert {(one.mode, one.clock, one.uncertainty) for one in of_a.history} == {(Mode.POLLED, Clock.NODE, 1)}
    assert (of_a.node.machine_id, of_a.node.system_uuid) == ("machine-of-a", "uuid-a")
    assert {asked.path for asked in stub.asked} == {"/api/v1/nodes"}


def test_a_plan_takes_the_directory(ask: Asking, config: str, stub: Stub, tmp_path: Path) -> None:
    """Nothing of it is missing, and what it says stands beside what the nodes report."""
    versions = [("v1.20.15", "2023-12-01"), ("v1.22.17", "2038-01-01")]
    for version, day in versions:
        one = node(NODES[0]["metadata"]["name"], version, "08:00:00")
        one["status"]["conditions"][0]["lastHeartbeatTime"] = f"{day}T00:00:00Z"
        ask(one)
    path = tmp_path / "plan.json"
    main(["plan", "--to", "1.30.14", "--kubeconfig", config, "--checkpoint", str(ask.place), "-q", "-o", f"json={path}"])
    plan = json.loads(path.read_text())
    assert [one for one in plan["coverage"]["missing"] if "checkpoint" in one["what"]] == []
    found = {(c["evidence"]["grade"], c["reason"]) for pod in plan["pods"] for c in pod["containers"]}
    assert {grade for grade, reason in found if reason in ("hash_equal", "hash_changed")} == {"inferred"}


def test_a_node_that_was_made_anew_is_told_and_the_others_are_noted(ask: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    ask(node("a", "v1.29.1", "08:00:00"))
    again = node("a", "v1.30.4", "09:00:00", machineID="another"), node("b", "v1.30.4", "09:00:00")
    assert ask(*again) == EXIT_NO_REPORT
    err = capsys.readouterr().err
    assert "node a: " in err
    assert "another node" in err
    assert sightings(history(ask.place, "a")) == [("v1.29.1", "08:00:00", "08:00:00")]
    assert sightings(history(ask.place, "b")) == [("v1.30.4", "09:00:00", "09:00:00")]
    assert ask(*again, words=("--force",)) == 0
    assert sightings(history(ask.place, "a")) == [("v1.30.4", "09:00:00", "09:00:00")]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        pytest.param({"metadata": {"name": "../../etc/x"}}, "none that Kubernetes gives", id="a name that leads elsewhere"),
        pytest.param({"metadata": {}}, "cannot be read", id="no name"),
        pytest.param({"status": {}}, "no kubelet has reported", id="no kubelet came up"),
        pytest.param({"status": {"nodeInfo": {"kubeletVersion": "v1.30.4"}}}, "nothing tells when", id="no heartbeat"),
        pytest.param({"status": {"nodeInfo": {"kubeletVersion": "nonsense"}}}, "no kubelet has reported", id="no version"),
    ],
)
def test_a_node_that_tells_nothing_is_told(
    change: dict[str, Any], words: str, ask: Asking, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask({**node("a", "v1.30.4", "08:00:00"), **change}, node("b", "v1.30.4", "09:00:00")) == EXIT_NO_REPORT
    assert words in capsys.readouterr().err
    assert sorted(one.name for one in ask.place.glob("*.checkpoint")) == ["b.checkpoint"]


def test_a_providers_service_is_passed_over(ask: Asking) -> None:
    assert ask(node("vk", "v1.19.10-vk-azure-aci-1.4.8", "08:00:00"), node("b", "v1.30.4", "09:00:00")) == 0
    assert sorted(one.name for one in ask.place.glob("*.checkpoint")) == ["b.checkpoint"]


@pytest.mark.parametrize("words", [("--node", "a"), ("--stopped",), ("--print-unit",), ("--pid", "3")], ids=" ".join)
def test_what_is_of_one_node_goes_not_with_it(words: tuple[str, ...], ask: Asking) -> None:
    assert ask(words=words) == EXIT_USAGE


def test_a_directory_is_wanted(ask: Asking, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(ask.words[:-2]) == EXIT_USAGE
    assert "--checkpoint DIR" in capsys.readouterr().err
    ask.place.write_text("a file")
    assert ask() == EXIT_NO_REPORT
