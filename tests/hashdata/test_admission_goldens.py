"""Our admission against what real kubelets of each minor said: tests/goldens/admission.json."""

from __future__ import annotations

import pytest

from tests.builders import raw, read
from tests.drawing import standing_for
from tests.oracle.admission.asking import line, patient, told
from tests.oracle.admission.corpus import Document, cases
from tests.oracle.admission.goldens import GOLDENS
from upgradecheck.decisions.admission import admission_request, admit
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.pod import Origin
from upgradecheck.reading.pod import Taken

REAL = GOLDENS.read()
KEPT = ("1.13.12", "1.15.12", "1.16.15", "1.22.17", "1.26.15", "1.30.14", "1.33.13", "1.35.8", "1.38.0")
"""The oldest, both sides of the typed era's end, the newest, and some between."""


def ours(version: str, node: Document, pods: list[Document]) -> list[str]:
    """The same lines, of our mirror. Who is stopped for another one is not among them: where pods are alike, the kubelet may take any."""
    build = patient(version)
    values = [read(pod).under(build, Taken.AS_WRITTEN).value for pod in pods]
    sources = [pod["metadata"].get("annotations", {}).get("kubernetes.io/config.source", "api") for pod in pods]
    requests = [
        admission_request(value, build, uid=pod["metadata"]["uid"], from_api=source == "api")
        for pod, value, source in zip(pods, values, sources, strict=True)
    ]
    outcomes = admit(requests, node_facts(raw(node), Origin("nodes.json")), build)
    return [line(told(outcomes[one.uid]), one.needs.qos.value, critical=one.critical) for one in requests]


def at_the_end(real: str, pods: list[Document]) -> list[str]:
    """What became of the pods: who was stopped for a later one is no longer admitted."""
    lines = [one.partition(" stops ") for one in real.split("; ")]
    stopped = {uid for _, _, uids in lines for uid in uids.split()}
    return [
        said.replace("admitted", "Preempting") if pod["metadata"]["uid"] in stopped else said
        for (said, _, _), pod in zip(lines, pods, strict=True)
    ]


@pytest.mark.parametrize("version", standing_for(REAL, KEPT))
def test_pods_are_admitted_as_real_kubelets_of_each_minor_did(version: str) -> None:
    wrong = {}
    for name, (node, pods) in cases().items():
        real = at_the_end(REAL[version][name], pods)
        if (made := ours(version, node, pods)) != real:
            wrong[name] = (made, real)
    assert wrong == {}
