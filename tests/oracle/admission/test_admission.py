"""Our admission against the real handler of a few releases: pods come to a node one by one, and those that are admitted stay."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import raw, read
from tests.oracle.admission import drawing
from tests.oracle.admission.asking import patient, plain, told
from tests.oracle.admission.real import Handler
from tests.oracle.go import go_is_here
from upgradecheck.decisions.admission import admission_request, admit
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Origin
from upgradecheck.reading.pod import Taken

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not go_is_here(), reason="needs Go")]

EXAMPLES = int(os.environ.get("TESTS_ORACLE_EXAMPLES", "1000"))
VERSIONS = os.environ.get("TESTS_ADMISSION_VERSIONS", "1.16.15,1.22.17,1.30.14,1.34.10").split(",")
ORIGIN = Origin("nodes.json")


@pytest.fixture(scope="module", params=VERSIONS)
def asked(request: pytest.FixtureRequest) -> Iterator[tuple[Handler, KubeletBuild]]:
    with Handler(request.param) as handler:
        yield handler, patient(request.param)


def really(handler: Handler, pods: list[dict[str, Any]], node: dict[str, Any]) -> list[str]:
    present: list[dict[str, Any]] = []
    found = []
    for pod in pods:
        answer = handler.admit(pod, present, node)
        found.append("admitted" if answer["admit"] else plain(answer["reason"]))
        if answer["admit"]:
            present.append(pod)
    return found


@st.composite
def nodes_with_pods(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    return draw(drawing.node()), [draw(drawing.pod(number)) for number in range(draw(st.integers(1, 4)))]


def test_pods_are_admitted_and_refused_as_by_the_real_handler(asked: tuple[Handler, KubeletBuild]) -> None:
    handler, build = asked

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(nodes_with_pods())
    def compare(drawn: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
        node, pods = drawn
        values = [read(pod).under(build, Taken.AS_WRITTEN).value for pod in pods]
        requests = [admission_request(value, build, uid=f"p{number}", from_api=True) for number, value in enumerate(values)]
        ours = admit(requests, node_facts(raw(node), ORIGIN), build)
        assert [told(ours[f"p{number}"]) for number in range(len(pods))] == really(handler, pods, node)

    compare()


@st.composite
def nodes_with_a_critical_pod(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The last pod is critical, or only of a higher priority than some."""
    node, pods = draw(nodes_with_pods())
    for pod in pods:
        if draw(st.booleans()):
            pod["spec"]["priority"] = draw(st.sampled_from((0, 1000)))
    last = draw(drawing.pod(len(pods)))
    last["spec"]["priority"] = draw(st.sampled_from((1000, 2_000_000_000, 2_000_000_000)))
    return node, [*pods, last]


def test_pods_are_stopped_for_a_critical_one_as_by_the_real_kubelet(asked: tuple[Handler, KubeletBuild]) -> None:
    """Of pods that are alike the kubelet may take any, so it must be one of ours."""
    handler, build = asked

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(nodes_with_a_critical_pod())
    def compare(drawn: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
        node, pods = drawn
        requests = [
            admission_request(read(pod).under(build, Taken.AS_WRITTEN).value, build, uid=pod["metadata"]["uid"], from_api=True)
            for pod in pods
        ]
        ours = admit(requests, node_facts(raw(node), ORIGIN), build)
        *before, last = pods
        admitted = really(handler, before, node)
        present = [pod for pod, found in zip(before, admitted, strict=True) if found == "admitted"]
        answer = handler.admit(last, present, node)
        assert told(ours[last["metadata"]["uid"]]) == ("admitted" if answer["admit"] else plain(answer["reason"]))
        stopped = {uid for uid, outcome in ours.items() if told(outcome) == "Preempting"}
        assert set(answer["stopped"] or ()) <= stopped
        assert bool(answer["stopped"]) is bool(stopped)

    compare()


@st.composite
def ranked(draw: st.DrawFn) -> dict[str, Any]:
    """A pod with a priority, a source or a class in its status."""
    pod: dict[str, Any] = draw(drawing.pod(1))
    if draw(st.booleans()):
        pod["spec"]["priority"] = draw(st.sampled_from((-1, 0, 1_999_999_999, 2_000_000_000, 2_000_001_000)))
    if draw(st.booleans()):
        pod["metadata"]["annotations"] = {"kubernetes.io/config.source": draw(st.sampled_from(("api", "file", "http")))}
    if draw(st.integers(0, 3)) == 0:
        pod["status"]["qosClass"] = draw(st.sampled_from(("Guaranteed", "Burstable", "BestEffort")))
    return pod


def test_class_and_rank_are_those_that_the_real_kubelet_sees(asked: tuple[Handler, KubeletBuild]) -> None:
    handler, build = asked
    node = {"metadata": {"name": "worker-1"}}

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(ranked())
    def compare(pod: dict[str, Any]) -> None:
        source = pod["metadata"].get("annotations", {}).get("kubernetes.io/config.source", "api")
        if source != "api":
            del pod["status"]  # a static pod comes without one
        answer = handler.admit(pod, [], node)
        ours = admission_request(read(pod).under(build, Taken.AS_WRITTEN).value, build, uid="p", from_api=source == "api")
        assert (ours.needs.qos.value, ours.critical) == (answer["qos"], answer["critical"])

    compare()
