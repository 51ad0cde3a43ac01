"""Manifests that were edited while no kubelet ran, or after the dump: what becomes of the pods that run from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import MIRROR_UID, NODE, STARTED
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.model.plan import OverrideRefusal, Plan, Verdict
from upgradecheck.model.reasons import Reason

Json = dict[str, Any]

OWN = "5eed0000-0000-4000-8000-000000000001"
MADE = "0123456789abcdef0123456789abcdef"
NAME = f"web-{NODE}"
HOOK = {"preStop": {"exec": {"command": ["true"]}}}

SAFE, RECREATE, RESTART = (Verdict.SAFE, Reason.HASH_EQUAL), Verdict.RECREATE, (Verdict.RESTART, Reason.HASH_CHANGED)
ANOTHER_POD, ANOTHER_NETWORK = (RECREATE, Reason.STATIC_UID_CHANGED), (RECREATE, Reason.NETWORK_MODE_CHANGED)
OPEN = (Verdict.UNKNOWN, Reason.MANIFEST_DIFFERS)


def pod(*, uid: str | None = None, spec: Json | None = None, metadata: Json | None = None, **container: Any) -> Json:
    """A manifest. uid: its own; container: fields of its only one."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", **({"uid": uid} if uid else {}), **(metadata or {})},
        "spec": {"containers": [{"name": "app", "image": "registry.example/web:1.0", **container}], **(spec or {})},
    }


def running(
    manifest: Json, *, mirror: bool = False, addresses: tuple[str, str] = ("10.244.0.7", "192.168.0.10"), state: str = "running"
) -> Json:
    """The pod that runs from a manifest, as its kubelet shows it, or as a mirror pod. addresses: its own, and its node's."""
    uid = manifest["metadata"].get("uid", MADE)
    marks = {"kubernetes.io/config.source": "file", "kubernetes.io/config.hash": uid, **manifest["metadata"].get("annotations", {})}
    if mirror:
        marks["kubernetes.io/config.mirror"] = uid
    begun = {"running": {"startedAt": STARTED}} if state == "running" else {"terminated": {"exitCode": 0, "startedAt": STARTED}}
    status = {"name": "app", "containerID": "containerd://1", "state": begun, "started": True}
    return {
        "metadata": {
            **manifest["metadata"],
            "name": NAME,
            "namespace": "default",
            "uid": MIRROR_UID if mirror else uid,
            "annotations": marks,
        },
        "spec": {**manifest["spec"], "nodeName": NODE, "tolerations": [{"operator": "Exists", "effect": "NoExecute"}]},
        "status": {"phase": "Running", "podIP": addresses[0], "hostIP": addresses[1], "containerStatuses": [status]},
    }


def plan(folder: Path, manifest: Json, *seen: Json, start: str = "1.34.1", target: str = "1.34.1", **options: Any) -> Plan:
    (folder / "manifests").mkdir()
    (folder / "manifests" / "web.json").write_text(json.dumps(manifest))
    return make_plan(request(folder, *seen, start=start, target=target, static_pods=str(folder / "manifests"), **options))


def request(folder: Path, *seen: Json, start: str, target: str, **options: Any) -> PlanRequest:
    node = {
        "kind": "Node",
        "metadata": {"name": NODE},
        "status": {"nodeInfo": {"kubeletVersion": f"v{start}", "containerRuntimeVersion": "containerd://1.7.27"}},
    }
    (folder / "in.json").write_text(json.dumps([node, *seen]))
    return PlanRequest((str(folder / "in.json"),), to_version=target, **options)


def told(found: Plan) -> tuple[Verdict, Reason]:
    (one,) = (each for each in found.pods if each.name == NAME)
    return one.verdict, one.reason


def rules(found: Plan) -> set[str]:
    return {one.rule for one in found.findings} & {"UC010", "UC011", "UC013", "UC016"}


UNEDITED = pod()
KEPT = pod(uid=OWN)


@pytest.mark.parametrize(
    ("before", "now", "expected", "rule"),
    [
        pytest.param(UNEDITED, UNEDITED, SAFE, set(), id="nothing was edited"),
        pytest.param(UNEDITED, pod(lifecycle=HOOK), ANOTHER_POD, {"UC010"}, id="a hook was added: another UID"),
        pytest.param(pod(lifecycle=HOOK), UNEDITED, ANOTHER_POD, {"UC010"}, id="and taken away"),
        pytest.param(UNEDITED, pod(spec={"hostNetwork": True}), ANOTHER_POD, {"UC010"}, id="another network"),
        pytest.param(UNEDITED, pod(metadata={"labels": {"tier": "web"}}), ANOTHER_POD, {"UC010"}, id="a label: that is in the UID, too"),
        pytest.param(KEPT, KEPT, SAFE, set(), id="its own UID, and nothing was edited"),
        pytest.param(KEPT, pod(uid=OWN, lifecycle=HOOK), SAFE, {"UC016"}, id="its own UID: from 1.31 on only name and image count"),
        pytest.param(KEPT, pod(uid=OWN, image="registry.example/web:2.0"), RESTART, {"UC016"}, id="which is another one"),
        pytest.param(KEPT, pod(uid=OWN, spec={"hostNetwork": True}), ANOTHER_NETWORK, {"UC011", "UC016"}, id="its own UID, and another network"),
        pytest.param(pod(uid=OWN, spec={"hostNetwork": True}), KEPT, ANOTHER_NETWORK, {"UC011", "UC016"}, id="and back"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mirror", [pytest.param(False, id="seen by its kubelet"), pytest.param(True, id="seen as its mirror pod")])
def test_edited_while_1_34_was_down(
    tmp_path: Path, before: Json, now: Json, expected: tuple[Verdict, Reason], rule: set[str], *, mirror: bool
) -> None:
    addresses = ("192.168.0.10", "192.168.0.10") if before["spec"].get("hostNetwork") else ("10.244.0.7", "192.168.0.10")
    if mirror and (before, now) == (pod(lifecycle=HOOK), UNEDITED):
        expected, rule = OPEN, set()  # an API server may have added it to the mirror pod
    found = plan(tmp_path, now, running(before, mirror=mirror, addresses=addresses))
    assert (told(found), rules(found)) == (expected, rule)


@pytest.mark.parametrize(
    ("start", "target", "now", "expected"),
    [
        pytest.param("1.22.17", "1.30.14", KEPT, SAFE, id="nothing was edited"),
        pytest.param("1.22.17", "1.30.14", pod(uid=OWN, lifecycle=HOOK), RESTART, id="up to 1.30 the whole container counts"),
        pytest.param("1.22.17", "1.30.14", pod(uid=OWN, spec={"dnsPolicy": "Default"}), SAFE, id="but not what is not in it"),
        pytest.param("1.15.12", "1.15.12", pod(uid=OWN, env=[{"name": "A", "value": "b"}]), RESTART, id="so it does up to 1.15"),
    ],
)
def test_under_its_own_uid_what_runs_was_hashed_and_not_what_is_written_now(
    tmp_path: Path, start: str, target: str, now: Json, expected: tuple[Verdict, Reason]
) -> None:
    found = plan(tmp_path, now, running(KEPT), start=start, target=target, override=True)
    assert told(found) == expected
    (app,) = found.pods[0].containers
    assert app.override_refused is (OverrideRefusal.ALREADY if expected == SAFE else OverrideRefusal.NO_RECORD)


def test_an_edited_container_is_never_held(tmp_path: Path) -> None:
    made = plan(tmp_path, KEPT, running(KEPT), start="1.22.17", target="1.22.17").pods[0].containers[0].computed.to_hash
    assert made is not None
    labels = {"io.kubernetes.pod.name": NAME, "io.kubernetes.pod.namespace": "default", "io.kubernetes.pod.uid": OWN}
    record = {
        "id": "1",
        "podSandboxId": "2",
        "metadata": {"name": "app"},
        "state": "CONTAINER_RUNNING",
        "labels": {**labels, "io.kubernetes.container.name": "app"},
        "annotations": {"io.kubernetes.container.hash": made.hex},
    }
    folder = tmp_path / "edited"
    folder.mkdir()
    now = pod(uid=OWN, lifecycle=HOOK)
    found = plan(folder, now, running(KEPT), {"containers": [record]}, start="1.22.17", target="1.22.17", override=True)
    (app,) = found.pods[0].containers
    assert (told(found), app.override_refused) == (RESTART, OverrideRefusal.SPEC_CHANGED)
    assert found.calibration.reproduced == found.calibration.recorded == 1


@pytest.mark.parametrize(
    ("extra", "expected"),
    [
        pytest.param({}, SAFE, id="nothing"),
        pytest.param({"priority": 2000001000, "preemptionPolicy": "PreemptLowerPriority"}, SAFE, id="its priority"),
        pytest.param({"runtimeClassName": "gvisor"}, OPEN, id="something else that the manifest does not have"),
    ],
)
def test_what_an_api_server_adds_to_a_mirror_pod(tmp_path: Path, extra: Json, expected: tuple[Verdict, Reason]) -> None:
    seen = running(KEPT, mirror=True)
    marked = {**seen["metadata"]["annotations"], "cni.example/address": "10.244.0.7"}
    seen = {**seen, "metadata": {**seen["metadata"], "annotations": marked}, "spec": {**seen["spec"], **extra}}
    assert told(plan(tmp_path, KEPT, seen)) == expected


def test_the_kubelets_own_view_goes_before_the_mirror_pod(tmp_path: Path) -> None:
    mirror = running(KEPT, mirror=True)
    assert told(plan(tmp_path, KEPT, {**mirror, "spec": {**mirror["spec"], "runtimeClassName": "gvisor"}}, running(KEPT))) == SAFE


@pytest.mark.parametrize(
    ("addresses", "expected"),
    [
        pytest.param(("10.244.0.7", "192.168.0.10"), ANOTHER_NETWORK, id="its own address, and the manifest wants the node's"),
        pytest.param(("192.168.0.10", "192.168.0.10"), SAFE, id="the node's address"),
    ],
)
def test_addresses_tell_the_network(tmp_path: Path, addresses: tuple[str, str], expected: tuple[Verdict, Reason]) -> None:
    manifest = pod(uid=OWN, spec={"hostNetwork": True})
    assert told(plan(tmp_path, manifest, running(manifest, addresses=addresses))) == expected


REFUSED = pod(ports=[{"containerPort": 0}])


def test_a_manifest_that_neither_kubelet_takes_stops_nothing(tmp_path: Path) -> None:
    found = plan(tmp_path, REFUSED)
    assert (told(found), rules(found)) == ((Verdict.NOT_COMPARED, Reason.NOT_RUNNING), set())


def test_but_what_runs_under_its_name_is_stopped(tmp_path: Path) -> None:
    found = plan(tmp_path, REFUSED, running(UNEDITED))
    assert (told(found), rules(found)) == ((Verdict.REJECT, Reason.MANIFEST_INVALID), {"UC013"})


@pytest.mark.parametrize(
    ("state", "expected", "rule"),
    [
        pytest.param("running", (Verdict.REJECT, Reason.MANIFEST_GONE), {"UC013"}, id="what runs"),
        pytest.param("ended", (Verdict.NOT_COMPARED, Reason.NOT_RUNNING), set(), id="but not what has ended"),
    ],
)
def test_without_a_manifest_is_stopped(tmp_path: Path, state: str, expected: tuple[Verdict, Reason], rule: set[str]) -> None:
    other = {**pod(), "metadata": {"name": "other"}}
    found = plan(tmp_path, other, running(KEPT, state=state))
    assert (told(found), rules(found)) == (expected, rule)


WHEN = "2026-11-30T05:00:00Z"
DELETED = pod(uid=OWN, metadata={"deletionTimestamp": WHEN})


@pytest.mark.parametrize(("start", "target"), [("1.20.15", "1.22.17"), ("1.30.14", "1.31.0"), ("1.34.1", "1.34.1")])
@pytest.mark.parametrize("mirror", [pytest.param(False, id="seen by its kubelet"), pytest.param(True, id="seen as its mirror pod")])
@pytest.mark.parametrize(
    ("state", "expected", "rule"),
    [
        pytest.param("running", (Verdict.UNKNOWN, Reason.MANIFEST_DELETED), {"UC013"}, id="what runs is left alone, or ended"),
        pytest.param("ended", (Verdict.NOT_COMPARED, Reason.NOT_RUNNING), set(), id="and what has ended stays so"),
    ],
)
def test_a_manifest_that_says_it_is_being_deleted(
    tmp_path: Path, start: str, target: str, state: str, expected: tuple[Verdict, Reason], rule: set[str], *, mirror: bool
) -> None:
    found = plan(tmp_path, DELETED, running(KEPT, mirror=mirror, state=state), start=start, target=target)
    assert (told(found), rules(found) - {"UC010", "UC016"}) == (expected, rule)


def test_under_another_uid_what_runs_is_ended(tmp_path: Path) -> None:
    another = pod(uid=OWN.replace("1", "2"), metadata={"deletionTimestamp": WHEN})
    found = plan(tmp_path, another, running(UNEDITED))
    assert (told(found), rules(found)) == ((Verdict.REJECT, Reason.MANIFEST_DELETED), {"UC013"})


def test_nobody_can_say_which_uid_a_kubelet_makes_of_a_time(tmp_path: Path) -> None:
    assert told(plan(tmp_path, pod(metadata={"deletionTimestamp": WHEN}), running(UNEDITED))) == (Verdict.UNKNOWN, Reason.MANIFEST_DELETED)


def test_without_a_look_at_the_node_nothing_tells_what_it_ends(tmp_path: Path) -> None:
    found = plan(tmp_path, DELETED)
    assert (told(found), rules(found)) == ((Verdict.UNKNOWN, Reason.MANIFEST_DELETED), {"UC013"})


def test_a_new_manifest_of_that_kind_starts_nothing(tmp_path: Path) -> None:
    other = running({**KEPT, "metadata": {**KEPT["metadata"], "name": "other", "uid": "5eed0000-0000-4000-8000-000000000002"}})
    other["metadata"]["name"] = f"other-{NODE}"
    found = plan(tmp_path, DELETED, other)
    assert told(found) == (Verdict.NOT_COMPARED, Reason.NOT_RUNNING)


def with_deletion(seen: Json) -> Json:
    return {**seen, "metadata": {**seen["metadata"], "deletionTimestamp": WHEN}}


def test_the_end_of_a_mirror_pod_ends_no_static_pod(tmp_path: Path) -> None:
    """Its kubelet makes the mirror pod anew, and compares what runs as ever: 1.22 to 1.31 restarts it."""
    found = make_plan(request(tmp_path, with_deletion(running(KEPT, mirror=True)), start="1.30.14", target="1.31.0"))
    (app,) = found.pods[0].containers
    assert (app.verdict, app.reason) == (Verdict.RESTART, Reason.HASH_CHANGED)


def test_nor_does_the_end_that_the_last_kubelet_read_if_the_manifest_has_it_no_more(tmp_path: Path) -> None:
    found = plan(tmp_path, KEPT, with_deletion(running(KEPT)), start="1.30.14", target="1.31.0")
    assert told(found)[0] is not Verdict.NOT_COMPARED


def test_what_a_kubelet_ends_already_is_not_compared(tmp_path: Path) -> None:
    found = make_plan(request(tmp_path, with_deletion(running(KEPT)), start="1.30.14", target="1.31.0"))
    assert (found.pods[0].verdict, found.pods[0].reason) == (Verdict.NOT_COMPARED, Reason.POD_TERMINATING)


def test_an_api_server_takes_it_out_of_what_it_is_asked_to_create(tmp_path: Path) -> None:
    found = make_plan(request(tmp_path, DELETED, start="1.30.14", target="1.31.0", from_version="1.30.14"))
    assert (found.pods[0].verdict, found.pods[0].reason) == (Verdict.RESTART, Reason.HASH_CHANGED)
