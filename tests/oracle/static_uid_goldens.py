"""The goldens of tests/goldens/static-uids.json: UIDs that real kubelet code makes of static pods, and digests of the text it hashes.

`python -m tests.oracle.static_uid_goldens VERSION…` asks the oracles of these versions and writes what they say beside what the file has of
others. Of each manifest in tests/examples/manifests that can be decoded it holds UID and digest, whether or not validation refuses it; of
the manifests of tests/unit/hashing/staticuid/paths.py one digest of all of them for each field of metadata, spec and status, and likewise of
those of amounts.py. 1.8 is left out: its kubelets were built with Go 1.8, which no longer runs here, and whose time.Time has other fields.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.oracle.staticpod_goldens import label, manifests
from tests.oracle.staticpods import StaticPods
from tests.unit.decisions.manifests.corpus import build_of
from tests.unit.hashing.staticuid.amounts import manifests_of_amounts
from tests.unit.hashing.staticuid.paths import digests, is_computable, is_defaulted_alike, one_path_manifests

FILE = Path(__file__).parents[1] / "goldens" / "static-uids.json"
NOT_ALIKE = ("json-and", "managed-fields")
"""Manifests that are no YAML alone, and those of which no UID can be computed."""


def asked(version: str) -> dict[str, Any]:
    """What a version says."""
    with StaticPods(version) as oracle:
        known = label(version)
        alike = {name: text for name, text in manifests().items() if not name.startswith(NOT_ALIKE) and is_defaulted_alike(text, known)}
        told = {name: oracle.hashed(text) for name, text in alike.items()}
        shown = {name: f"{one['uid']} {one['digest']}" for name, one in told.items() if one is not None}
        named = one_path_manifests(build_of(known).schema)
        paths = digests(_told(oracle, (one for one in named if is_defaulted_alike(one[1], known))))
        return {"manifests": shown, "paths": paths, "amounts": digests(_told(oracle, manifests_of_amounts()))}


def _told(oracle: StaticPods, named: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str, str]]:
    for name, text in named:
        if is_computable(name):
            told = oracle.hashed(text)
            assert told is not None, name
            yield name, told["uid"], told["digest"]


def main(versions: list[str]) -> int:
    """Asks and writes."""
    known: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    new = {label(version): asked(version) for version in versions}
    minors = {version.rpartition(".")[0] for version in new}
    known = {version: one for version, one in known.items() if version.rpartition(".")[0] not in minors} | new
    in_order = sorted(known, key=lambda version: [int(part) for part in version.split(".")])
    FILE.write_text(json.dumps({version: known[version] for version in in_order}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
