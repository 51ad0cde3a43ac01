"""Plans of several clusters as JSON: what they come to together, by owner and cluster, and each plan whole as its own contract has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from upgradecheck.contract.parts import Count, FormatVersion, Lines, Part, Rows, members, said
from upgradecheck.contract.sealing import sealed
from upgradecheck.contract.v1 import plan as plan_contract
from upgradecheck.contract.v1.plan import ByVerdict, PlanJson
from upgradecheck.model.clusters import ClusterPlan, Clusters, Share
from upgradecheck.model.plan import Plan

WorstCode = Literal[0, 1, 2, 3, 4]


class ClustersSummaryJson(Part, frozen=True):
    """Numbers over all clusters of which there is a plan."""

    clusters: Annotated[Count, said("How many were asked for")]
    planned: Annotated[Count, said("Of how many there is a plan")]
    containers: ByVerdict
    pods: ByVerdict


class ShareJson(Part, frozen=True, kw_only=True):
    """What one owner has in one cluster."""

    owner: Annotated[str | None, said("A label's value, or a namespace (owner_label); null: pods without the label")]
    cluster: str
    containers: ByVerdict
    pods: ByVerdict


class ClusterJson(Part, frozen=True, kw_only=True):
    """One cluster: its plan, or why there is none."""

    name: Annotated[str, said("A context of the kubeconfig, or the name of a dump")]
    exit_code: Annotated[WorstCode, said("1 where there is no plan")]
    trouble: Annotated[str | None, said("Why there is no plan; left out where there is one")] = None
    plan: Annotated[PlanJson | None, said("As `plan -o json` writes it of this cluster alone; left out where there is none")] = None


class ClustersJson(Part, frozen=True, kw_only=True):
    """Plans of several clusters. What is unknown is null."""

    format_version: FormatVersion
    kind: Literal["Clusters"]
    complete: Annotated[bool, said("False when something of some cluster could not be seen or trusted")]
    exit_code: Annotated[WorstCode, Meta(description="The worst of the clusters': 1, then 2, 3, 4, 0")]
    owner_label: Annotated[str | None, said("The label of pods that tells owners; null: owners are namespaces")]
    summary: ClustersSummaryJson
    owners: Lines[ShareJson]
    clusters: Lines[ClusterJson]
    notices: tuple[str, ...]
    document_hash: Annotated[str | None, said("A checksum over all other members, whatever their order and layout")] = None


DOCUMENT = ClustersJson


def of(clusters: Clusters) -> Iterator[tuple[str, object]]:
    """The members, cluster by cluster, and not yet sealed; the plans in them are."""
    return members(
        ClustersJson,
        clusters,
        summary=ClustersSummaryJson(len(clusters.clusters), len(clusters.plans), dict(clusters.containers), dict(clusters.pods)),
        owners=map(_share, clusters.shares),
        clusters=map(_cluster, clusters.clusters),
        document_hash=None,
    )


def _share(share: Share) -> ShareJson:
    return ShareJson(owner=share.owner, cluster=share.cluster, containers=dict(share.containers), pods=dict(share.pods))


def _cluster(one: ClusterPlan) -> dict[str, object]:
    """As ClusterJson has it; a plan with its members in their order and its own checksum."""
    told: dict[str, object] = {"name": one.name, "exit_code": one.exit_code}
    if one.plan is None:
        return {**told, "trouble": one.trouble}
    return {**told, "plan": _plan(one.plan)}


def _plan(plan: Plan) -> dict[str, object]:
    return {name: list(value.values) if isinstance(value, Rows) else value for name, value in sealed(plan_contract.of(plan))}
