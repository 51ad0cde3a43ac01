"""Our hashes against the real Go code, on containers drawn from each minor's schema: those of the exact path and those of the fast one.

The fast path may step aside. Where it answers, it answers as Go does, and what Go refuses it never reads.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import containers_under
from tests.drawing import thrown
from tests.oracle.go import Oracle, go_is_here
from tests.property.random_pods import ODD, damaged, drawn_pod
from tests.property.random_texts import RandomWriter
from tests.property.strategies import TREES, container_texts, pod_texts
from tests.unit.hashing.test_managed_fields import pod_with
from upgradecheck.catalog import Catalog
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.containers import hash_container, hash_container_without_resources
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import Era, HashClass

pytestmark = [pytest.mark.oracle, pytest.mark.skipif(not go_is_here(), reason="needs Go")]

CATALOG = Catalog()
EXAMPLES = int(os.environ.get("TESTS_ORACLE_EXAMPLES", "1000"))
TRIED = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
_KIND = b'{"apiVersion":"v1","kind":"Pod",'
_NO_POD = ("no kind", "Kind' is missing", "unable to decode")
"""What Go says of a document that is no pod of v1, which hashing is never asked about."""

Hashes = list[dict[str, str]]


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


class Judge:
    """The oracle of one version, and both our paths; the fast one asked about this version alone, and along with others."""

    def __init__(self, version: str, oracle: Oracle) -> None:
        self._oracle, self._version = oracle, version
        self.hash_class = CATALOG.resolve(parse_kubelet_version(version))[-1]
        others = [CATALOG.hash_classes(minor)[-1] for minor in CATALOG.minors()]
        self.fast = [
            FastPods((self.hash_class,), few=0),
            FastPods((self.hash_class, *others[-2:]), few=0),
            FastPods((self.hash_class, *others), few=0),
        ]

    def of_go(self, pod: bytes, source: str = "json") -> Hashes | None:
        """What Go makes of a pod; None if it refuses it."""
        answer = self._oracle.ask(pod, source=source)
        if "error" in answer:
            return None
        return [{key: one[key] for key in ("hash", "hash_without_resources") if key in one} for one in answer["containers"]]

    def is_pod(self, pod: bytes) -> bool:
        """Whether Go takes it for a pod at all."""
        error = self._oracle.ask(pod, source="json").get("error", "")
        return not any(one in error for one in _NO_POD)

    def both_agree(self, pod: bytes, source: str = "json") -> None:
        """The exact path has what Go has, and the fast one has it or nothing: at first sight, and of a text that it knows."""
        real = self.of_go(pod, source)
        assert _exactly(pod, self.hash_class, source) == real, f"{real} for {pod!r}"
        self.fast_agrees(pod, source, real)

    def fast_agrees(self, pod: bytes, source: str, real: Hashes | None) -> None:
        for fast in (*self.fast, *self.fast):
            found = self._quickly(pod, fast, source)
            assert found in (None, real), f"{found}, not {real} for {pod!r}"

    def _quickly(self, pod: bytes, fast: FastPods, source: str) -> Hashes | None:
        read = fast.read(pod)
        found = None if read is None else read.containers(self.hash_class, from_api=source == "protobuf")
        return None if found is None else [_told(one.hash, one.without_resources) for one in found]


@pytest.fixture(scope="module", params=_versions())
def judge(request: pytest.FixtureRequest) -> Iterator[Judge]:
    with Oracle(request.param) as oracle:
        yield Judge(request.param, oracle)


def _exactly(pod: bytes, hash_class: HashClass, source: str) -> Hashes | None:
    try:
        containers = containers_under(pod, hash_class, from_api=source == "protobuf")
    except SpecRefused:
        return None
    return [_told(hash_container(one, hash_class), hash_container_without_resources(one, hash_class)) for one in containers]


def _told(found: Hash, without_resources: Hash | None) -> dict[str, str]:
    return {"hash": found.hex} | ({} if without_resources is None else {"hash_without_resources": without_resources.hex})


def _skip_what_cannot_differ(judge: Judge, source: str) -> None:
    if source == "protobuf" and judge.hash_class.schema.era is not Era.TYPED:
        pytest.skip("the same bytes: what an API server sends as JSON it also sends as protobuf")


@pytest.mark.parametrize("source", ["json", "protobuf"])
def test_every_container_hashes_as_go_hashes_it(judge: Judge, source: str) -> None:
    """From a manifest, and from an API server by protobuf, which only the typed era can tell apart."""
    _skip_what_cannot_differ(judge, source)

    @TRIED
    @given(data=st.lists(container_texts(judge.hash_class.schema), min_size=1, max_size=2))
    def compare(data: list[bytes]) -> None:
        spec = b'"spec":{"initContainers":[' + data[-1] + b'],"containers":[' + data[0] + b"]}}"
        judge.both_agree(_KIND + b'"metadata":{"name":"p"},' + spec, source)

    compare()


def test_whole_pods_are_refused_or_hashed_as_by_go(judge: Judge) -> None:
    @TRIED
    @given(pod=pod_texts(judge.hash_class.schema))
    def compare(pod: bytes) -> None:
        judge.both_agree(pod)

    compare()


@pytest.mark.parametrize("name", [b"fields", b"fieldsV1"])
@pytest.mark.parametrize("tree", TREES)
def test_managed_fields_of_every_form_are_read_as_by_go(judge: Judge, name: bytes, tree: bytes) -> None:
    judge.both_agree(pod_with(tree, name))


@pytest.mark.parametrize("source", ["json", "protobuf"])
def test_plain_pods_are_read_by_the_fast_path_and_hash_as_by_go(judge: Judge, source: str) -> None:
    """Several containers each, some with the volume of a token, and a replica of each with another end of its name."""
    _skip_what_cannot_differ(judge, source)
    dice, before = thrown(), [fast.read_here for fast in judge.fast]
    for _ in range(EXAMPLES):
        pod = _KIND + drawn_pod(dice, judge.hash_class.schema, 4, refusable=False).removeprefix(b"{")
        for text in (pod, pod.replace(b"abcde", b"ab0z9")):
            judge.both_agree(text, source)
    for fast, had in zip(judge.fast, before, strict=True):
        assert fast.read_here > had + EXAMPLES, "of four times as many"


def _odd(dice: random.Random, judge: Judge) -> bytes:
    schema = judge.hash_class.schema
    draws: tuple[Callable[[], bytes], ...] = (
        lambda: damaged(dice, drawn_pod(dice, schema, 2, refusable=False)),
        lambda: drawn_pod(dice, schema, 2, refusable=True),
        lambda: RandomWriter(dice, refusable=True, one_odd_in=dice.choice(ODD)).whole_pod(schema),
    )
    return dice.choice(draws)()


def test_what_go_refuses_the_fast_path_never_reads(judge: Judge) -> None:
    """Pods that are damaged, and such as a decoder may refuse."""
    dice, refused = thrown(), 0
    for _ in range(EXAMPLES):
        pod = _odd(dice, judge)
        pod = pod if pod.startswith(_KIND) else _KIND + pod.removeprefix(b"{")
        if judge.is_pod(pod):
            judge.both_agree(pod)
            refused += judge.of_go(pod) is None
    assert refused
