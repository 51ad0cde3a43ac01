"""What people have at hand in place of objects."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.kube.lookalikes import CHART, COMPOSE, KUBECONFIG, KUSTOMIZATION, VALUES, help_for, is_unfilled
from upgradecheck.decode.kube.shapes import NAMELESS, Shape, recognise

KUBECONFIG_FILE = {"apiVersion": "v1", "kind": "Config", "clusters": [], "contexts": [], "current-context": ""}
CHART_FILE = {"apiVersion": "v2", "name": "web", "version": "0.1.0"}
KUSTOMIZATION_FILE = {"resources": ["deploy.yaml"], "namePrefix": "dev-"}


@pytest.mark.parametrize(
    ("document", "found"),
    [
        pytest.param(KUBECONFIG_FILE, KUBECONFIG, id="a kubeconfig"),
        pytest.param({"apiVersion": "v1", "kind": "Config"}, "kind Config", id="another Config"),
        pytest.param(CHART_FILE, CHART, id="a chart"),
        pytest.param(KUSTOMIZATION_FILE, KUSTOMIZATION, id="a kustomization without a kind"),
        pytest.param({"patches": [{"path": "a.yaml"}]}, KUSTOMIZATION, id="patches alone"),
        pytest.param(
            {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": []}, KUSTOMIZATION, id="with its kind"
        ),
        pytest.param({"resources": [{"limits": {}}]}, NAMELESS, id="resources that are no names of files"),
        pytest.param({"replicaCount": 1, "image": {"tag": "1"}, "service": {}, "nodeSelector": {}}, VALUES, id="values of a chart"),
        pytest.param({"web": {"image": {"pullPolicy": "Always", "repository": "a"}}}, VALUES, id="values of a chart of charts"),
        pytest.param({"replicaCount": 1, "image": "web"}, NAMELESS, id="too little to be values"),
        pytest.param({"metadata": {}, "image": {"repository": "a"}}, NAMELESS, id="an object is none"),
        pytest.param({"services": {"web": {"image": "nginx"}}, "volumes": {}, "x-a": 1}, COMPOSE, id="a compose file"),
        pytest.param({"version": "3.9", "services": {"web": {"build": "."}}}, COMPOSE, id="an old one"),
        pytest.param({"services": [], "version": "1"}, NAMELESS, id="services that are a list"),
        pytest.param({"services": {}, "code": 500}, NAMELESS, id="services of something else"),
    ],
)
def test_what_it_is(document: dict[str, Any], found: str) -> None:
    told = recognise(json.dumps(document).encode())
    assert (told.shape, told.found, told.lost) == (Shape.OTHER, found, "")


@pytest.mark.parametrize(
    ("spec", "unfilled"),
    [
        pytest.param({"containers": [{"name": "a", "image": "${IMAGE}"}]}, True, id="envsubst"),
        pytest.param({"containers": [{"name": "a", "image": "web:{{ .Values.tag }}"}]}, True, id="Helm"),
        pytest.param(
            {"containers": [{"name": "a", "image": "web", "args": ["echo ${HOME}", "{{ . }}"]}]}, False, id="what a shell fills in"
        ),
        pytest.param({"containers": [{"name": "a", "image": "web", "args": ["$(HOME)"]}]}, False, id="what the kubelet fills in"),
    ],
)
def test_placeholders(spec: dict[str, Any], *, unfilled: bool) -> None:
    assert is_unfilled(json.dumps({"kind": "Pod", "spec": spec}).encode()) is unfilled


def test_each_help_is_told_once() -> None:
    assert help_for([CHART, "kind Service", CHART]).count("helm template") == 1
    assert help_for([CHART, VALUES]).count("helm template") == 1
    assert help_for(["kind Service"]) == ""
