"""What the way back restarts, foretold of a plan's own hashes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.builders import CATALOG, as_version
from tests.builders_plan import container, plan, pod, restarting, unknown
from upgradecheck.explaining.runbook.way_back import Back, WayBack, way_back
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Cause, CauseKind, Computed, Evidence, Grade, OverrideRefusal, Plan, PlannedPod, Verdict
from upgradecheck.model.pod import PodSource, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind

OLD, NEW = Hash(0x8E45CBD0), Hash(0x311670A)
BOTH = Computed(OLD, NEW)
ANOTHER_UID = Cause(CauseKind.STATIC_UID)
SIDECAR: dict[str, Any] = {"kind": ContainerKind.SIDECAR, "reason": Reason.KIND_NOT_COMPARED}
STATIC: dict[str, Any] = {"source": PodSource.FILE, "workload": "StaticPod/web"}


def to_131(*pods: PlannedPod) -> Plan:
    return plan(*pods, from_version=as_version("1.30.14"), to_version=as_version("1.31.0"))


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param(pod("a", container()), {Back.KEPT: 1}, id="both make the same hash"),
        pytest.param(pod("a", restarting()), {Back.RESTART: 1}, id="what restarts carries the new hash, and restarts again"),
        pytest.param(pod("a", unknown(computed=BOTH)), {Back.RESTART: 1}, id="kept or not, the new kubelet leaves its hash"),
        pytest.param(pod("a", unknown()), {Back.UNKNOWN: 1}, id="hashes that nobody knows"),
        pytest.param(pod("a", container(verdict=Verdict.REJECT)), {}, id="what is refused is not there"),
        pytest.param(pod("a", container(verdict=Verdict.NOT_COMPARED, reason=Reason.FINISHED)), {}, id="nor what has finished"),
        pytest.param(pod("a", container(verdict=Verdict.NOT_COMPARED, computed=BOTH, **SIDECAR)), {Back.KEPT: 1},
                     id="a sidecar, which 1.30 does not compare"),
        pytest.param(pod("a", container("a", Verdict.RECREATE, causes=(ANOTHER_UID,)), **STATIC), {Back.RESTART: 1},
                     id="a static pod whose UID changes, and changes back"),
        pytest.param(pod("a", container(), **STATIC), {Back.KEPT: 1}, id="one whose UID stays, by its hashes"),
        pytest.param(pod("a", restarting(), **STATIC), {Back.RESTART: 1}, id="and that restarts"),
        pytest.param(pod("a", unknown(computed=Computed(OLD, OLD)), **STATIC), {Back.UNKNOWN: 1}, id="one of whose UID it is not known"),
        pytest.param(pod("a", restarting(), replicas=3), {Back.RESTART: 3}, id="a template counts by its replicas"),
    ],
)  # fmt: skip
def test_one_pod(pods: PlannedPod, expected: Mapping[Back, int]) -> None:
    assert way_back(to_131(pods), CATALOG).numbers == expected


def test_an_override_holds_on_the_way_back_if_it_is_put_back() -> None:
    held = container(verdict=Verdict.OVERRIDDEN, reason=Reason.HASH_CHANGED, computed=BOTH, evidence=Evidence(Grade.RECORDED, OLD, "1.30"))
    override = Override(Rewrite(OLD, NEW), "shop", "a", "uid-of-a", "app", "node-a")
    made = plan(pod("a", held), from_version=as_version("1.30.14"), to_version=as_version("1.31.0"), overrides={"app-id": override})
    assert way_back(made, CATALOG) == WayBack({Back.KEPT: 1}, (), without_undo=1)


@pytest.mark.parametrize(
    ("pinned", "expected"),
    [
        pytest.param({}, WayBack({Back.RESTART: 1}, (("shop", Workload("StaticPod", "web"), 1, 0),)), id="not pinned, its UID changes back"),
        pytest.param({"node-a": True}, WayBack({Back.KEPT: 1}, (), 1, 1), id="pinned and held: kept, if the override is put back"),
        pytest.param({"node-a": False}, WayBack({Back.RESTART: 1}, (("shop", Workload("StaticPod", "web"), 1, 0),), pinned=1),
                     id="pinned and not held: by its hash"),
    ],
)  # fmt: skip
def test_a_pinned_pod_goes_by_its_hashes(pinned: Mapping[str | None, bool], expected: WayBack) -> None:
    moved = container(
        verdict=Verdict.RECREATE,
        computed=BOTH,
        evidence=Evidence(Grade.RECORDED, OLD, "1.30"),
        causes=(ANOTHER_UID,),
        override_refused=OverrideRefusal.UID_CHANGES,
    )
    made = to_131(pod("a", moved, reason=Reason.STATIC_UID_CHANGED, **STATIC))
    assert way_back(made, CATALOG, pinned) == expected


def test_workloads_with_most_restarts_come_first() -> None:
    pods = (
        pod("a", restarting("x")),
        pod("b", restarting("x"), unknown("y"), workload="Deployment/api"),
        pod("c", restarting("x"), restarting("y")),
    )
    assert way_back(to_131(*pods), CATALOG).workloads == (
        ("shop", Workload("Deployment", "web"), 3, 0),
        ("shop", Workload("Deployment", "api"), 1, 1),
    )


@pytest.mark.parametrize("version", ["1.99.0", None])
def test_nothing_is_told_of_a_kubelet_that_nobody_knows(version: str | None) -> None:
    made = plan(pod("a", restarting()), from_version=None if version is None else as_version(version))
    assert way_back(made, CATALOG).numbers == {Back.UNKNOWN: 1}


def test_nothing_is_told_without_the_data() -> None:
    assert way_back(to_131(pod("a", restarting())), None).numbers == {Back.UNKNOWN: 1}
