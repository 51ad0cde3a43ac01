"""What a person read out of sources, by minor: the facts of v1.NN.json as hashdata/facts.json names them (hashdata/generate/facts.go)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

HASHDATA = Path(__file__).parents[2] / "hashdata"
BY_RELEASE = ("manifests", "decisions", "admission", "api_server", "state_files")
ALONE = ("resize_records", "kubelet_lag", "node_monitor_grace", "driver_fallback_until")
HAND_READ = {*BY_RELEASE, *ALONE, "places"}
"""Sections of a minor's file that a person fills in."""
_SETS = ("refuses", "safe_sysctls", "scheduling_features", "field_paths")
_DEPTH = 3

States = dict[str, Any]
"""What a fact is, by the release since which it is so."""


@cache
def file(minor: str) -> Any:
    """A minor's file."""
    return json.loads((HASHDATA / f"v{minor}.json").read_bytes())


@cache
def ledger() -> Any:
    """facts.json."""
    return json.loads((HASHDATA / "facts.json").read_bytes())


@cache
def fingerprints() -> Any:
    """Of what is mirrored, by name: mirrored.json."""
    return json.loads((HASHDATA / "mirrored.json").read_bytes())["functions"]


def in_file(content: Mapping[str, Any]) -> dict[str, States]:
    """The facts of a minor's file: each from its first release on, and from those on that change it."""
    first = f"{content['minor']}.0"
    found: dict[str, States] = {name: {first: content.get(name)} for name in ALONE}
    for name in BY_RELEASE:
        held = dict(content[name]["first"])
        _put(found, name, first, held, first)
        for change in content[name]["later"]:
            held |= change["facts"]
            _put(found, name, change["since"], held, first)
    _put(found, "places", first, content["places"], first)
    return found


def read(minor: str, states: Mapping[str, Any]) -> States:
    """What facts.json says of a minor: from its first release on, and what changed in later ones."""
    value, told = None, {}
    for since, is_so in states.items():
        if _number(since) < _number(minor):
            value = is_so
        elif _number(since) == _number(minor):
            told[since] = is_so
    return {f"{minor}.0": value} | told


def recorded() -> dict[str, States]:
    """facts.json by fact."""
    return {fact: {one["since"]: one["is"] for one in states} for fact, states in ledger()["facts"].items()}


def wrong(content: Mapping[str, Any], facts: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[States, States]]:
    """The facts of a file that are otherwise than they were read: what it says, and what was read."""
    minor, said = content["minor"], in_file(content)
    nothing = {f"{minor}.0": None}
    both = {fact: (said.get(fact, nothing), read(minor, facts.get(fact, {}))) for fact in facts.keys() | said.keys()}
    return {fact: pair for fact, pair in both.items() if pair[0] != pair[1]}


def read_in(fact: str) -> tuple[str, ...]:
    """What of mirrored.json a fact is read in."""
    said = ledger()["read_in"]
    name = fact
    while name not in said:
        name, dot, _ = name.rpartition(".")
        if not dot:
            return ()
    return tuple(said[name])


def fingerprint(function: str, minor: str) -> str:
    """That of a minor; empty where it has no such function."""
    told = [one["fingerprint"] for one in fingerprints()[function] if _number(one["since"]) <= _number(minor)]
    return str(told[-1]) if told else ""


def _number(version: str) -> int:
    return int(version.split(".")[1])


def _put(found: dict[str, States], part: str, since: str, held: Mapping[str, Any], first: str) -> None:
    flat = dict(_flat(part, held))
    there = {fact for fact in found if fact.startswith(f"{part}.")}
    for fact in there | flat.keys():
        states = found.setdefault(fact, {first: None})
        value = flat.get(fact)
        if since == first or [*states.values()][-1] != value:
            states[since] = value


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    last = name.rpartition(".")[2]
    if last in _SETS:
        yield from ((f"{name}.{one}", True) for one in value)
    elif last == "gated_fields":
        yield from ((f"{name}.{one['gate']}", one["paths"]) for one in value)
    elif isinstance(value, dict) and name.count(".") < _DEPTH - 1:
        for key, one in value.items():
            yield from _flat(f"{name}.{key}", one)
    else:
        yield name, value
