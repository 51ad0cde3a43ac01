"""Which files of a kubelet ask for a feature gate, in the release where its default moved: what hashdata/gates.json says of gates that touch no pod.

`python -m tests.oracle.gates_asked` writes `no_pods.elsewhere` (no file of a kubelet asks) and `no_pods.checked` (only files that check or
default pods do) anew, out of the released sources. What else moves is read by hand: `gates`, where pods ask for it, or `no_pods.node`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.builders import CATALOG
from tests.lab.toolchains import downloaded
from upgradecheck.model.version import Minor

HASHDATA = Path(__file__).parents[2] / "hashdata"
FILE = HASHDATA / "gates.json"
RUNS = ("cmd/kubelet", "pkg/kubelet", "pkg/volume", "pkg/probe", "pkg/credentialprovider", "pkg/util", "pkg/security")
CHECKS = ("pkg/api", "pkg/apis/core")
_NAMED = re.compile(r"\w*[fF]eatures\.(\w+)")
_CONSTANT = re.compile(r'^\s+(\w+)\s*(?:\w+\.Feature)?\s*=\s*"(\w+)"', re.MULTILINE)


def moves() -> Iterator[tuple[str, Minor]]:
    """Each gate with the minors by whose default it moves; one that is not there yet is off, one that has left stays as it was."""
    first, *minors = CATALOG.minors()
    on = {name: gate.default for name, gate in CATALOG.schema(first).feature_gates.items()}
    for minor in minors:
        for name, gate in CATALOG.schema(minor).feature_gates.items():
            if on.get(name, False) is not gate.default:
                yield name, minor
            on[name] = gate.default


def release(minor: Minor) -> str:
    """The release whose gates hashdata has."""
    file = json.loads((HASHDATA / f"v{minor}.json").read_bytes())
    return str(file["provenance"]["gates"]["version"])


def files_that_ask(name: str, version: str) -> tuple[str, ...]:
    """The files that a kubelet is made of, of a release, that ask for a gate."""
    constants, asked = _source(version)
    constant = constants.get(name, name)
    return tuple(path for path, names in asked.items() if constant in names)


@cache
def _source(version: str) -> tuple[Mapping[str, str], Mapping[str, frozenset[str]]]:
    root = downloaded("k8s.io/kubernetes", version)
    constants = {name: constant for constant, name in _CONSTANT.findall((root / "pkg/features/kube_features.go").read_text())}
    asked = {}
    for folder in (*RUNS, *CHECKS):
        for path in sorted((root / folder).rglob("*.go")):
            if path.name.endswith("_test.go") or path.name.startswith("zz_") or "testing" in path.parts:
                continue
            asked[str(path.relative_to(root))] = frozenset(_NAMED.findall(path.read_text(errors="replace")))
    return constants, asked


def main() -> int:
    """Writes the file anew."""
    file = json.loads(FILE.read_bytes())
    by_hand = {*file["gates"], *file["no_pods"]["node"]}
    elsewhere, checked, left = dict[str, Any](), dict[str, Any](), dict[str, tuple[str, ...]]()
    for name, minor in moves():
        version = release(minor)
        found = files_that_ask(name, version)
        if name in by_hand:
            continue
        if any(path.startswith(RUNS) for path in found):
            left[name] = (version, *found)
        elif found:
            checked[name] = {"version": version, "path": found[0]}
        else:
            elsewhere[name] = version
    file["no_pods"] = {"elsewhere": _sorted(elsewhere), "checked": _sorted(checked), "node": _sorted(file["no_pods"]["node"])}
    FILE.write_text(json.dumps({**file, "gates": _sorted(file["gates"])}, indent=1, ensure_ascii=False) + "\n")
    for name, told in left.items():
        print(f"{name}: to be read in {', '.join(told)}", file=sys.stderr)
    return 1 if left else 0


def _sorted(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: named[name] for name in sorted(named)}


if __name__ == "__main__":
    raise SystemExit(main())
