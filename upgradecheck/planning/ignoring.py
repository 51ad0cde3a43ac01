"""What an ignore file makes of a plan: what is accepted is suppressed, which is a verdict of its own, and each entry is audited.

It is laid over last of all, when everything is decided and rules have found what they find: an entry changes no decision, no evidence, no
count of what was seen, and never what is missing. Restarts and recreations are accepted; a refused pod, which is not started again, and
what stays unknown only where an entry says so. What is unknown since something was not seen or could not be trusted (``Reason.unseen``)
is accepted only where the entry names that reason, and then until a day: who drops ``unknown`` from --fail-on for one pod that cannot be
looked at would no longer see any other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.model.ignores import IgnoreEntry, Ignores
from upgradecheck.model.plan import (
    GONE,
    AuditedIgnore,
    Finding,
    IgnoreAudit,
    IgnoreState,
    PlannedContainer,
    PlannedPod,
    Verdict,
    worst,
)
from upgradecheck.model.reasons import Reason
from upgradecheck.model.version import Minor
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.verdicts import worst_of

_TOLD = (*GONE, Verdict.UNKNOWN)


class Ignoring:
    """An ignore file beside the pods of a plan, while they are decided on."""

    def __init__(self, ignores: Ignores | None, target: Minor) -> None:
        self._entries = () if ignores is None else tuple(one for one in ignores.entries if one.rule is None)
        self._target = target
        self._of_namespace: dict[str, tuple[IgnoreEntry, ...]] = {}

    def of(self, one: DecidedPod, labels: Mapping[str, str], start: Minor | None) -> DecidedPod:
        """The pod with the numbers of the entries whose conditions it meets; start: the minor that its node runs."""
        found = tuple(entry.number for entry in self._candidates(one.pod.namespace) if _meets(entry, one.pod, labels, start, self._target))
        return replace(one, ignorable=found) if found else one

    def _candidates(self, namespace: str) -> tuple[IgnoreEntry, ...]:
        """The entries that pods of a namespace may meet: of a hundred for a hundred teams that is one."""
        found = self._of_namespace.get(namespace)
        if found is None:
            found = tuple(entry for entry in self._entries if entry.name is None or entry.name.may_begin(namespace))
            self._of_namespace[namespace] = found
        return found


def _meets(entry: IgnoreEntry, pod: PlannedPod, labels: Mapping[str, str], start: Minor | None, target: Minor) -> bool:
    return (
        (entry.name is None or entry.name.matches(f"{pod.namespace}/{pod.name}"))
        and (entry.workload is None or entry.workload.matches(f"{pod.workload.kind}/{pod.workload.name}"))
        and (entry.node is None or (pod.node is not None and entry.node.matches(pod.node)))
        and (entry.labels is None or entry.labels.matches(labels))
        and (entry.hops is None or entry.hops.hold(start, target))
    )


class Suppressed(msgspec.Struct, frozen=True, gc=False):
    """Pods and findings with what is accepted of them, and the audit; None where no ignore file was given."""

    pods: Sequence[PlannedPod]
    findings: tuple[Finding, ...]
    audit: IgnoreAudit | None = None


def suppress(
    ignores: Ignores | None, pods: Sequence[DecidedPod], findings: tuple[Finding, ...], starts: Iterable[Minor | None], target: Minor
) -> Suppressed:
    """What the file makes of the plan. starts: the minors that its nodes run."""
    if ignores is None:
        return Suppressed((), findings)
    tally, by_number = _Tally(), {entry.number: entry for entry in ignores.entries}
    heeded = frozenset(entry.number for entry in ignores.entries if ignores.allowed and not ignores.expired(entry))
    laid = tuple(_laid_over(one.pod, [by_number[number] for number in one.ignorable], heeded, tally) for one in pods)
    accepting = [entry for entry in ignores.entries if entry.rule is not None and _on_the_way(entry, starts, target)]
    found = tuple(_accepted(one, accepting, heeded, tally) for one in findings)
    return Suppressed(laid, found, IgnoreAudit(ignores.file, ignores.allowed, tuple(tally.audited(ignores))))


class _Tally:
    """What each entry accepts, by its number, while it is found."""

    def __init__(self) -> None:
        self.containers, self.pods, self.findings = Counter[int](), Counter[int](), Counter[int]()
        self.left: dict[int, Counter[Verdict]] = {}

    def leaves(self, entry: IgnoreEntry, verdict: Verdict, number: int) -> None:
        """An entry matches what it does not accept."""
        self.left.setdefault(entry.number, Counter())[verdict] += number

    def audited(self, ignores: Ignores) -> Iterator[AuditedIgnore]:
        """Every entry, in the order of the file."""
        for entry in ignores.entries:
            number = entry.number
            left = self.left.get(number, Counter[Verdict]())
            numbers = self.containers[number], self.pods[number], self.findings[number]
            yield AuditedIgnore(
                entry=number,
                state=_state(ignores, entry, used=any(numbers)),
                match=entry.match,
                reason=entry.reason,
                owner=entry.owner,
                expires=None if entry.expires is None else entry.expires.isoformat(),
                containers=numbers[0],
                pods=numbers[1],
                findings=numbers[2],
                left={verdict: left[verdict] for verdict in Verdict if left[verdict]},
            )


def _state(ignores: Ignores, entry: IgnoreEntry, *, used: bool) -> IgnoreState:
    if ignores.expired(entry):
        return IgnoreState.EXPIRED
    if not ignores.allowed:
        return IgnoreState.DISALLOWED
    return IgnoreState.MATCHED if used else IgnoreState.UNUSED


def _laid_over(pod: PlannedPod, entries: Sequence[IgnoreEntry], heeded: frozenset[int], tally: _Tally) -> PlannedPod:
    """A pod with what these entries accept of it; of several the first in the file is named."""
    if not entries:
        return pod
    containers = tuple(_container(one, pod.number, entries, heeded, tally) for one in pod.containers)
    as_a_whole = pod.verdict in _TOLD and all(one.verdict not in _TOLD for one in pod.containers)
    if as_a_whole:
        for entry in entries:
            if _accepts(entry, pod.verdict, pod.reason):
                tally.pods[entry.number] += pod.number
            else:
                tally.leaves(entry, pod.verdict, pod.number)
    by = next((entry.number for entry in entries if entry.number in heeded and _accepts(entry, pod.verdict, pod.reason)), None)
    if by is None or pod.verdict not in _TOLD:
        return replace(pod, containers=containers) if containers != pod.containers else pod
    verdict = worst((Verdict.SUPPRESSED, *(one.verdict for one in containers)))
    if verdict is Verdict.SUPPRESSED:
        return replace(pod, verdict=verdict, containers=containers, would_be=pod.verdict, ignored_by=by)
    left = replace(pod, verdict=verdict, reason=worst_of(containers).reason, containers=containers)
    return left if verdict is pod.verdict else replace(left, would_be=pod.verdict, ignored_by=by)


def _container(
    one: PlannedContainer, number: int, entries: Sequence[IgnoreEntry], heeded: frozenset[int], tally: _Tally
) -> PlannedContainer:
    if one.verdict not in _TOLD:
        return one
    by = None
    for entry in entries:
        if not _accepts(entry, one.verdict, one.reason):
            tally.leaves(entry, one.verdict, number)
            continue
        tally.containers[entry.number] += number
        if by is None and entry.number in heeded:
            by = entry.number
    return one if by is None else replace(one, verdict=Verdict.SUPPRESSED, would_be=one.verdict, ignored_by=by)


def _accepts(entry: IgnoreEntry, verdict: Verdict, reason: Reason) -> bool:
    """Whether an entry accepts a verdict for this reason; what is unknown only where all was seen, or where it names the reason."""
    return verdict in entry.verdicts and (verdict is not Verdict.UNKNOWN or reason.unseen is False or reason in entry.reasons)


def _on_the_way(entry: IgnoreEntry, starts: Iterable[Minor | None], target: Minor) -> bool:
    """Whether the steps of all nodes lie within the range of an entry."""
    return entry.hops is None or all(entry.hops.hold(start, target) for start in starts)


def _accepted(finding: Finding, entries: Iterable[IgnoreEntry], heeded: frozenset[int], tally: _Tally) -> Finding:
    by = None
    for entry in entries:
        if _is_about(entry, finding):
            tally.findings[entry.number] += 1
            if by is None and entry.number in heeded:
                by = entry.number
    return finding if by is None else replace(finding, ignored_by=by)


def _is_about(entry: IgnoreEntry, finding: Finding) -> bool:
    about = finding.object
    return (
        entry.rule == finding.rule
        and (entry.name is None or entry.name.matches(f"{about.namespace or ''}/{about.name}"))
        and (entry.workload is None or entry.workload.matches(f"{about.kind}/{about.name}"))
        and (entry.node is None or (about.kind == "Node" and entry.node.matches(about.name)))
    )
