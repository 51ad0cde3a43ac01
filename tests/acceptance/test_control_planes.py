"""Control planes planned from one dump of the API, without a manifest or a record: what their mirror pods tell is enough."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.builders import Document
from tests.control_planes import COMPONENTS, dump
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Plan, StaticUIDs, Verdict
from upgradecheck.model.reasons import Reason

NODES = range(5)
STEP = ("1.29.15", "1.30.14", "1.30.14", "1.30.14", "1.31.14")
"""What each node reports: one is behind the others, one ahead."""


def planned(folder: Path, items: Iterable[Document], target: str) -> Plan:
    path = folder / "dump.json"
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": list(items)}))
    return make_plan(PlanRequest((str(path),), to_version=target))


def names(*nodes: int) -> set[str]:
    return {f"{component}-cp-{number}" for component in COMPONENTS for number in nodes}


def recreated(plan: Plan) -> set[str]:
    found = {pod.name: pod.reason for pod in plan.pods if pod.verdict is Verdict.RECREATE}
    assert set(found.values()) <= {Reason.STATIC_UID_CHANGED}
    return set(found)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("1.30.14", names(0, 4), id="those of the nodes that come from another minor, up or down"),
        pytest.param("1.31.14", names(0, 1, 2, 3), id="the node that is there already keeps its pods"),
        pytest.param("1.37.1", names(*NODES), id="all, by another hasher"),
    ],
)
def test_each_pod_is_recreated_exactly_where_its_node_takes_another_minor(tmp_path: Path, target: str, expected: set[str]) -> None:
    plan = planned(tmp_path, dump(STEP), target)
    assert recreated(plan) == expected
    assert plan.calibration.static_uids == StaticUIDs(20, 20)
    assert {pod.name for pod in plan.pods} == names(*NODES)
    assert {pod.node for pod in plan.pods} == {f"cp-{number}" for number in NODES}


def test_what_makes_another_uid_is_told_of_the_fields_that_these_pods_print(tmp_path: Path) -> None:
    plan = planned(tmp_path, dump(STEP[1:3]), "1.31.14")
    assert {pod.details for pod in plan.pods} == {("PodSecurityContext.SupplementalGroupsPolicy", "VolumeSource.Image")}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param({}, set(), id="what no pod has touches none"),
        pytest.param({"lifecycle": {"preStop": {"exec": {"command": ["true"]}}}}, names(0, 1), id="those with a lifecycle handler"),
    ],
)
def test_a_step_that_touches_some(tmp_path: Path, more: Document, expected: set[str]) -> None:
    plan = planned(tmp_path, dump(("1.28.15",) * 2, **more), "1.29.15")
    assert recreated(plan) == expected
    assert plan.calibration.static_uids == StaticUIDs(8, 8)
