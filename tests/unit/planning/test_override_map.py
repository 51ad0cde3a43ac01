"""A plan's hash covers what it decides and overrides, and is made again from its JSON."""

from __future__ import annotations

import json

import pytest

from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.planning.digest import PodRow, plan_digest
from upgradecheck.planning.override_map import read_override_map

ID = "c1"
PODS = [
    {
        "namespace": "shop",
        "name": "web-0",
        "uid": "u1",
        "node": "node-a",
        "verdict": "overridden",
        "containers": [
            {
                "name": "app",
                "kind": "app",
                "container_id": ID,
                "verdict": "overridden",
                "reason": "hash_changed",
                "override": "planned",
                "evidence": {"grade": "recorded", "hash": "c18c318c"},
                "computed": {"from": "c18c318c", "to": "f2adbab"},
            }
        ],
    }
]
ROW: PodRow = ("u1", "shop", "web-0", "node-a", "overridden", [("app", "app", ID, "overridden", "hash_changed", "planned", "c18c318c", "c18c318c", "f2adbab")])  # fmt: skip
OVERRIDE = Override(Rewrite("c18c318c", "f2adbab"), "shop", "web-0", "u1", "app", "node-a")


def plan(**changes: object) -> bytes:
    """A saved plan with one override."""
    override = {"from": "c18c318c", "to": "f2adbab", "namespace": "shop", "pod": "web-0", "uid": "u1", "container": "app", "node": "node-a"}
    digest = plan_digest("1.31.0", [ROW], {ID: OVERRIDE})
    whole = {"format_version": "1.0", "kind": "Plan", "from": "1.30.14", "to": "1.31.0", "plan_hash": digest, "pods": PODS, "overrides": {ID: override}}  # fmt: skip
    return json.dumps({**whole, **changes}).encode()


def test_reads_what_a_plan_overrides() -> None:
    found = read_override_map(plan())
    assert (found.from_version, found.to_version, found.overrides) == ("1.30.14", "1.31.0", {ID: OVERRIDE})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": "1.32.0"}, "plan_hash: is not that of what the file holds"),
        ({"overrides": {}}, "plan_hash: is not that of what the file holds"),
        ({"pods": []}, "plan_hash: is not that of what the file holds"),
        ({"kind": "HashList"}, "kind: 'HashList' where Plan is wanted"),
        ({"format_version": "2.0"}, "format_version: '2.0' is of a newer upgradecheck"),
        ({"overrides": {ID: {"from": None, "to": "1", "namespace": "", "pod": "", "uid": "", "container": ""}}}, "has no recorded hash"),
        (
            {"overrides": {ID: {"from": "C1", "to": "1", "namespace": "", "pod": "", "uid": "", "container": ""}}},
            "'C1' is no container hash",
        ),
        (
            {"overrides": {ID: {"from": "c1", "to": "01", "namespace": "", "pod": "", "uid": "", "container": ""}}},
            "'01' is no container hash",
        ),
        ({"overrides": 3}, "no plan in JSON"),
    ],
)
def test_refuses_what_is_no_plan_or_was_changed(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SpecRefused, match=message):
        read_override_map(plan(**changes))
