"""Static pods against the real Go code: for each version whose oracle is built (`python -m tests.oracle.staticpods VERSION`).

Drawn manifests put together what the corpus has one by one: a random choice of container fields, spec fields and init containers. Gates
that set defaults are tried on and off.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.builders import read
from tests.oracle.staticpod_goldens import FILE, manifests
from tests.oracle.staticpods import PROGRAM, StaticPods
from tests.unit.decisions.manifests.corpus import build_of, manifest_json
from upgradecheck.decisions.manifests.outcomes import RefusedManifest
from upgradecheck.decisions.manifests.reading import AcceptedManifest, read_static_pod
from upgradecheck.hashing.containers import hash_container
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild

pytestmark = pytest.mark.oracle

VERSIONS = [version for version in json.loads(FILE.read_text())["versions"] if PROGRAM.found(version)]
GATES = (
    *(("1.27.16", "InPlacePodVerticalScaling"), ("1.30.14", "InPlacePodVerticalScaling"), ("1.32.13", "PodLevelResources")),
    *(("1.33.13", "PodLevelResources"), ("1.31.14", "ImageVolume"), ("1.35.8", "TaintTolerationComparisonOperators")),
)
OFF = (("1.34.10", "PreventStaticPodAPIReferences"), ("1.35.8", "ContainerRestartRules"), ("1.37.1", "PodLevelResourcesFixDefaulting"))


@pytest.fixture(scope="module", params=VERSIONS)
def oracle(request: pytest.FixtureRequest) -> Iterator[tuple[str, StaticPods]]:
    with StaticPods(request.param) as running:
        yield request.param, running


def outcome(json_text: bytes, build: KubeletBuild) -> dict[str, Any]:
    """Ours, as the oracle puts it."""
    manifest = read_static_pod(read(json_text), build)
    if isinstance(manifest, RefusedManifest):
        return {"refused": True}
    codec = codecs(build.schema).root("Pod")
    pod = json.loads(codec.encode(manifest.pod, short_control_escapes=True))
    hashes = [(one.name, hash_container(one, build.hash_class).hex) for one in manifest.containers]
    return {"refused": False, "hashes": hashes, "spec": _plain(pod["spec"])}


def real(answer: dict[str, Any]) -> dict[str, Any]:
    """The oracle's, without what applyDefaults sets after defaulting."""
    if "error" in answer:
        return {"refused": True}
    hashes = [(one["name"], one["hash"]) for one in answer["containers"]]
    return {"refused": False, "hashes": hashes, "spec": _plain(answer["pod"]["spec"])}


def _plain(spec: dict[str, Any]) -> dict[str, Any]:
    """Also without the creation time of claim templates, which newer minors leave out instead of writing null."""
    for volume in spec.get("volumes", ()):
        volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).get("metadata", {}).pop("creationTimestamp", None)
    tolerations = [one for one in spec.get("tolerations", ()) if one != {"operator": "Exists", "effect": "NoExecute"}]
    return {key: value for key, value in spec.items() if key not in ("nodeName", "tolerations")} | {"tolerations": tolerations}


@cache
def corpus() -> tuple[dict[str, Any], ...]:
    """The manifests that are pods, as documents."""
    documents = []
    for name in manifests():
        if not name.startswith(("json-and", "boolean", "number", "kind", "version", "empty", "only", "no-", "container-no")):
            documents.append(json.loads(manifest_json(name)))
    return tuple(documents)


@st.composite
def drawn(draw: st.DrawFn) -> bytes:
    """A pod put together from a few of the corpus: the later ones' fields on top."""
    chosen = draw(st.lists(st.sampled_from(corpus()), min_size=1, max_size=4))
    metadata: dict[str, Any] = {}
    spec: dict[str, Any] = {}
    container: dict[str, Any] = {}
    for document in chosen:
        metadata |= document["metadata"]
        container |= document["spec"]["containers"][0]
        spec |= document["spec"]
    container["name"] = "app"
    return json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec | {"containers": [container]}}).encode()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(manifest=drawn())
def test_a_drawn_manifest_is_read_as_the_kubelet_reads_it(oracle: tuple[str, StaticPods], manifest: bytes) -> None:
    version, running = oracle
    assert outcome(manifest, build_of(version)) == real(running.read(manifest))


def test_the_corpus_is_read_as_the_kubelet_reads_it(oracle: tuple[str, StaticPods]) -> None:
    version, running = oracle
    for name in manifests():
        if not name.startswith("json-and"):
            assert outcome(manifest_json(name), build_of(version)) == real(running.read(manifests()[name])), name


@pytest.mark.parametrize(("version", "gate", "on"), [*((*one, True) for one in GATES), *((*one, False) for one in OFF)])
def test_a_gate_is_heard_as_the_kubelet_hears_it(version: str, gate: str, on: bool) -> None:
    if not PROGRAM.found(version):
        pytest.skip(f"no oracle of {version} is built")
    build = replace(build_of(version), feature_gates={gate: on})
    with StaticPods(version, f"{gate}={str(on).lower()}") as running:
        for name in manifests():
            if not name.startswith("json-and"):
                assert outcome(manifest_json(name), build) == real(running.read(manifests()[name])), name
    assert isinstance(read_static_pod(read(manifest_json("plain.yaml")), build), AcceptedManifest)
