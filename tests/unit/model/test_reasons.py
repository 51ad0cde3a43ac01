"""Every reason is one entry that says all of itself."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

import upgradecheck
from upgradecheck.model.reasons import Family, Reason
from upgradecheck.model.remedies import Help, Way
from upgradecheck.model.steps import StepName, first_step


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_a_reason_says_its_sentence_and_its_step(reason: Reason) -> None:
    assert reason.value == reason.name.lower()
    assert reason.sentence
    assert (reason.step is None) == (reason is Reason.VERSION_AMBIGUOUS)
    assert (reason.finding is not None) == (reason.family in (Family.SANDBOX, Family.POD_END, Family.CGROUP, Family.MANIFEST))


def test_no_two_reasons_are_told_alike() -> None:
    assert len({reason.sentence for reason in Reason}) == len(Reason)


def test_an_entry_in_full() -> None:
    found = Reason.RESIZE_BASELINE
    assert (found.value, found.step, found.family, found.help) == (
        "resize_baseline",
        StepName.RESOURCES,
        Family.RESIZE,
        Help(Way.CHANGE_SPEC, "without RestartContainer in its resizePolicy nothing is restarted for resources"),
    )
    assert found.sentence == (
        "the new kubelet has no record of its resources and may take that for a resize, which its policy answers with a restart"
    )
    assert found.next_step == "Count them as restarted once, or go to 1.37 or later directly; 1.33 to 1.36 were seen to do this."


def test_scripts_see_the_code_alone() -> None:
    assert Reason("hash_equal") is Reason.HASH_EQUAL
    assert msgspec.json.encode(Reason.HASH_EQUAL) == b'"hash_equal"'
    assert msgspec.convert("hash_equal", Reason) is Reason.HASH_EQUAL


@pytest.mark.parametrize("family", [family for family in Family if family not in (Family.AT_REST, Family.EVIDENCE, Family.NOT_LOOKED_AT)])
def test_what_is_answered_alike_comes_from_few_steps(family: Family) -> None:
    """Those of one family stand beside each other in the kubelet's order."""
    steps = [reason.step for reason in Reason if reason.family is family and reason.step is not None]
    order = list(StepName)
    assert max(map(order.index, steps)) - min(map(order.index, steps)) < 4


def test_the_first_of_some_steps() -> None:
    assert first_step([StepName.HASH, None, StepName.CGROUP, StepName.KIND]) is StepName.CGROUP
    assert first_step([None]) is None


HANDED_ON = {
    Reason.POD_MAY_END,
    Reason.INIT_MAY_RERUN,
    *(reason for reason in Reason if reason.family in (Family.MANIFEST, Family.HISTORY)),
}
"""Reasons whose decision is made elsewhere than where they are named."""


def carried_by_unknown() -> set[Reason]:
    """The reasons that stand beside the verdict ``unknown`` in what decides."""
    pattern = re.compile(r"Verdict\.UNKNOWN,\s*(?:reason=)?(?:[\w.]+ or )?Reason\.(\w+)(?: if [^,]+? else Reason\.(\w+))?")
    sources = [path for room in ("decisions", "planning") for path in (Path(upgradecheck.__file__).parent / room).rglob("*.py")]
    found = {name for path in sources for names in pattern.findall(path.read_text()) for name in names if name}
    return {Reason[name] for name in found}


def test_each_reason_of_what_is_unknown_says_whether_that_is_for_want_of_evidence() -> None:
    """All but one is: an ignore entry that accepts what is unknown must not accept what nobody has looked at."""
    found = carried_by_unknown()
    assert len(found) > 20
    of_unseen = {reason for reason in Reason if reason.family in (Family.EVIDENCE, Family.HISTORY, Family.VERSION)}
    wanted = (found | HANDED_ON | of_unseen) - {Reason.MANIFEST_GONE}
    assert {reason for reason in Reason if reason.unseen is not None} == wanted
    assert {reason for reason in Reason if reason.unseen is False} == {Reason.RESIZE_PENDING}
