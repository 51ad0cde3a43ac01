"""Nodes that have room for all of their pods at once: what is said of them is what is said of each pod in its turn."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import Document, as_version, raw
from tests.drawing import TIMES, thrown
from tests.property.test_known_replicas import few, known
from tests.property.test_replicas import STEPS, at_once
from tests.property.test_rows import planned
from tests.unit.decisions.admission.asking import build
from upgradecheck.decisions.admission import Admitted, PodNeeds, PodRequest, admit
from upgradecheck.decisions.admission import roomy as deciding
from upgradecheck.decisions.admission.requests import DeviceAsk, HostPort
from upgradecheck.decisions.admission.roomy import Door
from upgradecheck.model.pod import NodeCondition, NodeFacts, Origin, Taint
from upgradecheck.planning import roomy_nodes
from upgradecheck.planning.roomy_nodes import RoomyNodes
from upgradecheck.planning.setting import Setting

__all__ = ["at_once"]

BUILDS = [build(one) for one in ("1.16.9", "1.16.15", "1.22.4", "1.22.17", "1.27.3", "1.30.14", "1.34.1")]
GPU = "example.com/gpu"
NAMES = ("cpu", "memory", "ephemeral-storage", GPU, "hugepages-2Mi", "pods")


def facts(dice: random.Random) -> NodeFacts:
    room = {name: str(dice.choice((0, 1, 2, 4))) for name in NAMES if dice.randrange(3)}
    return NodeFacts("n", as_version("1.30.14"), None, {}, Origin("x"), dice.choice((room, room, room, None)), os="linux")


def amounts(dice: random.Random) -> tuple[tuple[str, int], ...]:
    return tuple((name, dice.choice((0, 1, 1000, 1000, -1)) // (1 if name == "cpu" else 1000)) for name in NAMES[:5] if dice.randrange(2))


def request(dice: random.Random, number: int) -> PodRequest:
    needs = PodNeeds(
        requests=amounts(dice),
        if_missing=dice.choice(((), (), ((GPU, 1),))),
        taken=dice.choice((None, None, None, amounts(dice))),
        ports=dice.choice(((), (), (HostPort("0.0.0.0", "TCP", dice.randrange(3)),))),
        devices=dice.choice(((), (), (DeviceAsk("c", GPU, 1),))),
        os=dice.choice((None, None, None, "linux", "windows")),
    )
    critical, created = dice.randrange(4) == 0, f"2024-01-01T00:00:0{dice.randrange(4)}Z"
    finished = dice.randrange(6) == 0
    return PodRequest(f"u-{number}", created, needs, critical=critical, priority=dice.choice((None, 0, 9)), finished=finished)


def held(times: int) -> tuple[int, int]:
    """How often all were admitted where each alone is and all have room, and how often not."""
    dice, right, wrong = thrown(), 0, 0
    for _ in range(times):
        node, kubelet = facts(dice), dice.choice(BUILDS)
        asked = [request(dice, number) for number in range(dice.randrange(1, 5))]
        door = Door(node, kubelet, None)
        if door.has_room((one.needs, 1) for one in asked) and all(map(door.admits, asked)):
            admitted = all(isinstance(one, Admitted) for one in admit(asked, node, kubelet).values())
            right, wrong = right + admitted, wrong + (not admitted)
    return right, wrong


def test_who_has_room_with_all_others_is_judged_as_if_alone() -> None:
    right, wrong = held(800 * TIMES)
    assert not wrong
    assert right > 10 * TIMES


@pytest.mark.parametrize(
    "plant",
    [
        pytest.param(lambda patch: patch.setattr(deciding, "have_room", lambda asked, room: True), id="room"),
        pytest.param(lambda patch: patch.setattr(Door, "admits", lambda self, request: True), id="each by itself"),
    ],
)
def test_each_part_of_having_room_is_needed(plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert held(1500)[1]


FORMS: tuple[Callable[[Document], Any], ...] = (
    lambda pod: None,
    lambda pod: pod["spec"].update(nodeSelector={"pool": "blue"}),
    lambda pod: pod["spec"]["containers"][0]["ports"][0].update(hostPort=80),
    lambda pod: pod["spec"].update(tolerations=[{"key": "gone", "operator": "Exists"}]),
    lambda pod: pod["spec"].update(os={"name": "linux"}),
    lambda pod: pod["spec"].update(priority=2_000_000_000, priorityClassName="system-node-critical"),
    lambda pod: pod["spec"]["containers"][0]["resources"]["requests"].update(cpu="2"),
)
ROOM = {"cpu": "64", "memory": "256Gi", "pods": "30"}
NODES: tuple[dict[str, Any], ...] = (
    {},
    {},
    {"allocatable": {**ROOM, "cpu": "3"}},
    {"allocatable": {**ROOM, "pods": "4"}},
    {"allocatable": None},
    {"labels": {"pool": "blue"}},
    {"labels": {"pool": "red"}},
    {"taints": (Taint("gone", "", "NoExecute"),)},
    {"os": "windows"},
    {"conditions": (NodeCondition("MemoryPressure", "True", "", ""),)},
)


def fleet(dice: random.Random) -> tuple[list[bytes], Setting]:
    """Pods of some forms, some of each, on nodes of some kinds."""
    documents = []
    for number, one in enumerate(few(40)):
        pod = json.loads(one)
        dice.choice(FORMS)(pod)
        pod["metadata"]["creationTimestamp"] = f"2024-01-01T00:00:{number:02d}Z"
        pod["spec"]["nodeName"] = f"node-{dice.randrange(len(NODES))}"
        documents.append(raw(pod))
    bare = NodeFacts("", as_version("1.30.14"), None, {"pool": "blue"}, Origin("nodes.json"), ROOM, ROOM, has_spec=True, os="linux")
    nodes = tuple(replace(bare, name=f"node-{number}", **members) for number, members in enumerate(NODES))
    asked = known(*dice.choice(STEPS[:3]), ([], []), None)
    return documents, replace(asked, nodes=nodes, facts=replace(asked.facts, nodes=nodes))


def differ(draws: int, plant: Callable[[pytest.MonkeyPatch], None]) -> tuple[int, list[bool]]:
    """Whether the plan of a fleet differs from the one that asks pod by pod, and which nodes were told together."""
    different, answers, asks = 0, list[bool](), RoomyNodes.admit_all

    def told(self: RoomyNodes, *its: Any) -> bool:
        answers.append(asks(self, *its))
        return answers[-1]

    for number in range(draws):
        documents, asked = fleet(random.Random(number))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RoomyNodes, "admit_all", lambda self, *its: False)
            expected = planned(documents, asked, alike=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(RoomyNodes, "admit_all", told)
            plant(patch)
            made = planned(documents, asked, alike=True)
        different += made != expected
        if different:
            break
    return different, answers


def test_a_plan_is_the_same_where_nodes_are_told_together() -> None:
    different, answers = differ(2 * TIMES, lambda patch: None)
    assert not different
    assert answers.count(True) > 5
    assert answers.count(False) > 2


def _alike_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(roomy_nodes, "_seen_of", lambda node: None)


def _whatever_labels(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(roomy_nodes, "goes_by_labels", lambda request: False)


def _counted_once(patch: pytest.MonkeyPatch) -> None:
    kept = Door.has_room
    patch.setattr(Door, "has_room", lambda self, asked: kept(self, [(needs, 1) for needs, _ in asked]))


@pytest.mark.parametrize("plant", [_alike_anywhere, _whatever_labels, _counted_once])
def test_each_part_of_what_is_told_together_is_needed(plant: Callable[[pytest.MonkeyPatch], None]) -> None:
    assert differ(4, plant)[0]
