"""Pods that differ in plain texts of their containers alone are seen and decided on as each of them would be by itself."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import Document, raw
from tests.drawing import TIMES, thrown
from tests.property.test_known_replicas import known, own, pasts_of, records_of
from tests.property.test_replicas import STEPS, agrees, at_once, crowd, distinct, found, setting
from tests.property.test_varied import WORDS
from upgradecheck.hashing.fast.opening import Openings
from upgradecheck.model.errors import ConflictingSpecs
from upgradecheck.planning.seeing.replicas import Kind, Replica

__all__ = ["at_once"]

Made = list[Replica]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """The replicas that were made by texts."""
    found_: Made = []
    kept = Kind.filled

    def counted(self: Kind, *its: Any, **more: Any) -> Replica | None:
        one = kept(self, *its, **more)
        found_.extend([one] if one is not None and one.spec is not None else [])
        return one

    monkeypatch.setattr(Kind, "filled", counted)
    return found_


def varied(document: bytes, dice: random.Random) -> bytes:
    """A pod whose containers have texts of their own, most of them plain, in places that are read alike and in others."""
    pod: Document = json.loads(document)
    for container in (pod.get("spec") or {}).get("containers") or ():
        value = dice.choice(WORDS) if dice.randrange(6) == 0 else f"v{dice.randrange(9999)}"
        container.setdefault("args", []).append(value)
        container.setdefault("env", []).append({"name": "OWN", "value": value})
        if dice.randrange(40) == 0:
            container["securityContext"] = {"capabilities": {"add": [value]}}
    return raw(pod)


def few(number: int, **members: Any) -> Iterator[Document]:
    """Pods of one workload with a text and other members of their own."""
    for place in range(number):
        document = deepcopy(next(fleet(1)))
        document["metadata"] |= {"name": f"p-{place}", "uid": f"u-{place}"}
        for container in document["spec"]["containers"]:
            container["args"] = [f"v{place}"]
            container.update({name: value(place) for name, value in members.items()})
        yield document


def crowds(dice: random.Random) -> list[bytes]:
    """Whatever was drawn, some of them differ in plain texts alone."""
    alike = [raw(one | {"metadata": one["metadata"] | {"uid": f"{dice.randrange(1 << 60):x}"}}) for one in few(9)]
    return [varied(one, dice) for one in distinct(crowd(dice, TIMES))[::2] + alike]


@pytest.mark.parametrize(("old", "new"), STEPS[:1] if TIMES == 1 else STEPS)
def test_they_are_seen_and_decided_on_as_each_by_itself(old: str, new: str, made: Made) -> None:
    assert agrees(crowds(thrown()), old, new)
    assert made


def stands(old: str, new: str, dice: random.Random) -> None:
    """With records and histories."""
    documents = [own(one, number) for number, one in enumerate(crowds(dice))]
    listed = records_of(found(documents, setting(old, new), fast=False)[0], dice)
    asked = known(old, new, listed, pasts_of(dice, old) if dice.randrange(4) else None)
    assert found(documents, asked, fast=True) == found(documents, asked, fast=False)


def test_the_same_where_more_is_known(made: Made) -> None:
    stands(*STEPS[0], random.Random(1832))
    assert any(one.records for one in made)


@pytest.mark.long
def test_many_of_them() -> None:
    dice = thrown()
    for _ in range(200):
        assert agrees(crowds(dice), *dice.choice(STEPS))
        stands(*dice.choice(STEPS), dice)


def test_a_spec_has_its_own_digest(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """With that of the first of them two pods of one UID would be taken for one."""
    documents = list(few(5))
    documents[4]["metadata"] |= {"name": "p-3", "uid": "u-3"}
    texts = list(map(raw, documents))
    with pytest.raises(ConflictingSpecs):
        found(texts, setting(*STEPS[0]), fast=True)
    assert made
    monkeypatch.setattr(Replica, "digest", property(lambda self: self.kind.digest.whole))
    found(texts, setting(*STEPS[0]), fast=True)


def test_what_facts_may_hang_on_is_not_opened(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    """A capability is a text as any other to a hash, but it is none that is known to be for the hash alone."""
    step = STEPS[0]
    texts = [raw(one) for one in few(5, securityContext=lambda place: {"capabilities": {"add": [f"CAP_{place}"]}})]
    assert agrees(texts, *step)
    assert not made
    learn = Openings.learn
    monkeypatch.setattr(Openings, "learn", lambda self, pod, pods, holds: learn(self, pod, pods))
    agrees(texts, *step)
    assert made
