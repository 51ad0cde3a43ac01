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
                    "nodeInfo": {"operatingSystem": "linux", "architecture": "arm64"},
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
            ),
            id="what admission goes by",
        ),
        pytest.param(
            {"metadata": {"name": "n"}, "spec": {}, "status": {"allocatable": {}, "features": {}, "conditions": [None]}},
            NodeFacts("n", None, None, {}, ORIGIN, has_spec=True),
            id="empty members tell nothing, but that the spec has no taint",
        ),
    ],
)
def test_node_facts(node: Any, expected: NodeFacts) -> None:
    assert facts(node) == expected


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
