"""UIDs and hashed texts that real kubelet code made (tests/oracle/static_uid_goldens.py), computed again."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.unit.decisions.manifests.corpus import build_of, manifest_json
from tests.unit.hashing.staticuid.amounts import manifests_of_amounts
from tests.unit.hashing.staticuid.making import uid_and_text, uid_of
from tests.unit.hashing.staticuid.paths import digest_of, digests, is_computable, is_defaulted_alike, one_path_manifests
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.static_uid import NoUID, WhyNoUID

GOLDENS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[3] / "goldens" / "static-uids.json").read_text())

EACH_WAY = "1.15.12"
"""The others decode, default and print in the same ways, and take a minute and a half more; amounts are held otherwise since 1.38."""

every_version = pytest.mark.parametrize("version", GOLDENS)


def some_versions(*by_default: str) -> pytest.MarkDecorator:
    """Every version, but those that are not named only where time does not count."""
    return pytest.mark.parametrize(
        "version", [version if version in by_default else pytest.param(version, marks=pytest.mark.long) for version in GOLDENS]
    )


def shown(document: bytes, build: KubeletBuild) -> tuple[str, str]:
    """UID, and digest of the text, as the oracle tells them."""
    uid, text = uid_and_text(document, build)
    return uid, digest_of(text)


@pytest.mark.parametrize("stride", [pytest.param(3, id="a third"), pytest.param(1, id="all", marks=pytest.mark.long)])
@every_version
def test_the_corpus_has_the_uids_that_the_kubelet_gives(version: str, stride: int) -> None:
    """By default another third of it from version to version."""
    build, golden = build_of(version), GOLDENS[version]["manifests"]
    wanted = dict(islice(golden.items(), list(GOLDENS).index(version) % stride, None, stride))
    assert {name: " ".join(shown(manifest_json(name), build)) for name in wanted} == wanted
    assert len(golden) >= 300


@some_versions(EACH_WAY)
def test_a_pod_with_any_one_field_has_the_uid_that_the_kubelet_gives(version: str) -> None:
    build, computed = build_of(version), []
    for name, document in one_path_manifests(build.schema):
        if not is_defaulted_alike(document, version):
            continue
        if is_computable(name):
            computed.append((name, *shown(document, build)))
        else:
            assert uid_of(document, build) == NoUID(WhyNoUID.MANAGED_FIELDS), name
    assert digests(computed) == GOLDENS[version]["paths"]
    assert len(computed) >= 1580


@some_versions(EACH_WAY, list(GOLDENS)[-1])
def test_amounts_that_are_added_and_compared_print_as_the_kubelet_has_them(version: str) -> None:
    build = build_of(version)
    computed = [(name, *shown(document, build)) for name, document in manifests_of_amounts()]
    assert digests(computed) == GOLDENS[version]["amounts"]
    assert len(computed) == 400
