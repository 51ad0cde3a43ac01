"""The fast path has the hashes of the exact one, for whatever pod, or it steps aside; what the exact one refuses it never reads."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.fleet import fleet
from tests.builders import CATALOG, raw
from tests.drawing import TIMES, sampled, thrown, tried
from tests.property.both_paths import CLASSES, agree, exactly, fast, quickly
from tests.property.random_pods import ODD, around, damaged, drawn_pod
from tests.property.random_texts import RandomWriter
from tests.property.strategies import container_texts
from upgradecheck.decode.kubelet.version import parse_kubelet_version, parse_minor
from upgradecheck.hashing.containers import parse_pod
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.schema import HashClass
from upgradecheck.reading.names import pod_names

NEIGHBOURS = tuple(pairwise(CLASSES))
GROUPS = (CLASSES[:2], *(pair for pair in NEIGHBOURS if TIMES > 1 or pair[1].minor.minor in (16, 23, 28, 31)), CLASSES[-2:])
"""Classes that are asked about at once: by default those around what changes."""


def try_containers(dice: random.Random, pods: int, each: int) -> None:
    """Draws containers for pods of so many each."""
    for _ in range(pods):
        classes = dice.choice(GROUPS)
        document = drawn_pod(dice, dice.choice(classes).schema, each, refusable=False)
        assert agree(document, fast(classes), from_api=bool(dice.randrange(2))), document


def try_pods(dice: random.Random, number: int) -> None:
    """Draws so many pods whose decoder may refuse them, or which are damaged."""
    for _ in range(number):
        classes = dice.choice(GROUPS)
        schema = dice.choice(classes).schema
        match dice.randrange(4):
            case 0:
                document = RandomWriter(dice, refusable=True, one_odd_in=dice.choice(ODD)).whole_pod(schema)
            case 1:
                document = RandomWriter(dice, refusable=False, one_odd_in=10_000).whole_pod(schema)
            case 2:
                document = drawn_pod(dice, schema, 2, refusable=True)
            case _:
                document = damaged(dice, drawn_pod(dice, schema, 2, refusable=False))
        assert agree(document, fast(classes)), document


def test_drawn_containers_hash_alike() -> None:
    try_containers(thrown(), pods=50 * TIMES, each=8)


def test_drawn_pods_hash_alike_or_are_not_read() -> None:
    try_pods(thrown(), 250 * TIMES)


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_a_million_containers_hash_alike(part: int) -> None:
    try_containers(thrown(), pods=10_500, each=12)


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_many_pods_hash_alike_or_are_not_read(part: int) -> None:
    try_pods(thrown(), 30_000)


@tried(10)
@given(st.data(), st.sampled_from(GROUPS))
def test_what_is_drawn_to_be_small_hashes_alike(data: st.DataObject, classes: tuple[HashClass, ...]) -> None:
    """By hypothesis, which finds the smallest that does not."""
    container = container_texts(data.draw(st.sampled_from(classes)).schema)
    assert agree(around([data.draw(container)]), fast(classes))


def test_replicas_hash_alike() -> None:
    """Under many classes at once, and those of one workload under names of their own."""
    classes = CLASSES[:: 4 if TIMES == 1 else 1]
    pods = FastPods(classes, few=0)
    for document in map(raw, fleet(12)):
        assert quickly(document, pods, from_api=True) == exactly(document, classes, from_api=True)


def recorded() -> Iterator[bytes]:
    """The pods of a recorded node."""
    yield from map(raw, json.loads((files("upgradecheck.example") / "api-pods.json").read_text())["items"])


def test_real_pods_hash_alike_and_are_read_here() -> None:
    classes = CLASSES[::6]
    pods = FastPods(classes, few=0)
    for document in recorded():
        exact = exactly(document, classes, from_api=True)
        for _ in range(2):
            assert quickly(document, pods, from_api=True) in (None, exact)
    assert pods.stepped_aside == 4, "two pods, made to be odd: DEL by number, and U+0008"


@pytest.mark.parametrize("named", sampled(map(str, CATALOG.minors()), 4))
def test_goldens_of_upstream(named: str) -> None:
    """Each golden was made by Go: what it refused is not read, and what is read has its hash."""
    minor = parse_minor(named)
    by_class = {one: FastPods((one,), few=0) for one in CATALOG.hash_classes(minor)}
    for golden in CATALOG.goldens(minor):
        pods = by_class[CATALOG.resolve(parse_kubelet_version(str(minor) if golden.patch is None else f"{minor}.{golden.patch}"))[-1]]
        for _ in range(2):
            found = quickly(around([golden.container]), pods, from_api=golden.source != "json")
            if found is not None:
                without = found[0][0].without_resources
                assert golden.refused is None
                assert found[0][0].hash.hex == golden.hash
                assert golden.hash_without_resources in (None, without and without.hex)
    assert sum(pods.read_here for pods in by_class.values()) > sum(pods.stepped_aside for pods in by_class.values())


def test_names_are_those_of_the_exact_path() -> None:
    for document in (*recorded(), around([b'{"name":"a"}']), b'{"spec":{"containers":[{"name":"a"}]}}'):
        found = fast(CLASSES[-1:]).read(document)
        if found is None:
            continue
        of, exact = found.names, pod_names(parse_pod(document))
        assert (of.namespace or None, of.name or None, of.uid or None) == (exact.namespace, exact.name, exact.uid)


def test_few_pods_are_not_worth_it() -> None:
    pods = FastPods(CLASSES[-2:], few=2)
    assert [pods.read(around([b'{"name":"a"}'])) is None for _ in range(4)] == [True, True, False, False]
