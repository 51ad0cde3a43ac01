"""Every hazard rule on its examples, by the command that its page shows.

Examples and rules are both found by listing their folders, so a rule without an example, and an example without a rule, fail.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.unit.hazards.examples import EXAMPLES, Example
from upgradecheck.cli import main
from upgradecheck.hazards import Rule, Upgrade, discover, rule_ids
from upgradecheck.model.plan import Finding
from upgradecheck.planning import building

Runs = dict[str, list[list[Finding]]]
"""What each rule found, run by run, by its id."""


def watched(rule: Rule, runs: list[list[Finding]]) -> Rule:
    """The rule, which now notes what it finds."""

    def findings(upgrade: Upgrade) -> list[Finding]:
        runs.append(list(rule.findings(upgrade)))
        return runs[-1]

    return replace(rule, findings=findings)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """All rules are watched while a plan is made."""
    noted: Runs = {id_: [] for id_ in rule_ids()}
    every = tuple(watched(rule, noted[rule.id]) for rule in discover())
    monkeypatch.setattr(building, "discover", lambda: every)
    return noted


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.folder.parent.name}-{example.folder.name}")
def test_example(example: Example, runs: Runs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(example.folder)  # so that findings name a checkpoint as the case does
    main([*example.command, "--output", f"json={tmp_path / 'plan.json'}"])
    found = json.loads((tmp_path / "plan.json").read_bytes())["findings"]
    assert [finding for finding in found if finding["rule"] == example.rule] == example.wanted["findings"]
    assert len(example.wanted["findings"]) == sum(map(len, runs[example.rule]))
    assert bool(example.wanted["findings"]) is example.hits
    assert len(runs[example.rule]) == 1


@pytest.mark.parametrize("rule", rule_ids())
def test_a_rule_has_a_hit_and_a_miss(rule: str) -> None:
    assert {example.hits for example in EXAMPLES if example.rule == rule} == {True, False}


def test_every_example_is_of_a_rule() -> None:
    assert {example.rule for example in EXAMPLES} == set(rule_ids())
