"""Hazard rules as Markdown: a table, or a page each. Backticks in a rule's texts are code spans here, too."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.model.rules import RuleFacts, RuleList, Upstream
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.reporting.rules import NO_SOURCE, WHAT_RULES_ARE, kubelets


def render(told: RuleList, canvas: Canvas) -> Iterator[str]:
    """The table, or rule by rule."""
    if told.in_full:
        yield "\n".join("".join(_page(rule)) for rule in told.rules)
        return
    rows = ((rule.id, rule.severity.value, kubelets(rule), words(rule.title)) for rule in told.rules)
    yield table(("rule", "severity", "upgrades to", "title"), rows)
    yield f"\n{words(WHAT_RULES_ARE)}\n"


def _page(rule: RuleFacts) -> Iterator[str]:
    yield f"# {rule.id}: {words(rule.title)}\n\n{_prose(rule.summary)}\n\n"
    yield table(("severity", "upgrades to"), [(rule.severity.value, kubelets(rule))])
    yield f"\n## Why\n\n{_prose(rule.why)}\n"
    yield f"\n## How to see it\n\n{_prose(rule.look)}\n"
    yield f"\n## What to do\n\n{_prose(rule.remedy)}\n"
    yield "\n## Upstream\n\n"
    yield "".join(f"- {_place(source)}\n" for source in rule.sources) or f"{words(NO_SOURCE.capitalize())}.\n"


def _prose(text: str) -> str:
    """Sentences whose code is in backticks."""
    return "".join(code(part) if number % 2 else words(part) for number, part in enumerate(text.split("`")))


def _place(source: Upstream) -> str:
    function = f" ({code(source.function)})" if source.function else ""
    return f"{words(source.module)} {words(source.version)}: {code(source.path)}{function}"
