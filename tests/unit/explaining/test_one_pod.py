"""What is told of one pod: the step that decides and its words, what the kubelet will write, what helps, and whom a target means."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import (
    Document,
    as_static,
    computed,
    exited,
    in_phase,
    listed,
    node,
    on_node,
    pod,
    raw,
    record,
    recorded_by,
    seen_by_kubelet,
    with_container,
    with_env,
    with_field,
    with_init,
    with_new_probe_field,
    with_sidecar,
    without_status,
)
from tests.builders_plan import container as planned_container
from tests.builders_plan import pod as planned_pod
from tests.unit.planning.world import joined, steps
from upgradecheck.commands.explain import ExplainRequest, differences, make_explanation
from upgradecheck.commands.plan import PlanRequest
from upgradecheck.decode.runtime.crictl import sandbox_record
from upgradecheck.explaining.containers import announcements
from upgradecheck.explaining.steps import Witness, pod_steps
from upgradecheck.model.explanation import Announcement, Difference, ExplainedContainer, Explanation, StepOutcome, ValueChange
from upgradecheck.model.plan import Verdict
from upgradecheck.model.pod import NetworkMode, Origin, SandboxNetwork
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.remedies import Way
from upgradecheck.model.steps import StepName
from upgradecheck.planning.deciding import decide_pod
from upgradecheck.planning.seeing.records import Records

RUNTIME = "pkg/kubelet/kuberuntime"
MANAGER = f"{RUNTIME}/kuberuntime_manager.go"


def sandbox(document: Document, *, ready: bool = True, attempt: int = 0) -> Document:
    metadata = document["metadata"]
    return {
        "id": f"sandbox-{attempt}",
        "metadata": {"name": metadata["name"], "uid": metadata["uid"], "namespace": metadata["namespace"], "attempt": attempt},
        "state": "SANDBOX_READY" if ready else "SANDBOX_NOTREADY",
        "createdAt": str(1_770_000_000_000_000_000 + attempt),
        "labels": {},
        "annotations": {},
    }


class Told:
    """An explanation of given documents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *documents: Document, start: str | None = None, target: str, of: str = "", values: bool = False) -> Explanation:
        pods = [one for one in documents if one.get("kind") in ("Pod", "Node")]
        records = [one for one in documents if "podSandboxId" in one]
        sandboxes = [one for one in documents if one.get("state", "").startswith("SANDBOX")]
        (self.folder / "pods.json").write_text(json.dumps(listed(*pods)))
        (self.folder / "crictl-ps.json").write_text(json.dumps({"containers": records}))
        (self.folder / "crictl-pods.json").write_text(json.dumps({"items": sandboxes}))
        names = ["pods.json", *(["crictl-ps.json"] if records else []), *(["crictl-pods.json"] if sandboxes else [])]
        request = PlanRequest(tuple(str(self.folder / name) for name in names), from_version=start, to_version=target)
        return make_explanation(ExplainRequest(request, of or documents[0]["metadata"]["name"], values))


@pytest.fixture(name="told")
def _told(tmp_path: Path) -> Told:
    return Told(tmp_path)


def one(explanation: Explanation) -> ExplainedContainer:
    (found,) = explanation.containers
    return found


def decision(told: ExplainedContainer) -> tuple[str, str]:
    """The step that decides, with its words."""
    (found,) = [(step.step.value, step.detail) for step in told.steps if step.outcome is StepOutcome.DECIDES]
    return found


def found(told: ExplainedContainer, step: StepName) -> tuple[str, str, str]:
    """Outcome, words and function of a step."""
    return next((one.outcome.value, one.detail, one.place.function) for one in told.steps if one.step is step)


PROBED = with_new_probe_field(pod())
OLD, NEW = computed("1.20.15", PROBED), computed("1.21.14", PROBED)
SAFE_HASH = computed("1.30.14", pod())
MESHED = with_sidecar(pod(), livenessProbe={"grpc": {"port": 1, "service": None}})
PENDING = with_sidecar(pod(), started=False)
BESIDE_INIT = with_init(pod())
ON_DOCKER = {**node(), "status": {"nodeInfo": {"kubeletVersion": "v1.23.17", "containerRuntimeVersion": "docker://20.10.24"}}}
LOST = "whatever it says: the new kubelet cannot use the container runtime of this node as it is"


@pytest.mark.parametrize(
    ("documents", "start", "target", "container", "verdict", "expected"),
    [
        pytest.param((PROBED, recorded_by("1.20.15", PROBED)), "1.20.15", "1.21.14", "app", Verdict.RESTART,
                     ("hash", f"it carries {OLD.hex} (recorded); kubelet 1.21.14 computes {NEW.hex}: another one"), id="another hash"),
        pytest.param((PROBED, record(PROBED, hash_text=None)), "1.20.15", "1.21.14", "app", Verdict.RESTART,
                     ("hash", f"it carries no readable hash, which counts as 0; kubelet 1.21.14 computes {NEW.hex}"), id="no hash"),
        pytest.param((PROBED,), "1.20.15", "1.21.14", "app", Verdict.RESTART,
                     ("hash", f"it carries {OLD.hex} (estimated); kubelet 1.21.14 computes {NEW.hex}: another one"), id="a hash that nobody has seen"),
        pytest.param((PROBED, record(PROBED, hash_text="abc")), "1.20.15", "1.21.14", "app", Verdict.UNKNOWN,
                     ("hash", f"it carries abc (recorded); kubelet 1.21.14 computes {NEW.hex}; the running version makes yet another one of the spec, "
                              "so the spec at hand is not what runs"), id="a hash of another spec"),
        pytest.param((pod(), recorded_by("1.30.14", pod())), "1.30.14", "1.31.0-alpha.1", "app", Verdict.UNKNOWN,
                     ("hash", f"it carries {SAFE_HASH.hex} (recorded); kubelet 1.31.0-alpha.1 computes "
                              f"{' or '.join(f'{made.hex}' for made in sorted((SAFE_HASH, computed('1.31.0', pod()))))}"), id="either of two kubelets"),
        pytest.param((seen_by_kubelet(pod()), recorded_by("1.20.15", pod())), "1.20.15", "1.21.14", "app", Verdict.UNKNOWN,
                     ("hash", f"it carries {SAFE_HASH.hex} (recorded); kubelet 1.21.14 computes {SAFE_HASH.hex}: equal, but the spec may have fields that "
                              "the running kubelet dropped before it was seen"), id="a spec seen through the old kubelet"),
        pytest.param((exited(PROBED),), "1.20.15", "1.21.14", "app", Verdict.NOT_COMPARED, ("running", "it has ended with code 0"), id="ended"),
        pytest.param((pod(), {**recorded_by("1.30.14", pod()), "state": "CONTAINER_UNKNOWN"}), "1.30.14", "1.30.14", "app", Verdict.UNKNOWN,
                     ("running", "the runtime does not know whether it runs"), id="a runtime that has lost it"),
        pytest.param((BESIDE_INIT,), "1.20.15", "1.21.14", "prep", Verdict.NOT_COMPARED, ("running", "it has ended with code 0"), id="an init container"),
        pytest.param((MESHED, node()), "1.29.0", "1.30.14", "mesh", Verdict.NOT_COMPARED, ("kind", "kubelet 1.30.14 does not compare sidecars"), id="a sidecar"),
        pytest.param((MESHED, recorded_by("1.29.0", MESHED, "mesh")), "1.29.0", "1.32.0-alpha.1", "mesh", Verdict.UNKNOWN,
                     ("kind", "some kubelets of version 1.32.0-alpha.1 compare sidecars, others do not"), id="a sidecar that either kubelet treats otherwise"),
        pytest.param((PENDING,), "1.29.0", "1.32.13", "mesh", Verdict.UNKNOWN,
                     ("startup-probe", "not seen to have passed, and this kubelet then does not compare yet"), id="a sidecar that has not started"),
        pytest.param((in_phase(pod(), "Failed"),), "1.30.14", "1.31", "app", Verdict.NOT_COMPARED, ("pod-state", "phase Failed"), id="a pod that has failed"),
        pytest.param(({**on_node(pod(), None), "status": {"phase": "Pending"}},), "1.30.14", "1.31", "app", Verdict.NOT_COMPARED,
                     ("pod-state", "phase Pending, on no node yet"), id="on no node"),
        pytest.param((pod(), sandbox(pod()), sandbox(pod(), attempt=1)), "1.30.14", "1.30.14", "app", Verdict.RECREATE,
                     ("sandbox-count", "2 ready of 2"), id="two sandboxes"),
        pytest.param((pod(), sandbox(pod(), ready=False)), "1.30.14", "1.30.14", "app", Verdict.RECREATE,
                     ("sandbox-ready", "the newest is not ready"), id="a dead sandbox"),
        pytest.param((as_static(pod()), node(version="v1.22.17")), None, "1.23.17", "app", Verdict.RECREATE,
                     ("static-uid", "another UID, hence another pod: PodSpec.OS"), id="a static pod with another UID"),
        pytest.param((with_init(with_field(pod(), "app", "resources", {}), resources={"requests": {"cpu": "1"}}),), "1.15.12", "1.16.15", "app", Verdict.RECREATE,
                     ("cgroup", "QoS class BestEffort under 1.15.12, Burstable under 1.16.15: no cgroup of the pod is where the new kubelet looks"),
                     id="another QoS class"),
        pytest.param((pod(), ON_DOCKER), None, "1.24.17", "app", Verdict.UNKNOWN, ("spec", LOST), id="a runtime that is lost"),
        pytest.param((as_static(pod()), ON_DOCKER), None, "1.24.17", "app", Verdict.UNKNOWN, ("manifest", LOST), id="to a static pod too"),
    ],
)  # fmt: skip
def test_what_decides(
    documents: tuple[Document, ...], start: str | None, target: str, container: str, verdict: Verdict, expected: tuple[str, str], told: Told
) -> None:
    explanation = told(*documents, start=start, target=target)
    explained = next(one for one in explanation.containers if one.planned.name == container)
    assert (explained.planned.verdict, decision(explained)) == (verdict, expected)


def test_a_container_that_is_kept_passes_every_step(told: Told) -> None:
    explained = one(told(pod(), recorded_by("1.30.14", pod()), sandbox(pod(), attempt=1), start="1.29.15", target="1.30.14"))
    assert [(step.step.value, step.outcome.value, step.detail, step.place.function) for step in explained.steps] == [
        ("spec", "passed", "decoded as the API server gives it", "newSourceApiserverFromLW"),
        ("pod-state", "passed", "phase Running", "HandlePodAdditions"),
        ("admission", "not-seen", "its Node object was not given, so it was not admitted in thought", "canAdmitPod"),
        ("cgroup", "passed", "QoS class BestEffort under 1.29.15 and 1.30.14", "SyncPod"),
        ("sandbox-count", "passed", "1 ready of 1", "PodSandboxChanged"),
        ("sandbox-ready", "passed", "the newest is ready", "PodSandboxChanged"),
        ("sandbox-network", "not-seen", "only crictl inspectp shows it", "PodSandboxChanged"),
        ("sandbox-address", "not-seen", "only crictl inspectp shows it", "PodSandboxChanged"),
        ("init-containers", "passed", "the pod has none", "findNextInitContainerToRun"),
        ("running", "passed", "it runs", "computePodActions"),
        ("kind", "passed", "kubelet 1.30.14 compares app containers", "computePodActions"),
        ("hash", "passed", f"it carries {SAFE_HASH.hex} (recorded); kubelet 1.30.14 computes {SAFE_HASH.hex}: equal", "containerChanged"),
        ("resources", "passed", "no resizePolicy of it can be a reason to restart it", "computePodResizeAction"),
    ]
    assert {step.tag for step in explained.steps} == {"v1.30.14"}
    assert (explained.announcements, explained.avoid) == ((), ())


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param("1.20.15", {"sandbox-ready": "podSandboxChanged", "cgroup": "syncPod", "admission": "canAdmitPod"}, id="1.20"),
        pytest.param("1.25.16", {"sandbox-ready": "PodSandboxChanged", "cgroup": "syncPod"}, id="1.25: the sandbox in a file of its own"),
        pytest.param("1.28.15", {"init-containers": "computeInitContainerActions", "running": "computeInitContainerActions"}, id="1.28: with a sidecar"),
        pytest.param("1.37", {"init-containers": "computeInitContainerActions", "cgroup": "SyncPod"}, id="1.37"),
    ],
)  # fmt: skip
def test_places_follow_the_version(target: str, expected: dict[str, str], told: Told) -> None:
    mesh = next(one for one in told(MESHED, start="1.20.15", target=target).containers if one.planned.name == "mesh")
    assert {step.step.value: step.place.function for step in mesh.steps if step.step.value in expected} == expected


def test_a_minor_that_looks_at_no_resources_has_no_such_step(told: Told) -> None:
    assert StepName.RESOURCES not in [step.step for step in one(told(pod(), start="1.20.15", target="1.21.14")).steps]


def test_up_to_1_13_the_message_holds_both_hashes_in_decimal(told: Told) -> None:
    document = with_field(pod(), "app", "volumeDevices", [{"name": "disk", "devicePath": "/dev/xvda"}])
    before, after = computed("1.8.15", document), computed("1.9.11", document)
    explained = one(told(document, recorded_by("1.8.15", document), node(version="v1.8.15"), target="1.9.11"))
    words = f"Container spec hash changed ({before.decimal} vs {after.decimal}).. Container will be killed and recreated."
    line = f'Container "app" ({{"containerd" "id-of-app"}}) of pod web-7d9f-x2x1z_shop({document["metadata"]["uid"]}): {words}'
    assert explained.announcements == (Announcement(("1.9.11",), words, line),)


@pytest.mark.parametrize(
    ("verdict", "reason", "said"),
    [
        *(pytest.param(Verdict.UNKNOWN, reason, True, id=f"{reason.value} leaves its hash open") for reason in Reason if reason.family is Family.HISTORY),
        *(pytest.param(Verdict.UNKNOWN, reason, True, id=f"{reason.value} leaves its hash open") for reason in (
            *(Reason.NOT_REPRODUCED, Reason.CREATORS_DISAGREE, Reason.FROM_UNKNOWN, Reason.VERSION_AMBIGUOUS),
            *(Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY, Reason.STARTUP_PROBE_PENDING),
        )),
        *(pytest.param(Verdict.UNKNOWN, reason, False, id=f"{reason.value}: nothing is known to compare") for reason in (
            *(Reason.NO_SPEC, Reason.NOT_IN_SPEC, Reason.SPEC_REFUSED, Reason.VERSION_UNKNOWN),
        )),
        pytest.param(Verdict.RESTART, Reason.HASH_CHANGED, True, id="another hash"),
        pytest.param(Verdict.RESTART, Reason.RECORD_ABSENT, True, id="no hash"),
        pytest.param(Verdict.RESTART, Reason.RESIZE, False, id="killed for its resources"),
        pytest.param(Verdict.SAFE, Reason.HASH_EQUAL, False, id="kept"),
    ],
)  # fmt: skip
def test_the_kubelet_writes_of_a_kill_wherever_the_hash_may_be_the_reason(verdict: Verdict, reason: Reason, *, said: bool) -> None:
    step = steps(start="1.29.15", target="1.30.14").default.step
    assert step is not None
    witness = Witness(planned_pod(), None, step, step.target, Records((), ()))
    told = announcements(witness, planned_container(verdict=verdict, reason=reason), ())
    assert [one.event for one in told] == (["Container app definition changed, will be restarted"] if said else [])


def test_where_several_kubelets_are_possible_each_says_what_it_writes(told: Told) -> None:
    explanation = told(PROBED, recorded_by("1.20.15", PROBED), node(version="v1.20.15"), target="1.31.0-alpha.1")
    explained = one(explanation)
    assert explanation.to_releases == tuple(made.release for made in explained.under_to)
    assert len(explanation.to_releases) > 1
    assert [made.hash for made in explained.under_to] == [computed("1.30.14", PROBED), computed("1.31.0", PROBED)]
    assert sorted(release for said in explained.announcements for release in said.releases) == sorted(explanation.to_releases)


def ways(explained: ExplainedContainer) -> dict[Way, bool]:
    return {way.way: way.possible for way in explained.avoid}


@pytest.mark.parametrize(
    ("documents", "start", "target", "expected"),
    [
        pytest.param((PROBED, recorded_by("1.20.15", PROBED)), "1.20.15", "1.21.14",
                     {Way.OVERRIDE: True, Way.CHANGE_SPEC: True, Way.OTHER_VERSION: False, Way.DRAIN: True}, id="a field newly seen, recorded"),
        pytest.param((PROBED,), "1.20.15", "1.21.14",
                     {Way.OVERRIDE: False, Way.CHANGE_SPEC: True, Way.OTHER_VERSION: False, Way.DRAIN: True}, id="not recorded: nothing to override"),
        pytest.param((PROBED, record(PROBED, hash_text=None)), "1.20.15", "1.21.14", {Way.OVERRIDE: False, Way.DRAIN: True}, id="no hash on it"),
        pytest.param((pod(), record(pod(), hash_text="abc")), "1.30.14", "1.31.0",
                     {Way.OVERRIDE: False, Way.OTHER_VERSION: False, Way.DRAIN: True}, id="a real change must not be hidden"),
        pytest.param((as_static(pod()), node(version="v1.22.17")), None, "1.23.17",
                     {Way.OVERRIDE: False, Way.SET_UID: True, Way.DRAIN: False}, id="a static pod with another UID"),
        pytest.param((pod(), recorded_by("1.30.14", pod())), "1.29.15", "1.30.14", {}, id="nothing to avoid"),
    ],
)  # fmt: skip
def test_what_would_avoid_it(
    documents: tuple[Document, ...], start: str | None, target: str, expected: dict[Way, bool], told: Told
) -> None:
    """With another node that its pod could go to; without one a drain moves nothing."""
    elsewhere = node("worker-2", version=f"v{start or '1.22.17'}")
    assert ways(one(told(*documents, elsewhere, start=start, target=target))) == expected
    alone = ways(one(told(*documents, start=start, target=target)))
    assert alone == {**expected, **dict.fromkeys(expected.keys() & {Way.DRAIN}, False)}


def test_versions_on_the_way_that_keep_it_are_named(told: Told) -> None:
    """1.29 knows the field that makes it restart; 1.26 to 1.28 do not."""
    document = with_field(pod(), "app", "lifecycle", {"preStop": {"sleep": {"seconds": 1}}})
    explained = one(told(document, recorded_by("1.25.16", document), start="1.25.16", target="1.30.14"))
    assert [way.detail for way in explained.avoid if way.way is Way.OTHER_VERSION] == [
        "by its hash alone these would keep it: kubelet 1.26 to 1.28"
    ]


SECRET = "hunter2"
HIDDEN = with_env(with_new_probe_field(pod()), SECRET)


def test_values_are_shown_only_when_asked_for(told: Told) -> None:
    path = "livenessProbe.terminationGracePeriodSeconds"
    documents = (HIDDEN, recorded_by("1.20.15", HIDDEN))
    assert one(told(*documents, start="1.20.15", target="1.21.14")).differences == (Difference(ValueChange.ADDED, path),)
    shown = one(told(*documents, start="1.20.15", target="1.21.14", values=True)).differences
    assert shown == (Difference(ValueChange.ADDED, path, None, "7"),)
    assert "7" not in repr(shown[0])


@pytest.mark.parametrize("values", [False, True])
def test_a_secret_that_both_hash_alike_is_never_told(values: bool, told: Told) -> None:
    assert SECRET not in repr(told(HIDDEN, recorded_by("1.20.15", HIDDEN), start="1.20.15", target="1.21.14", values=values))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({"a": 1}, {"a": 1}, [], id="the same"),
        pytest.param({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 1, "d": "x"}]}}, [(ValueChange.ADDED, "a.b[0].d", None, '"x"')], id="a field deep inside"),
        pytest.param({"a": 1, "b": 2}, {"b": 2}, [(ValueChange.REMOVED, "a", "1", None)], id="a field gone"),
        pytest.param({"l": {"nvidia.com/gpu": "1"}}, {"l": {"nvidia.com/gpu": "2"}}, [(ValueChange.CHANGED, "l[nvidia.com/gpu]", '"1"', '"2"')], id="a key that is no name"),
        pytest.param({"p": [1, 2]}, {"p": [1, 2, 3]}, [(ValueChange.ADDED, "p[2]", None, "3")], id="an element"),
        pytest.param({"a": 1}, {"a": "1"}, [(ValueChange.CHANGED, "a", "1", '"1"')], id="another type"),
        pytest.param({"a": None}, {"a": 0}, [(ValueChange.CHANGED, "a", "null", "0")], id="null is a value"),
    ],
)  # fmt: skip
def test_differences(before: object, after: object, expected: list[tuple[object, ...]]) -> None:
    found = differences(json.dumps(before).encode(), json.dumps(after).encode(), show_values=True)
    assert [(one.change, one.path, one.before, one.after) for one in found] == expected


def test_a_manifest_without_status_is_told_as_not_seen(told: Told) -> None:
    explained = one(told(without_status(pod()), start="1.29.15", target="1.30.14"))
    assert found(explained, StepName.POD_STATE) == (
        "not-seen",
        "no status of it was given; taken to be one that runs",
        "HandlePodAdditions",
    )
    assert found(explained, StepName.RUNNING) == ("not-seen", "nothing says whether it runs; taken to run", "computePodActions")


@pytest.mark.parametrize(
    ("network", "expected"),
    [
        pytest.param(SandboxNetwork(NetworkMode.POD, "10.0.0.7"),
                     [("sandbox-network", True, "the spec asks for a network of its own; the sandbox is in network mode pod"),
                      ("sandbox-address", True, "the sandbox has an address")], id="its own network"),
        pytest.param(SandboxNetwork(NetworkMode.NODE, ""),
                     [("sandbox-network", True, "the spec asks for a network of its own; the sandbox is in network mode node"),
                      ("sandbox-address", True, "the sandbox has no address")], id="the node's"),
        pytest.param(SandboxNetwork(None, None),
                     [("sandbox-network", True, "the spec asks for a network of its own; the sandbox does not say which network it has"),
                      ("sandbox-address", True, "the sandbox has no address")], id="a status that says neither"),
        pytest.param(None, [("sandbox-network", False, "only crictl inspectp shows it"), ("sandbox-address", False, "only crictl inspectp shows it")],
                     id="a list"),
    ],
)  # fmt: skip
def test_what_is_seen_of_the_sandboxs_network(network: SandboxNetwork | None, expected: list[tuple[str, bool, str]]) -> None:
    seen = sandbox_record(raw(sandbox(pod())), Origin("crictl-pods.json"))
    records = Records((), [replace(seen, network=network)])
    step = steps(start="1.29.15", target="1.30.14").default.step
    assert step is not None
    joined_pod = joined(pod(), step=step, records=records)
    planned = decide_pod(joined_pod, step, None, records).pod
    told = pod_steps(Witness(planned, joined_pod, step, step.target, records))
    assert [
        (one.step.value, one.seen, one.detail) for one in told if one.step in (StepName.SANDBOX_NETWORK, StepName.SANDBOX_ADDRESS)
    ] == expected


def test_one_container_is_told_of_alone(told: Told) -> None:
    explanation = told(with_container(pod(), "side"), start="1.29.15", target="1.30.14", of="shop/web-7d9f-x2x1z/side")
    assert [one.planned.name for one in explanation.containers] == ["side"]
    assert len(explanation.pod.containers) == 2
