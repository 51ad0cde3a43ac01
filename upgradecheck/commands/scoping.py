"""Which pods of what is given a plan is about."""

from __future__ import annotations

from dataclasses import dataclass, replace

from upgradecheck.commands.request import PlanRequest
from upgradecheck.model.plan import Scope
from upgradecheck.model.pod import NodeFacts, PodView
from upgradecheck.model.snapshot import Facts
from upgradecheck.planning.asking.selectors import Selector, parse_selector


@dataclass(frozen=True, slots=True)
class Filter:
    """Which pods are in scope. only_node is where evidence belongs that names no node, as a manifest does; None if that is open.

    labelled are the nodes whose labels are known.
    """

    request: PlanRequest
    pods: Selector
    nodes: frozenset[str] | None
    only_node: str | None
    labelled: frozenset[str]

    def wants(self, namespace: str, node: str | None) -> bool:
        """Whether pods of a namespace on a node are in scope."""
        request = self.request
        if request.namespaces and namespace not in request.namespaces:
            return False
        return namespace not in request.excluded_namespaces and (self.nodes is None or node in self.nodes)

    def wants_view(self, view: PodView) -> bool:
        """Whether a pod, as one view shows it, is in scope."""
        node = view.node or (None if view.has_status else self.only_node)
        return self.wants(view.namespace, node) and self.pods.matches(view.labels)

    def unlabelled_node(self, view: PodView) -> str | None:
        """The node of a view that --node-selector leaves out only because no Node object shows its labels."""
        named = self.request.nodes
        if not self.request.node_selector or view.node is None or view.node in self.labelled or (named and view.node not in named):
            return None
        return view.node if replace(self, nodes=None).wants_view(view) else None


def filter_of(request: PlanRequest, nodes: tuple[NodeFacts, ...]) -> Filter:
    """The request's filter, now that the nodes with their labels are known.

    Raises:
        UsageError: a selector is none.
    """
    by_label = parse_selector("--node-selector", request.node_selector)
    wanted: frozenset[str] | None = frozenset(request.nodes) or None
    if request.node_selector:
        matching = frozenset(node.name for node in nodes if by_label.matches(node.labels))
        wanted = matching if wanted is None else matching & wanted
    named = request.nodes or tuple(node.name for node in nodes)
    labelled = frozenset(node.name for node in nodes)
    return Filter(request, parse_selector("--selector", request.selector), wanted, named[0] if len(named) == 1 else None, labelled)


def scope_of(request: PlanRequest, facts: Facts) -> Scope:
    """What the report says that it looked at."""
    return Scope(
        inputs=("example",) if request.example else (*facts.names, *([] if request.static_pods is None else [request.static_pods])),
        namespaces=request.namespaces,
        excluded_namespaces=request.excluded_namespaces,
        nodes=request.nodes,
        selector=request.selector,
        node_selector=request.node_selector,
    )
