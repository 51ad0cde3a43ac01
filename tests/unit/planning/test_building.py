"""Decided pods to a plan: counts, nodes, what is said, completeness, and the hash of it all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import Document, as_version, node
from tests.builders_plan import container, pod, restarting, unknown
from tests.unit.planning import world
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    Calibration,
    Computed,
    Counts,
    Coverage,
    Evidence,
    Grade,
    Missing,
    Plan,
    PlannedNode,
    PlannedPod,
    Summary,
    Verdict,
)
from upgradecheck.model.reasons import Reason
from upgradecheck.model.snapshot import Facts
from upgradecheck.model.version import release_of
from upgradecheck.planning.asking.runtimes import with_runtimes
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.unseen import BARE, COUNTS_AS_UNCHANGED, NO_NODES, NO_SANDBOXES, NOTHING, UPSTREAM

WEB = pod("web-1", container("app"), restarting("proxy"), node="worker-1")
LOG = pod("log-1", restarting("log"), node="worker-1", workload="DaemonSet/log")
JOB = pod("job-1", unknown("job"), container("done", Verdict.NOT_COMPARED), node="worker-2", workload="Job/nightly")
WORKERS = (node("worker-1"), node("worker-2", "v1.29.15"))


def built(
    *pods: PlannedPod | DecidedPod,
    nodes: tuple[Document, ...] = WORKERS,
    start: str | None = None,
    target: str = "1.30.14",
    notices: tuple[str, ...] = (),
    missing: tuple[Missing, ...] = (),
    seen: frozenset[str] = frozenset(),
) -> Plan:
    decided = [one if isinstance(one, DecidedPod) else DecidedPod(one) for one in pods]
    asked = world.setting(*nodes, start=start, target=target)
    return world.built(decided, asked, Facts(notices=notices, missing=missing), seen=seen)


def test_summary_counts_containers_and_pods_and_what_is_left_after_a_drain() -> None:
    assert built(WEB, LOG, JOB).summary == Summary(
        containers={Verdict.RESTART: 2, Verdict.UNKNOWN: 1, Verdict.SAFE: 1, Verdict.NOT_COMPARED: 1},
        pods={Verdict.RESTART: 2, Verdict.UNKNOWN: 1},
        after_drain=Counts({Verdict.RESTART: 1}, {Verdict.RESTART: 1}),
    )


def test_nodes_have_the_worst_verdict_of_their_pods() -> None:
    idle = node("worker-3")
    assert built(WEB, LOG, JOB, nodes=(*WORKERS, idle)).nodes == (
        PlannedNode(
            "worker-1", as_version("v1.22.17"), as_version("1.30.14"), "containerd://1.7.27", Verdict.RESTART, evidence={Grade.RECORDED: 3}
        ),
        PlannedNode(
            "worker-2", as_version("v1.29.15"), as_version("1.30.14"), "containerd://1.7.27", Verdict.UNKNOWN, evidence={Grade.RECORDED: 1}
        ),
        PlannedNode("worker-3", as_version("v1.22.17"), as_version("1.30.14"), "containerd://1.7.27", Verdict.NOT_COMPARED),
    )


def test_a_node_that_only_a_pod_names_is_listed_too() -> None:
    assert built(WEB, nodes=(), start="1.22.17").nodes == (
        PlannedNode("worker-1", as_version("1.22.17"), as_version("1.30.14"), None, Verdict.RESTART, evidence={Grade.RECORDED: 2}),
    )


def test_a_node_without_pods_says_too_why_its_new_kubelet_cannot_come_up() -> None:
    docker = node("worker-3")
    docker["status"]["nodeInfo"]["containerRuntimeVersion"] = "docker://20.10.24"
    asked = world.setting(*WORKERS, docker, target="1.30.14")
    made = world.built([], replace(asked, steps=with_runtimes(asked.steps, asked.nodes, None)))
    assert {one.name: one.obstacle for one in made.nodes} == {"worker-1": None, "worker-2": None, "worker-3": Reason.RUNTIME_REMOVED}


def test_each_node_has_its_own_calibration() -> None:
    plan = built(DecidedPod(WEB, 2, 2), DecidedPod(LOG, 1, 0), DecidedPod(JOB, 3, 3))
    assert [(one.name, one.calibration) for one in plan.nodes] == [("worker-1", Calibration(2, 3)), ("worker-2", Calibration(3, 3))]
    assert plan.calibration == Calibration(5, 6)


@pytest.mark.parametrize(
    ("nodes", "start", "expected"),
    [
        pytest.param(WORKERS, None, None, id="nodes differ"),
        pytest.param(WORKERS[:1], None, "1.22.17", id="one node"),
        pytest.param((node("worker-1"), node("worker-2")), None, "1.22.17", id="two nodes of one version"),
        pytest.param((), "1.22.17", "1.22.17", id="--from alone"),
        pytest.param((), None, None, id="nobody tells"),
    ],
)
def test_from_version(nodes: tuple[Document, ...], start: str | None, expected: str | None) -> None:
    assert release_of(built(WEB, nodes=nodes, start=start).from_version) == expected


def test_pods_on_no_node_start_from_what_from_says() -> None:
    """Manifests and templates name none."""
    whole = built(pod("web", restarting("app"), node=None), nodes=(), start="1.22.17")
    assert (release_of(whole.from_version), whole.nodes) == ("1.22.17", ())


def test_calibration_adds_up() -> None:
    assert built(DecidedPod(WEB, 2, 2), DecidedPod(LOG, 3, 1)).calibration == Calibration(3, 5)


def test_coverage_and_completeness() -> None:
    gap = Missing("the rest of a PodList", "it was listed in pages")
    whole, partial = built(WEB, seen=frozenset({"worker-1"})), built(WEB, missing=(gap,))
    assert (whole.complete, whole.coverage) == (True, Coverage(1, 2, 1))
    assert (partial.complete, partial.coverage) == (False, Coverage(1, 2, 0, (gap,)))


def test_a_node_whose_version_nobody_tells_makes_a_plan_incomplete() -> None:
    gap = Missing("kubelet version of node worker-1", "the node was not given; give it with --from")
    found = built(WEB, nodes=())
    assert (found.complete, found.coverage.missing) == (False, (gap,))


def test_nothing_examined_is_said_and_is_never_complete() -> None:
    found = built(nodes=WORKERS)
    assert (found.complete, found.exit_code, NOTHING in found.notices) == (False, 3, True)


def test_notices_begin_with_upstreams_rule_and_end_with_what_is_not_examined() -> None:
    found = built(WEB, nodes=(), start="1.22", notices=("services.json: skipped",))
    told = ("--from 1.22 is taken as 1.22.17, the newest known patch.", "services.json: skipped")
    assert found.notices == (UPSTREAM, *told, NO_SANDBOXES, NO_NODES, COUNTS_AS_UNCHANGED)


@pytest.mark.parametrize(
    ("nodes", "start", "target", "expected"),
    [
        pytest.param(WORKERS, None, "1.30.14", False, id="forward"),
        pytest.param(WORKERS, None, "1.28.15", True, id="one of the nodes goes back"),
        pytest.param(WORKERS[:1], None, "1.22.16", True, id="back by a patch"),
        pytest.param(WORKERS[:1], None, "1.22.17", False, id="the same version"),
        pytest.param((), "1.30.14", "1.22.17", True, id="--from is later than --to"),
        pytest.param((node("worker-1", "v1.30.2"),), "1.30", "1.30.5", False, id="a bare --from means the node's own patch"),
        pytest.param((), "1.31.0", "1.31.0-alpha.2", True, id="a pre-release comes before its release"),
    ],
)
def test_downgrade(nodes: tuple[Document, ...], start: str | None, target: str, expected: bool) -> None:
    assert built(WEB, nodes=nodes, start=start, target=target).downgrade is expected


APP = container("app")


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param(pod("web-1", replace(APP, verdict=Verdict.RESTART)), id="verdict"),
        pytest.param(pod("web-1", replace(APP, reason=Reason.CREATORS_DISAGREE)), id="reason"),
        pytest.param(pod("web-1", replace(APP, container_id="another")), id="container ID"),
        pytest.param(pod("web-1", replace(APP, evidence=Evidence(Grade.RECORDED, Hash(7)))), id="the hash that it carries"),
        pytest.param(pod("web-1", replace(APP, computed=Computed(Hash(0x8E45CBD0), Hash(7)))), id="the hash that is computed"),
        pytest.param(pod("web-1", replace(APP, name="app2")), id="name"),
        pytest.param(pod("web-1", APP, uid="another"), id="pod UID"),
        pytest.param(pod("web-1", APP, node="node-b"), id="node"),
        pytest.param(pod("web-1", APP, container("b")), id="one more container"),
        pytest.param(pod("web-1", APP, verdict=Verdict.UNKNOWN), id="verdict of the pod"),
    ],
)
def test_another_decision_has_another_plan_hash(changed: PlannedPod) -> None:
    assert built(changed).plan_hash != built(pod("web-1", APP)).plan_hash


def test_another_target_has_another_plan_hash() -> None:
    assert built(WEB, target="1.30.13").plan_hash != built(WEB).plan_hash


def test_equal_decisions_have_one_plan_hash_whatever_is_said_beside_them() -> None:
    beside = built(WEB, LOG, notices=("something",), missing=(Missing("a", "b"),), seen=frozenset({"worker-1"}))
    assert beside.plan_hash == built(WEB, LOG).plan_hash


def test_findings_are_those_of_all_rules_in_order() -> None:
    uncalibrated = unknown("app", Reason.NOT_REPRODUCED)
    assert [finding.rule for finding in built(WEB, pod("odd", uncalibrated, node="worker-1")).findings] == ["UC002", "UC040", "UC060"]


TRUSTED = pod("web-1", container("app", evidence=Evidence(Grade.ESTIMATED, Hash(1))), node="worker-1")


@pytest.mark.parametrize(
    ("one", "start", "expected"),
    [
        pytest.param(TRUSTED, "1.29", ("the kubelet version of node worker-1",), id="its word alone keeps a container safe"),
        pytest.param(TRUSTED, "1.22", (), id="the node reports that minor"),
        pytest.param(pod("web-1", container("app"), node="worker-1"), "1.29", (), id="a record decides"),
        pytest.param(pod("web-1", restarting("app"), node="worker-1"), "1.29", (), id="nothing is safe"),
    ],
)
def test_from_is_no_all_clear_where_a_node_reports_another_minor(one: PlannedPod, start: str, expected: tuple[str, ...]) -> None:
    plan = built(one, nodes=(node("worker-1"),), start=start)
    assert tuple(missing.what for missing in plan.coverage.missing) == expected
    assert plan.complete is not bool(expected)


def test_manifests_given_as_pods_are_said_to_be_judged_as_pods() -> None:
    manifest = replace(pod("web", workload="Pod/web"), uid="")
    assert f"Manifests of 1 pod {BARE}" in built(manifest, WEB, start="1.22.17").notices
    assert not [notice for notice in built(WEB, start="1.22.17").notices if BARE in notice]
