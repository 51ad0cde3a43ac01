"""Every hazard rule on its examples, by the command that its page shows.

Examples and rules are both found by listing their folders, so a rule without an example, and an example without a rule, fail.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.builders import CATALOG, as_version
from tests.unit.hazards.examples import EXAMPLES, Example
from upgradecheck.cli import main
from upgradecheck.hazards import Rule, Upgrade, discover, rule, rule_ids
from upgradecheck.model.plan import Finding
from upgradecheck.model.version import Minor
from upgradecheck.planning import building

Runs = dict[str, list[list[Finding]]]
"""What each rule found, run by run, by its id."""


def watched(one: Rule, runs: list[list[Finding]]) -> Rule:
    """The rule, which now notes what it finds."""

    def findings(upgrade: Upgrade) -> list[Finding]:
        runs.append(list(one.findings(upgrade)))
        return runs[-1]

    return replace(one, findings=findings)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """All rules are watched while a plan is made."""
    noted: Runs = {id_: [] for id_ in rule_ids()}
    every = tuple(watched(one, noted[one.id]) for one in discover())
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


@pytest.mark.parametrize("id_", rule_ids())
def test_a_rule_has_a_hit_and_a_miss(id_: str) -> None:
    assert {example.hits for example in EXAMPLES if example.rule == id_} == {True, False}


def test_every_example_is_of_a_rule() -> None:
    assert {example.rule for example in EXAMPLES} == set(rule_ids())


RANGED = ("UC004", "UC020", "UC021", *(f"UC03{number}" for number in range(6)), "UC061", "UC062", "UC063")
"""Rules of what else an upgrade does to a node: each on the first and the last version of its range, and on those beside it."""
OF_CAUSES = ("UC020", "UC031", "UC032", "UC033", "UC034", "UC035", "UC061")
"""Those of several causes, some of which have a range of their own."""
MINORS = tuple(minor for minor in CATALOG.minors() if CATALOG.schema(minor).provisional is None)
"""Those that are released and read: nobody goes to a pre-release."""
EDGES = ("hit-oldest", "hit-newest", "miss-before", "miss-after")


def to_minors(id_: str) -> dict[str, Minor]:
    """The minors to which the examples of a rule go that are called after an edge of a range, by their names."""
    named = {example.folder.name: example for example in EXAMPLES if example.rule == id_ and example.folder.name.startswith(EDGES)}
    return {name: as_version(example.wanted["to"]).minor for name, example in named.items()}


@pytest.mark.parametrize("id_", RANGED)
def test_a_rule_has_the_first_and_the_last_version_of_its_range_and_those_beside_it(id_: str) -> None:
    """Nothing that is known is before the first minor of all, nor after the newest; to the first one no upgrade of a known one goes."""
    since, until, found = rule(id_).since, rule(id_).until, to_minors(id_)
    assert found["hit-oldest"] in ((since,) if since is not None and since > MINORS[0] else MINORS[:2])
    assert found["hit-newest"] == (until or MINORS[-1])
    if since is not None and since > MINORS[0]:
        assert MINORS.index(found["miss-before"]) + 1 == MINORS.index(since)
    if until is not None:
        assert MINORS.index(found["miss-after"]) - 1 == MINORS.index(until)


@pytest.mark.parametrize("id_", RANGED)
def test_of_a_cause_both_sides_of_an_edge_are_there_and_one_minor_apart(id_: str) -> None:
    found = to_minors(id_)
    for name, minor in found.items():
        edge = next(edge for edge in EDGES if name.startswith(edge))
        cause = name.removeprefix(edge)
        if cause:
            other, step = {
                "hit-oldest": ("miss-before", -1),
                "miss-before": ("hit-oldest", 1),
                "hit-newest": ("miss-after", 1),
                "miss-after": ("hit-newest", -1),
            }[edge]
            assert MINORS.index(found[f"{other}{cause}"]) == MINORS.index(minor) + step, name
    assert any(name.removeprefix("hit-oldest").removeprefix("hit-newest").startswith("-") for name in found) or id_ not in OF_CAUSES


def test_an_example_that_is_gone_or_of_another_version_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The law itself, on examples of which one lacks, and of which one goes elsewhere."""
    test_a_rule_has_the_first_and_the_last_version_of_its_range_and_those_beside_it("UC062")
    less = tuple(one for one in EXAMPLES if (one.rule, one.folder.name) != ("UC062", "miss-before"))
    monkeypatch.setitem(globals(), "EXAMPLES", less)
    with pytest.raises(KeyError, match="miss-before"):
        test_a_rule_has_the_first_and_the_last_version_of_its_range_and_those_beside_it("UC062")
    monkeypatch.setitem(globals(), "EXAMPLES", tuple(one for one in EXAMPLES if one.rule != "UC031"))
    with pytest.raises(KeyError, match="hit-oldest"):
        test_a_rule_has_the_first_and_the_last_version_of_its_range_and_those_beside_it("UC031")
