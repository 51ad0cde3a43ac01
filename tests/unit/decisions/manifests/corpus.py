"""The manifests of tests/examples/manifests, and what real kubelet code of many versions made of them (tests/oracle/staticpod_goldens.py)."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.builders import CATALOG
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.decode.yaml import documents as goyaml
from upgradecheck.model.kubelet import KubeletBuild

_TESTS = Path(__file__).parents[3]
_FILE = json.loads((_TESTS / "goldens" / "staticpods.json").read_text())
GOLDENS: dict[str, dict[str, Any]] = _FILE["manifests"]
VERSIONS: list[str] = _FILE["versions"]


@cache
def build_of(version: str) -> KubeletBuild:
    """The only kubelet that a version can be."""
    (build,) = CATALOG.builds(parse_kubelet_version(version))
    return build


@cache
def manifest_json(name: str) -> bytes:
    """A manifest of the corpus as JSON."""
    return goyaml.to_json((_TESTS / "examples" / "manifests" / name).read_bytes())
