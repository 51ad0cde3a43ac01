"""A saved plan, read back: what is no plan is refused, naming the place; a plan's hash covers what it decides and overrides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import container, plan, pod, restarting
from tests.unit.contract.saved import saved
from upgradecheck.contract.v1.plan_digest import plan_digest
from upgradecheck.contract.v1.plan_reading import overrides_of, plan_of
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.override import Override, Rewrite
from upgradecheck.model.plan import Computed, Evidence, Grade, OverrideSummary, Plan, Verdict

ID = "c1"
CARRIED, WANTED = Hash(0xC18C318C), Hash(0xF2ADBAB)
OVERRIDE = Override(Rewrite(CARRIED, WANTED), "shop", "web-0", "u1", "app", "node-a")
HELD = restarting("app", container_id=ID, evidence=Evidence(Grade.RECORDED, CARRIED), computed=Computed(CARRIED, WANTED))
BASE = plan(
    pod("web-0", replace(HELD, verdict=Verdict.OVERRIDDEN, override="planned"), uid="u1"),
    from_version=as_version("1.30.14"),
    to_version=as_version("1.31.0"),
    overrides={ID: OVERRIDE},
)
PLAN = replace(
    BASE,
    plan_hash=plan_digest("1.31.0", BASE.pods, {ID: OVERRIDE}),
    summary=replace(BASE.summary, override=OverrideSummary(1, {}, BASE.summary.after_drain)),
)


def override_plan(**changes: object) -> bytes:
    """A saved plan with one override, and members of it changed afterwards."""
    return json.dumps({**json.loads(saved(PLAN)), **changes}).encode()


def edited(*path: str | int, value: object) -> bytes:
    """The saved plan with something else in one place."""
    whole: Any = json.loads(saved(PLAN))
    place = whole
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return json.dumps(whole).encode()


def test_reads_what_a_plan_overrides() -> None:
    found = overrides_of(override_plan())
    assert (found.plan_hash, found.from_version, found.to_version, found.overrides) == (PLAN.plan_hash, "1.30.14", "1.31.0", {ID: OVERRIDE})


def test_reads_the_whole_plan() -> None:
    assert plan_of(override_plan()) == PLAN


def told_override(**changes: object) -> dict[str, object]:
    names = {"namespace": "shop", "pod": "web-0", "uid": "u1", "container": "app", "node": "node-a"}
    return {ID: {"from": "c18c318c", "to": "f2adbab", **names, **changes}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": "1.32.0"}, "plan_hash: is not that of what the file holds"),
        ({"overrides": {}}, "plan_hash: is not that of what the file holds"),
        ({"overrides": told_override(node="node-b")}, "plan_hash: is not that of what the file holds"),
        ({"pods": []}, "plan_hash: is not that of what the file holds"),
        ({"overrides": told_override(**{"from": None})}, r"overrides\.c1\.from: is no container hash"),
        ({"overrides": told_override(**{"from": "C1"})}, r"overrides\.c1\.from: is no container hash"),
        ({"overrides": told_override(to="01")}, r"overrides\.c1\.to: is no container hash"),
        ({"overrides": 3}, "overrides: Expected `object`, got `int`"),
    ],
)
def test_an_override_is_of_what_the_plan_decided(changes: dict[str, object], message: str) -> None:
    with pytest.raises(SpecRefused, match=message):
        overrides_of(override_plan(**changes))


NEWER = "use the one that wrote the file, or plan again"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        pytest.param(b"", "no plan in JSON (upgradecheck plan -o json makes one): Input data was truncated", id="nothing"),
        pytest.param(b"[]", "no plan in JSON (upgradecheck plan -o json makes one): Expected `object`, got `array`", id="a list"),
        pytest.param(b"{}", "kind: None where Plan is wanted (upgradecheck plan -o json makes one)", id="any object"),
        pytest.param(override_plan(kind="HashList"), "kind: 'HashList' where Plan is wanted (upgradecheck plan -o json makes one)", id="hashes"),
        pytest.param(override_plan(format_version="2.0"), f"format_version: '2.0' is of a newer upgradecheck; this one reads 1.x: {NEWER}", id="newer"),
        pytest.param(override_plan(format_version="0.9"), f"format_version: '0.9' is of an older upgradecheck; this one reads 1.x: {NEWER}", id="older"),
        pytest.param(override_plan(format_version=1.0), "format_version: expected a version such as 1.0", id="a number for a version"),
        pytest.param(override_plan(format_version="1.0\n"), "format_version: expected a version such as 1.0", id="no version"),
        pytest.param(override_plan(notices=[1]), "notices[0]: Expected `str`, got `int`", id="another type"),
        pytest.param(edited("pods", 0, "verdict", value="fine"), "pods[0].verdict: Invalid enum value 'fine'", id="an unknown word"),
        pytest.param(edited("summary", "pods", value={"fine": 1}), "summary.pods: Invalid enum value 'fine'", id="an unknown word as a name"),
        pytest.param(edited("coverage", "pods", value=-1), "coverage.pods: Expected `int` >= 0", id="a negative number"),
        pytest.param(edited("pods", 0, "containers", 0, "evidence", "hash", value="08e45cbd"),
                     "pods[0].containers[0].evidence.hash: is no container hash (up to 8 lower-case hex digits)", id="a padded hash"),
        pytest.param(edited("pods", 0, "containers", 0, "computed", "to", value=7),
                     "pods[0].containers[0].computed.to: is no container hash (up to 8 lower-case hex digits)", id="a number for a hash"),
    ],
)  # fmt: skip
def test_what_is_no_plan_is_refused(raw: bytes, message: str) -> None:
    with pytest.raises(SpecRefused) as refused:
        plan_of(raw)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("name", ["to", "complete", "scope", "coverage", "summary", "nodes", "pods", "overrides", "findings", "notices"])
def test_a_member_that_is_missing_is_named(name: str) -> None:
    whole = json.loads(saved(PLAN))
    del whole[name]
    with pytest.raises(SpecRefused, match=f"^{name}: is missing$"):
        plan_of(json.dumps(whole).encode())


def test_what_a_newer_minor_says_in_new_words_is_refused_with_both_formats() -> None:
    whole = json.loads(edited("pods", 0, "reason", value="new_reason"))
    with pytest.raises(
        SpecRefused, match=r"^pods\[0\].reason: Invalid enum value 'new_reason'; the file is of format 1\.7, this upgradecheck knows 1\.0$"
    ):
        plan_of(json.dumps({**whole, "format_version": "1.7"}).encode())


def test_no_override_was_asked_for_is_not_none_is_needed() -> None:
    without: Plan = plan(pod("web-0", container()))
    asked = replace(without, overrides={}, summary=replace(without.summary, override=OverrideSummary(0, {}, without.summary.after_drain)))
    assert plan_of(saved(without)).overrides is None
    assert plan_of(saved(asked)).overrides == {}
