"""The goldens of tests/goldens/staticpods.json: what real kubelet code of many versions makes of each manifest in tests/examples/manifests.

`python -m tests.oracle.staticpod_goldens VERSION…` asks the oracles of these versions and writes what they say into the file, in place of
what it has of other patches of their minors; what it has of other minors stays. `--all` leaves in the file only the versions that are named.
Of a refusal only the first complaint is kept, path and kind, and of a UID only which versions give the same one: to tell whether a new one
gives that of the minor before, that one is asked again. A pre-release stands there as the release that it comes before.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests.oracle.staticpods import StaticPods

MANIFESTS = Path(__file__).parents[1] / "examples" / "manifests"
FILE = Path(__file__).parents[1] / "goldens" / "staticpods.json"

Outcome = dict[str, Any]
Grouped = dict[str, Any]


def manifests() -> dict[str, bytes]:
    """The corpus by name."""
    return {path.name: path.read_bytes() for path in sorted(MANIFESTS.iterdir())}


def asked(version: str) -> dict[str, Outcome]:
    """What a version answers: `{"refused": complaint}` or `{"uid": …, "hashes": text}` by manifest."""
    with StaticPods(version) as oracle:
        return {name: outcome(oracle.read(manifest)) for name, manifest in manifests().items()}


def outcome(answer: dict[str, Any]) -> Outcome:
    """An oracle's answer in short."""
    if "error" in answer:
        return {"refused": complaint(answer["error"])}
    hashes = " ".join(f"{container['name']}={container['hash']}" for container in answer["containers"])
    return {"uid": answer["uid"], "hashes": hashes}


def complaint(error: str) -> str:
    """The first field and the kind of complaint, or the start of a text that names no field; nothing that was in the manifest."""
    found = re.search(
        r"\b((?:metadata|spec)[\w.\[\]-]*|name): (Required|Invalid|Duplicate|Forbidden|Unsupported|Not found|Too long|Too many)", error
    )
    return f"{found[1]}: {found[2]}" if found else re.split(r"[:,{&\"]", error.removeprefix("invalid pod: "))[0][:60]


def grouped(outcomes: dict[str, Outcome]) -> Grouped:
    """The outcomes of one manifest by version, versions with the same one together."""
    refused: dict[str, list[str]] = defaultdict(list)
    hashes: dict[str, list[str]] = defaultdict(list)
    uids: dict[str, list[str]] = defaultdict(list)
    for version, one in outcomes.items():
        if "refused" in one:
            refused[one["refused"]].append(version)
        else:
            hashes[one["hashes"]].append(version)
            uids[one["uid"]].append(version)
    joined = {text: " ".join(versions) for text, versions in refused.items()}
    return {
        "refused": joined,
        "hashes": {text: " ".join(versions) for text, versions in hashes.items()},
        "uids": [" ".join(v) for v in uids.values()],
    }


def label(version: str) -> str:
    """The release that a version stands for in the file: ``1.38.0`` of 1.38.0-beta.0."""
    return version.partition("-")[0]


def numbers(version: str) -> list[int]:
    """To put versions in order."""
    return [int(part) for part in version.split(".")]


def ungrouped(one: Grouped) -> dict[str, Outcome]:
    """The outcomes of one manifest by version. A UID that is not in the file is called after the versions that give it."""
    outcomes: dict[str, Outcome] = {}
    for text, versions in one["refused"].items():
        outcomes |= {version: {"refused": text} for version in versions.split()}
    uids = {version: group for group in one["uids"] for version in group.split()}
    for text, versions in one["hashes"].items():
        outcomes |= {version: {"uid": uids[version], "hashes": text} for version in versions.split()}
    return outcomes


def joined(known: dict[str, Outcome], new: dict[str, Outcome], again: str | None, same: Outcome | None) -> dict[str, Outcome]:
    """What is known of a manifest, and what new versions say. again: the known version that was asked once more, and what it said now."""
    made = {"uid": known[again]["uid"]} if again is not None and again in known and "uid" in known[again] else None
    kept = {
        version: {**one, "uid": made["uid"]} if made and same and one.get("uid") == same.get("uid", "") else one
        for version, one in new.items()
    }
    return dict(sorted((known | kept).items(), key=lambda one: numbers(one[0])))


def main(arguments: list[str]) -> int:
    """Asks and writes."""
    versions = [one for one in arguments if one != "--all"]
    answers = {label(version): asked(version) for version in versions}
    file: dict[str, Any] = {"versions": [], "manifests": {}} if "--all" in arguments else json.loads(FILE.read_text())
    for version, answer in answers.items():
        file = _with(file, version, answer)
    FILE.write_text(json.dumps(file, indent=1) + "\n")
    return 0


def _with(file: dict[str, Any], version: str, answer: dict[str, Outcome]) -> dict[str, Any]:
    """The file with one more version, which replaces another patch of its minor."""
    left = [one for one in file["versions"] if numbers(one)[:2] != numbers(version)[:2]]
    before = max((one for one in left if numbers(one) < numbers(version)), key=numbers, default=None)
    asked_again = {} if before is None else asked(before)
    by_manifest = {}
    for name in manifests():
        known = {one: told for one, told in ungrouped(file["manifests"][name]).items() if one in left} if left else {}
        by_manifest[name] = grouped(joined(known, {version: answer[name]}, before, asked_again.get(name)))
    return {"versions": sorted([*left, version], key=numbers), "manifests": by_manifest}


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
