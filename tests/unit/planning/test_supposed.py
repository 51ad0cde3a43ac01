"""Manifests and templates where nobody names an API server: judged as the new kubelet's minor makes pods of them, and never safe where another
server that may have made them has them stopped."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from upgradecheck.commands.hash import HashRequest, make_hashes
from upgradecheck.commands.matrix import MatrixRequest, compare_minors
from upgradecheck.commands.path import PathRequest, find_paths
from upgradecheck.commands.plan import make_plan
from upgradecheck.commands.request import PlanRequest
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.model.changes import PairCounts
from upgradecheck.model.errors import UsageError
from upgradecheck.model.hashlist import HashError, one_by_one
from upgradecheck.model.plan import Grade, Plan, Verdict
from upgradecheck.model.reasons import Reason

Json = dict[str, Any]
APP = {"name": "app", "image": "example.org/web:1.0.0"}
APPARMOR = {"container.apparmor.security.beta.kubernetes.io/app": "runtime/default"}
DEFAULTS = {
    "dnsPolicy": "ClusterFirst",
    "restartPolicy": "Always",
    "schedulerName": "default-scheduler",
    "terminationGracePeriodSeconds": 30,
}
OWN_DEFAULTS = {"imagePullPolicy": "IfNotPresent", "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
PROBE = {"exec": {"command": ["true"]}, "terminationGracePeriodSeconds": 5}


def template(*, annotations: Json | None = None, container: Json | None = None, **spec: Any) -> Json:
    pod = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": [{**APP, **(container or {})}], **spec}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"template": pod}}


def pod(**changes: Any) -> Json:
    """A pod of which UID and status were taken away before it was shared."""
    spec = {"containers": [{**APP, **OWN_DEFAULTS}], **DEFAULTS}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "shop", **changes}, "spec": spec}


def planned(folder: Path, document: Json, start: str | None, target: str, **servers: str) -> Plan:
    (folder / "given.json").write_bytes(msgspec.json.encode(deepcopy(document)))
    return make_plan(PlanRequest(from_version=start, to_version=target, files=(str(folder / "given.json"),), **servers))  # type: ignore[arg-type]


SAFE, RESTART, OPEN = (
    (Verdict.SAFE, Reason.HASH_EQUAL),
    (Verdict.RESTART, Reason.HASH_CHANGED),
    (Verdict.UNKNOWN, Reason.MAKER_UNKNOWN),
)
ARMED, GRACE = template(annotations=APPARMOR), template(container={"livenessProbe": PROBE})
UNMOUNTED = template(automountServiceAccountToken=False)


@pytest.mark.parametrize(
    ("document", "start", "target", "expected"),
    [
        pytest.param(template(), "1.12", "1.13", SAFE, id="before subPathExpr"),
        pytest.param(template(), "1.13", "1.14", RESTART, id="every pod has a mount, of which 1.14 hashes more"),
        pytest.param(template(), "1.14", "1.15", SAFE, id="and 1.15 hashes the same of it"),
        pytest.param(template(), "1.15", "1.16", RESTART, id="another field that 1.16 hashes of every container"),
        pytest.param(UNMOUNTED, "1.13", "1.14", SAFE, id="no token is asked for, and no mount made"),
        pytest.param(ARMED, "1.28", "1.29", SAFE, id="no server makes a field of the annotation yet"),
        pytest.param(ARMED, "1.29", "1.30", RESTART, id="the first that does"),
        pytest.param(template(), "1.29", "1.30", SAFE, id="nothing that it makes a field of"),
        pytest.param(GRACE, "1.20", "1.21", OPEN, id="dropped, unless its gate is on"),
        pytest.param(template(container={"livenessProbe": PROBE}), "1.24", "1.25", SAFE, id="known to both, whoever made it"),
        pytest.param(pod(), "1.13", "1.14", SAFE, id="a pod that a server made, and gave no token"),
        pytest.param(pod(annotations=APPARMOR), "1.29", "1.30", SAFE, id="a pod that an older server made"),
    ],
)
def test_what_is_said(tmp_path: Path, document: Json, start: str, target: str, expected: tuple[Verdict, Reason]) -> None:
    (one,) = planned(tmp_path, document, start, target).pods
    assert [(each.verdict, each.reason, each.evidence.grade) for each in one.containers] == [(*expected, Grade.ESTIMATED)]
    assert (one.verdict, one.reason) == expected


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param({"api_to": "1.30"}, RESTART, id="made by the new one"),
        pytest.param({"api_from": "1.29", "api_to": "1.30"}, SAFE, id="made by the old one"),
    ],
)
def test_a_named_server_goes_before(tmp_path: Path, servers: dict[str, str], expected: tuple[Verdict, Reason]) -> None:
    (one,) = planned(tmp_path, ARMED, "1.29", "1.30", **servers).pods
    assert (one.verdict, one.reason) == expected


def test_an_older_server_that_makes_more_leaves_it_open(tmp_path: Path) -> None:
    """Servers 1.19 to 1.26 make seccompProfile of an annotation, which kubelet 1.18 does not know; 1.27 makes none."""
    document = template(annotations={"container.seccomp.security.alpha.kubernetes.io/app": "runtime/default"})
    (one,) = planned(tmp_path, document, "1.18", "1.27").pods
    assert (one.verdict, one.reason) == OPEN


HOPS = [("1.13", "1.14"), ("1.18", "1.27"), ("1.20", "1.21"), ("1.29", "1.30"), ("1.31", "1.32")]
SECCOMP = template(annotations={"container.seccomp.security.alpha.kubernetes.io/app": "runtime/default"})
SIDECAR = template(initContainers=[{**APP, "name": "proxy", "restartPolicy": "Always"}])
RESIZED = template(container={"resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}]})
DOCUMENTS = [ARMED, GRACE, SECCOMP, SIDECAR, RESIZED, pod(annotations=APPARMOR)]


def counts_of(plan: Plan) -> PairCounts:
    """Of a plan's containers that the new kubelet compares: a template of one replica is one pod."""
    said = Counter(one.verdict.value for each in plan.pods for one in each.containers)
    return PairCounts(said["restart"], said["safe"], said["unknown"])


@pytest.mark.parametrize("document", DOCUMENTS)
def test_matrix_and_path_say_what_a_plan_says(tmp_path: Path, document: Json) -> None:
    given = tmp_path / "given.json"
    given.write_bytes(msgspec.json.encode(document))
    minors = frozenset(parse_minor(one) for hop in HOPS for one in hop)
    matrix, told = compare_minors(MatrixRequest(minors, minors, (str(given),)))
    by_pair = {(str(cell.old), str(cell.new)): cell.counts for cell in matrix.cells}
    for start, target in HOPS:
        expected = counts_of(planned(tmp_path, document, start, target))
        assert by_pair[start, target] == expected, (start, target)
        paths, of_path = find_paths(PathRequest(from_version=start, to_version=target, files=(str(given),)))
        assert paths.paths[-1].hops[0].counts == expected, (start, target)
        assert [one for one in of_path if "judged" in one] == [
            one.replace("supposed.", "supposed: give --api-from.") for one in told if "judged" in one
        ]
    assert sum("judged as an API server makes pods of them" in one for one in told) == (document["kind"] == "Deployment")


def test_a_named_server_of_a_path_makes_the_pods(tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_bytes(msgspec.json.encode(ARMED))
    request = PathRequest(from_version="1.29", to_version="1.30", api_from="1.29.15", files=(str(given),))
    paths, told = find_paths(request)
    assert paths.paths[-1].hops[0].counts == PairCounts(safe=1)
    assert told[-1].startswith("1 manifest or template is judged as API server 1.29.15 makes pods of them: with its defaults")


def hashed(folder: Path, document: Json, kubelet: str, **options: Any) -> tuple[str, list[str]]:
    """The one entry of `hash`, and what was told of the pods."""
    (folder / "given.json").write_bytes(msgspec.json.encode(document))
    told: list[str] = []
    (entry,) = one_by_one(make_hashes(HashRequest((str(folder / "given.json"),), kubelets=(kubelet,), **options), told.append))
    return (entry.reason.partition(" whose")[0] if isinstance(entry, HashError) else str(entry.hash)), told


UNKNOWABLE = "the API server mounts its service account's token in a volume"
WRITTEN = "1 manifest or template is hashed as written, without an API server's defaults: kubelets before 1.31 hash these too"
MADE = pod()
MADE["spec"]["automountServiceAccountToken"] = False


BARE: Json = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "etcd"}, "spec": {"containers": [{"name": "app", "image": "i:1"}]}}
BARE_WITH_UID: Json = {**BARE, "metadata": {"name": "etcd", "uid": "11111111-1111-1111-1111-111111111111"}}
SEEN_BARE: Json = {**BARE_WITH_UID, "status": {"phase": "Running"}}


def test_a_hash_of_a_template_says_that_it_lacks_defaults(tmp_path: Path) -> None:
    made, _ = hashed(tmp_path, MADE, "1.29.15")
    hashes = {api: hashed(tmp_path, UNMOUNTED, "1.29.15", api=api) for api in (None, "1.29.15")}
    assert hashes["1.29.15"] == (made, [])
    assert hashes[None][0] != made
    assert [one.partition(",")[0] for one in hashes[None][1]] == [WRITTEN.partition(",")[0]]


@pytest.mark.parametrize(
    ("document", "kubelet", "options"),
    [
        pytest.param(MADE, "1.29.15", {}, id="a pod that a server made"),
        pytest.param(UNMOUNTED, "1.31.0", {}, id="name and image alone are hashed"),
        pytest.param(UNMOUNTED, "1.29.15", {"defaults": True}, id="the kubelet sets the defaults"),
        pytest.param(UNMOUNTED, "1.31.0", {"pod_source": "file"}, id="name and image alone are hashed of a static pod, too"),
        pytest.param(MADE, "1.29.15", {"pod_source": "file"}, id="a view that has its defaults"),
        pytest.param(SEEN_BARE, "1.29.15", {}, id="a pod that was seen, without what a server sets"),
    ],
)
def test_nothing_is_said_of_hashes_that_lack_none(tmp_path: Path, document: Json, kubelet: str, options: Json) -> None:
    assert hashed(tmp_path, document, kubelet, **options)[1] == []


@pytest.mark.parametrize(
    ("document", "options"),
    [
        pytest.param(BARE, {"pod_source": "file"}, id="by what was asked"),
        pytest.param(BARE_WITH_UID, {}, id="by a UID, which a pod of a server has with all defaults"),
        pytest.param(BARE_WITH_UID, {"pod_source": "file"}, id="by both"),
    ],
)
def test_a_hash_of_a_static_pods_manifest_says_that_it_lacks_defaults(tmp_path: Path, document: Json, options: Json) -> None:
    bare, told = hashed(tmp_path, document, "1.20.15", **options)
    assert [one.partition(":")[0] for one in told] == [
        "1 manifest is hashed as written, without the defaults that a kubelet gives a static pod"
    ]
    assert hashed(tmp_path, document, "1.20.15", defaults=True)[0] != bare


def test_a_made_up_name_has_no_hash(tmp_path: Path) -> None:
    assert hashed(tmp_path, template(), "1.30.14", api="1.30.14") == (UNKNOWABLE, [])
    assert hashed(tmp_path, template(), "1.31.0", api="1.30.14") == hashed(tmp_path, template(), "1.31.0")


@pytest.mark.parametrize("other", [{"defaults": True}, {"pod_source": "file"}])
def test_a_server_and_a_kubelet_do_not_both_set_defaults(other: Json) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        HashRequest(("x",), kubelets=("1.30",), api="1.30", **other)


def test_the_server_is_named_once(tmp_path: Path) -> None:
    told = [one for one in planned(tmp_path, template(), "1.13.12", "1.14.10").notices if "API server" in one]
    assert len(told) == 1
    assert told[0].startswith("1 manifest or template is judged as API server 1.14.10 makes pods of them")
    assert "No server is named, so that of the new kubelet's minor is supposed: give --api-to" in told[0]
    assert not [one for one in planned(tmp_path, pod(), "1.13.12", "1.14.10").notices if "API server 1" in one]
