"""Names that the user asks for and nothing has: a namespace or node that was misspelt must not read as one in which nothing restarts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upgradecheck.model.plan import Missing, PlannedPod, Scope


def unmatched(scope: Scope, namespaces: frozenset[str], nodes: frozenset[str], pods: Iterable[PlannedPod]) -> Iterator[Missing]:
    """What of the scope matches nothing. namespaces and nodes: all that anything names, in scope or not."""
    planned = tuple(pods)
    for option, selector in (("--selector", scope.selector), ("--node-selector", scope.node_selector)):
        if selector and namespaces and not planned:
            yield Missing(f"pods by {option} {selector}", "of those that were read, none is asked for; check it")
    seen = namespaces.union(pod.namespace for pod in planned)
    for name in dict.fromkeys(scope.namespaces):
        if name not in seen:
            yield Missing(f"pods of namespace {name}", "--namespace asks for them, and nothing that was read is of it; check its name")
    there = nodes.union(pod.node for pod in planned if pod.node)
    if len(scope.nodes) == 1 and planned:  # what names no node is this one's
        return
    for name in dict.fromkeys(scope.nodes):
        if name not in there:
            yield Missing(f"node {name}", "--node asks for it, and nothing that was read is of it; check its name")
