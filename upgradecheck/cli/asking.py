"""The request that plan and explain share, of the groups of options that they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from upgradecheck.cli.groups import ClusterOptions, EvidenceOptions, Input, ScopeOptions, Versions

if TYPE_CHECKING:
    from upgradecheck.commands.request import LiveCluster, PlanRequest


def plan_request(versions: Versions, reading: Input, evidence: EvidenceOptions, scope: ScopeOptions) -> PlanRequest:
    """What is planned, and of what; the cluster is still to come."""
    from upgradecheck.commands.request import PlanRequest

    return PlanRequest(
        files=reading.files,
        recursive=reading.recursive,
        example=reading.example,
        from_version=versions.from_version,
        to_version=versions.to_version,
        namespaces=scope.namespaces,
        excluded_namespaces=scope.excluded_namespaces,
        nodes=scope.nodes,
        selector=scope.selector,
        node_selector=scope.node_selector,
        static_pods=evidence.static_pods,
        feature_gates=evidence.feature_gates,
        to_config=evidence.to_config,
        checkpoint=evidence.checkpoint,
        in_force=evidence.in_force,
        cri=evidence.cri,
        docker=evidence.docker,
    )


def live_cluster(
    request: PlanRequest, cluster: ClusterOptions, watch: Callable[[str], None], tell: Callable[[str], None]
) -> LiveCluster | None:
    """The cluster to read, where no other input gives pods."""
    return None if request.files or request.example or request.static_pods else cluster.live(watch, tell)
