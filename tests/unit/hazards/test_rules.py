"""Every hazard rule on its examples: ``tests/examples/rules/<rule>/<hit…|miss…>/`` with inputs, perhaps manifests, and a ``case.json``.

A case may name a ``checkpoint``, a file or directory in its folder, or one that is not there, and ask for an ``override``.

Examples and rules are both found by listing their folders, so a rule without an example, and an example without a rule, fail.
"""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.commands import plan as pipeline
from upgradecheck.hazards import Rule, Upgrade, discover, rules
from upgradecheck.model.plan import Finding
from upgradecheck.planning import building

EXAMPLES = Path(__file__).parents[2] / "examples" / "rules"
CASES = sorted(case.parent for case in EXAMPLES.glob("*/*/case.json"))


@dataclass(slots=True)
class Watched:
    """A rule that keeps what it was asked and what it found."""

    rule: Rule
    id: str
    title: str
    runs: list[list[Finding]] = field(default_factory=list)

    def findings(self, upgrade: Upgrade) -> Iterable[Finding]:
        found = list(self.rule.findings(upgrade))
        self.runs.append(found)
        return found


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Watched]:
    """All rules by the name of their file, watched while a plan is made."""
    found = {rule.id.lower(): Watched(rule, rule.id, rule.title) for rule in discover()}
    monkeypatch.setattr(building, "discover", lambda: tuple(found.values()))
    monkeypatch.setattr(pipeline, "Catalog", lambda: CATALOG)
    return found


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
def test_example(case: Path, watched: dict[str, Watched], monkeypatch: pytest.MonkeyPatch) -> None:
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
    (found,) = watched[case.parent.name].runs
    assert [plain(finding) for finding in found] == wanted["findings"]
    assert [finding for finding in plan.findings if finding.rule == watched[case.parent.name].id] == found
    assert bool(found) is case.name.startswith("hit")


def names_of_examples(rule: str) -> Iterator[str]:
    for kind in ("hit", "miss"):
        if any(case.parent.name == rule and case.name.startswith(kind) for case in CASES):
            yield kind


@pytest.mark.parametrize("rule", [module.name for module in pkgutil.iter_modules(rules.__path__)])
def test_a_rule_has_a_hit_and_a_miss_and_is_called_as_its_file(rule: str) -> None:
    assert list(names_of_examples(rule)) == ["hit", "miss"]
    assert rule in [found.id.lower() for found in discover()]


def test_every_example_is_of_a_rule() -> None:
    assert {folder.name for folder in EXAMPLES.iterdir()} == {rule.id.lower() for rule in discover()}


def test_rules_come_by_id_and_have_titles() -> None:
    found = discover()
    assert [rule.id for rule in found] == sorted(rule.id for rule in found)
    assert all(rule.title for rule in found)
