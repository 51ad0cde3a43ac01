"""One pod, its views and its records: what holds for the pod as a whole, then container by container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.builders import (
    KUBELET_MADE_UID,
    MIRROR_UID,
    STARTED,
    UID,
    Document,
    as_static,
    computed,
    ended,
    exited,
    in_phase,
    mirror_of,
    node,
    on_node,
    pod,
    record,
    recorded_by,
    seen_by_kubelet,
    waiting,
    with_container,
    with_ephemeral,
    with_field,
    with_init,
    with_new_probe_field,
    with_sidecar,
    without_hash,
    without_status,
)
from tests.unit.planning.world import decided, recorded
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import (
    Cause,
    CauseKind,
    Computed,
    Evidence,
    Grade,
    PlannedContainer,
    PlannedPod,
    Verdict,
)
from upgradecheck.model.pod import PodSource, RunState, Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.model.times import from_rfc3339
from upgradecheck.planning.unspecified import decide_unseen_pod
from upgradecheck.reading.identity import Identity

API = pod()
DASHED = "44444444-0000-4000-8000-000000000004"
NEW_ALGORITHM = (Cause(CauseKind.ALGORITHM, since="1.31"),)


def test_nothing_changed_nothing_happens() -> None:
    same = computed("1.22.17", API)
    found = decided(API, records=[recorded_by("1.22.17", API)], nodes=[node()], target="1.30.14")
    app = PlannedContainer(
        name="app",
        kind=ContainerKind.APP,
        container_id="id-of-app",
        verdict=Verdict.SAFE,
        reason=Reason.HASH_EQUAL,
        evidence=Evidence(Grade.RECORDED, same, "1.22"),
        computed=Computed(same, same),
        state=RunState.RUNNING,
        started_at=from_rfc3339(STARTED),
        restart_count=0,
    )
    assert found.pod == PlannedPod(
        namespace="shop",
        name="web-7d9f-x2x1z",
        uid=UID,
        node="worker-1",
        workload=Workload("Deployment", "web"),
        source=PodSource.API,
        verdict=Verdict.SAFE,
        reason=Reason.HASH_EQUAL,
        containers=(app,),
    )
    assert (found.recorded, found.reproduced) == (1, 1)


def test_a_restart_tells_both_hashes_and_the_cause() -> None:
    found = decided(API, records=[recorded_by("1.30.14", API)], nodes=[node(version="v1.30.14")], target="1.31.14")
    old, new = computed("1.30.14", API), computed("1.31.14", API)
    assert found.pod.containers == (
        PlannedContainer(
            name="app",
            kind=ContainerKind.APP,
            container_id="id-of-app",
            verdict=Verdict.RESTART,
            reason=Reason.HASH_CHANGED,
            evidence=Evidence(Grade.RECORDED, old, "1.30"),
            computed=Computed(old, new),
            causes=NEW_ALGORITHM,
            state=RunState.RUNNING,
            started_at=from_rfc3339(STARTED),
            restart_count=0,
        ),
    )
    assert (found.pod.verdict, found.pod.reason) == (Verdict.RESTART, Reason.HASH_CHANGED)


def test_a_missing_annotation_is_its_own_cause() -> None:
    found = decided(API, records=[without_hash(recorded_by("1.22.17", API))], nodes=[node()], target="1.30.14")
    (app,) = found.pod.containers
    assert (app.verdict, app.reason, app.evidence) == (Verdict.RESTART, Reason.RECORD_ABSENT, Evidence(Grade.ABSENT))
    assert app.causes == (Cause(CauseKind.RECORD_ABSENT),)
    assert (found.recorded, found.reproduced) == (0, 0)


@dataclass(frozen=True)
class Told:
    """The verdict and reason of a pod, and of each of its containers."""

    verdict: Verdict
    reason: Reason
    containers: dict[str, tuple[Verdict, Reason]]


def told(*views: Document, records: list[Document] | None = None, start: str = "v1.22.17", target: str = "1.30.14", **options: Any) -> Told:
    found = decided(*views, records=records or [], nodes=[node(version=start)], target=target, **options).pod
    return Told(found.verdict, found.reason, {one.name: (one.verdict, one.reason) for one in found.containers})


def whole(verdict: Verdict, reason: Reason, *names: str) -> Told:
    """A decision on the pod, which its containers share."""
    return Told(verdict, reason, dict.fromkeys(names or ("app",), (verdict, reason)))


SAFE = (Verdict.SAFE, Reason.HASH_EQUAL)
RESTART = (Verdict.RESTART, Reason.HASH_CHANGED)
KIND = (Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED)
NOT_RUNNING = (Verdict.NOT_COMPARED, Reason.NOT_RUNNING)
FINISHED = (Verdict.NOT_COMPARED, Reason.FINISHED)
WILL_START = (Verdict.NOT_COMPARED, Reason.WILL_START)


def each(**containers: tuple[Verdict, Reason]) -> Told:
    """A pod that is as its first container here, the worst."""
    worst = next(iter(containers.values()))
    return Told(*worst, containers)


STATIC = as_static(API)
FROM_MANIFEST = as_static(API, uid=DASHED)
REFUSED = with_field(API, "app", "ports", [{"containerPort": "eighty"}])


@pytest.mark.parametrize(
    ("views", "expected"),
    [
        pytest.param([API], each(app=SAFE), id="nothing changed, nothing happens"),
        pytest.param([STATIC], whole(Verdict.RECREATE, Reason.STATIC_UID_CHANGED), id="a static pod whose UID the kubelet made"),
        pytest.param([mirror_of(STATIC)], whole(Verdict.RECREATE, Reason.STATIC_UID_CHANGED), id="its mirror pod alone"),
        pytest.param([STATIC, mirror_of(STATIC)], whole(Verdict.RECREATE, Reason.STATIC_UID_CHANGED), id="both"),
        pytest.param(
            [FROM_MANIFEST],
            whole(Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY),
            id="a static pod whose UID stays, but only the old kubelet has seen its spec",
        ),
        pytest.param(
            [mirror_of(FROM_MANIFEST)], whole(Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY), id="the mirror pod of such a one"
        ),
        pytest.param(
            [seen_by_kubelet(API)],
            whole(Verdict.UNKNOWN, Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY),
            id="a pod of the API, seen by the kubelet only",
        ),
        pytest.param([seen_by_kubelet(API), API], each(app=SAFE), id="seen by both"),
        pytest.param([in_phase(API, "Failed")], whole(Verdict.NOT_COMPARED, Reason.POD_FINISHED), id="a failed pod"),
        pytest.param([in_phase(API, "Succeeded")], whole(Verdict.NOT_COMPARED, Reason.POD_FINISHED), id="a finished pod"),
        pytest.param(
            [in_phase(STATIC, "Succeeded")],
            whole(Verdict.RECREATE, Reason.STATIC_UID_CHANGED),
            id="a finished static pod runs again under another UID",
        ),
        pytest.param([on_node(waiting(API), None)], whole(Verdict.NOT_COMPARED, Reason.NOT_SCHEDULED), id="a pod that waits for a node"),
        pytest.param([exited(API)], each(app=WILL_START), id="an exited container"),
        pytest.param([waiting(API)], each(app=WILL_START), id="a waiting container"),
        pytest.param([REFUSED], whole(Verdict.UNKNOWN, Reason.SPEC_REFUSED), id="a spec that the decoder refuses"),
        pytest.param([with_init(API)], each(app=SAFE, prep=FINISHED), id="a finished init container"),
        pytest.param([with_init(exited(API))], each(prep=FINISHED, app=WILL_START), id="nothing runs"),
        pytest.param([exited(with_init(API), "prep", 1)], each(app=SAFE, prep=NOT_RUNNING), id="a failed init container"),
        pytest.param([with_ephemeral(API)], each(app=SAFE, debug=KIND), id="a running ephemeral container"),
    ],
)
def test_from_1_22_to_1_30(views: list[Document], expected: Told) -> None:
    assert told(*views) == expected


PENDING = (Verdict.UNKNOWN, Reason.STARTUP_PROBE_PENDING)
DISAGREE = (Verdict.UNKNOWN, Reason.CREATORS_DISAGREE)
AMBIGUOUS = (Verdict.UNKNOWN, Reason.VERSION_AMBIGUOUS)
MESH = with_sidecar(API)
PROBED = with_sidecar(API, startupProbe={"exec": {"command": ["true"]}})
FORGOTTEN = (Verdict.NOT_COMPARED, Reason.STARTUP_PROBE_FORGOTTEN)
INIT_AGAIN = with_container(API, "prep", kind="initContainers")
RESIZED = with_field(
    with_field(API, "app", "resources.limits.cpu", "1"),
    "app",
    "resizePolicy",
    [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}, {"resourceName": "memory", "restartPolicy": "NotRequired"}],
)


@pytest.mark.parametrize(
    ("document", "start", "target", "expected"),
    [
        pytest.param(MESH, "v1.29.15", "1.30.14", each(app=SAFE, mesh=KIND), id="1.29 to 1.30: sidecars are not compared"),
        pytest.param(MESH, "v1.30.14", "1.31.14", each(app=RESTART, mesh=KIND), id="1.30 to 1.31: the app restarts, the sidecar stays"),
        pytest.param(MESH, "v1.30.14", "1.32.13", each(mesh=RESTART, app=RESTART), id="1.30 to 1.32: both restart"),
        pytest.param(MESH, "v1.31.14", "1.32.13", each(mesh=DISAGREE, app=SAFE), id="1.31 to 1.32: nobody tells who made the sidecar"),
        pytest.param(MESH, "v1.32.13", "1.33.13", each(mesh=SAFE, app=SAFE), id="1.32 to 1.33: both were compared before"),
        pytest.param(MESH, "v1.32.13", "1.30.14", each(app=RESTART, mesh=KIND), id="1.32 to 1.30: the way back restarts the app"),
        pytest.param(
            with_sidecar(API, started=False), "v1.30.14", "1.33.13", each(app=RESTART, mesh=PENDING), id="a startup probe has not passed"
        ),
        pytest.param(
            with_sidecar(API, started=False),
            "v1.34.1",
            "1.36.4",
            each(mesh=DISAGREE, app=SAFE),
            id="nor had it passed for 1.34, so that it was not compared",
        ),
        pytest.param(PROBED, "v1.34.1", "1.36.4", each(mesh=SAFE, app=SAFE), id="it had, and 1.34 compared it"),
        pytest.param(PROBED, "v1.35.3", "1.36.4", each(mesh=DISAGREE, app=SAFE), id="1.35.3 compares none that has one"),
        pytest.param(PROBED, "v1.35.4", "1.36.4", each(mesh=SAFE, app=SAFE), id="1.35.4 does"),
        pytest.param(PROBED, "v1.35.2", "1.35.3", each(app=SAFE, mesh=FORGOTTEN), id="from one that does not to another"),
        pytest.param(
            exited(PROBED), "v1.34.1", "1.35.3", each(mesh=FORGOTTEN, app=NOT_RUNNING), id="what has ended behind it is not started again"
        ),
        pytest.param(exited(PROBED), "v1.34.1", "1.35.4", each(mesh=SAFE, app=WILL_START), id="by 1.35.4 it is"),
        pytest.param(
            with_init(PROBED),
            "v1.34.1",
            "1.35.3",
            each(app=SAFE, mesh=FORGOTTEN, prep=FINISHED),
            id="an app container that runs is compared",
        ),
        pytest.param(
            INIT_AGAIN, "v1.19.16", "1.22.17", each(app=DISAGREE, prep=KIND), id="up to 1.20 none is compared while an init container runs"
        ),
        pytest.param(INIT_AGAIN, "v1.21.14", "1.22.17", each(app=SAFE, prep=KIND), id="by 1.21 it is"),
        pytest.param(with_init(API), "v1.19.16", "1.22.17", each(app=SAFE, prep=FINISHED), id="and by 1.19, if all have ended"),
        pytest.param(API, "v1.22.17-acme.1", "1.30.14", each(app=DISAGREE), id="a build that nobody knows may not compare"),
        pytest.param(API, "v1.20.0+7d0a2b2", "1.22.17", each(app=DISAGREE), id="nor may one that is known to differ"),
        pytest.param(
            API, "v1.30.14-acme.1", "1.31.14", each(app=RESTART), id="over a boundary of the algorithm all that it may run restart"
        ),
        pytest.param(MESH, "v1.22.17", "1.27.16", each(app=SAFE, mesh=KIND), id="to 1.27 a sidecar is an init container"),
        pytest.param(API, "v1.30.14", "1.31.0-alpha.1", each(app=AMBIGUOUS), id="to a pre-release that may hash either way"),
        pytest.param(API, "v1.31.0-alpha.1", "1.31.14", each(app=AMBIGUOUS), id="from such a pre-release"),
        pytest.param(API, "v1.31.0-alpha.2", "1.31.14", each(app=SAFE), id="from a pre-release that hashes as its release"),
        pytest.param(API, "v1.22.17-eks-bc4871b", "1.30.14", each(app=SAFE), id="a vendor's build"),
        pytest.param(API, "1.banana", "1.30.14", whole(Verdict.UNKNOWN, Reason.VERSION_UNKNOWN), id="a version that cannot be read"),
        pytest.param(API, "v1.99.0", "1.30.14", whole(Verdict.UNKNOWN, Reason.VERSION_UNKNOWN), id="a minor that nobody knows yet"),
    ],
)
def test_without_a_record(document: Document, start: str, target: str, expected: Told) -> None:
    assert told(document, start=start, target=target) == expected


@pytest.mark.parametrize(
    ("document", "start", "target", "pod_step", "steps"),
    [
        pytest.param(API, "v1.22.17", "1.30.14", "hash", {"app": "hash"}, id="it is kept: the hash was the last to be looked at"),
        pytest.param(API, "v1.30.14", "1.31.0-alpha.1", "hash", {"app": "hash"}, id="either of two kubelets, which hash otherwise"),
        pytest.param(MESH, "v1.31.14", "1.32.0-alpha.1", "kind", {"mesh": "kind", "app": "hash"}, id="of which one compares sidecars"),
        pytest.param(RESIZED, "v1.31.14", "1.32.13", "hash", {"app": "hash"}, id="a policy that no kubelet acts upon yet"),
        pytest.param(RESIZED, "v1.31.14", "1.33.0-alpha.1", "resources", {"app": "resources"}, id="one that one of two acts upon"),
        pytest.param(RESIZED, "v1.31.14", "1.34.1", "resources", {"app": "resources"}, id="a policy that one acts upon"),
        pytest.param(
            with_init(MESH), "v1.31.14", "1.32.13", "hash", {"prep": "running", "mesh": "hash", "app": "hash"}, id="one that has ended"
        ),
        pytest.param(API, "v1.99.0", "1.30.14", "spec", {"app": "spec"}, id="a version that nobody knows"),
        pytest.param(STATIC, "v1.99.0", "1.30.14", "manifest", {"app": "manifest"}, id="which of a static pod stops at its manifest"),
        pytest.param(STATIC, "v1.22.17", "1.30.14", "static-uid", {"app": "static-uid"}, id="another UID"),
        pytest.param(in_phase(API, "Failed"), "v1.22.17", "1.30.14", "pod-state", {"app": "pod-state"}, id="a pod that has failed"),
    ],
)
def test_what_is_decided_says_at_which_step(document: Document, start: str, target: str, pod_step: str, steps: dict[str, str]) -> None:
    found = decided(document, nodes=[node(version=start)], target=target).pod
    assert found.step is not None
    assert found.step.value == pod_step
    assert {one.name: one.step and one.step.value for one in found.containers} == steps


@pytest.mark.parametrize(
    ("creator", "expected"),
    [
        pytest.param("1.30.14", each(mesh=RESTART, app=SAFE), id="made by 1.30, never compared by 1.31, and found by 1.32"),
        pytest.param("1.31.14", each(mesh=SAFE, app=SAFE), id="made by 1.31"),
    ],
)
def test_the_record_of_a_sidecar_decides_from_1_31_to_1_32(creator: str, expected: Told) -> None:
    records = [recorded_by("1.31.14", MESH), recorded_by(creator, MESH, "mesh")]
    assert told(MESH, records=records, start="v1.31.14", target="1.32.13") == expected


def test_a_sidecar_that_restarts_for_its_old_record_has_the_algorithm_as_cause() -> None:
    records = [recorded_by("1.31.14", MESH), recorded_by("1.30.14", MESH, "mesh")]
    found = decided(MESH, records=records, nodes=[node(version="v1.31.14")], target="1.32.13")
    assert {one.name: one.causes for one in found.pod.containers} == {"mesh": NEW_ALGORITHM, "app": ()}


def test_a_field_that_the_old_kubelet_dropped() -> None:
    document = with_new_probe_field(API)
    found = decided(document, nodes=[node(version="v1.20.15")], target="1.22.17")
    assert [(one.reason, one.causes) for one in found.pod.containers] == [
        (Reason.HASH_CHANGED, (Cause(CauseKind.FIELD_ADDED, "livenessProbe.terminationGracePeriodSeconds", "1.21"),))
    ]


@pytest.mark.parametrize(
    ("nodes", "start", "expected"),
    [
        pytest.param([node()], None, (SAFE, Grade.INFERRED), id="the node reports it, and the container survived"),
        pytest.param([node()], "1.22.17", (SAFE, Grade.INFERRED), id="--from says the same"),
        pytest.param([node()], "1.22.16", (SAFE, Grade.ESTIMATED), id="--from says otherwise"),
        pytest.param([], "1.22.17", (SAFE, Grade.ESTIMATED), id="--from alone"),
        pytest.param(
            [node(version="v1.22.17-acme.1")],
            None,
            ((Verdict.UNKNOWN, Reason.CREATORS_DISAGREE), Grade.UNKNOWN),
            id="a build that nobody knows",
        ),
        pytest.param([node(version="v1.22.17-acme.1")], "1.22.17", (SAFE, Grade.ESTIMATED), id="of which --from says what it counts as"),
        pytest.param([], "1.22.17-acme.1", (SAFE, Grade.ESTIMATED), id="on the word of --from"),
        pytest.param([], None, ((Verdict.UNKNOWN, Reason.FROM_UNKNOWN), Grade.UNKNOWN), id="nobody tells"),
    ],
)
def test_grades_without_a_record(nodes: list[Document], start: str | None, expected: tuple[tuple[Verdict, Reason], Grade]) -> None:
    (app,) = decided(API, nodes=nodes, start=start, target="1.30.14").pod.containers
    assert ((app.verdict, app.reason), app.evidence.grade) == expected


def test_a_manifest_without_status_is_estimated() -> None:
    (app,) = decided(without_status(API), nodes=[node()], target="1.30.14").pod.containers
    assert ((app.verdict, app.reason), app.evidence.grade, app.container_id) == (SAFE, Grade.ESTIMATED, None)


def test_a_record_that_the_running_version_does_not_make_is_shown_with_both_hashes() -> None:
    found = decided(API, records=[record(API, hash_text="badcafe")], nodes=[node()], target="1.30.14")
    (app,) = found.pod.containers
    same = computed("1.22.17", API)
    assert (app.verdict, app.reason) == (Verdict.UNKNOWN, Reason.NOT_REPRODUCED)
    assert (app.evidence, app.computed) == (Evidence(Grade.RECORDED, Hash(0xBADCAFE)), Computed(same, same))
    assert (found.recorded, found.reproduced) == (1, 0)


@pytest.mark.parametrize(
    ("document", "records", "start", "target", "expected"),
    [
        pytest.param(API, [recorded_by], "v1.22.17", "1.30.14", (1, 1), id="a running container"),
        pytest.param(API, [], "v1.22.17", "1.30.14", (0, 0), id="no record"),
        pytest.param(in_phase(API, "Failed"), [recorded_by], "v1.22.17", "1.30.14", (1, 1), id="a record that says it still runs"),
    ],
)
def test_calibration(document: Document, records: list[Any], start: str, target: str, expected: tuple[int, int]) -> None:
    made = [make("1.22.17", document) for make in records]
    found = decided(document, records=made, nodes=[node(version=start)], target=target)
    assert (found.recorded, found.reproduced) == expected


def test_what_has_ended_does_not_calibrate() -> None:
    found = decided(API, records=[ended(record(API, hash_text="badcafe"))], nodes=[node()], target="1.30.14")
    assert (found.recorded, found.reproduced) == (0, 0)


def test_init_containers_do_not_calibrate() -> None:
    document = with_init(API)
    records = [recorded_by("1.22.17", document), record(document, "prep", hash_text="badcafe")]
    found = decided(document, records=records, nodes=[node()], target="1.30.14")
    assert (found.recorded, found.reproduced) == (1, 1)


def test_static_pods_calibrate_though_they_are_recreated() -> None:
    found = decided(STATIC, records=[recorded_by("1.22.17", STATIC)], nodes=[node()], target="1.30.14")
    assert (found.pod.verdict, found.recorded, found.reproduced) == (Verdict.RECREATE, 1, 1)


def test_a_running_container_that_is_not_in_the_spec_is_unknown() -> None:
    records = [recorded_by("1.22.17", API), record(API, "gone", hash_text="1"), ended(record(API, "over", hash_text="1"))]
    assert told(API, records=records) == each(gone=(Verdict.UNKNOWN, Reason.NOT_IN_SPEC), app=SAFE)


def test_a_version_that_cannot_be_used_leaves_the_records_as_evidence() -> None:
    found = decided(API, records=[record(API, hash_text="1f")], nodes=[node(version="v1.99.0")], target="1.30.14")
    assert [one.evidence for one in found.pod.containers] == [Evidence(Grade.RECORDED, Hash(0x1F))]


@pytest.mark.parametrize(
    ("document", "workload", "source", "drained"),
    [
        pytest.param(API, Workload("Deployment", "web"), PodSource.API, True, id="a Deployment moves to another node"),
        pytest.param(STATIC, Workload("StaticPod", "kube-proxy"), PodSource.FILE, False, id="a static pod stays"),
        pytest.param(mirror_of(STATIC), Workload("StaticPod", "kube-proxy"), PodSource.FILE, False, id="so does its mirror"),
        pytest.param(
            {**API, "metadata": {**API["metadata"], "ownerReferences": [{"kind": "DaemonSet", "name": "log", "controller": True}]}},
            Workload("DaemonSet", "log"),
            PodSource.API,
            False,
            id="a DaemonSet stays",
        ),
        pytest.param(
            {**API, "metadata": {**API["metadata"], "ownerReferences": []}},
            Workload("Pod", "web-7d9f-x2x1z"),
            PodSource.API,
            False,
            id="an unmanaged pod stays, or is lost",
        ),
    ],
)
def test_what_a_drained_node_still_holds(document: Document, workload: Workload, source: PodSource, drained: bool) -> None:
    found = decided(document, nodes=[node()], target="1.30.14").pod
    assert (found.workload, found.source, found.drained) == (workload, source, drained)


def test_a_static_pod_has_the_kubelets_uid_and_its_mirrors() -> None:
    found = decided(STATIC, mirror_of(STATIC), nodes=[node()], target="1.30.14").pod
    assert (found.uid, found.mirror_uid) == (KUBELET_MADE_UID, MIRROR_UID)


def test_a_pod_that_only_the_runtime_shows() -> None:
    records = recorded(record(API, hash_text="1f"))
    app = PlannedContainer(
        name="app",
        kind=ContainerKind.APP,
        container_id="id-of-app",
        verdict=Verdict.UNKNOWN,
        reason=Reason.NO_SPEC,
        evidence=Evidence(Grade.RECORDED, Hash(0x1F)),
        computed=Computed(),
        state=RunState.RUNNING,
        started_at=1_770_000_000_000_000_000,
        restart_count=0,
    )
    assert decide_unseen_pod(Identity(None, UID, "shop", "web-7d9f-x2x1z"), records, "worker-1") == PlannedPod(
        namespace="shop",
        name="web-7d9f-x2x1z",
        uid=UID,
        node="worker-1",
        workload=Workload("Pod", "web-7d9f-x2x1z"),
        source=PodSource.API,
        verdict=Verdict.UNKNOWN,
        reason=Reason.NO_SPEC,
        containers=(app,),
    )


@pytest.mark.parametrize(("policy", "ends"), [("Always", False), (None, False), ("Never", True), ("OnFailure", True)])
def test_what_comes_to_an_end_by_itself_is_said(policy: str | None, ends: bool) -> None:
    spec = {name: value for name, value in API["spec"].items() if name != "restartPolicy"}
    document = {**API, "spec": spec if policy is None else {**spec, "restartPolicy": policy}}
    assert decided(document, nodes=[node()], target="1.30.14").pod.ends is ends
