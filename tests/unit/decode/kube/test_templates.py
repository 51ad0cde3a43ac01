"""A workload's template as the pod that its controller would make: raw spec, names of the workload."""

from __future__ import annotations

import json

import pytest

from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.decode.kube.shapes import Recognition, Shape, recognise
from upgradecheck.decode.kube.templates import is_controlled, template_pod
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Origin, PodSource, View, Workload

ORIGIN = Origin("deployment.json")
SPEC = b'{ "containers":[{"name":"app","image":"a","image":"b","x":1e400}] }'
TEMPLATE = b'{"metadata":{"labels":{"app":"web"}},"spec":' + SPEC + b"}"
IN_SPEC = b'{"template":' + TEMPLATE + b"}"


def workload(kind: str, api_version: str, rest: bytes = b'"spec":' + IN_SPEC) -> bytes:
    return b'{"kind":"%b","apiVersion":"%b","metadata":{"name":"web","namespace":"shop","uid":"u"},%b}' % (
        kind.encode(),
        api_version.encode(),
        rest,
    )


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        pytest.param(kind, workload(kind, version, *rest), id=f"{kind} of {version}")
        for kind, version, *rest in (
            ("Deployment", "apps/v1"),
            ("Deployment", "extensions/v1beta1"),
            ("StatefulSet", "apps/v1beta2"),
            ("DaemonSet", "apps/v1"),
            ("ReplicaSet", "apps/v1"),
            ("Job", "batch/v1"),
            ("CronJob", "batch/v1beta1", b'"spec":{"jobTemplate":{"spec":' + IN_SPEC + b"}}"),
            ("ReplicationController", "v1"),
            ("PodTemplate", "v1", b'"template":' + TEMPLATE),
        )
    ],
)
def test_every_workload_gives_its_pod(kind: str, raw: bytes) -> None:
    assert recognise(raw) == Recognition(Shape.TEMPLATE, kind)
    pod = template_pod(raw)
    assert pod.endswith(b',"spec":' + SPEC + b"}"), "the spec is the template's, byte for byte"
    assert recognise(pod) == Recognition(Shape.POD)
    view = pod_view(pod, ORIGIN)
    assert (view.uid, view.namespace, view.name, view.node, view.has_status) == ("", "shop", "web", None, False)
    assert (view.view, view.source, view.workload, dict(view.labels)) == (View.SPEC, PodSource.API, Workload(kind, "web"), {"app": "web"})


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        pytest.param(workload("Deployment", "apps.openshift.io/v1"), "kind Deployment of apps.openshift.io/v1", id="another group"),
        pytest.param(workload("Job", "batch.volcano.sh/v1alpha1"), "kind Job of batch.volcano.sh/v1alpha1", id="Volcano's Job"),
        pytest.param(workload("Deployment", "apps/v1", b'"spec":{}'), "kind Deployment of apps/v1", id="no template"),
        pytest.param(workload("Deployment", "apps/v1", b'"spec":{"template":{}}'), "kind Deployment of apps/v1", id="no spec in it"),
        pytest.param(workload("CronJob", "batch/v1"), "kind CronJob of batch/v1", id="a template at another place"),
        pytest.param(workload("Deployment", "apps/v1", b'"spec":[]'), "kind Deployment of apps/v1", id="a spec of a wrong type"),
    ],
)
def test_others_are_named(raw: bytes, found: str) -> None:
    assert recognise(raw) == Recognition(Shape.OTHER, found)


def test_a_name_that_is_not_there_and_annotations() -> None:
    raw = b'{"kind":"Job","spec":{"template":{"metadata":{"annotations":{"a":"\\u0062"}},"spec":{}}}}'
    assert json.loads(template_pod(raw))["metadata"] == {
        "name": None,
        "annotations": {"a": "b"},
        "ownerReferences": [{"kind": "Job", "name": None, "controller": True}],
    }
    assert b'"annotations":{"a":"\\u0062"}' in template_pod(raw)


def test_no_template_is_refused() -> None:
    with pytest.raises(SpecRefused) as caught:
        template_pod(workload("CronJob", "batch/v1"))
    assert str(caught.value) == "spec.jobTemplate.spec.template: expected a pod template with a spec, found none"


@pytest.mark.parametrize(
    ("owners", "expected"),
    [
        pytest.param(b'[{"kind":"Deployment","controller":true}]', True, id="made by a controller"),
        pytest.param(b'[{"kind":"Application"},null]', False, id="owned, and not controlled"),
        pytest.param(b"null", False, id="nobody's"),
    ],
)
def test_is_controlled(owners: bytes, expected: bool) -> None:
    assert is_controlled(b'{"kind":"ReplicaSet","metadata":{"ownerReferences":%b}}' % owners) is expected
