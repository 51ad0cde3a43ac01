"""What plans of several clusters come to, for people: one sentence, a row for each cluster, and by owner what stops where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from upgradecheck.model.clusters import ClusterPlan, Clusters, Share
from upgradecheck.model.exit_codes import MEANING
from upgradecheck.model.plan import GONE, Verdict
from upgradecheck.model.wording import count
from upgradecheck.reporting.answer import answer_of

NO_PLAN = "NO REPORT"
NO_OWNER = "without the label"


class ClusterRow(msgspec.Struct, frozen=True, gc=False):
    """One cluster: its name, its answer in a word, its exit code, and how many containers stop, are unknown, and are there.

    told: the sentence of its answer, or why there is none.
    """

    name: str
    word: str
    exit_code: int
    stop: int
    unknown: int
    containers: int
    told: str


class OwnerRow(msgspec.Struct, frozen=True, gc=False):
    """What of one owner's stops or cannot be told, in all clusters and in each; raw names."""

    owner: str | None
    stop: int
    unknown: int
    containers: int
    clusters: tuple[tuple[str, int, int], ...]


class ClustersReport(msgspec.Struct, frozen=True, gc=False):
    """owners: those of whose something stops or cannot be told, the worst first; unharmed: how many others there are.

    by: what an owner is.
    """

    sentence: str
    gate: str
    clusters: tuple[ClusterRow, ...]
    owners: tuple[OwnerRow, ...]
    unharmed: int
    by: str
    notices: tuple[str, ...]


def clusters_report(clusters: Clusters) -> ClustersReport:
    """The report of these clusters."""
    every = tuple(_owners(clusters.shares))
    harmed = tuple(sorted((one for one in every if one.stop or one.unknown), key=lambda one: (-one.stop, -one.unknown)))
    label = clusters.owner_label
    return ClustersReport(
        sentence=_sentence(clusters),
        gate=f"Exit code {clusters.exit_code}: {MEANING[clusters.exit_code]}.",
        clusters=tuple(map(_cluster, clusters.clusters)),
        owners=harmed,
        unharmed=len(every) - len(harmed),
        by="namespace" if label is None else f"label {label}",
        notices=clusters.notices,
    )


def stopped(counted: Mapping[Verdict, int]) -> int:
    """How many of these stop."""
    return sum(counted.get(verdict, 0) for verdict in GONE)


def _sentence(clusters: Clusters) -> str:
    """How many clusters end how, the worst first."""
    failed = [one for one in clusters.clusters if one.plan is None]
    hit = [plan for _, plan in clusters.plans if stopped(plan.summary.containers) or stopped(plan.summary.pods)]
    open_ = [one for one in clusters.clusters if one.exit_code == 3]
    parts = [
        f"of {count(len(failed), 'cluster')} no report could be made" if failed else "",
        f"in {len(hit):,} of them {_containers(clusters.containers)} will be killed" if hit else "",
        f"in {len(open_):,} of them not everything can be told" if open_ else "",
    ]
    told = "; ".join(part for part in parts if part) or ("every report is complete, and nothing stops" if clusters.complete else "")
    return f"{count(len(clusters.clusters), 'cluster')}: {told or 'nothing that your conditions forbid'}."


def _containers(counted: Mapping[Verdict, int]) -> str:
    return count(stopped(counted), "container")


def _cluster(one: ClusterPlan) -> ClusterRow:
    if one.plan is None:
        return ClusterRow(one.name, NO_PLAN, one.exit_code, 0, 0, 0, one.trouble or "")
    answer, counted = answer_of(one.plan), one.plan.summary.containers
    whole = answer.gone.whole_pods, answer.unknown.whole_pods
    return ClusterRow(
        one.name, answer.word, one.exit_code, answer.gone.containers + whole[0], answer.unknown.containers + whole[1],
        sum(counted.values()), answer.sentence,
    )  # fmt: skip


def _owners(shares: Iterable[Share]) -> Iterator[OwnerRow]:
    by_owner: dict[str | None, list[Share]] = {}
    for share in shares:
        by_owner.setdefault(share.owner, []).append(share)
    for owner, some in by_owner.items():
        each = [(one.cluster, *_harm(one), sum(one.containers.values())) for one in some]
        yield OwnerRow(
            owner,
            sum(stop for _, stop, _, _ in each),
            sum(unknown for _, _, unknown, _ in each),
            sum(containers for *_, containers in each),
            tuple((name, stop, unknown) for name, stop, unknown, _ in each if stop or unknown),
        )


def _harm(share: Share) -> tuple[int, int]:
    """Containers that stop, and that cannot be told; of pods whose containers are not known, the pods."""
    unknown = share.containers.get(Verdict.UNKNOWN, 0) + share.bare.get(Verdict.UNKNOWN, 0)
    return stopped(share.containers) + stopped(share.bare), unknown
