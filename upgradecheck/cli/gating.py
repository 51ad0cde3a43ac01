"""The gate on stderr: a pipeline that stops says why in its log, whatever format it asked for and wherever that went.

One line, also with -q, whenever the exit code is not 0: to a pipeline that is the error. Where --exit-zero made it 0, the line says what it
would have been, and is a remark.
"""

from __future__ import annotations

from upgradecheck.cli.session import Session
from upgradecheck.model.plan import Plan
from upgradecheck.reporting.answer import answer_of
from upgradecheck.reporting.ignores import told_entries


def tell_gate(session: Session, plan: Plan) -> None:
    """Says which conditions of the plan's gate are not met."""
    for entry in told_entries(plan):
        if entry.state.startswith("expired"):
            session.tell(f"ignore entry {entry.number} has {entry.state}, and ignores nothing: {entry.sentence}")
    if plan.exit_code:
        session.complain(answer_of(plan).gate)
    elif plan.gate.unmet:
        session.tell(answer_of(plan).gate)
