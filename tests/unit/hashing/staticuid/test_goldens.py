"""UIDs and hashed texts that real kubelet code made (tests/oracle/static_uid_goldens.py), computed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.decisions.manifests.corpus import build_of, manifest_json
from tests.unit.hashing.staticuid.making import text_of, uid_of
from tests.unit.hashing.staticuid.paths import digest_of, digests, is_computable, one_path_manifests
from upgradecheck.model.static_uid import NoUID, WhyNoUID

GOLDENS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[3] / "goldens" / "static-uids.json").read_text())

every_version = pytest.mark.parametrize("version", GOLDENS)


@every_version
def test_the_corpus_has_the_uids_that_the_kubelet_gives(version: str) -> None:
    build, wanted = build_of(version), GOLDENS[version]["manifests"]
    documents = {name: manifest_json(name) for name in wanted}
    assert {name: f"{uid_of(one, build)} {digest_of(text_of(one, build))}" for name, one in documents.items()} == wanted
    assert len(wanted) >= 300


@every_version
def test_a_pod_with_any_one_field_has_the_uid_that_the_kubelet_gives(version: str) -> None:
    build, computed = build_of(version), []
    for name, document in one_path_manifests(build.schema):
        uid = uid_of(document, build)
        if is_computable(name):
            assert isinstance(uid, str), name
            computed.append((name, uid, digest_of(text_of(document, build))))
        else:
            assert uid == NoUID(WhyNoUID.MANAGED_FIELDS), name
    assert digests(computed) == GOLDENS[version]["paths"]
    assert len(computed) >= 1600
