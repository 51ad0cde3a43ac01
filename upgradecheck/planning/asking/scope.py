"""Which pods of what is given a plan is about."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from upgradecheck.decode.kube.selectors import Selector, parse_selector
from upgradecheck.model.plan import Scope
from upgradecheck.model.pod import NodeFacts, PodView


class Filter(msgspec.Struct, frozen=True, gc=False):
    """Which pods are in scope. only_node is where evidence belongs that names no node, as a manifest does; None if that is open.

    labelled are the nodes whose labels are known.
    """

    scope: Scope
    pods: Selector
    nodes: frozenset[str] | None
    only_node: str | None
    labelled: frozenset[str]

    def wants(self, namespace: str, node: str | None) -> bool:
        """Whether pods of a namespace on a node are in scope."""
        scope = self.scope
        if scope.namespaces and namespace not in scope.namespaces:
            return False
        return namespace not in scope.excluded_namespaces and self.has(node)

    def has(self, node: str | None) -> bool:
        """Whether a node is in scope."""
        return self.nodes is None or node in self.nodes

    def wants_view(self, view: PodView, *, on_a_node: bool = False) -> bool:
        """Whether a pod, as one view shows it, is in scope. on_a_node: something shows that it is on one, named or not."""
        node = view.node or (None if view.has_status and not on_a_node else self.only_node)
        return self.wants(view.namespace, node) and self.pods.matches(view.labels)

    def unlabelled_node(self, view: PodView) -> str | None:
        """The node of a view that --node-selector leaves out only because no Node object shows its labels."""
        named = self.scope.nodes
        if not self.scope.node_selector or view.node is None or view.node in self.labelled or (named and view.node not in named):
            return None
        return view.node if replace(self, nodes=None).wants_view(view) else None


def filter_of(scope: Scope, nodes: tuple[NodeFacts, ...]) -> Filter:
    """The filter of what was asked for, now that the nodes with their labels are known.

    Raises:
        UsageError: a selector is none.
    """
    by_label = parse_selector("--node-selector", scope.node_selector)
    wanted: frozenset[str] | None = frozenset(scope.nodes) or None
    if scope.node_selector:
        matching = frozenset(node.name for node in nodes if by_label.matches(node.labels))
        wanted = matching if wanted is None else matching & wanted
    named = scope.nodes or tuple(node.name for node in nodes)
    labelled = frozenset(node.name for node in nodes)
    return Filter(scope, parse_selector("--selector", scope.selector), wanted, named[0] if len(named) == 1 else None, labelled)
