"""UC018 on nodes none of whose UIDs any minor makes: which count, and that they are told together, as a note."""

from __future__ import annotations

import pytest

from tests.builders import kubelet
from upgradecheck.hazards import OtherKubelet, Upgrade
from upgradecheck.hazards.rules.uc018 import RULE
from upgradecheck.model.plan import Calibration, ObjectRef, Severity, StaticUIDs
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.calibrating import nobodys_uids


def uids(reproduced: int, recorded: int) -> Calibration:
    return Calibration(static_uids=StaticUIDs(reproduced, recorded))


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(uids(0, 4), {"cp-1": 4}, id="none of several"),
        pytest.param(uids(0, 1), {}, id="one alone may be edited"),
        pytest.param(uids(1, 4), {}, id="one of them proves the node"),
        pytest.param(Calibration(3, 3), {}, id="there is none to be made again"),
    ],
)
def test_nodes_whose_uids_are_nobodys(node: Calibration, expected: dict[str, int]) -> None:
    assert nobodys_uids({"cp-1": node}, {}) == expected
    assert nobodys_uids({"cp-1": node}, {"cp-1": OtherKubelet(("1.30",), 4)}) == {}


def test_such_nodes_are_one_note_for_each_version() -> None:
    nodes = ("cp-1", "cp-2", "cp-3", "cp-4")
    said = {**dict.fromkeys(nodes[:3], "1.30.14"), "cp-4": "1.31.0"}
    upgrade = Upgrade(
        starts=(kubelet("1.30.14"),), target=kubelet("1.34.1"), pods=(), facts=Facts(), said=said, nobodys=dict.fromkeys(nodes, 4)
    )
    found = [(one.severity, one.object, one.message.partition(":")[0]) for one in RULE.findings(upgrade)]
    assert found == [
        (
            Severity.INFO,
            ObjectRef("Kubelet", "1.30.14"),
            "On cp-1, cp-2, cp-3 no minor makes the UID of any of 12 static pods",
        ),
        (Severity.INFO, ObjectRef("Kubelet", "1.31.0"), "On cp-4 no minor makes the UID of any of 4 static pods"),
    ]
