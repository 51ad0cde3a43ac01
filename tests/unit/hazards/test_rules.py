"""Every hazard rule on its examples: ``tests/examples/rules/<rule>/<hit…|miss…>/`` with inputs, perhaps manifests, and a ``case.json``.

A case may name a ``checkpoint``, a file or directory in its folder, or one that is not there, and ask for an ``override``.

Examples and rules are both found by listing their folders, so a rule without an example, and an example without a rule, fail.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG
from upgradecheck.commands import plan as pipeline
from upgradecheck.hazards import Rule, Upgrade, discover, rule_ids
from upgradecheck.model.plan import Finding
from upgradecheck.planning import building

EXAMPLES = Path(__file__).parents[2] / "examples" / "rules"
CASES = sorted(case.parent for case in EXAMPLES.glob("*/*/case.json"))


Runs = dict[str, list[list[Finding]]]
"""What each rule found, run by run, by the name of its file."""


def watched(rule: Rule, runs: list[list[Finding]]) -> Rule:
    """The rule, which now notes what it finds."""

    def findings(upgrade: Upgrade) -> list[Finding]:
        runs.append(list(rule.findings(upgrade)))
        return runs[-1]

    return replace(rule, findings=findings)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """All rules are watched while a plan is made."""
    noted: Runs = {id_.lower(): [] for id_ in rule_ids()}
    every = tuple(watched(rule, noted[rule.id.lower()]) for rule in discover())
    monkeypatch.setattr(building, "discover", lambda: every)
    monkeypatch.setattr(pipeline, "Catalog", lambda: CATALOG)
    return noted


def plain(finding: Finding) -> dict[str, Any]:
    target = finding.object
    named = {"kind": target.kind, "namespace": target.namespace, "name": target.name, "container": target.container}
    return {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "object": {key: value for key, value in named.items() if value is not None},
        "message": finding.message,
        "remedy": finding.remedy,
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_example(case: Path, runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(case)  # so that findings name a checkpoint as the case does
    wanted = json.loads((case / "case.json").read_bytes())
    inputs = tuple(str(file) for file in sorted(case.glob("*.json")) if file.name != "case.json")
    manifests = str(case / "manifests") if (case / "manifests").exists() else None
    request = pipeline.PlanRequest(
        files=inputs,
        from_version=wanted["from"],
        to_version=wanted["to"],
        static_pods=manifests,
        checkpoint=wanted.get("checkpoint"),
        override=wanted.get("override", False),
    )
    plan = pipeline.make_plan(request)
    (found,) = runs[case.parent.name]
    assert [plain(finding) for finding in found] == wanted["findings"]
    assert [finding for finding in plan.findings if finding.rule.lower() == case.parent.name] == found
    assert bool(found) is case.name.startswith("hit")


def names_of_examples(rule: str) -> Iterator[str]:
    for kind in ("hit", "miss"):
        if any(case.parent.name == rule and case.name.startswith(kind) for case in CASES):
            yield kind


@pytest.mark.parametrize("rule", rule_ids())
def test_a_rule_has_a_hit_and_a_miss(rule: str) -> None:
    assert list(names_of_examples(rule.lower())) == ["hit", "miss"]


def test_every_example_is_of_a_rule() -> None:
    assert {folder.name.upper() for folder in EXAMPLES.iterdir()} == set(rule_ids())
