"""Every hazard rule on its examples, by the command that its page shows.

Examples and rules are both found by listing their folders, so a rule without an example, and an example without a rule, fail.
"""

from __future__ import annotations

import json
import re
import shutil
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


OF_NODES = ("UC004", "UC020", "UC021", *(f"UC03{number}" for number in range(6)), "UC061", "UC062", "UC063")
"""Rules of what else an upgrade does to a node, which have causes with ranges of their own."""
WITH_RANGE = tuple(one.id for one in discover() if one.since is not None or one.until is not None)
RANGED = tuple(id_ for id_ in rule_ids() if id_ in {*OF_NODES, *WITH_RANGE})
"""Each on the first and the last version of its range, and on those beside it."""
RANGELESS = tuple(id_ for id_ in rule_ids() if id_ not in RANGED)
"""Those that say of no version that it is their first or last: an example of theirs hits in the oldest and in the newest, too."""
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


STEPS = {"oldest": MINORS[:2], "newest": MINORS[-2:]}
OTHERWISE = {
    ("UC040", "oldest"): (MINORS[0], MINORS[3]),  # a step that is too long
    ("UC040", "newest"): (MINORS[-5], MINORS[-1]),
    ("UC041", "newest"): (Minor(1, 30), MINORS[-1]),  # one that restarts something
    ("UC064", "oldest"): MINORS[1:3],  # there was one before that which runs
}
VERSION = re.compile(r'("kubeletVersion":\s*")v[^"]*"')


def as_of(example: Example, start: str, target: str, folder: Path) -> tuple[str, ...]:
    """The example with other versions, in a folder of its own: what to type there."""
    shutil.copytree(example.folder, folder)
    for file in folder.glob("*.json"):
        file.write_text(VERSION.sub(rf'\1v{start}"', file.read_text()))
    asked = {**example.wanted, "to": target, "from": example.wanted["from"] and start}
    (folder / "case.json").write_text(json.dumps(asked))
    return Example(folder).command


@pytest.mark.parametrize("edge", STEPS)
@pytest.mark.parametrize("id_", RANGELESS)
def test_a_rule_without_a_range_has_none(id_: str, edge: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One of its hits is one in the first upgrades that there are, and in the newest: else it has a range, and says so."""
    start, target = (f"{minor}.{CATALOG.newest_patch(minor)}" for minor in OTHERWISE.get((id_, edge), STEPS[edge]))
    for number, example in enumerate(one for one in EXAMPLES if one.rule == id_ and one.hits):
        monkeypatch.chdir(tmp_path)
        command = as_of(example, start, target, tmp_path / str(number))
        monkeypatch.chdir(tmp_path / str(number))
        main([*command, "--output", f"json={tmp_path / f'{number}.json'}"])
        if id_ in {found["rule"] for found in json.loads((tmp_path / f"{number}.json").read_bytes())["findings"]}:
            return
    pytest.fail(f"{id_} has no example that hits from {start} to {target}")


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
