"""Containers that share their fate, gathered by workload: what a person thinks of when thousands of pods are listed.

Nothing is decided here, and every number is a number of rows that JSON would show; a row of a template counts by its replicas.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.hash import Hash, hex_of
from upgradecheck.model.plan import GONE, Cause, Grade, OverrideRefusal, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Workload
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.schema import ContainerKind
from upgradecheck.reporting.words import cause_text, fact_text, ignored_text, not_held_text


class Fate(msgspec.Struct, frozen=True, gc=False):
    """What containers of one name in one workload have in common.

    why: in words, more than the section's own reason, each a sentence without a stop; names in them are raw. refused: why no override
    holds them, empty where none was asked for.
    """

    container: str
    kind: ContainerKind
    grades: Mapping[Grade, int]
    why: tuple[str, ...] = ()
    refused: str = ""

    @property
    def number(self) -> int:
        """How many containers these are."""
        return sum(self.grades.values())


class WholePods(msgspec.Struct, frozen=True, gc=False):
    """Pods that are decided on as a whole, without containers to list; why is empty where the section's reason says it."""

    number: int
    why: str = ""


class WorkloadGroup(msgspec.Struct, frozen=True, gc=False):
    """One workload's pods in a section, and what happens to them. nodes: how many run on which (None: on an unknown one).

    replicas: of a template, how many pods it stands for; None where pods were seen.
    """

    namespace: str
    workload: Workload
    pods: tuple[str, ...]
    nodes: Mapping[str | None, int]
    fates: tuple[Fate, ...]
    whole_pods: tuple[WholePods, ...] = ()
    replicas: int | None = None

    @property
    def number(self) -> int:
        """How many pods these are."""
        return len(self.pods) if self.replicas is None else self.replicas

    @property
    def containers(self) -> int:
        """How many containers the group holds."""
        return sum(fate.number for fate in self.fates)

    @property
    def bare_pods(self) -> int:
        """How many pods are decided on as a whole."""
        return sum(whole.number for whole in self.whole_pods)


class Section(msgspec.Struct, frozen=True, gc=False):
    """Everything of one verdict, or of one reason for it, by workload, the largest first. number: of containers, and of bare pods."""

    verdict: Verdict
    groups: tuple[WorkloadGroup, ...]
    reason: Reason | None = None

    @property
    def lies_in_nodes(self) -> bool:
        """Whether its reason is one of nodes, not of workloads, and they are known."""
        return self.reason is not None and self.reason.family in (Family.VERSION, Family.HISTORY) and bool(self.nodes)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes that are known."""
        return tuple(sorted({node for group in self.groups for node in group.nodes if node is not None}))

    @property
    def number(self) -> int:
        """How many containers and bare pods the section holds."""
        return sum(group.containers + group.bare_pods for group in self.groups)


class Sections(msgspec.Struct, frozen=True, gc=False):
    """What the new kubelet ends (by verdict, worst first), what could not be told (by reason, the most frequent first), what is held,
    and what an ignore entry accepts.
    """

    gone: tuple[Section, ...]
    unknown: tuple[Section, ...]
    held: Section | None
    suppressed: Section | None = None


def sections_of(pods: Iterable[PlannedPod]) -> Sections:
    """All sections of a plan's pods."""
    found: dict[tuple[Verdict, Reason | None], _Workloads] = defaultdict(_Workloads)
    for pod in pods:
        for key, containers in _by_section(pod).items():
            found[key].add(pod, containers)
    made = {key: gathered.section(*key) for key, gathered in found.items()}
    unknown = [section for section in made.values() if section.reason is not None]
    return Sections(
        gone=tuple(made[verdict, None] for verdict in GONE if (verdict, None) in made),
        unknown=tuple(sorted(unknown, key=lambda section: (-section.number, section.reason.value if section.reason else ""))),
        held=made.get((Verdict.OVERRIDDEN, None)),
        suppressed=made.get((Verdict.SUPPRESSED, None)),
    )


_TOLD = frozenset({*GONE, Verdict.UNKNOWN, Verdict.OVERRIDDEN, Verdict.SUPPRESSED})


def _by_section(pod: PlannedPod) -> Mapping[tuple[Verdict, Reason | None], list[PlannedContainer]]:
    """A pod's containers by the section that tells of them; of a pod without any, its own section with none."""
    if not pod.containers:
        return {_section_key(pod.verdict, pod.reason): []} if pod.verdict in _TOLD else {}
    found: dict[tuple[Verdict, Reason | None], list[PlannedContainer]] = {}
    for container in pod.containers:
        if container.verdict in _TOLD:
            found.setdefault(_section_key(container.verdict, container.reason), []).append(container)
    return found


def _section_key(verdict: Verdict, reason: Reason) -> tuple[Verdict, Reason | None]:
    return verdict, reason if verdict is Verdict.UNKNOWN else None


class _Alike(msgspec.Struct, frozen=True, gc=False):
    """What makes the fates of containers one. hashes only where both are part of the answer; facts without the container's own start."""

    container: str
    kind: ContainerKind
    verdict: Verdict
    reason: Reason
    causes: tuple[Cause, ...]
    hashes: tuple[Hash | None, Hash | None] | None
    facts: tuple[Fact, ...]
    refused: OverrideRefusal | None
    ignored: str = ""


class _Workloads:
    """One section's pods by workload, while they come."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, Workload], _Gathered] = defaultdict(_Gathered)

    def add(self, pod: PlannedPod, containers: Sequence[PlannedContainer]) -> None:
        """Takes a pod with those of its containers that the section tells of; without any, the pod as a whole."""
        self._found[pod.namespace, pod.workload].add(pod, containers)

    def section(self, verdict: Verdict, reason: Reason | None) -> Section:
        """All of it."""
        groups = (gathered.group(*key, reason) for key, gathered in self._found.items())
        return Section(verdict, tuple(sorted(groups, key=_place)), reason)


def _place(group: WorkloadGroup) -> tuple[int, str, str, str]:
    """Where a group stands: the largest first, then by name."""
    return -max(group.containers, group.bare_pods), group.namespace, group.workload.kind, group.workload.name


class _Gathered:
    """One workload's pods in a section, while they come."""

    def __init__(self) -> None:
        self._pods: list[str] = []
        self._nodes = Counter[str | None]()
        self._fates: dict[_Alike, Counter[Grade]] = {}
        self._whole = Counter[tuple[Reason, str]]()
        self._number, self._replicas = 0, False

    def add(self, pod: PlannedPod, containers: Sequence[PlannedContainer]) -> None:
        """Takes a pod."""
        self._pods.append(pod.name)
        self._nodes[pod.node] += pod.number
        self._number += pod.number
        self._replicas = self._replicas or pod.replicas is not None
        if not containers:
            self._whole[pod.reason, ignored_text(pod)] += pod.number
        for container in containers:
            self._fates.setdefault(_alike(container), Counter())[container.evidence.grade] += pod.number

    def group(self, namespace: str, workload: Workload, section: Reason | None) -> WorkloadGroup:
        """All of it, in a section of this reason."""
        fates = tuple(_fate(alike, grades) for alike, grades in self._fates.items())
        whole = tuple(WholePods(number, _whole_why(reason, ignored, section)) for (reason, ignored), number in self._whole.items())
        replicas = self._number if self._replicas else None
        return WorkloadGroup(namespace, workload, tuple(self._pods), self._nodes, fates, whole, replicas)


def _whole_why(reason: Reason, ignored: str, section: Reason | None) -> str:
    """The reason, where the section does not tell it, and the entry that accepts it."""
    return "; ".join(part for part in (ignored, "" if reason is section else reason.sentence) if part)


def _alike(container: PlannedContainer) -> _Alike:
    both = container.evidence.hash, container.computed.from_hash
    hashes = both if container.reason is Reason.NOT_REPRODUCED else None
    facts = tuple(fact for fact in container.facts if fact.kind is not FactKind.CONTAINER_STARTED)
    refused = container.override_refused if container.verdict is Verdict.RESTART else None
    return _Alike(
        container.name,
        container.kind,
        container.verdict,
        container.reason,
        container.causes,
        hashes,
        facts,
        refused,
        ignored_text(container),
    )


def _fate(alike: _Alike, grades: Counter[Grade]) -> Fate:
    in_order = {grade: grades[grade] for grade in Grade if grades[grade]}
    return Fate(alike.container, alike.kind, in_order, tuple(_why(alike)), not_held_text(alike.refused))


def _why(alike: _Alike) -> Iterator[str]:
    """The causes, or else the reason; of what is unknown, whose reason is the section's, first of all what was seen of it."""
    if alike.ignored:
        yield alike.ignored
    if alike.verdict is not Verdict.UNKNOWN:
        yield from map(cause_text, alike.causes)
        if not alike.causes:
            yield alike.reason.sentence
    elif alike.hashes is not None:
        carried, computed = (hex_of(each) or "none" for each in alike.hashes)
        yield f"carries {carried}, the running version computes {computed}"
    else:
        yield from map(fact_text, alike.facts) if alike.facts else map(cause_text, alike.causes)
