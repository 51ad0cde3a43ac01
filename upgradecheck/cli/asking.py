"""The request that plan and explain share, of the groups of options that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upgradecheck.cli.groups import ClusterOptions, EvidenceOptions, Input, ScopeOptions, Versions
from upgradecheck.model.errors import UsageError
from upgradecheck.model.fleet import NAMESPACE

if TYPE_CHECKING:
    from upgradecheck.cli.session import Session
    from upgradecheck.commands.request import LiveCluster, PlanRequest
    from upgradecheck.model.progress import Watch


def plan_request(versions: Versions, reading: Input, evidence: EvidenceOptions, scope: ScopeOptions) -> PlanRequest:
    """What is planned, and of what; the cluster is still to come."""
    from upgradecheck.commands.request import PlanRequest

    return PlanRequest(
        files=reading.files,
        recursive=reading.recursive,
        example=reading.example,
        from_version=versions.from_version,
        to_version=versions.to_version,
        api_from=versions.api_from,
        api_to=versions.api_to,
        allow_provisional=versions.allow_provisional,
        namespaces=scope.namespaces,
        excluded_namespaces=scope.excluded_namespaces,
        nodes=scope.nodes,
        selector=scope.selector,
        node_selector=scope.node_selector,
        static_pods=evidence.static_pods,
        feature_gates=evidence.feature_gates,
        kubelet_dir=evidence.kubelet_dir,
        to_runtime=evidence.to_runtime,
        to_config=evidence.to_config,
        checkpoint=evidence.checkpoint,
        in_force=evidence.in_force,
        cri=evidence.cri,
        docker=evidence.docker,
        fleet=evidence.fleet,
        fleet_namespace=evidence.fleet_namespace or NAMESPACE,
        max_bundle_age=evidence.max_bundle_age,
    )


def live_cluster(
    request: PlanRequest, cluster: ClusterOptions, watch: Watch, session: Session, *, beside: bool = True
) -> LiveCluster | None:
    """The cluster to read: where no other input gives pods, and beside files and manifests where the command line names it.

    beside: the command can read both.

    Raises:
        UsageError: a cluster is named beside an input that stands alone. Where only the environment or a file names it, that is said.
    """
    inputs = (("--example", request.example), ("-f", request.files), ("--static-pods", request.static_pods))
    given = next((option for option, value in inputs if value), None)
    if given is None:
        return cluster.live(watch, session.tell)
    for option, value in (("--kubeconfig", cluster.kubeconfig), ("--context", cluster.context), ("--fleet", request.fleet or None)):
        if value is None:
            continue
        place = session.places.get(option)
        if place is None:
            if beside and not request.example:
                return cluster.live(watch, session.tell)
            raise UsageError(f"{option} and {given} exclude each other: with {given} no cluster is read. Leave one of them out.")
        session.tell(f"{place}: is not used, since with {given} no cluster is read.")
    return None
