"""UIDs of static pods against the real Go code, byte by byte: for each version of the goldens whose oracle is built.

Drawn manifests are several paths of the Pod's tree at once, or a few manifests of the corpus put together; validation would refuse most.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import cache, reduce
from typing import Any, TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.oracle.static_uid_goldens import FILE, NOT_ALIKE
from tests.oracle.staticpod_goldens import manifests
from tests.oracle.staticpods import NODE, PATH, PROGRAM, StaticPods
from tests.oracle.test_staticpods import GATES, OFF, drawn
from tests.unit.decisions.manifests.corpus import build_of, manifest_json
from tests.unit.hashing.staticuid.amounts import manifests_of_amounts
from tests.unit.hashing.staticuid.making import uid_and_text
from tests.unit.hashing.staticuid.paths import is_computable, is_defaulted_alike, merged, one_path_manifests
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.static_uid import ManifestFile, ManifestURL, Source

pytestmark = pytest.mark.oracle

VERSIONS = [version for version in json.loads(FILE.read_text()) if PROGRAM.found(version)]
PLACES: tuple[tuple[str, Source], ...] = (
    (NODE, ManifestFile(PATH)),
    ("Node-1.example", ManifestFile("/srv/odd name (1).yml")),
    ("n", ManifestURL("http://host:80/pods?x=1")),
)
Told: TypeAlias = tuple[str, bytes] | None
"""UID and text; None: the decoder refuses."""


@pytest.fixture(scope="module", params=VERSIONS)
def oracle(request: pytest.FixtureRequest) -> Iterator[tuple[str, StaticPods]]:
    with StaticPods(request.param) as running:
        yield request.param, running


def ours(document: bytes, build: KubeletBuild, node: str = NODE, source: Source = PLACES[0][1]) -> Told:
    try:
        return uid_and_text(document, build, node, source)
    except SpecRefused:
        return None


def real(document: bytes, running: StaticPods, node: str = NODE, source: Source = PLACES[0][1]) -> Told:
    is_url = isinstance(source, ManifestURL)
    told = running.hashed(document, source.url if isinstance(source, ManifestURL) else source.path, node, url=is_url, text=True)
    return None if told is None else (told["uid"], base64.b64decode(told["text_base64"]))


@cache
def by_path(version: str) -> tuple[bytes, ...]:
    """Of each path and value the manifest that has only this."""
    named = one_path_manifests(build_of(version).schema)
    return tuple(document for name, document in named if is_computable(name) and is_defaulted_alike(document, version))


def test_every_path_prints_as_the_kubelet_prints_it(oracle: tuple[str, StaticPods]) -> None:
    version, running = oracle
    for document in by_path(version):
        assert ours(document, build_of(version)) == real(document, running), document


def test_amounts_print_as_the_kubelet_prints_them(oracle: tuple[str, StaticPods]) -> None:
    version, running = oracle
    for name, document in manifests_of_amounts():
        assert ours(document, build_of(version)) == real(document, running), name


def test_the_corpus_prints_as_the_kubelet_prints_it(oracle: tuple[str, StaticPods]) -> None:
    version, running = oracle
    for name, manifest in manifests().items():
        told = None if name.startswith(NOT_ALIKE) or not is_defaulted_alike(manifest, version) else real(manifest, running)
        assert told is None or told == ours(manifest_json(name), build_of(version)), name


@pytest.mark.parametrize(("node", "source"), PLACES)
def test_node_and_place_go_in_as_with_the_kubelet(oracle: tuple[str, StaticPods], node: str, source: Source) -> None:
    version, running = oracle
    document = manifest_json("plain.yaml")
    assert ours(document, build_of(version), node, source) == real(document, running, node, source)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_paths_put_together_print_as_the_kubelet_prints_them(oracle: tuple[str, StaticPods], data: st.DataObject) -> None:
    version, running = oracle
    chosen = data.draw(st.lists(st.integers(0, len(by_path(version)) - 1), min_size=3, max_size=40, unique=True))
    pod: Any = reduce(merged, (json.loads(by_path(version)[number]) for number in chosen))
    document = json.dumps(pod).encode()
    assert ours(document, build_of(version)) == real(document, running)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(manifest=drawn())
def test_manifests_put_together_print_as_the_kubelet_prints_them(oracle: tuple[str, StaticPods], manifest: bytes) -> None:
    version, running = oracle
    if b'"managedFields"' not in manifest and is_defaulted_alike(manifest, version):
        assert ours(manifest, build_of(version)) == real(manifest, running)


@pytest.mark.parametrize(("version", "gate", "on"), [*((*one, True) for one in GATES), *((*one, False) for one in OFF)])
def test_a_gate_is_heard_as_the_kubelet_hears_it(version: str, gate: str, on: bool) -> None:
    if not PROGRAM.found(version):
        pytest.skip(f"no oracle of {version} is built")
    build = replace(build_of(version), feature_gates={gate: on})
    with StaticPods(version, f"{gate}={str(on).lower()}") as running:
        for name, manifest in manifests().items():
            told = None if name.startswith(NOT_ALIKE) else real(manifest, running)
            assert told is None or told == ours(manifest_json(name), build), name
