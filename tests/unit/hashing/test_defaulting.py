"""Manifests are decoded and defaulted as a kubelet does it: their hashes are those of real kubelet code (tests/oracle/staticpods.py)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.builders import CATALOG
from upgradecheck.decode import goyaml
from upgradecheck.decode.version import parse_kubelet_version
from upgradecheck.hashing.containers import decode_pod, hash_container, parse_pod
from upgradecheck.model.kubelet import KubeletBuild

TESTS = Path(__file__).parents[2]
GOLDENS: dict[str, dict[str, Any]] = json.loads((TESTS / "goldens" / "staticpods.json").read_text())["manifests"]


def build_of(version: str) -> KubeletBuild:
    (build,) = CATALOG.builds(parse_kubelet_version(version))
    return build


def hashes(manifest: str, build: KubeletBuild) -> str:
    pod = parse_pod(goyaml.to_json((TESTS / "examples" / "manifests" / manifest).read_bytes()))
    containers = decode_pod(pod, build.schema, build=build)
    return " ".join(f"{container.name}={hash_container(container, build.hash_class):x}" for container in containers)


@pytest.mark.parametrize("manifest", GOLDENS)
def test_the_hashes_are_those_of_the_real_kubelets(manifest: str) -> None:
    expected = {version: text for text, versions in GOLDENS[manifest]["hashes"].items() for version in versions.split()}
    assert {version: hashes(manifest, build_of(version)) for version in expected} == expected
