"""Manifests and templates where nobody names an API server: judged as the new kubelet's minor makes pods of them, and never safe where another
server that may have made them has them stopped."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest

from upgradecheck.commands.plan import make_plan
from upgradecheck.commands.request import PlanRequest
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
    assert one.verdict in (Verdict.RESTART, Verdict.UNKNOWN)


def test_the_server_is_named_once(tmp_path: Path) -> None:
    told = [one for one in planned(tmp_path, template(), "1.13.12", "1.14.10").notices if "API server" in one]
    assert len(told) == 1
    assert told[0].startswith("1 manifest or template is judged as API server 1.14.10 makes pods of them")
    assert "No server is named, so that of the new kubelet's minor is supposed: give --api-to" in told[0]
    assert not [one for one in planned(tmp_path, pod(), "1.13.12", "1.14.10").notices if "API server 1" in one]
