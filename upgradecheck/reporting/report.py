"""The report of a plan: all that any format says to people, decided once."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.model.plan import Missing, Plan, Scope, Verdict
from upgradecheck.reporting.answer import Answer, answer_of
from upgradecheck.reporting.basis import Basis, basis_of
from upgradecheck.reporting.causes import Causes, causes_of
from upgradecheck.reporting.closing import FindingGroup, finding_groups, next_steps
from upgradecheck.reporting.drains import Drain, drain_of
from upgradecheck.reporting.groups import Sections, sections_of
from upgradecheck.reporting.ignores import ToldEntry, told_entries
from upgradecheck.reporting.lines import Arrow, Line, Name
from upgradecheck.reporting.nodes import NodeGroup, node_groups
from upgradecheck.reporting.radius import Impact, impact_of
from upgradecheck.reporting.waves import ToldWaves, told_waves
from upgradecheck.reporting.words import MEANING, UPSTREAM, meanings_of


class VerdictCount(msgspec.Struct, frozen=True, gc=False):
    """How many containers and pods have a verdict, and how many of them a drained node would still hold."""

    verdict: Verdict
    containers: int
    pods: int
    containers_after_drain: int
    pods_after_drain: int


class Report(msgspec.Struct, frozen=True, gc=False):
    """What is to be said, in the order in which it is told.

    step: from which kubelet to which; scope: what was looked at. causes: why containers stop; impact: what goes down together.
    meanings: of verdicts. budgets_read: whether PodDisruptionBudgets were seen; drain: what it does, None where nothing stops.
    closing: the last word of all.
    """

    answer: Answer
    step: Line
    scope: Scope
    causes: Causes
    impact: Impact
    budgets_read: bool
    drain: Drain | None
    counts: tuple[VerdictCount, ...]
    basis: tuple[Basis, ...]
    sections: Sections
    nodes: tuple[NodeGroup, ...]
    findings: tuple[FindingGroup, ...]
    missing: tuple[Missing, ...]
    notices: tuple[str, ...]
    next_steps: tuple[Line, ...]
    closing: str
    complete: bool
    plan_hash: str
    ignores: tuple[ToldEntry, ...] = ()
    waves: ToldWaves | None = None
    meanings: Mapping[Verdict, str] = msgspec.field(default_factory=lambda: MEANING)


def report_of(plan: Plan) -> Report:
    """The report of this plan."""
    answer, sections, causes, drain = answer_of(plan), sections_of(plan.pods), causes_of(plan), drain_of(plan)
    return Report(
        answer=answer,
        step=_step(plan),
        scope=plan.scope,
        causes=causes,
        impact=impact_of(plan, causes),
        budgets_read=bool(plan.budgets),
        drain=drain,
        counts=_counts(plan),
        basis=tuple(basis_of(plan, answer)),
        sections=sections,
        nodes=tuple(node_groups(plan.nodes, plan.pods)),
        findings=tuple(finding_groups(plan.findings, stops=bool(answer.gone) and not answer.suppressed)),
        missing=plan.coverage.missing,
        notices=tuple(notice for notice in plan.notices if notice != UPSTREAM),
        next_steps=tuple(next_steps(plan, answer, drain, sections.unknown)),
        closing=UPSTREAM,
        complete=plan.complete,
        plan_hash=plan.plan_hash,
        ignores=tuple(told_entries(plan)),
        waves=told_waves(plan),
        meanings=meanings_of(plan),
    )


def _step(plan: Plan) -> Line:
    start: Line = ("of unknown version",)
    if plan.from_version is not None:
        start = (Name(plan.from_version.release),)
    elif any(node.from_version for node in plan.nodes):
        start = ("of differing versions",)
    return *start, Arrow(), Name(plan.to_version.release), "  (a downgrade)" if plan.downgrade else ""


def _counts(plan: Plan) -> tuple[VerdictCount, ...]:
    now, left = plan.summary, plan.summary.after_drain
    every = (now.containers, now.pods, left.containers, left.pods)
    found = (VerdictCount(verdict, *(numbers.get(verdict, 0) for numbers in every)) for verdict in Verdict)
    return tuple(one for one in found if one.containers or one.pods)
