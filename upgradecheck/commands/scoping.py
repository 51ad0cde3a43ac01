"""What a request is about, as the report tells it."""

from __future__ import annotations

from upgradecheck.commands.request import PlanRequest
from upgradecheck.model.plan import Scope
from upgradecheck.model.snapshot import Facts


def scope_of(request: PlanRequest, facts: Facts) -> Scope:
    """What the report says that it looked at."""
    return Scope(
        inputs=("example",) if request.example else (*facts.names, *([] if request.static_pods is None else [request.static_pods])),
        namespaces=request.namespaces,
        excluded_namespaces=request.excluded_namespaces,
        nodes=request.nodes,
        selector=request.selector,
        node_selector=request.node_selector,
        cluster=facts.cluster,
    )
