"""Manifests are decoded and defaulted as a kubelet does it: their hashes are those of real kubelet code (tests/oracle/staticpods.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.builders import read
from tests.unit.decisions.manifests.corpus import GOLDENS, build_of, manifest_json
from upgradecheck.hashing.containers import hash_container
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.reading.pod import Taken


def hashes(manifest: str, build: KubeletBuild) -> str:
    containers = read(manifest_json(manifest)).under(build, Taken.DEFAULTED).containers
    return " ".join(f"{container.name}={hash_container(container, build.hash_class).hex}" for container in containers)


DEFAULTED = (
    *("limits-only", "limits-empty", "requests-large", "requests-odd-texts", "host-network", "probe-http", "hook-http", "env-field"),
    *("ports", "security-empty", "image-none", "image-latest-and-digest", "image-upper-case-host", "sidecar-probes"),
)
"""Manifests with a default each; test_reading compares the hashes of all."""


@pytest.mark.parametrize("manifest", [f"{name}.yaml" for name in DEFAULTED])
def test_the_hashes_are_those_of_the_real_kubelets(manifest: str) -> None:
    expected = {version: text for text, versions in GOLDENS[manifest]["hashes"].items() for version in versions.split()}
    assert {version: hashes(manifest, build_of(version)) for version in expected} == expected


AMOUNT = {"cpu": "0.0001"}


def defaulted(document: dict[str, Any], build: KubeletBuild) -> Any:
    """A pod's JSON after defaulting."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, **document}
    value = read(pod).under(build, Taken.DEFAULTED).value
    return json.loads(codecs(build.schema).root("Pod").encode(value, short_control_escapes=True))


def test_amounts_are_rounded_in_resource_lists_and_in_no_other_map() -> None:
    """1.36 has a map of amounts in the status that is no ResourceList: SetObjectDefaults_Pod does not touch it."""
    build = build_of("1.36.4")
    claims = [{"resourceClaimName": "gpu", "containers": ["app"], "resources": AMOUNT}]
    made = defaulted({"spec": {"overhead": AMOUNT}, "status": {"nodeAllocatableResourceClaimStatuses": claims}}, build)
    assert made["spec"]["overhead"] == {"cpu": "1m"}
    assert made["status"]["nodeAllocatableResourceClaimStatuses"][0]["resources"] == {"cpu": "100u"}
