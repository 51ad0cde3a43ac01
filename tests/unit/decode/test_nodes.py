"""Facts of a Node, kept as reported."""

from __future__ import annotations

import json
from typing import Any

import pytest

from upgradecheck.decode.nodes import node_facts
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.pod import NodeFacts, Origin

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
                "worker-1", "v1.30.4-eks-a737599", "containerd://1.7.2", {"pool": "blue", "node-role.kubernetes.io/worker": ""}, ORIGIN
            ),
            id="version and runtime as reported",
        ),
        pytest.param({"metadata": {"name": "n"}}, NodeFacts("n", None, None, {}, ORIGIN), id="no status"),
        pytest.param(
            {"metadata": {"name": "n", "labels": None}, "status": {"nodeInfo": {"kubeletVersion": ""}}},
            NodeFacts("n", None, None, {}, ORIGIN),
            id="a kubelet that never came up",
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
