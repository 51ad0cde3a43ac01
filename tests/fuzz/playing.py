"""Plays inputs: each drawn by its own number, so that one that fails can be played alone, and several processes share the work."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

from tests.fuzz.corpus import corpus
from tests.fuzz.doors import DOORS, unguarded
from tests.fuzz.files import play_file
from tests.fuzz.mutating import damaged
from upgradecheck.model.errors import UpgradecheckError

WHOLE_FILE = "whole file"
_EVERY = 50
"""One input of so many goes through a whole plan, which costs a hundred times what a decoder costs."""


class Foreign(NamedTuple):
    """A foreign exception: the door, the number that draws the input, and what was raised where."""

    door: str
    number: int
    error: str


class Played(NamedTuple):
    """How many inputs came to each door, how many were refused, and what got out."""

    entered: Counter[str]
    refused: Counter[str]
    foreign: list[Foreign]


def drawn(number: int) -> tuple[str, bytes]:
    """The door and the input of a number."""
    rng = Random(number)
    if number % _EVERY == 0:
        kind = rng.choice(("document", "stream", "yaml", "pod", "gzip"))
        return WHOLE_FILE, damaged(rng, rng.choice(corpus()[kind]), binary=kind == "gzip")
    name = rng.choice(list(DOORS))
    door = DOORS[name]
    return name, damaged(rng, rng.choice(corpus()[door.kind]), binary=door.binary)


def play(numbers: Iterable[int]) -> Played:
    """Plays the inputs of these numbers."""
    played = Played(Counter(), Counter(), [])
    for number in numbers:
        name, raw = drawn(number)
        played.entered[name] += 1
        try:
            _enter(name, raw)
        except UpgradecheckError:
            played.refused[name] += 1
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            played.foreign.append(Foreign(name, number, _told(error)))
    return played


def _enter(name: str, raw: bytes) -> None:
    if name == WHOLE_FILE:
        play_file(raw)
        return
    with unguarded():
        DOORS[name].enter(raw)


def _told(error: BaseException) -> str:
    frames = [
        f"{frame.filename.rpartition('/upgradecheck/')[2]}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    return f"{type(error).__name__}: {str(error)[:120]} at {' < '.join(reversed(frames[-3:]))}"


def added(parts: Iterable[Played]) -> Played:
    """The sum of what several played."""
    total = Played(Counter(), Counter(), [])
    for part in parts:
        total.entered.update(part.entered)
        total.refused.update(part.refused)
        total.foreign.extend(part.foreign)
    return total


def kinds(foreign: Iterable[Foreign]) -> Iterator[str]:
    """Each kind of foreign exception once, with a number that plays it."""
    first: dict[str, Foreign] = {}
    for one in foreign:
        first.setdefault(f"{one.door}: {one.error.split(' at ')[-1]}", one)
    return (f"{one.door}, input {one.number}: {one.error}" for one in first.values())
