"""Every fact that a person read is held: by what it was read as (facts.json), and by the fingerprints of what it was read in.

A minor that gets another one's facts copied differs from what was read of it, fact by fact. What real code makes of them is in the goldens;
which facts those tell apart, test_told_facts.py walks through.
"""

from __future__ import annotations

import copy
import json
from itertools import pairwise
from typing import Any

import pytest

from tests.builders import CATALOG
from tests.hashdata import facts
from tests.hashdata.facts import HAND_READ, HASHDATA, fingerprint, in_file, ledger, read_in, recorded

MINORS = [str(minor) for minor in CATALOG.minors()]
FACTS = recorded()
GENERATED = {
    "format_version", "minor", "provisional", "era", "hash_without_resources", "container_kinds", "decoder", "go_versions", "gates", "other_gates",
    "gone_gates", "removed_flags", "static_pod_uid", "internal_pod", "provenance", "roots", "types", "goldens",
}  # fmt: skip
"""Sections that the generator writes; what a person does to them, the next refresh takes back."""


def newest(fact: str, minor: str) -> Any:
    return [*facts.read(minor, FACTS[fact]).values()][-1]


def changes(fact: str) -> list[tuple[str, str]]:
    """The minors whose newest patch has it otherwise than that of the minor before, with that minor."""
    return [(before, minor) for before, minor in pairwise(MINORS) if newest(fact, before) != newest(fact, minor)]


def test_each_section_is_generated_or_read() -> None:
    assert set(json.loads((HASHDATA / "schema.json").read_bytes())["properties"]) == GENERATED | HAND_READ
    assert {fact.partition(".")[0] for fact in FACTS} == HAND_READ
    assert not GENERATED & HAND_READ


@pytest.mark.parametrize("minor", MINORS)
def test_the_facts_of_a_minor_are_as_they_were_read(minor: str) -> None:
    """Where one is changed after reading: go run . mark MINOR all, or go run . facts MINOR FACT."""
    assert facts.wrong(facts.file(minor), FACTS) == {}


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_says_what_it_is_read_in(fact: str) -> None:
    assert set(read_in(fact)) <= set(facts.fingerprints())
    assert read_in(fact) or fact in ledger()["elsewhere"]


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_changes_only_with_what_it_is_read_in(fact: str) -> None:
    """So what is carried to a minor in which nothing of that changed is as good as read there. Elsewhere: changes that no fingerprint shows."""
    elsewhere = ledger()["elsewhere"].get(fact, {})
    unseen = {minor for before, minor in changes(fact) if all(fingerprint(one, before) == fingerprint(one, minor) for one in read_in(fact))}
    assert unseen == set(elsewhere)
    assert all(elsewhere.values())


def test_nothing_is_named_in_vain() -> None:
    said = ledger()
    assert set(said["elsewhere"]) <= set(FACTS)
    assert all(any(fact == name or fact.startswith(f"{name}.") for fact in FACTS) for name in said["read_in"])
    assert all(any(one["is"] is not None for one in states) for states in said["facts"].values())


@pytest.mark.parametrize("minor", MINORS[1:])
def test_what_is_copied_of_the_minor_before_is_found_out(minor: str) -> None:
    """Section by section: where it says another thing, facts of it are named, and of no other."""
    before = facts.file(MINORS[MINORS.index(minor) - 1])
    for section in HAND_READ:
        copied = dict(facts.file(minor)) | {section: copy.deepcopy(before.get(section))}
        found = facts.wrong(copied, FACTS)
        assert bool(found) is (in_file(copied) != in_file(facts.file(minor)))
        assert {fact.partition(".")[0] for fact in found} <= {section}


def test_each_fact_that_changes_is_found_out_alone() -> None:
    """In every minor in which it changes, the value of the one before in its place."""
    tried = 0
    for fact in FACTS:
        for before, minor in changes(fact):
            said = in_file(facts.file(minor)) | {fact: {f"{minor}.0": newest(fact, before)}}
            assert said[fact] != facts.read(minor, FACTS[fact]), (fact, minor)
            tried += 1
    assert tried > len(FACTS)
