"""Plans of several clusters that were asked for at once: each is its cluster's own, and judged by itself; their exit code is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from upgradecheck.model.errors import EXIT_NO_REPORT
from upgradecheck.model.exit_codes import EXIT_OK
from upgradecheck.model.plan import Plan, Verdict


class ClusterPlan(msgspec.Struct, frozen=True, gc=False):
    """One cluster by the name that it was asked for under, and its plan; trouble: why there is none."""

    name: str
    plan: Plan | None = None
    trouble: str | None = None

    @property
    def exit_code(self) -> int:
        """Its plan's; that no report could be made, where there is none."""
        return EXIT_NO_REPORT if self.plan is None else self.plan.exit_code

    @property
    def complete(self) -> bool:
        """Whether everything of it could be seen and trusted."""
        return self.plan is not None and self.plan.complete


class Share(msgspec.Struct, frozen=True, gc=False):
    """What one owner has in one cluster: numbers of containers and of pods by verdict, of templates by their replicas.

    owner: what the label says that --owner-label names, else the namespace; None: the pods have no such label. bare: of the pods those
    whose containers are not known.
    """

    owner: str | None
    cluster: str
    containers: Mapping[Verdict, int]
    pods: Mapping[Verdict, int]
    bare: Mapping[Verdict, int]


class Clusters(msgspec.Struct, frozen=True, gc=False):
    """All of them, in the order in which they were asked for. owner_label: by which label owners are told; None: by their namespaces."""

    clusters: tuple[ClusterPlan, ...]
    owner_label: str | None = None
    notices: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """The worst: 1, then 2, 3, 4, 0."""
        return min((one.exit_code for one in self.clusters if one.exit_code != EXIT_OK), default=EXIT_OK)

    @property
    def complete(self) -> bool:
        """Whether that holds for each."""
        return all(one.complete for one in self.clusters)

    @property
    def plans(self) -> tuple[tuple[str, Plan], ...]:
        """Those that could be made, with the names of their clusters."""
        return tuple((one.name, one.plan) for one in self.clusters if one.plan is not None)

    @property
    def containers(self) -> Mapping[Verdict, int]:
        """Of all clusters together."""
        return _added(plan.summary.containers for _, plan in self.plans)

    @property
    def pods(self) -> Mapping[Verdict, int]:
        """Of all clusters together."""
        return _added(plan.summary.pods for _, plan in self.plans)

    @property
    def shares(self) -> tuple[Share, ...]:
        """Owner by owner, and cluster by cluster in their order; who has no label stands last."""
        found = [share for name, plan in self.plans for share in _shares(name, plan, by_label=self.owner_label is not None)]
        return tuple(sorted(found, key=lambda share: (share.owner is None, share.owner or "")))


def _shares(cluster: str, plan: Plan, *, by_label: bool) -> Iterable[Share]:
    containers: dict[str | None, Counter[Verdict]] = {}
    pods: dict[str | None, Counter[Verdict]] = {}
    bare: dict[str | None, Counter[Verdict]] = {}
    for pod in plan.pods:
        owner = pod.owner if by_label else pod.namespace
        pods.setdefault(owner, Counter())[pod.verdict] += pod.number
        counted = containers.setdefault(owner, Counter())
        bare.setdefault(owner, Counter())[pod.verdict] += 0 if pod.containers else pod.number
        for container in pod.containers:
            counted[container.verdict] += pod.number
    return (Share(owner, cluster, _told(containers[owner]), _told(pods[owner]), _told(bare[owner])) for owner in pods)


def _added(several: Iterable[Mapping[Verdict, int]]) -> Mapping[Verdict, int]:
    every = Counter[Verdict]()
    for one in several:
        every.update(one)
    return _told(every)


def _told(counted: Mapping[Verdict, int]) -> Mapping[Verdict, int]:
    """The worst first, those of which there are none left out."""
    return {verdict: counted[verdict] for verdict in Verdict if counted.get(verdict)}
