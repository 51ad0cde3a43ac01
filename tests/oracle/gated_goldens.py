"""The goldens of tests/goldens/gated-manifests.json: what becomes of manifests where a gate is set otherwise than it is by default.

`python -m tests.oracle.gated_goldens VERSION…` asks the oracles of these versions, and writes, of each gate that our reading of manifests asks
for by name and that the version has and lets be set, which manifests of the corpus are then refused or taken, and are not by default.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.oracle.staticpod_goldens import manifests
from tests.oracle.staticpods import StaticPods
from tests.unit.decisions.manifests.corpus import build_of

FILE = Path(__file__).parents[1] / "goldens" / "gated-manifests.json"
_READING = Path(__file__).parents[2] / "upgradecheck" / "decisions" / "manifests"
_ASKED = re.compile(r'feature_gate\("(\w+)"\)')
Changed = dict[str, list[str]]


def gates() -> list[str]:
    """Those that our reading asks for by name."""
    return sorted({gate for path in _READING.glob("*.py") for gate in _ASKED.findall(path.read_text())})


def flips(release: str) -> Iterator[tuple[str, bool]]:
    """Those of a release that can be set, with what they are not by default."""
    for gate in gates():
        known = build_of(release).schema.feature_gates.get(gate)
        if known is not None and not known.locked:
            yield gate, not known.default


def asked(version: str) -> dict[str, Changed]:
    """By gate and value: the manifests that are ``refused``, and those that are ``taken``, by that alone."""
    release, found = version.partition("-")[0], {}
    usual = _refused(version, "")
    for gate, value in flips(release):
        setting = f"{gate}={str(value).lower()}"
        now = _refused(version, setting)
        if now not in (usual, set()):
            found[f"{release} {setting}"] = {"refused": sorted(now - usual), "taken": sorted(usual - now)}
    return found


def _refused(version: str, setting: str) -> set[str]:
    """The names of what is refused; empty where a kubelet that is so set ends, since another gate wants this one."""
    with StaticPods(version, setting) as oracle:
        try:
            return {name for name, text in manifests().items() if "error" in oracle.read(text)}
        except ValueError:
            return set()


def main(versions: list[str]) -> int:
    """Asks and writes."""
    known: dict[str, Changed] = json.loads(FILE.read_text()) if FILE.exists() else {}
    for version in versions:
        minor = version.partition("-")[0].rpartition(".")[0]
        known = {told: one for told, one in known.items() if not told.startswith(f"{minor}.")} | asked(version)
    FILE.write_text(json.dumps(known, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
