"""Which feature gates want which others on: hashdata/dependencies.json, read out of the released sources.

`python -m tests.oracle.gate_dependencies` writes the gates of each minor from 1.35 on anew, from the release that its gates were read in. The
map is defaultKubernetesFeatureGateDependencies.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.builders import CATALOG
from tests.lab.toolchains import downloaded
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import Minor

FILE = Path(__file__).parents[2] / "hashdata" / "dependencies.json"
FIRST = Minor(1, 35)
_MAP = pattern(r"^var defaultKubernetesFeatureGateDependencies = map\[[^\n]*\{\n(?P<inside>.*?)^\}", re.MULTILINE | re.DOTALL)
_ENTRY = pattern(r"([\w.]+):\s*\{([^{}]*)\}")
_CONSTANT = pattern(r'^\t(\w+)\s+featuregate\.Feature = "(\w+)"', re.MULTILINE)
_COMMENT = pattern(r"//[^\n]*")
_CONVERTED = pattern(r"featuregate\.Feature\(([\w.]+)\)")


def wanted_in(text: str) -> dict[str, list[str]]:
    """The gates of a kube_features.go that want others, by name. A constant of another package is called as its gate."""
    names = dict(_CONSTANT.findall(text))
    found = _MAP.search(text)
    if found is None:
        raise ValueError("defaultKubernetesFeatureGateDependencies is not there")

    def name(constant: str) -> str:
        last = constant.strip().rpartition(".")[2]
        return str(names.get(last, last))

    inside = _CONVERTED.sub(r"\1", _COMMENT.sub("", found["inside"]))
    wants = {name(gate): [name(one) for one in others.split(",") if one.strip()] for gate, others in _ENTRY.findall(inside)}
    return {gate: others for gate, others in sorted(wants.items()) if others}


def read(source: dict[str, str]) -> dict[str, list[str]]:
    """The same of the release that a minor of the file names."""
    return wanted_in((downloaded(source["module"], source["version"]) / source["path"]).read_text())


def minors() -> list[Minor]:
    """Those that have such a map."""
    return [minor for minor in CATALOG.minors() if minor >= FIRST]


def main() -> None:
    """Writes the file anew."""
    file: dict[str, Any] = json.loads(FILE.read_bytes())
    path = next(iter(file["minors"].values()))["source"]["path"]
    for minor in minors():
        read_in = json.loads((FILE.parent / f"v{minor}.json").read_bytes())["provenance"]["gates"]
        source = {"module": read_in["module"], "version": read_in["version"], "path": path}
        file["minors"][str(minor)] = {"source": source, "wants": read(source)}
    FILE.write_text(json.dumps(file, indent=1) + "\n")


if __name__ == "__main__":
    main()
