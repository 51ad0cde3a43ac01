"""The gate on stderr: a pipeline that stops says why in its log, whatever format it asked for and wherever that went.

One line, also with -q, whenever the exit code is not 0: to a pipeline that is the error. Where --exit-zero made it 0, the line says what it
would have been, and is a remark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upgradecheck.cli.session import Session
from upgradecheck.model.plan import Plan
from upgradecheck.reporting.answer import answer_of
from upgradecheck.reporting.ignores import told_entries

if TYPE_CHECKING:
    from upgradecheck.model.clusters import Clusters


def tell_gates(session: Session, clusters: Clusters) -> None:
    """The same of each cluster, by its name, and at the end the exit code of all."""
    for one in clusters.clusters:
        if one.plan is None:
            session.complain(f"{one.name}: no report was made: {one.trouble}")
        else:
            tell_gate(session, one.plan, f"{one.name}: ")
    if clusters.exit_code:
        from upgradecheck.reporting.clusters import clusters_report  # few plans are of several

        session.complain(clusters_report(clusters).gate)


def tell_gate(session: Session, plan: Plan, before: str = "") -> None:
    """Says which conditions of the plan's gate are not met; before: what every line begins with."""
    for entry in told_entries(plan):
        if entry.state.startswith("expired"):
            session.tell(f"{before}ignore entry {entry.number} has {entry.state}, and ignores nothing: {entry.sentence}")
    if plan.exit_code:
        session.complain(before + answer_of(plan).gate)
    elif plan.gate.unmet:
        session.tell(before + answer_of(plan).gate)
