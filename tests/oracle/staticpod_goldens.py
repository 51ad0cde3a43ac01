"""The goldens of tests/goldens/staticpods.json: what real kubelet code of many versions makes of each manifest in tests/examples/manifests.

`python -m tests.oracle.staticpod_goldens VERSION…` asks the oracles of these versions, all that the file shall have, and writes it. Of a
refusal only the first complaint is kept, path and kind, and of a UID only which versions give the same one.
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


def main(versions: list[str]) -> int:
    """Asks and writes."""
    answers = {version: asked(version) for version in versions}
    by_manifest = {name: grouped({version: answers[version][name] for version in versions}) for name in manifests()}
    FILE.write_text(json.dumps({"versions": versions, "manifests": by_manifest}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
