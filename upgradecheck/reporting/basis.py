"""What an answer rests on: the inputs, the scope, what was seen of it, how well the hashes are known, what a drained node still holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec

from upgradecheck.model.plan import ClusterRead, Coverage, HistoryCheck, IgnoreAudit, IgnoreState, Plan, Scope, Severity, StaticUIDs
from upgradecheck.model.times import rfc3339
from upgradecheck.model.wording import count
from upgradecheck.reporting.answer import Answer
from upgradecheck.reporting.lines import Line, Name, Names, joined
from upgradecheck.reporting.supposed import of_reported
from upgradecheck.reporting.words import STATE, history_text, override_text

_ANOTHER_KUBELET = "UC018"


class Basis(msgspec.Struct, frozen=True, gc=False):
    """One thing that the answer rests on. doubt: it is not as good as it should be; answered: the answer itself has told it."""

    label: str
    line: Line
    doubt: bool = False
    answered: bool = False


def basis_of(plan: Plan, answer: Answer) -> Iterator[Basis]:
    """All of it, in the order in which it is told."""
    scope: Line = (*_scope(plan.scope), ": ", _seen(plan.coverage))
    if plan.scope.cluster is not None:
        yield Basis("Cluster", _cluster(plan.scope.cluster))
        yield Basis("Scope", scope)
    else:
        yield Basis("Input", (Names(plan.scope.inputs) if plan.scope.inputs else "none", "; ", *scope))
    if plan.ignores is not None:
        yield _ignores(plan.ignores)
    yield Basis("Gate", (_gate(answer),), doubt=answer.unmet, answered=True)
    if not plan.pods:
        return
    if plan.calibration.recorded or plan.calibration.in_force:
        yield _calibration(plan)
    if plan.calibration.static_uids is not None:
        yield _static_uids(plan, plan.calibration.static_uids)
    if plan.history is not None and plan.history != HistoryCheck():
        yield Basis("History", (history_text(plan.history),), doubt=bool(plan.history.contradicts))
    unchecked = (
        "" if plan.calibration.recorded or plan.calibration.in_force else "; no recorded hash was there to check the computed ones against"
    )
    yield Basis("Evidence", (f"{answer.sure}{unchecked}",))
    if plan.summary.override is not None:
        yield Basis("Override", (override_text(plan.summary.override, plan.summary),))


def _seen(seen: Coverage) -> str:
    records = f"{seen.nodes_with_evidence:,} of them" if seen.nodes_with_evidence else "none"
    return f"{count(seen.pods, 'pod')} on {count(seen.nodes, 'node')}, runtime records from {records}"


def _cluster(read: ClusterRead) -> Line:
    whose: Line = ("the service account of this pod",) if read.context is None else ("context ", Name(read.context))
    return *whose, ", ", Name(read.server), f", read at {rfc3339(read.read_at)}"


def _scope(scope: Scope) -> Line:
    told: list[Line] = [("namespaces ", Names(scope.namespaces)) if scope.namespaces else ("all namespaces",)]
    if scope.excluded_namespaces:
        told.append(("without ", Names(scope.excluded_namespaces)))
    if scope.nodes:
        told.append(("nodes ", Names(scope.nodes)))
    if scope.selector is not None:
        told.append(("pods with ", Name(scope.selector)))
    if scope.node_selector is not None:
        told.append(("nodes with ", Name(scope.node_selector)))
    return joined(told, "; ")


def _gate(answer: Answer) -> str:
    return "; ".join(f"{condition.text}: {'passed' if condition.met else 'FAILED'}" for condition in answer.conditions) or "no conditions"


def _ignores(audit: IgnoreAudit) -> Basis:
    """The file, and how its entries fare."""
    counted = Counter(one.state for one in audit.entries)
    told = ", ".join(f"{counted[state]} {STATE[state]}" for state in IgnoreState if counted[state])
    entries = count(len(audit.entries), "entry", "entries")
    heeded = "" if audit.allowed else "; nothing is ignored (--disallow-ignores)"
    line = (Name(audit.file), f": {entries}{f', {told}' if told else ''}{heeded}")
    return Basis("Ignores", line, doubt=bool(counted[IgnoreState.EXPIRED]))


def _calibration(plan: Plan) -> Basis:
    made, all_of = plan.calibration.reproduced, plan.calibration.recorded
    version = "each node's version" if plan.from_version is None else Name(plan.from_version.release)
    own: Line = (f"{made:,}/{all_of:,} recorded hashes reproduced under ", version)
    told = own if all_of else ()
    if plan.calibration.in_force:
        told = (*told, f"{'; ' if told else ''}{_in_force(plan.calibration.in_force)}")
    if others := of_reported(plan):
        told = (*told, f"; {others}")
    return Basis("Calibration", told, doubt=made != all_of)


def _in_force(number: int) -> str:
    """Of them a journal or a map tells what stood there, so that they need no reproducing."""
    return f"{number:,} with what an override in force put there"


def _static_uids(plan: Plan, uids: StaticUIDs) -> Basis:
    version = "each node's version" if plan.from_version is None else Name(plan.from_version.release)
    told: Line = (f"{uids.reproduced:,} of {count(uids.recorded, 'static UID')} reproduced under ", version)
    if any(finding.rule == _ANOTHER_KUBELET and finding.severity is not Severity.INFO for finding in plan.findings):
        told = (*told, f": another kubelet made them ({_ANOTHER_KUBELET})")
    elif not uids.reproduced:
        told = (*told, ": another directory or node name, manifests that were edited, or a build with other types than its release")
    return Basis("Static UIDs", told, doubt=uids.reproduced != uids.recorded)
