"""What a plan has against each workload, one entry for each container of it, verdict and reason: what machines raise alarms for.

A tracker (code scanning, code quality) tells old from new by a fingerprint: it is made of names that outlive a rollout, namespace,
workload and container, never of a pod's name, its node or a number. Two entries of one plan never have the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256

import msgspec

from upgradecheck.model.plan import GONE, SEVERITY, Finding, Plan, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.wording import count
from upgradecheck.reporting.words import MEANING, cause_text

_TOLD = (*GONE, Verdict.UNKNOWN)
_MOST_CAUSES = 3
VERDICT_RULE = {verdict: f"container-{verdict.value}" for verdict in _TOLD}
"""The id of a verdict among those of rules."""


class Hit(msgspec.Struct, frozen=True, gc=False):
    """One entry. container: None for pods whose containers are not known; number: of containers (or such pods), by replicas.

    nodes: on how many that are known. ignored_by: the first of the ignore entries that accept it, None where none does.
    """

    verdict: Verdict
    reason: Reason
    namespace: str
    workload_kind: str
    workload: str
    container: str | None
    number: int
    nodes: int
    why: tuple[str, ...]
    ignored_by: int | None = None

    @property
    def rule(self) -> str:
        """The id of its rule."""
        return VERDICT_RULE[self.verdict]

    @property
    def place(self) -> tuple[str, ...]:
        """Where it is, from the namespace down."""
        return tuple(part for part in (self.namespace, self.workload_kind, self.workload, self.container) if part is not None)

    @property
    def fingerprint(self) -> str:
        """The same for the same thing in every plan."""
        accepted = () if self.ignored_by is None else ("accepted",)
        return fingerprint(self.rule, self.reason.value, *self.place, "" if self.container is None else "container", *accepted)

    @property
    def sentence(self) -> str:
        """What is told of it, in one line; its names are raw."""
        what = count(self.number, "pod" if self.container is None else "container")
        whom = f"{self.workload_kind}/{self.workload}" + ("" if self.container is None else f", container {self.container}")
        causes = f" ({'; '.join(self.why)})" if self.why else ""
        where = f" on {count(self.nodes, 'node')}" if self.nodes else ""
        return f"{whom} in namespace {self.namespace}: {what}{where}: {self.reason.sentence}{causes}."


def hits(plan: Plan, *, accepted: bool = False) -> tuple[Hit, ...]:
    """All of them, worst first, then by name. accepted: those that an ignore entry accepts, and no others."""
    found: dict[tuple[Verdict, Reason, str, str, str, str | None], _Gathered] = {}
    for pod, one, container in _told(plan, accepted=accepted):
        key = one.fate, one.reason, pod.namespace, pod.workload.kind, pod.workload.name, None if container is None else container.name
        gathered = found.setdefault(key, _Gathered(one.ignored_by))
        gathered.number += pod.number
        gathered.nodes.add(pod.node)
        if container is not None and len(gathered.causes) <= _MOST_CAUSES:
            gathered.causes.update(dict.fromkeys(map(cause_text, container.causes)))
    made = (Hit(*key, one.number, len(one.nodes - {None}), tuple(one.causes)[:_MOST_CAUSES], one.ignored_by) for key, one in found.items())
    return tuple(sorted(made, key=lambda hit: (SEVERITY[hit.verdict], hit.place, hit.container is None, hit.reason.value)))


class _Gathered:
    """What becomes an entry."""

    def __init__(self, ignored_by: int | None) -> None:
        self.ignored_by = ignored_by
        self.number = 0
        self.nodes: set[str | None] = set()
        self.causes: dict[str, None] = {}


def as_a_whole(pod: PlannedPod) -> bool:
    """Whether there is something to tell of the pod that none of its containers tells."""
    return pod.verdict in _TOLD and all(container.verdict not in _TOLD for container in pod.containers)


def _told(plan: Plan, *, accepted: bool) -> Iterator[tuple[PlannedPod, PlannedPod | PlannedContainer, PlannedContainer | None]]:
    """Each pod that is told as a whole, and each container, with its pod."""
    for pod in plan.pods:
        if _accepted_as_a_whole(pod) if accepted else as_a_whole(pod):
            yield pod, pod, None
        for container in pod.containers:
            if container.would_be is not None if accepted else container.verdict in _TOLD:
                yield pod, container, container


def _accepted_as_a_whole(pod: PlannedPod) -> bool:
    return pod.would_be is not None and all(container.fate not in _TOLD for container in pod.containers)


def meaning(verdict: Verdict) -> str:
    """What the verdict means, a sentence."""
    text = MEANING[verdict]
    return f"{text[:1].upper()}{text[1:]}."


def finding_prints(findings: tuple[Finding, ...]) -> Iterator[tuple[Finding, str]]:
    """Each finding with its fingerprint; of several of one rule about one thing by their order."""
    seen: dict[tuple[str, ...], int] = {}
    for finding in findings:
        place = finding.rule, *finding_place(finding)
        seen[place] = seen.get(place, 0) + 1
        yield finding, fingerprint(*place, str(seen[place]))


def finding_place(finding: Finding) -> tuple[str, ...]:
    """What it is about, from the namespace down."""
    about = finding.object
    return tuple(part for part in (about.namespace, about.kind, about.name, about.container) if part is not None)


def fingerprint(*parts: str) -> str:
    """Of these parts and no others, whatever stands in them."""
    return sha256(msgspec.json.encode([part.encode("utf-8", "surrogatepass").hex() for part in parts])).hexdigest()[:40]
