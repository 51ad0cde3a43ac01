"""Hazard rules for people: a list, or each with all that is said of it."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from upgradecheck.model.rules import RuleFacts, RuleList
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.page import STRONG, Page, columns
from upgradecheck.reporting.rules import NO_SOURCE, WHAT_RULES_ARE, kubelets, place

_TITLES = ("RULE", "SEVERITY", "UPGRADES TO", "TITLE")
_INDENT = 13


def render(told: RuleList, canvas: Canvas) -> Iterator[str]:
    """The list, or rule by rule."""
    page = Page(canvas)
    if told.in_full:
        for number, rule in enumerate(told.rules):
            if number:
                page.blank()
            _rule(page, rule)
    else:
        columns(page, (_TITLES, *((rule.id, rule.severity.value, kubelets(rule), rule.title) for rule in told.rules)))
        page.blank()
        page.paragraph(f"{WHAT_RULES_ARE} `upgradecheck rules ID` says what a rule means and what to do.")
    yield page.take()


def _rule(page: Page, rule: RuleFacts) -> None:
    page.paragraph(Text.assemble((rule.id, STRONG), f"  {rule.title}"))
    page.paragraph(rule.summary, lead="means", indent=_INDENT)
    page.paragraph(rule.why, lead="why", indent=_INDENT)
    page.paragraph(rule.look, lead="see it", indent=_INDENT)
    page.paragraph(rule.remedy, lead="what to do", indent=_INDENT)
    page.paragraph(rule.severity.value, lead="severity", indent=_INDENT)
    page.paragraph(kubelets(rule), lead="upgrades to", indent=_INDENT)
    for number, line in enumerate(map(place, rule.sources) if rule.sources else (NO_SOURCE,)):
        page.paragraph(line, lead="" if number else "upstream", indent=_INDENT)
