"""From which minor on, and up to which, the real ValidateKubeletConfiguration refuses what hashdata/refusals.json has by hand.

`python -m tests.oracle.configurations.asking` writes `since`, `until` and `source` of each entry that says with which fields to ask
(`asked`) anew; given releases, it asks these alone, and leaves what is told of other minors (a new entry names the minor that it is thought to begin with). A minor refuses it where it refuses every one of `refused` and takes every one of `taken`, its gate being as the entry
says. `{minor}` and `{minor-1}` stand for the minor's own number and the one before. Entries without `asked` are of other places, and stay.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.builders import CATALOG
from tests.oracle.configurations.real import Configurations
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.model.version import Minor

FILE = Path(__file__).parents[3] / "hashdata" / "refusals.json"
FIRST = Minor(1, 10)
"""The oldest one that has a KubeletConfiguration of v1beta1."""


def last(minor: Minor) -> str:
    """The release that a minor's types were read from: the last one whose libraries can be had, or a pre-release."""
    content = json.loads((FILE.parent / f"v{minor}.json").read_bytes())
    return "1." + str(content["provenance"]["types"]["version"]).removeprefix("v0.").removeprefix("v1.")


LAST = tuple(last(minor) for minor in CATALOG.minors() if minor >= FIRST)
"""A release of each minor that has a KubeletConfiguration."""

NOT_OF_THIS_MACHINE = {"failCgroupV1": False}
"""Whether it has cgroups of version 1 is no matter of a configuration."""

Asked = Callable[[Mapping[str, Any]], str]
"""Why a configuration is refused; empty where it is taken."""


def with_gate(minor: Minor, name: str, *, on: bool) -> dict[str, bool] | None:
    """The gates that a configuration must set for one to be so in a minor; None where it cannot be.

    One that has left is on for good. What wants it on must be off with it.
    """
    if not name:
        return {}
    gate = _gates(minor).get(name)
    if gate is None:
        had = any(name in _gates(other) for other in CATALOG.minors() if other < minor)
        return {} if on and had else None
    if gate.default is on:
        return {}
    wants = CATALOG.options().gates_want.get(minor, {})
    return None if gate.locked else {name: on, **({} if on else {other: False for other, all_of in wants.items() if name in all_of})}


def _gates(minor: Minor) -> dict[str, Any]:
    return {**CATALOG.schema(minor).feature_gates, **CATALOG.schema(minor).other_gates}


def in_minor(entry: Mapping[str, Any], minor: Minor) -> dict[str, Any]:
    """With what a minor is asked."""
    text = json.dumps(entry["asked"]).replace("{minor}", str(minor.minor)).replace("{minor-1}", str(minor.minor - 1))
    asked: dict[str, Any] = json.loads(text)
    return asked


def listed(path: str) -> str:
    """The field itself, or the one of another package in which it is."""
    return path.partition(".")[0] if path.startswith(("logging.", "tracing.")) else path


def refuses(ask: Asked, minor: Minor, entry: Mapping[str, Any]) -> bool:
    """Whether a minor refuses what an entry says, and takes what it says."""
    gates = with_gate(minor, entry.get("gate", ""), on=entry.get("gate_is") == "on")
    if gates is None:
        return False
    around = {**NOT_OF_THIS_MACHINE, **({"featureGates": gates} if gates else {})}
    asked = in_minor(entry, minor)
    return all(ask({**around, **one}) for one in asked["refused"]) and not any(ask({**around, **one}) for one in asked["taken"])


def dated(entry: Mapping[str, Any], refusing: Sequence[bool], versions: Sequence[str] = LAST) -> dict[str, Any]:
    """An entry with the minors that refuse it. Raises ValueError where these are none, or not one after the other."""
    first = next((number for number, one in enumerate(refusing) if one), None)
    if first is None:
        raise ValueError(f"{entry['field']} ({entry['wanted']}): no version refuses just that")
    after = next((number for number in range(first, len(refusing)) if not refusing[number]), None)
    if after is not None and any(refusing[after:]):
        raise ValueError(f"{entry['field']} ({entry['wanted']}): refused, taken, and refused again")
    said = {"field": entry["field"], "since": _minor(versions[first])}
    if after is not None:
        said["until"] = _minor(versions[after])
    rest = {name: value for name, value in entry.items() if name not in said and name not in ("until", "source")}
    return {**said, **rest, "source": {**entry["source"], "version": f"v{versions[first]}"}}


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


def told(entry: Mapping[str, Any], minor: Minor) -> bool:
    """Whether the file says of a minor that it refuses what an entry says."""
    since, until = (None if text is None else Minor(*map(int, text.split("."))) for text in (entry["since"], entry.get("until")))
    return since is not None and since <= minor and (until is None or minor < until)


def source(entry: Mapping[str, Any], made: Mapping[str, Any]) -> dict[str, Any]:
    """Where it stands of an entry whose beginning is as it was: in the release that it was read in."""
    return dict(entry["source"] if entry["since"] == made["since"] else made["source"])


def main(only: Sequence[str]) -> int:
    """Writes the file anew. only: the releases to ask; all where there are none."""
    file = json.loads(FILE.read_bytes())
    entries = [one for one in file["refusals"] if "asked" in one]
    found: dict[int, list[bool]] = {number: [] for number in range(len(entries))}
    for version in LAST:
        minor = parse_kubelet_version(version).minor
        if only and version not in only:
            for number, entry in enumerate(entries):
                found[number].append(told(entry, minor))
            continue
        with Configurations(version) as real:
            for number, entry in enumerate(entries):
                found[number].append(refuses(real.refuses, minor, entry))
        print(version, sum(one[-1] for one in found.values()), file=sys.stderr, flush=True)
    made = [dated(entry, found[number]) for number, entry in enumerate(entries)]
    if only:
        made = [{**one, "source": source(entry, one)} for entry, one in zip(entries, made, strict=True)]
    made.sort(key=lambda one: (one["field"], [int(part) for part in one["since"].split(".")]))
    rest = [one for one in file["refusals"] if "asked" not in one]
    FILE.write_text(json.dumps({**file, "refusals": [*made, *rest]}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
