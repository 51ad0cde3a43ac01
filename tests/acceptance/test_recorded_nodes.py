"""Two real nodes whose upgrade was recorded: what is predicted against what the new kubelet did."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import Calibration, CauseKind, Grade, Plan, PlannedContainer, PlannedPod, StaticUIDs, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.version import release_of

EXAMPLE = Path(str(files("upgradecheck.example")))
SOURCES = Path(__file__).parents[1] / "examples" / "sources"
API_NODE = SOURCES / "api-node-1.22-to-1.30"
OLDER_NODE = SOURCES / "node-1.20-to-1.22"

API, CRICTL, SANDBOXES, NODES = (str(EXAMPLE / name) for name in ("api-pods.json", "crictl-ps.json", "crictl-pods.json", "nodes.json"))
KUBELET = str(API_NODE / "kubelet-pods.json")

Key = tuple[str, str, str]
"""UID, pod, container."""


def observed(folder: Path, *outcomes: str) -> set[Key]:
    """App containers to which one of these things happened."""
    containers: list[dict[str, Any]] = json.loads((folder / "observed.json").read_bytes())["containers"]
    found = (one for one in containers if one["outcome"] in outcomes and one.get("kind", "app") == "app")
    return {(one["uid"], one["pod"], one["container"]) for one in found}


def key(pod: PlannedPod, container: PlannedContainer) -> Key:
    return pod.uid, pod.name, container.name


def containers(plan: Plan) -> Iterable[tuple[PlannedPod, PlannedContainer]]:
    return ((pod, container) for pod in plan.pods for container in pod.containers)


def predicted(plan: Plan, verdict: Verdict) -> set[Key]:
    """App containers with this verdict."""
    found = containers(plan)
    return {key(pod, one) for pod, one in found if one.verdict is verdict and one.kind is ContainerKind.APP}


def grades(plan: Plan, *verdicts: Verdict) -> set[Grade]:
    return {one.evidence.grade for _, one in containers(plan) if one.verdict in verdicts}


def upgrade(*inputs: str, start: str | None = None, target: str = "1.30.14", manifests: Path | None = None) -> Plan:
    static_pods = None if manifests is None else str(manifests)
    return make_plan(PlanRequest(files=inputs, from_version=start, to_version=target, static_pods=static_pods))


@pytest.fixture(scope="module", name="restarted")
def _restarted() -> set[Key]:
    found = observed(API_NODE, "restarted")
    assert len(found) == 8
    return found


ALL = (API, CRICTL, SANDBOXES, NODES)


@pytest.mark.parametrize(
    ("inputs", "start", "grade"),
    [
        pytest.param(ALL, None, Grade.RECORDED, id="all files"),
        pytest.param((*ALL, KUBELET), None, Grade.RECORDED, id="all files and the kubelet's own view"),
        pytest.param((API, CRICTL), "1.22.17", Grade.RECORDED, id="API dump and crictl dump"),
        pytest.param((API, NODES), None, Grade.INFERRED, id="API dump and nodes"),
        pytest.param((API,), "1.22.17", Grade.ESTIMATED, id="API dump and --from"),
    ],
)
def test_the_containers_predicted_to_restart_are_those_that_did(
    inputs: tuple[str, ...], start: str | None, grade: Grade, restarted: set[Key]
) -> None:
    plan = upgrade(*inputs, start=start)
    assert predicted(plan, Verdict.RESTART) == restarted
    assert grades(plan, Verdict.RESTART, Verdict.SAFE) == {grade}
    assert plan.exit_code == 2


def test_the_example_is_this_node(restarted: set[Key]) -> None:
    plan = make_plan(PlanRequest(example=True))
    assert (release_of(plan.from_version), plan.to_version.release, plan.scope.inputs) == ("1.22.17", "1.30.14", ("example",))
    assert predicted(plan, Verdict.RESTART) == restarted
    assert not any("upgradecheck/" in notice for notice in plan.notices), "where the program is installed is nobody's business"


def test_every_recorded_hash_that_can_be_is_reproduced() -> None:
    plan = upgrade(*ALL)
    compared = observed(API_NODE, "kept", "restarted", "recreated-with-pod", "rejected")
    assert plan.calibration == Calibration(reproduced=len(compared), recorded=len(compared), static_uids=StaticUIDs(2, 2))
    assert plan.complete


@pytest.mark.parametrize("inputs", [ALL, (*ALL, KUBELET)], ids=["all files", "and the kubelet's own view"])
def test_every_container_is_foretold(inputs: tuple[str, ...]) -> None:
    """Static pods by their manifests, found by their mirror pods or by the kubelet's view of them."""
    plan = upgrade(*inputs, manifests=API_NODE / "manifests")
    assert predicted(plan, Verdict.SAFE) == observed(API_NODE, "kept")
    assert predicted(plan, Verdict.RESTART) == observed(API_NODE, "restarted")
    assert predicted(plan, Verdict.RECREATE) == observed(API_NODE, "recreated-with-pod")
    assert predicted(plan, Verdict.REJECT) == observed(API_NODE, "rejected")
    assert predicted(plan, Verdict.UNKNOWN) == set()


def test_what_did_not_run_is_not_compared() -> None:
    """Of the API's pods; static pods whose UID may change are unknown as a whole."""
    assert observed(API_NODE, "not-running") <= predicted(upgrade(*ALL), Verdict.NOT_COMPARED)


ESCAPES = (CauseKind.ALGORITHM, None, None)


def added(path: str, since: str) -> tuple[CauseKind, str | None, str | None]:
    return CauseKind.FIELD_ADDED, path, since


CAUSES = {
    ("lc-sleep", added("lifecycle.preStop.sleep", "1.29")),
    ("legacy-ann", added("securityContext.appArmorProfile", "1.30")),
    ("probe-grpc", added("livenessProbe.grpc", "1.23")),
    ("probe-grpc-service", added("readinessProbe.grpc", "1.23")),
    ("sc-apparmor-unconfined", added("securityContext.appArmorProfile", "1.30")),
    ("sc-seccomp-ann", added("securityContext.appArmorProfile", "1.30")),
    ("text-bf", ESCAPES),
    ("vm-rro", added("volumeMounts[0].recursiveReadOnly", "1.30")),
}


def test_the_causes_are_fields_that_1_22_does_not_know_and_go_1_22() -> None:
    found = ((pod.name, cause) for pod, one in containers(upgrade(*ALL)) if one.verdict is Verdict.RESTART for cause in one.causes)
    assert {(name, (cause.kind, cause.path, cause.since)) for name, cause in found} == CAUSES


def test_the_crictl_dump_alone_shows_nothing_but_that_containers_run() -> None:
    plan = upgrade(CRICTL)
    runs = {(one.verdict, one.reason) for _, one in containers(plan)}
    assert runs == {(Verdict.UNKNOWN, Reason.NO_SPEC), (Verdict.NOT_COMPARED, Reason.NOT_RUNNING)}
    assert Verdict.SAFE not in {pod.verdict for pod in plan.pods}
    assert (plan.exit_code, plan.complete) == (3, False)


def test_partial_data_is_never_0() -> None:
    request = PlanRequest(files=(CRICTL,), to_version="1.30.14", fail_on=frozenset())
    assert make_plan(request).exit_code == 3


def test_the_kubelets_view_alone_is_never_safe(restarted: set[Key]) -> None:
    """It has lost the new fields, so only the one container that Go's escapes change is seen to restart."""
    plan = upgrade(KUBELET, CRICTL, NODES)
    assert predicted(plan, Verdict.SAFE) == set()
    assert {name for _, name, _ in predicted(plan, Verdict.RESTART)} == {"text-bf"}
    assert restarted <= predicted(plan, Verdict.RESTART) | predicted(plan, Verdict.UNKNOWN)


OLDER = tuple(str(OLDER_NODE / name) for name in ("kubelet-pods.json", "crictl-ps.json", "crictl-pods.json", "nodes.json"))


def test_the_node_from_1_20_to_1_22_without_its_manifests() -> None:
    """Static pods, seen by the old kubelet only: what can be told is told truly, and the rest is unknown."""
    plan = upgrade(*OLDER, target="1.22.17")
    assert (release_of(plan.from_version), plan.calibration) == (
        "1.20.15",
        Calibration(reproduced=16, recorded=16, static_uids=StaticUIDs(2, 2)),
    )
    assert predicted(plan, Verdict.RESTART) | predicted(plan, Verdict.SAFE) == set()
    assert predicted(plan, Verdict.RECREATE) == observed(OLDER_NODE, "recreated-with-pod")
    assert predicted(plan, Verdict.UNKNOWN) == observed(OLDER_NODE, "kept", "restarted")


def test_the_node_from_1_20_to_1_22() -> None:
    """With its manifests, nothing is unknown."""
    plan = upgrade(*OLDER, target="1.22.17", manifests=OLDER_NODE / "manifests")
    assert (plan.complete, plan.exit_code, plan.calibration) == (
        True,
        2,
        Calibration(reproduced=16, recorded=16, static_uids=StaticUIDs(2, 2)),
    )
    assert predicted(plan, Verdict.SAFE) == observed(OLDER_NODE, "kept")
    assert predicted(plan, Verdict.RESTART) == observed(OLDER_NODE, "restarted")
    assert predicted(plan, Verdict.RECREATE) == observed(OLDER_NODE, "recreated-with-pod")
    assert predicted(plan, Verdict.UNKNOWN) == set()
