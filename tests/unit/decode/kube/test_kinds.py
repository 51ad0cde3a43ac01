"""What is not read and may be pods all the same: told apart from what cannot."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.shapes import Recognition, Shape, recognise


def recognised(document: dict[str, Any]) -> Recognition:
    return recognise(json.dumps(document).encode())


def of(api_version: str, kind: str, **rest: Any) -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": "x"}, **rest}


CONTAINERS = {"containers": [{"name": "c", "image": "i"}]}


@pytest.mark.parametrize(
    ("document", "lost"),
    [
        pytest.param(
            of("v1", "Status", status="Failure", code=403, reason="Forbidden"), "refused what was asked (403 Forbidden):", id="a refusal"
        ),
        pytest.param(of("v1", "Status", status="Failure", reason="<b>"), "refused what was asked:", id="an odd reason is not repeated"),
        pytest.param(of("meta.k8s.io/v1", "Table", rows=[]), "take it again with -o json", id="as kubectl prints"),
        pytest.param(of("meta.k8s.io/v1", "PartialObjectMetadata"), "metadata without a spec", id="metadata alone"),
        pytest.param({"type": "ADDED", "object": of("v1", "Pod", spec=CONTAINERS)}, "without a watch", id="an event of a watch"),
        pytest.param(of("v1", "PodList", items={"a": 1}), "its items are none", id="a list whose items are none"),
        pytest.param({"type": "ERROR", "object": of("v1", "Status")}, "without a watch", id="a watch that ended"),
    ],
)
def test_what_stands_where_pods_were_wanted(document: dict[str, Any], lost: str) -> None:
    found = recognised(document)
    assert (found.shape, found.makes) == (Shape.OTHER, False)
    assert lost in found.lost


NO_KIND = "Kubernetes has no such kind, and it looks like pods"
ELSEWHERE = "it holds what looks like pods or records"
WITHOUT_ITEMS = "it is a list, and its items are none"


@pytest.mark.parametrize(
    ("document", "lost"),
    [
        pytest.param(of("v1", "pod", spec=CONTAINERS), NO_KIND, id="in lower case"),
        pytest.param(of("v1", "Pods", spec=CONTAINERS), NO_KIND, id="in the plural"),
        pytest.param(of("v1", "Pod ", spec=CONTAINERS), NO_KIND, id="with a blank"),
        pytest.param(of("v2", "Pod", spec=CONTAINERS), NO_KIND, id="a version that there is not"),
        pytest.param(of("apps/v1", "Pod", spec=CONTAINERS), NO_KIND, id="in another group"),
        pytest.param(of("v1", "pod"), NO_KIND, id="without a spec, but meant as a pod"),
        pytest.param(of("v1", "deployment", spec={"container": []}), NO_KIND, id="a workload in lower case, and containers mistyped"),
        pytest.param(of("apps/v1", "Deploymant", spec={"replicas": 2}), NO_KIND, id="a workload without a template, mistyped"),
        pytest.param(of("", "pod", spec=CONTAINERS), NO_KIND, id="without a version"),
        pytest.param({"pods": [{"spec": CONTAINERS}]}, ELSEWHERE, id="pods in a member that is no list's"),
        pytest.param({"result": {"items": [{"spec": CONTAINERS}]}}, ELSEWHERE, id="a list in something else"),
        pytest.param({"container": [{"id": "c", "podSandboxId": "s"}]}, ELSEWHERE, id="crictl's list under another name"),
        pytest.param({"apiVersion": "v1", "kind": "List", "item": []}, WITHOUT_ITEMS, id="a list whose items are mistyped"),
        pytest.param({"apiVersion": "v1", "kind": "PodList"}, WITHOUT_ITEMS, id="a list without items, which Go always prints"),
        pytest.param(
            {"apiVersion": "apps/v1", "kind": "DeploymentList", "items": {}}, WITHOUT_ITEMS, id="a typed list whose items are none"
        ),
    ],
)
def test_what_holds_pods_under_another_name(document: dict[str, Any], lost: str) -> None:
    found = recognised(document)
    assert (found.shape, found.makes) == (Shape.OTHER, False)
    assert lost in found.lost


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of("v1", "service", spec={"image": "x"}), id="a known kind in lower case"),
        pytest.param(of("v1", "ConfigMap", data={"pod.json": '{"containers":[{"image":"x"}]}'}), id="a pod in a ConfigMap's text"),
        pytest.param(of("apps/v1", "ControllerRevision", data={"spec": {"replicas": 2}}), id="a revision"),
        pytest.param(of("v1", "ipPool", spec={"cidr": "10.0.0.0/8"}), id="another tool's kind that says nothing of containers"),
        pytest.param({"apiVersion": "v1", "kind": "ServiceList", "items": {}}, id="a list of what cannot be pods"),
        pytest.param({"node": {}, "pods": [{"podRef": {}, "containers": [{"name": "c"}]}]}, id="a kubelet's statistics"),
        pytest.param({"kind": "Plan", "format_version": "1.0", "containers": [{"image": "x"}], "spec": {}}, id="a report of ours"),
        pytest.param({"services": {"web": {"image": "x"}}}, id="a file for docker compose"),
    ],
)
def test_what_only_looks_like_it(document: dict[str, Any]) -> None:
    found = recognised(document)
    assert (found.shape, found.lost, found.makes) == (Shape.OTHER, "", False)


def test_a_mistyped_kind_is_told_as_it_is_written() -> None:
    assert recognised(of("v1", "pod", spec=CONTAINERS)).found == "kind 'pod'"
    assert recognised(of("v1", "pod\x1b[31m", spec=CONTAINERS)).found == "an object of no Kubernetes kind"


@pytest.mark.parametrize(
    ("metadata", "lost"),
    [
        ({"continue": "a"}, True),
        ({"remainingItemCount": 5}, True),
        ({"continue": ""}, False),
        ({"remainingItemCount": 0}, False),
        ({}, False),
    ],
)
def test_a_page_without_items(metadata: dict[str, Any], lost: bool) -> None:
    found = recognised({"apiVersion": "v1", "kind": "PodList", "metadata": metadata, "items": None})
    assert (found.shape, bool(found.lost)) == (Shape.EMPTY_LIST, lost)


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of("kafka.strimzi.io/v1beta2", "Kafka", spec={}), id="an operator's kind that is known"),
        pytest.param(of("example.com/v1", "Database", spec={"replicas": 3}), id="so many of something"),
        pytest.param(of("argoproj.io/v1alpha1", "Workflow", spec={"templates": [{"container": {"image": "i"}}]}), id="a Workflow"),
        pytest.param(of("serving.knative.dev/v1", "Revision", spec=CONTAINERS), id="containers in a spec of its own"),
        pytest.param(of("helm.toolkit.fluxcd.io/v2", "HelmRelease", spec={"chart": {}}), id="a release of manifests held elsewhere"),
        pytest.param(of("apps/v1", "Deployment", spec={"replicas": 1}), id="a workload whose template is not there"),
        pytest.param(of("example.com/v1", "Pod", spec=CONTAINERS), id="a Pod of another group"),
        pytest.param({"metadata": {"name": "x"}, "spec": {"pools": [CONTAINERS]}}, id="no kind, and containers in it"),
        pytest.param(
            of("template.openshift.io/v1", "Template", objects=[of("v1", "Pod"), of("a.b/v1", "X", spec={"replicas": 1})]),
            id="in a Template, beside what is read",
        ),
    ],
)
def test_what_may_make_pods(document: dict[str, Any]) -> None:
    found = recognised(document)
    assert (found.makes, found.lost) == (True, "")


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(of("v1", "Service"), id="a Service"),
        pytest.param(of("v1", "ConfigMap", data={"containers": "x"}), id="a ConfigMap, whatever it speaks of"),
        pytest.param(of("apiextensions.k8s.io/v1", "CustomResourceDefinition", spec={"containers": []}), id="the definition of a kind"),
        pytest.param(of("apps/v1", "ControllerRevision", data={"spec": {"template": {"spec": CONTAINERS}}}), id="a revision of the past"),
        pytest.param(of("metrics.k8s.io/v1beta1", "PodMetrics", **CONTAINERS), id="what pods use"),
        pytest.param(of("monitoring.coreos.com/v1", "ServiceMonitor", spec={"endpoints": []}), id="a kind of another group"),
        pytest.param(of("kyverno.io/v1", "ClusterPolicy", spec=CONTAINERS), id="a policy about containers"),
        pytest.param(of("v1", "Status", status="Success"), id="something that was done"),
        pytest.param({"format_version": "1.0", "kind": "Plan", "pods": [CONTAINERS]}, id="a report of ours"),
        pytest.param({"replicas": 3, "image": {"tag": "1"}}, id="values of a chart"),
    ],
)
def test_what_cannot(document: dict[str, Any]) -> None:
    found = recognised(document)
    assert (found.shape, found.makes, found.lost) == (Shape.OTHER, False, "")
