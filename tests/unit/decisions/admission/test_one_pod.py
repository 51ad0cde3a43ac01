"""Each ground for refusing one pod, at the first and last version of each range."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.decisions.admission.asking import asks, build, labelled, node, outcomes, pod, tainted, tell, with_metadata
from upgradecheck.decisions.admission import Possible, Refused

WEB = pod()
WINDOWS = pod(os={"name": "windows"})
LABELLED_WINDOWS = with_metadata(WEB, labels={"kubernetes.io/os": "windows"})
SIDECAR = pod(initContainers=[{"name": "mesh", "image": "i", "restartPolicy": "Always"}])
STRICT = pod(securityContext={"supplementalGroupsPolicy": "Strict"})
POD_RESOURCES = pod(resources={"requests": {"cpu": "1"}})
EVICTING = {"key": "dedicated", "value": "db", "effect": "NoExecute"}
NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}


def tolerating(**toleration: str) -> Any:
    return pod(tolerations=[toleration])


def affine(*expressions: dict[str, Any], **fields: Any) -> Any:
    term = {"matchExpressions": list(expressions), **fields}
    return pod(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}})


def line(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, "values": list(values)}


@pytest.mark.parametrize(
    ("document", "on", "by_version"),
    [
        pytest.param(WEB, node(), dict.fromkeys(("1.8.15", "1.16.15", "1.22.17", "1.30.14", "1.37.1"), "admitted"), id="nothing is asked"),
        pytest.param(
            WINDOWS,
            node(),
            {"1.22.17": "admitted", "1.23.0": "PodOSNotSupported", "1.28.15": "PodOSNotSupported", "1.37.1": "PodOSNotSupported"},
            id="spec.os, which kubelets know from 1.23 on",
        ),
        pytest.param(WINDOWS, node(nodeInfo={}), {"1.30.14": "PodOSNotSupported?"}, id="the node does not show its operating system"),
        pytest.param(
            LABELLED_WINDOWS,
            node(),
            {"1.22.17": "admitted", "1.23.0": "PodOSSelectorNodeLabelDoesNotMatch", "1.37.1": "PodOSSelectorNodeLabelDoesNotMatch"},
            id="the pod's own label kubernetes.io/os",
        ),
        pytest.param(
            pod(nodeSelector={"pool": "red"}),
            node(),
            {"1.8.15": "MatchNodeSelector", "1.17.17": "MatchNodeSelector", "1.18.0": "NodeAffinity", "1.37.1": "NodeAffinity"},
            id="a label has changed since",
        ),
        pytest.param(
            pod(nodeSelector={"pool": "blue"}),
            node(),
            {"1.18.0": "NodeAffinity?", "1.18.19": "admitted", "1.19.0": "NodeAffinity?", "1.19.11": "admitted", "1.20.7": "admitted"},
            id="a kubelet that does not wait for its Node object may know its default labels only",
        ),
        pytest.param(
            pod(nodeSelector={"kubernetes.io/os": "linux"}), node(), {"1.16.15": "admitted"}, id="a label that the kubelet sets itself"
        ),
        pytest.param(pod(nodeSelector={"pool": "blue"}), labelled(), {"1.30.14": "NodeAffinity?"}, id="the node's labels are not shown"),
        pytest.param(
            pod(nodeName="other"), node(), {"1.17.17": "HostName", "1.18.0": "NodeName", "1.37.1": "NodeName"}, id="another node's name"
        ),
        pytest.param(
            WEB,
            tainted(EVICTING),
            {"1.23.17": "admitted", "1.24.0": "TaintToleration", "1.37.1": "TaintToleration"},
            id="a NoExecute taint",
        ),
        pytest.param(WEB, tainted(NOT_READY), {"1.24.0": "admitted", "1.37.1": "admitted"}, id="other taints are the scheduler's"),
        pytest.param(tolerating(key="dedicated", operator="Exists"), tainted(EVICTING), {"1.37.1": "admitted"}, id="the key is tolerated"),
        pytest.param(tolerating(operator="Exists"), tainted(EVICTING), {"1.37.1": "admitted"}, id="all is tolerated"),
        pytest.param(
            tolerating(key="dedicated", value="db", effect="NoExecute"), tainted(EVICTING), {"1.37.1": "admitted"}, id="key and value"
        ),
        pytest.param(
            tolerating(key="dedicated", value="x"), tainted(EVICTING), {"1.37.1": "TaintToleration"}, id="another value is tolerated"
        ),
        pytest.param(
            tolerating(key="dedicated", operator="Exists", effect="NoSchedule"),
            tainted(EVICTING),
            {"1.37.1": "TaintToleration"},
            id="another effect",
        ),
        pytest.param(
            SIDECAR,
            node(),
            {
                "1.27.16": "admitted",
                "1.28.0": "InitContainerRestartPolicyForbidden",
                "1.28.15": "InitContainerRestartPolicyForbidden",
                "1.29.0": "admitted",
            },
            id="a sidecar, whose gate is off in 1.28",
        ),
        pytest.param(
            STRICT,
            node(),
            {
                "1.31.14": "admitted",
                "1.32.13": "admitted",
                "1.33.0": "SupplementalGroupsPolicyNotSupported?",
                "1.37.1": "SupplementalGroupsPolicyNotSupported?",
            },
            id="strict groups, of which the node says nothing",
        ),
        pytest.param(
            STRICT, node(features={"supplementalGroupsPolicy": True}), {"1.33.0": "admitted"}, id="strict groups, which the node has"
        ),
        pytest.param(POD_RESOURCES, node(), {"1.33.13": "admitted", "1.34.0": "admitted", "1.37.1": "admitted"}, id="pod-level resources"),
        pytest.param(
            pod(containers=[asks({"cpu": "3"})]),
            node(),
            {"1.8.15": "OutOfcpu", "1.16.15": "OutOfcpu", "1.37.1": "OutOfcpu"},
            id="more cpu than there is",
        ),
        pytest.param(pod(containers=[asks({"memory": "5Gi"})]), node(), {"1.22.17": "OutOfmemory"}, id="more memory"),
        pytest.param(
            pod(containers=[asks({"ephemeral-storage": "11Gi"})]), node(), {"1.22.17": "OutOfephemeral-storage"}, id="more local storage"
        ),
        pytest.param(pod(containers=[asks({"hugepages-2Mi": "2Mi"})]), node(), {"1.22.17": "OutOfhugepages-2Mi"}, id="huge pages"),
        pytest.param(pod(containers=[asks({"example.com/gpu": "2"})]), node(), {"1.22.17": "OutOfexample.com/gpu"}, id="more devices"),
        pytest.param(pod(containers=[asks({"cpu": "3"})]), node(allocatable=None), {"1.22.17": "admitted"}, id="allocatable is not shown"),
        pytest.param(pod(containers=[asks({"cpu": "3"})]), node(allocatable={"pods": "5"}), {"1.22.17": "admitted"}, id="no cpu is shown"),
        pytest.param(
            pod(containers=[asks({"example.com/nic": "1"})]),
            node(),
            {"1.8.15": "OutOfexample.com/nic", "1.9.11": "OutOfexample.com/nic", "1.10.0": "admitted", "1.37.1": "admitted"},
            id="an extended resource that the node does not have",
        ),
        pytest.param(
            pod(initContainers=[asks({"example.com/nic": "1"}, name="prep")]),
            node(),
            {"1.10.0": "OutOfexample.com/nic", "1.30.14": "OutOfexample.com/nic", "1.31.0": "admitted"},
            id="the same in an init container",
        ),
        pytest.param(
            pod(securityContext={"sysctls": [{"name": "net.core.somaxconn", "value": "1"}]}),
            node(),
            {"1.10.13": "admitted", "1.11.10": "SysctlForbidden?", "1.37.1": "SysctlForbidden?"},
            id="an unsafe sysctl",
        ),
        pytest.param(
            with_metadata(WEB, annotations={"security.alpha.kubernetes.io/unsafe-sysctls": "net.core.somaxconn=1"}),
            node(),
            {"1.8.15": "SysctlForbidden?", "1.10.13": "SysctlForbidden?", "1.11.10": "admitted"},
            id="an unsafe sysctl by annotation",
        ),
        pytest.param(
            pod(securityContext={"sysctls": [{"name": "net.ipv4.tcp_rmem", "value": "1"}]}),
            node(),
            {"1.31.14": "SysctlForbidden?", "1.32.0": "admitted"},
            id="a sysctl that became safe",
        ),
        pytest.param(
            WEB,
            node(conditions=[{"type": "DiskPressure", "status": "True"}]),
            {"1.16.15": "Evicted?", "1.37.1": "Evicted?"},
            id="disk pressure",
        ),
        pytest.param(
            WEB, node(conditions=[{"type": "MemoryPressure", "status": "True"}]), {"1.37.1": "Evicted?"}, id="memory pressure, BestEffort"
        ),
        pytest.param(
            pod(containers=[asks({"cpu": "1"})]),
            node(conditions=[{"type": "MemoryPressure", "status": "True"}]),
            {"1.37.1": "admitted"},
            id="memory pressure, Burstable",
        ),
    ],
)
def test_by_version(document: Any, on: Any, by_version: dict[str, str]) -> None:
    assert {version: tell(version, document, on=on)["web"] for version in by_version} == by_version


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        pytest.param(affine(line("pool", "In", "blue", "red")), "admitted", id="In"),
        pytest.param(affine(line("pool", "In", "red")), "NodeAffinity", id="In, another value"),
        pytest.param(affine(line("pool", "NotIn", "red")), "admitted", id="NotIn"),
        pytest.param(affine(line("absent", "NotIn", "red")), "admitted", id="NotIn, no such label"),
        pytest.param(
            affine(line("pool", "NotIn", "not a value!")), "NodeAffinity", id="a value that no label can have makes the term unreadable"
        ),
        pytest.param(affine(line("pool", "Exists")), "admitted", id="Exists"),
        pytest.param(affine(line("pool", "Exists", "x")), "NodeAffinity", id="Exists with a value is unreadable"),
        pytest.param(affine(line("absent", "DoesNotExist")), "admitted", id="DoesNotExist"),
        pytest.param(affine(line("rank", "Gt", "6")), "admitted", id="Gt"),
        pytest.param(affine(line("rank", "Gt", "7")), "NodeAffinity", id="Gt is strict"),
        pytest.param(affine(line("rank", "Lt", "8")), "admitted", id="Lt"),
        pytest.param(affine(line("pool", "Lt", "8")), "NodeAffinity", id="Lt of a text"),
        pytest.param(affine(line("rank", "Gt", "many")), "NodeAffinity", id="Gt of a text is unreadable"),
        pytest.param(affine(line("rank", "Lt", "9" * 5000)), "NodeAffinity", id="Lt of a number beyond 64 bits is unreadable"),
        pytest.param(affine(line("pool", "Near", "blue")), "NodeAffinity", id="no such operator"),
        pytest.param(affine(), "NodeAffinity", id="an empty term matches no node"),
        pytest.param(affine(matchFields=[line("metadata.name", "In", "worker-1")]), "admitted", id="the node's name"),
        pytest.param(affine(matchFields=[line("metadata.name", "NotIn", "worker-1")]), "NodeAffinity", id="not this node"),
        pytest.param(affine(matchFields=[line("metadata.name", "In", "worker-1", "b")]), "NodeAffinity", id="a field takes one value"),
        pytest.param(affine(matchFields=[line("metadata.name", "Exists")]), "NodeAffinity", id="a field takes In and NotIn"),
    ],
)
def test_required_node_affinity(document: Any, expected: str) -> None:
    assert tell("1.30.14", document) == {"web": expected}


def test_up_to_1_10_an_unreadable_term_ends_the_search_for_one_that_matches() -> None:
    terms = [{"matchExpressions": [line("pool", "Near", "blue")]}, {"matchExpressions": [line("kubernetes.io/os", "In", "linux")]}]
    document = pod(affinity={"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}})
    assert [tell(version, document)["web"] for version in ("1.8.15", "1.10.13", "1.11.0")] == [
        "MatchNodeSelector",
        "MatchNodeSelector",
        "admitted",
    ]


def test_gates_that_are_set_count() -> None:
    assert tell(build("1.28.15", SidecarContainers=True), SIDECAR) == {"web": "admitted"}
    assert tell(build("1.29.0", SidecarContainers=False), SIDECAR) == {"web": "InitContainerRestartPolicyForbidden"}
    assert tell(build("1.33.0", SidecarContainers=False), SIDECAR) == {"web": "admitted"}
    assert tell(build("1.34.0", PodLevelResources=False), POD_RESOURCES) == {"web": "PodLevelResourcesNotSupported"}
    assert tell(build("1.33.0", PodLevelResources=False), POD_RESOURCES) == {"web": "admitted"}
    assert tell(build("1.33.0", SupplementalGroupsPolicy=False), STRICT) == {"web": "SupplementalGroupsPolicyNotSupported?"}


def test_required_features() -> None:
    rules = [{"action": "RestartAllContainers", "exitCodes": {"operator": "In", "values": [1]}}]
    restarts_all = pod(containers=[{"name": "app", "image": "i", "restartPolicy": "Never", "restartPolicyRules": rules}])
    assert tell(build("1.35.0", RestartAllContainersOnContainerExits=False), restarts_all) == {"web": "admitted"}
    assert tell(build("1.35.0", NodeDeclaredFeatures=True, RestartAllContainersOnContainerExits=False), restarts_all) == {
        "web": "PodFeatureUnsupported"
    }
    assert tell(build("1.36.4", RestartAllContainersOnContainerExits=False), restarts_all) == {"web": "PodFeatureUnsupported"}
    assert tell(build("1.36.4", RestartAllContainersOnContainerExits=True), restarts_all) == {"web": "admitted"}
    own_users = pod(hostNetwork=True, hostUsers=False)
    assert tell(build("1.36.4", UserNamespacesHostNetworkSupport=True), own_users) == {"web": "PodFeatureUnsupported?"}
    assert tell(build("1.36.4", UserNamespacesHostNetworkSupport=False), own_users) == {"web": "PodFeatureUnsupported"}
    assert tell(build("1.35.0", NodeDeclaredFeatures=True), own_users) == {"web": "admitted"}


def test_what_is_told() -> None:
    (refused,) = outcomes("1.30.14", pod(containers=[asks({"cpu": "2500m"})])).values()
    assert isinstance(refused, Refused)
    assert (refused.ground.asked, refused.ground.has) == ("2500m cpu", "2000m cpu, 0m taken")
    (possible,) = outcomes("1.33.0", STRICT).values()
    assert isinstance(possible, Possible)
    assert possible.unknown == "whether the runtime supports it and the new kubelet has said so before the pod is admitted"
