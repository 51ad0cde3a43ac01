"""Our hashes against the real Go code, on containers drawn from each minor's schema."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import containers_under
from tests.oracle.go import Oracle, go_is_here
from tests.property.strategies import container_texts, pod_texts
from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import hash_container, hash_container_without_resources
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import Era, HashClass

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not go_is_here(), reason="needs Go")]

CATALOG = Catalog()
EXAMPLES = int(os.environ.get("TESTS_ORACLE_EXAMPLES", "1000"))


def _versions() -> list[str]:
    """One version of every hash class: the newest patch of each minor, and the last one before a patch changed the escapes."""
    versions: list[str] = []
    for minor in CATALOG.minors():
        by_class: dict[bool, str] = {}
        for patch in CATALOG.patches(minor):
            version = f"{minor}.{patch}"
            by_class[CATALOG.resolve(parse_kubelet_version(version))[-1].short_control_escapes] = version
        versions += by_class.values()
    wanted = os.environ.get("TESTS_ORACLE_VERSIONS", "")
    return [version for version in versions if not wanted or version in wanted.split(",")]


@pytest.fixture(scope="module", params=_versions())
def asked(request: pytest.FixtureRequest) -> Iterator[tuple[Oracle, HashClass]]:
    with Oracle(request.param) as oracle:
        yield oracle, CATALOG.resolve(parse_kubelet_version(request.param))[-1]


def _ours(pod: bytes, hash_class: HashClass, source: str) -> list[dict[str, str]] | None:
    try:
        containers = containers_under(pod, hash_class, from_api=source == "protobuf")
    except SpecRefused:
        return None
    found = []
    for container in containers:
        one = {"hash": hash_container(container, hash_class).hex}
        other = hash_container_without_resources(container, hash_class)
        if other is not None:
            one["hash_without_resources"] = other.hex
        found.append(one)
    return found


@pytest.mark.parametrize("source", ["json", "protobuf"])
def test_every_container_hashes_as_go_hashes_it(asked: tuple[Oracle, HashClass], source: str) -> None:
    """From a manifest, and from an API server by protobuf, which only the typed era can tell apart."""
    oracle, hash_class = asked
    if source == "protobuf" and hash_class.schema.era is not Era.TYPED:
        pytest.skip("the same bytes: what an API server sends as JSON it also sends as protobuf")

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(data=st.lists(container_texts(hash_class.schema), min_size=1, max_size=2))
    def compare(data: list[bytes]) -> None:
        pod = (
            b'{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"initContainers":['
            + data[-1]
            + b'],"containers":['
            + data[0]
            + b"]}}"
        )
        answer = oracle.ask(pod, source=source)
        real = None
        if "error" not in answer:
            real = [{key: one[key] for key in ("hash", "hash_without_resources") if key in one} for one in answer["containers"]]
        assert _ours(pod, hash_class, source) == real, f"{answer} for {pod!r}"

    compare()


def test_whole_pods_are_refused_or_hashed_as_by_go(asked: tuple[Oracle, HashClass]) -> None:
    oracle, hash_class = asked

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(pod=pod_texts(hash_class.schema))
    def compare(pod: bytes) -> None:
        answer = oracle.ask(pod, source="json")
        real = None
        if "error" not in answer:
            real = [{key: one[key] for key in ("hash", "hash_without_resources") if key in one} for one in answer["containers"]]
        assert _ours(pod, hash_class, "json") == real, f"{answer} for {pod!r}"

    compare()
