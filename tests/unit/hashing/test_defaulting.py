"""Manifests are decoded and defaulted as a kubelet does it: their hashes are those of real kubelet code (tests/oracle/staticpods.py)."""

from __future__ import annotations

import pytest

from tests.unit.decisions.manifests.corpus import GOLDENS, build_of, manifest_json
from upgradecheck.hashing.containers import decode_pod, hash_container, parse_pod
from upgradecheck.model.kubelet import KubeletBuild


def hashes(manifest: str, build: KubeletBuild) -> str:
    pod = parse_pod(manifest_json(manifest))
    containers = decode_pod(pod, build.schema, build=build)
    return " ".join(f"{container.name}={hash_container(container, build.hash_class):x}" for container in containers)


DEFAULTED = (
    *("limits-only", "limits-empty", "requests-large", "requests-odd-texts", "host-network", "probe-http", "hook-http", "env-field"),
    *("ports", "security-empty", "image-none", "image-latest-and-digest", "image-upper-case-host", "sidecar-probes"),
)
"""Manifests with a default each; test_reading compares the hashes of all."""


@pytest.mark.parametrize("manifest", [f"{name}.yaml" for name in DEFAULTED])
def test_the_hashes_are_those_of_the_real_kubelets(manifest: str) -> None:
    expected = {version: text for text, versions in GOLDENS[manifest]["hashes"].items() for version in versions.split()}
    assert {version: hashes(manifest, build_of(version)) for version in expected} == expected
