"""Facts of a Node, kept as reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import as_version
from upgradecheck.decode.kube.nodes import node_facts
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import NodeCondition, NodeFacts, Origin, Taint

ORIGIN = Origin("nodes.json", "item 1")


def facts(node: Any) -> NodeFacts:
    return node_facts(json.dumps(node).encode(), ORIGIN)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        pytest.param(
            {
                "metadata": {"name": "worker-1", "labels": {"pool": "blue", "node-role.kubernetes.io/worker": ""}},
                "status": {"nodeInfo": {"kubeletVersion": "v1.30.4-eks-a737599", "containerRuntimeVersion": "containerd://1.7.2"}},
            },
            NodeFacts(
                "worker-1",
                as_version("v1.30.4-eks-a737599"),
                "containerd://1.7.2",
                {"pool": "blue", "node-role.kubernetes.io/worker": ""},
                ORIGIN,
            ),
            id="version and runtime as reported",
        ),
        pytest.param({"metadata": {"name": "n"}}, NodeFacts("n", None, None, {}, ORIGIN), id="no status"),
        pytest.param(
            {"metadata": {"name": "n", "labels": None}, "status": {"nodeInfo": {"kubeletVersion": ""}}},
            NodeFacts("n", None, None, {}, ORIGIN),
            id="a kubelet that never came up",
        ),
        pytest.param(
            {
                "metadata": {"name": "n"},
                "spec": {"taints": [{"key": "dedicated", "value": "db", "effect": "NoExecute"}, {"key": "bare", "effect": "NoSchedule"}]},
                "status": {
                    "allocatable": {"cpu": "3920m", "memory": "24681392Ki", "pods": "110", "example.com/gpu": 2},
                    "capacity": {"cpu": "4"},
                    "conditions": [
                        {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
                    ],
                    "nodeInfo": {"operatingSystem": "linux", "architecture": "arm64", "swap": {"capacity": 2147483648}},
                    "features": {"supplementalGroupsPolicy": True},
                    "declaredFeatures": ["GuaranteedQoSPodCPUResize"],
                },
            },
            NodeFacts(
                "n",
                None,
                None,
                {},
                ORIGIN,
                allocatable={"cpu": "3920m", "memory": "24681392Ki", "pods": "110", "example.com/gpu": "2"},
                capacity={"cpu": "4"},
                has_spec=True,
                taints=(Taint("dedicated", "db", "NoExecute"), Taint("bare", "", "NoSchedule")),
                conditions=(NodeCondition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),),
                os="linux",
                architecture="arm64",
                strict_groups=True,
                declared_features=("GuaranteedQoSPodCPUResize",),
                swap=2147483648,
            ),
            id="what admission goes by",
        ),
        pytest.param(
            {"metadata": {"name": "n"}, "spec": {}, "status": {"allocatable": {}, "features": {}, "conditions": [None]}},
            NodeFacts("n", None, None, {}, ORIGIN, has_spec=True),
            id="empty members tell nothing, but that the spec has no taint",
        ),
        pytest.param(
            {"metadata": {"name": "n"}, "status": {"nodeInfo": {"swap": {"capacity": "much"}}}},
            NodeFacts("n", None, None, {}, ORIGIN),
            id="swap that is no amount tells nothing",
        ),
    ],
)
def test_node_facts(node: Any, expected: NodeFacts) -> None:
    assert facts(node) == expected


CONTAINERD = {"containerRuntimeVersion": "containerd://1.7.2"}
PROVIDER = [{"key": "virtual-kubelet.io/provider", "value": "azure", "effect": "NoSchedule"}]


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        pytest.param(["2024-01-10T08:00:00Z", "2024-01-10T08:05:00Z", "2024-01-10T07:00:00Z"], 1_704_873_900, id="the last of its conditions"),
        pytest.param(["2024-01-10T08:00:00Z", None, 7, "soon", "0001-01-01T00:00:00Z"], 1_704_873_600, id="what is no time costs nothing else"),
        pytest.param([], 0, id="no conditions"),
    ],
)  # fmt: skip
def test_when_it_was_written(times: list[object], seconds: int) -> None:
    conditions = [{"type": "Ready", "status": "True", "lastHeartbeatTime": time} for time in times]
    assert facts({"metadata": {"name": "n"}, "status": {"conditions": [*conditions, {}, None]}}).seen_at == seconds * 10**9


@pytest.mark.parametrize(
    ("labels", "taints", "info", "expected"),
    [
        pytest.param({}, [], {"kubeletVersion": "v1.19.10-vk-azure-aci-1.4.8"}, True, id="it calls itself so"),
        pytest.param({}, [], {"kubeletVersion": "v1.13.1-vk-N/A", **CONTAINERD}, True, id="whatever else it says"),
        pytest.param({"type": "virtual-kubelet"}, [], {"kubeletVersion": "v1.28.3"}, True, id="its label"),
        pytest.param({}, PROVIDER, {"kubeletVersion": "v1.28.3"}, True, id="its provider's taint"),
        pytest.param({}, PROVIDER, {}, True, id="without a version"),
        pytest.param(
            {"type": "virtual-kubelet"}, PROVIDER, {"kubeletVersion": "v1.28.3", **CONTAINERD}, False, id="what has a runtime is real"
        ),
        pytest.param({"type": "virtual"}, [], {"kubeletVersion": "v1.28.3-vkube.1"}, False, id="other words"),
        pytest.param({}, [], {"kubeletVersion": "v1.28.3-vke.4"}, False, id="Volcengine's"),
    ],
)
def test_a_virtual_kubelet(labels: dict[str, str], taints: list[dict[str, str]], info: dict[str, str], expected: bool) -> None:
    node = {"metadata": {"name": "n", "labels": labels}, "spec": {"taints": taints}, "status": {"nodeInfo": info}}
    assert facts(node).virtual is expected


@pytest.mark.parametrize(
    ("node", "path", "reason"),
    [
        pytest.param({"metadata": {}}, "metadata.name", "expected a node's name, found none", id="no name"),
        pytest.param({"metadata": {"name": None}}, "metadata.name", "expected a node's name, found none", id="null"),
        pytest.param(
            {"metadata": {"name": "n"}, "status": {"nodeInfo": {"kubeletVersion": 1.3}}},
            "status.nodeInfo.kubeletVersion",
            "expected a string, found a number",
            id="a version of a wrong type",
        ),
    ],
)
def test_refused_with_its_path(node: Any, path: str, reason: str) -> None:
    with pytest.raises(SpecRefused) as caught:
        facts(node)
    assert (caught.value.path, caught.value.reason) == (path, reason)
