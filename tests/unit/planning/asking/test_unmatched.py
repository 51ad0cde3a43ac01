"""A namespace or node that was misspelt is no all-clear."""

from __future__ import annotations

import pytest

from tests.builders_plan import pod
from upgradecheck.model.plan import PlannedPod, Scope
from upgradecheck.planning.asking.unmatched import unmatched

WEB = pod("web-1", namespace="shop", node="node-a")


@pytest.mark.parametrize(
    ("scope", "pods", "missing"),
    [
        pytest.param(Scope(), [WEB], [], id="nothing is asked for"),
        pytest.param(Scope(namespaces=("shop",)), [WEB], [], id="a namespace that has pods"),
        pytest.param(Scope(namespaces=("shop", "typo", "typo")), [WEB], ["pods of namespace typo"], id="one that has none"),
        pytest.param(Scope(namespaces=("other",)), [], [], id="its pods are there, and another option leaves them out"),
        pytest.param(Scope(nodes=("node-a", "node-b", "typo")), [WEB], ["node typo"], id="a node that nothing names"),
        pytest.param(Scope(nodes=("typo",)), [], ["node typo"], id="the only one"),
        pytest.param(Scope(nodes=("mine",)), [pod("m", node=None)], [], id="what names no node is the only one's"),
        pytest.param(Scope(selector="a=b"), [], ["pods by --selector a=b"], id="labels that nothing has"),
        pytest.param(Scope(node_selector="a=b"), [], ["pods by --node-selector a=b"], id="labels that no node has"),
    ],
)
def test_unmatched(scope: Scope, pods: list[PlannedPod], missing: list[str]) -> None:
    found = unmatched(scope, frozenset({"shop", "other"}), frozenset({"node-a", "node-b"}), pods)
    assert [each.what for each in found] == missing


def test_where_no_pod_was_read_labels_are_not_to_blame() -> None:
    assert not list(unmatched(Scope(selector="a=b"), frozenset(), frozenset(), []))
