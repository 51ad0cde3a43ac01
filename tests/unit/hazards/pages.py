"""``docs/rules``: a page for each rule, of what it says of itself and its first example, and a list of all.

    python -m tests.unit.hazards.pages

writes them. A page whose rule is gone is taken away.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.hazards.examples import EXAMPLES, Example
from tests.unit.hazards.reports import reports
from upgradecheck.hazards import Rule, discover
from upgradecheck.model.rules import RuleList
from upgradecheck.renderers import Canvas, choose
from upgradecheck.renderers.media.markdown import code, table, words
from upgradecheck.reporting.rules import kubelets

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "rules"
COMMAND = f"python -m {__name__ if __name__ != '__main__' else 'tests.unit.hazards.pages'}"
_WRITTEN = f"<!-- Written by `{COMMAND}`: change the rule or its example, not this page. -->"


def pages() -> dict[str, str]:
    """The text of each file in the folder, by its name."""
    rules = discover()
    return {"README.md": _index(rules), **{f"{rule.id.lower()}.md": _page(rule) for rule in rules}}


def _index(rules: tuple[Rule, ...]) -> str:
    rows = ((f"[{rule.id}]({rule.id.lower()}.md)", rule.severity.value, kubelets(rule), words(rule.title)) for rule in rules)
    return (
        f"# Hazard rules\n\n{_WRITTEN}\n\n"
        "What a plan warns of beside its verdicts. `upgradecheck rules` lists the rules, and `upgradecheck rules ID` prints what a page "
        "says.\n\n" + table(("rule", "severity", "upgrades to", "title"), rows)
    )


def _page(rule: Rule) -> str:
    title, _, body = "".join(choose("markdown", "rules").render(RuleList((rule,), True), Canvas())).partition("\n\n")
    return f"{title}\n\n{_WRITTEN}\n\n{body}\n{_example(next(one for one in EXAMPLES if one.rule == rule.id and one.hits))}{_reports(rule)}"


def _example(example: Example) -> str:
    place = example.folder.relative_to(ROOT).as_posix()
    found = "".join(f"- {_finding(finding)}\n" for finding in example.wanted["findings"])
    return f"## Example\n\nIn [{place}](../../{place}):\n\n    upgradecheck {' '.join(example.command)}\n\n{found}"


def _reports(rule: Rule) -> str:
    if rule.id != "UC031":
        return ""
    head = ("report", "upgrade", "with", "the file is", "what is said")
    return "\n## Reports\n\n" + table(head, (tuple(map(words, one.row())) for one in reports()))


def _finding(finding: dict[str, Any]) -> str:
    named = finding["object"]
    name = "/".join(named[part] for part in ("namespace", "name", "container") if part in named)
    return f"{finding['severity']}, {words(named['kind'])} {code(name)}: {words(finding['message'])}"


if __name__ == "__main__":
    written = pages()
    PAGES.mkdir(exist_ok=True)
    for old in PAGES.glob("*.md"):
        if old.name not in written:
            old.unlink()
    for name, text in written.items():
        (PAGES / name).write_text(text)
