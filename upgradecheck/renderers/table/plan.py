"""The Plan for a person who has to decide tonight: the answer first, then what it rests on, who is hit and why, what is open."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.plan import Plan
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.table import plan_answer, plan_closing, plan_lists
from upgradecheck.renderers.table.page import Page


def render_plan(plan: Plan, canvas: Canvas) -> Iterator[str]:
    """The whole report, section by section."""
    page = Page(canvas)
    sections = (
        plan_answer.answer,
        plan_answer.basis,
        plan_lists.gone,
        plan_lists.unknown,
        plan_lists.held,
        plan_lists.nodes,
        plan_closing.findings,
        plan_closing.missing,
        plan_closing.notices,
        plan_closing.next_steps,
    )
    for section in sections:
        section(page, plan)
        yield page.take()
