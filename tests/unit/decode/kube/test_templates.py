"""A workload's template as the pod that its controller would make: raw spec, names of the workload."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.pods import pod_view
from upgradecheck.decode.kube.shapes import Recognition, Shape, recognise
from upgradecheck.decode.kube.templates import Owner, controller, template_pods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import Origin, PodSource, Replicas, View, Workload

ORIGIN = Origin("deployment.json")
SPEC = b'{ "containers":[{"name":"app","image":"a","image":"b","x":1e400}] }'
TEMPLATE = b'{"metadata":{"labels":{"app":"web"}},"spec":' + SPEC + b"}"
IN_SPEC = b'{"template":' + TEMPLATE + b"}"


def template_pod(raw: bytes) -> bytes:
    (made,) = template_pods(raw)
    return made.raw


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
        pytest.param(workload("Deployment", "apps/v1", b'"spec":{}'), "kind Deployment of apps/v1", id="no template"),
        pytest.param(workload("Deployment", "apps/v1", b'"spec":{"template":{}}'), "kind Deployment of apps/v1", id="no spec in it"),
        pytest.param(workload("CronJob", "batch/v1"), "kind CronJob of batch/v1", id="a template at another place"),
        pytest.param(workload("Deployment", "apps/v1", b'"spec":[]'), "kind Deployment of apps/v1", id="a spec of a wrong type"),
    ],
)
def test_a_workload_that_tells_no_template_makes_pods_all_the_same(raw: bytes, found: str) -> None:
    assert recognise(raw) == Recognition(Shape.OTHER, found, makes=True)


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
        pytest.param(
            b'[{"apiVersion":"apps/v1","kind":"Deployment","name":"web","controller":true}]',
            Owner("Deployment", "apps", "", "web"),
            id="made by a controller",
        ),
        pytest.param(b'[{"kind":"X","controller":true}]', Owner("X", None, "", ""), id="a reference that says little"),
        pytest.param(b'[{"kind":"Application"},null]', None, id="owned, and not controlled"),
        pytest.param(b"null", None, id="nobody's"),
    ],
)
def test_who_made_it(owners: bytes, expected: Owner | None) -> None:
    assert controller(b'{"kind":"ReplicaSet","metadata":{"ownerReferences":%b}}' % owners) == expected


POD_SPEC = {"containers": [{"name": "c", "image": "i"}]}
FILLED = {"metadata": {"labels": {"app": "x"}}, "spec": POD_SPEC}


def made(api_version: str, kind: str, **rest: Any) -> list[tuple[str, str, str, Replicas]]:
    """The pods of an object: workload's kind, namespace, name, and how many."""
    document = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web", "namespace": "shop"}, **rest}
    raw = json.dumps(document).encode()
    assert recognise(raw) == Recognition(Shape.TEMPLATE, kind)
    views = [(pod_view(pod.raw, ORIGIN), pod.replicas) for pod in template_pods(raw)]
    return [(view.workload.kind if view.workload else "", view.namespace, view.name, replicas) for view, replicas in views]


@pytest.mark.parametrize(
    ("api_version", "kind", "spec"),
    [
        pytest.param("argoproj.io/v1alpha1", "Rollout", {"template": FILLED}, id="Argo's Rollout"),
        pytest.param("apps.openshift.io/v1", "DeploymentConfig", {"template": FILLED}, id="OpenShift's DeploymentConfig"),
        pytest.param("serving.knative.dev/v1", "Service", {"template": FILLED}, id="Knative's Service"),
        pytest.param("apps.kruise.io/v1alpha1", "CloneSet", {"template": FILLED}, id="Kruise's CloneSet"),
        pytest.param("batch.example.com/v1", "CronJob", {"jobTemplate": {"spec": {"template": FILLED}}}, id="another group's CronJob"),
        pytest.param("keda.sh/v1alpha1", "ScaledJob", {"jobTargetRef": {"template": FILLED}}, id="KEDA's ScaledJob"),
    ],
)
def test_a_template_counts_under_its_own_kind(api_version: str, kind: str, spec: dict[str, Any]) -> None:
    assert made(api_version, kind, spec=spec) == [(kind, "shop", "web", Replicas())]


def test_whole_pods_keep_their_names() -> None:
    pods = [{"metadata": {"name": f"web-{number}"}, "spec": POD_SPEC} for number in (0, 1)]
    found = made("core.strimzi.io/v1beta2", "StrimziPodSet", spec={"pods": pods})
    assert found == [("StrimziPodSet", "shop", "web-0", Replicas()), ("StrimziPodSet", "shop", "web-1", Replicas())]


def test_a_template_of_openshift_gives_what_its_objects_give() -> None:
    config = {
        "apiVersion": "apps.openshift.io/v1",
        "kind": "DeploymentConfig",
        "metadata": {"name": "${NAME}"},
        "spec": {"replicas": "${{N}}", "template": FILLED},
    }
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": POD_SPEC}
    found = made("template.openshift.io/v1", "Template", objects=[config, pod, {"apiVersion": "v1", "kind": "Service"}])
    assert found == [("DeploymentConfig", "default", "${NAME}", Replicas()), ("Pod", "default", "p", Replicas())]


@pytest.mark.parametrize(
    ("kind", "spec", "expected"),
    [
        pytest.param("Deployment", {}, Replicas(1), id="nothing said is one"),
        pytest.param("Deployment", {"replicas": None}, Replicas(1), id="and null is nothing"),
        pytest.param("StatefulSet", {"replicas": 3}, Replicas(3), id="as many as are said"),
        pytest.param("Deployment", {"replicas": 0}, Replicas(0), id="none"),
        pytest.param("Deployment", {"replicas": -1}, Replicas(1), id="what is no number"),
        pytest.param("Deployment", {"replicas": True}, Replicas(1), id="a truth is none either"),
        pytest.param("Job", {"parallelism": 4, "completions": 3}, Replicas(3), id="no more at once than there are to do"),
        pytest.param("Job", {"parallelism": 4}, Replicas(4), id="at once"),
        pytest.param("Job", {"suspend": True, "parallelism": 4}, Replicas(0), id="a suspended Job"),
        pytest.param("DaemonSet", {"replicas": 5}, Replicas(1, per_node=True), id="one per node"),
    ],
)
def test_how_many_pods_a_workload_makes(kind: str, spec: dict[str, Any], expected: Replicas) -> None:
    api_version = "batch/v1" if kind == "Job" else "apps/v1"
    assert [found[-1] for found in made(api_version, kind, spec={**spec, "template": FILLED})] == [expected]


@pytest.mark.parametrize(
    ("kind", "spec", "status", "expected"),
    [
        pytest.param("Deployment", {"replicas": 0}, {"replicas": 3}, 3, id="it is scaled down, and they run"),
        pytest.param("Deployment", {"replicas": 0}, {}, 0, id="none is left"),
        pytest.param("Deployment", {"replicas": 0}, {"replicas": "3"}, 0, id="what is no number tells nothing"),
        pytest.param("Deployment", {"replicas": 2}, {"replicas": 3}, 2, id="what is wanted counts"),
        pytest.param("Job", {"suspend": True}, {"active": 2}, 2, id="a suspended Job whose pods are being ended"),
        pytest.param(
            "CronJob", {"suspend": True}, {"active": [{"name": "web-1"}]}, 1, id="suspending leaves a CronJob's running Jobs alone"
        ),
        pytest.param("CronJob", {"suspend": True}, {"active": []}, 0, id="and none runs"),
        pytest.param(
            "DaemonSet", {}, {"desiredNumberScheduled": 0, "numberMisscheduled": 2}, 2, id="where a DaemonSet's pods stand no longer"
        ),
    ],
)
def test_where_none_are_wanted_those_count_that_are_there(kind: str, spec: dict[str, Any], status: dict[str, Any], expected: int) -> None:
    template = {"jobTemplate": {"spec": {"template": FILLED}}} if kind == "CronJob" else {"template": FILLED}
    ((*_, found),) = made("batch/v1" if kind.endswith("Job") else "apps/v1", kind, spec={**spec, **template}, status=status)
    assert found == Replicas(expected)


@pytest.mark.parametrize(("suspended", "expected"), [(False, Replicas(2)), (True, Replicas(0))])
def test_a_cron_job_is_suspended_itself(suspended: bool, expected: Replicas) -> None:
    job = {"spec": {"parallelism": 2, "template": FILLED}}
    assert made("batch/v1", "CronJob", spec={"suspend": suspended, "jobTemplate": job}) == [("CronJob", "shop", "web", expected)]


def test_a_daemon_set_knows_how_many_nodes_take_it() -> None:
    found = made("apps/v1", "DaemonSet", spec={"template": FILLED}, status={"desiredNumberScheduled": 7})
    assert [one[-1] for one in found] == [Replicas(7)]


def test_an_item_without_a_kind_takes_that_of_its_list() -> None:
    raw = json.dumps({"metadata": {"name": "web"}, "spec": {"replicas": 2, "template": FILLED}}).encode()
    assert recognise(raw) == Recognition(Shape.TEMPLATE)
    assert recognise(raw, "Deployment", "apps/v1") == Recognition(Shape.TEMPLATE, "Deployment")
    (pod,) = template_pods(raw, "Deployment")
    assert (pod_view(pod.raw, ORIGIN).workload, pod.replicas) == (Workload("Deployment", "web"), Replicas(2))
