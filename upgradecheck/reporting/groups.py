"""Containers that share their fate, gathered by workload: what a person thinks of when thousands of pods are listed.

Grouping is layout: nothing is decided here, and every number is a number of lines that JSON would show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.plan import Cause, Grade, OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.reasons import Reason
from upgradecheck.model.schema import ContainerKind


@dataclass(frozen=True, slots=True)
class Fate:
    """What containers of one name in one workload have in common. hashes only where both are part of the answer.

    facts: what leaves open who created it, without its own start. refused: why no override holds it, of those that restart.
    """

    container: str
    kind: ContainerKind
    verdict: Verdict
    reason: Reason
    causes: tuple[Cause, ...]
    hashes: tuple[int | None, int | None] | None
    facts: tuple[Fact, ...] = ()
    refused: OverrideRefusal | None = None


@dataclass(slots=True)
class WorkloadGroup:
    """One workload's pods of a section: where they run, and what happens to their containers."""

    namespace: str
    workload: Workload
    pods: list[str] = field(default_factory=list)
    nodes: Counter[str | None] = field(default_factory=Counter)
    fates: dict[Fate, Counter[Grade]] = field(default_factory=dict)
    bare_pods: int = 0
    """Pods without containers to list: the pod as a whole is decided on."""

    @property
    def containers(self) -> int:
        """How many containers the group holds."""
        return sum(grades.total() for grades in self.fates.values())

    @property
    def key(self) -> tuple[str, str, str]:
        """Where the group sorts."""
        return self.namespace, self.workload.kind, self.workload.name


def by_workload(pods: Iterable[PlannedPod], verdict: Verdict, reason: Reason | None = None) -> tuple[WorkloadGroup, ...]:
    """Containers (and pods without any) of this verdict, and reason if given, by workload; largest group first."""
    groups: dict[tuple[str, Workload], WorkloadGroup] = {}
    for pod in pods:
        containers = tuple(each for each in pod.containers if each.verdict is verdict and reason in (None, each.reason))
        if containers or (not pod.containers and pod.verdict is verdict and reason in (None, pod.reason)):
            _add(groups, pod, containers)
    return tuple(sorted(groups.values(), key=lambda group: (-max(group.containers, group.bare_pods), group.key)))


def reasons(pods: Iterable[PlannedPod], verdict: Verdict) -> tuple[tuple[Reason, int], ...]:
    """The reasons that containers (or pods without any) have for a verdict, with their number, most frequent first."""
    counted = Counter(reason for pod in pods for reason in _reasons(pod, verdict))
    return tuple(sorted(counted.items(), key=lambda item: (-item[1], item[0].value)))


def _reasons(pod: PlannedPod, verdict: Verdict) -> Iterator[Reason]:
    if pod.containers:
        yield from (container.reason for container in pod.containers if container.verdict is verdict)
    elif pod.verdict is verdict:
        yield pod.reason


def _add(groups: dict[tuple[str, Workload], WorkloadGroup], pod: PlannedPod, containers: tuple[PlannedContainer, ...]) -> None:
    key = (pod.namespace, pod.workload)
    group = groups.setdefault(key, WorkloadGroup(*key))
    group.pods.append(pod.name)
    group.nodes[pod.node] += 1
    group.bare_pods += not containers
    for container in containers:
        group.fates.setdefault(_fate(container), Counter())[container.evidence.grade] += 1


def _fate(container: PlannedContainer) -> Fate:
    both = container.evidence.hash, container.computed.from_hash
    hashes = both if container.reason is Reason.NOT_REPRODUCED else None
    facts = tuple(fact for fact in container.facts if fact.kind is not FactKind.CONTAINER_STARTED)
    refused = container.override_refused if container.verdict is Verdict.RESTART else None
    return Fate(container.name, container.kind, container.verdict, container.reason, container.causes, hashes, facts, refused)
