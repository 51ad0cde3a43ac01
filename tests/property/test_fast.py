"""The fast path has the hashes of the exact one, for whatever pod, or it steps aside; what the exact one refuses it never reads."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench.fleet import fleet
from tests.builders import CATALOG, raw
from tests.drawing import TIMES, sampled, tried
from tests.property.random_pods import ODD, around, damaged, drawn_pod
from tests.property.random_texts import RandomWriter
from tests.property.strategies import container_texts
from upgradecheck.decode.kubelet.version import parse_kubelet_version, parse_minor
from upgradecheck.hashing.containers import HashedContainer, containers_of, hashed, parse_pod, pod_value
from upgradecheck.hashing.fast import containers as fast_containers
from upgradecheck.hashing.fast import gates, structs
from upgradecheck.hashing.fast import pods as fast_pods
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.schema import HashClass
from upgradecheck.reading.names import pod_names

CLASSES = tuple(one for minor in CATALOG.minors() for one in CATALOG.hash_classes(minor))
NEIGHBOURS = tuple(pairwise(CLASSES))
GROUPS = (CLASSES[:2], *(pair for pair in NEIGHBOURS if TIMES > 1 or pair[1].minor.minor in (16, 23, 28, 31)), CLASSES[-2:])
"""Classes that are asked about at once: by default those around what changes."""

Hashes = list[list[HashedContainer]]


@lru_cache(maxsize=64)
def fast(classes: tuple[HashClass, ...]) -> FastPods:
    """The fast path for some classes, at once; what it has met before stays met."""
    return FastPods(classes, few=0)


def exactly(document: bytes, classes: Sequence[HashClass], *, from_api: bool) -> Hashes | None:
    """What the exact path makes of a pod; None if it refuses it for one of the classes."""
    try:
        tree = parse_pod(document)
        return [[hashed(one, of) for one in containers_of(pod_value(tree, of.schema), of.schema, from_api=from_api)] for of in classes]
    except SpecRefused:
        return None


def quickly(document: bytes, pods: FastPods, *, from_api: bool) -> Hashes | None:
    """What the fast path makes of it; None if it steps aside."""
    found = pods.read(document)
    if found is None:
        return None
    made = [found.containers(one, from_api=from_api) for one in pods.classes]
    return None if None in made else [one for one in made if one is not None]


def agree(document: bytes, pods: FastPods, *, from_api: bool = False) -> bool:
    """Whether the fast path steps aside, or makes what the exact one makes: at first sight, as a text that it knows, and of a replica."""
    for text in (document, document, document.replace(b"abcde", b"ab0z9"), document):
        found = quickly(text, pods, from_api=from_api)
        if found is not None and found != exactly(text, pods.classes, from_api=from_api):
            return False
    return True


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
    try_containers(random.Random(), pods=50 * TIMES, each=8)


def test_drawn_pods_hash_alike_or_are_not_read() -> None:
    try_pods(random.Random(), 250 * TIMES)


@pytest.mark.long
@pytest.mark.parametrize("part", range(8))
def test_a_million_containers_hash_alike(part: int) -> None:
    try_containers(random.Random(), pods=10_500, each=12)


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_many_pods_hash_alike_or_are_not_read(part: int) -> None:
    try_pods(random.Random(), 30_000)


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


DEEP = b'{"a":' * 199 + b"1" + b"}" * 199
OLD, NEW, ALL = CLASSES[:1], CLASSES[-1:], CLASSES
JSON_ERA = tuple(one for one in CLASSES if str(one.minor) in ("1.22", "1.30"))
JSONITER = tuple(one for one in CLASSES if str(one.minor) == "1.22")


def nothing(*found: Any) -> bool:
    return False


def anything(wanted: type, value: Any) -> Any:
    return structs.Amount(str(value))


GATES = [
    pytest.param(
        gates,
        "hides_ascii",
        nothing,
        JSON_ERA,
        around([b'{"image":"a"}'], more=b',"cont\\u0061iners":[{"name":"b"}]'),
        id="a key by number",
    ),
    pytest.param(
        gates,
        "hides_ascii",
        nothing,
        JSON_ERA,
        around([b'{"name":"a","resources":{"limits":{"cpu":"1\\u0030"}}}']),
        id="a quantity by number",
    ),
    pytest.param(gates, "too_deep", nothing, NEW, around([b'{"name":"a"}'], more=b',"none":' + DEEP), id="too deep"),
    pytest.param(
        gates, "cannot_be_skipped", nothing, JSONITER, around([b'{"name":"a"}'], more=b',"none":1e400'), id="json-iterator's numbers"
    ),
    pytest.param(
        gates,
        "member_comes_twice",
        nothing,
        JSON_ERA,
        around([b'{"name":"a","image":"b"}'], more=b',"containers":[{"name":"a"}]'),
        id="two lists",
    ),
    pytest.param(
        gates,
        "member_comes_twice",
        nothing,
        JSON_ERA,
        b'{"spec":{"initContainers":[{"name":"i"}]},"spec":{"containers":[{"name":"a"}]}}',
        id="two specs",
    ),
    pytest.param(
        gates,
        "key_comes_twice",
        nothing,
        JSON_ERA,
        around([b'{"name":"a","securityContext":{"privileged":true},"securityContext":{}}']),
        id="a key twice",
    ),
    pytest.param(
        fast_containers, "depends_on_go", nothing, JSON_ERA[:1], around([b'{"name":"a","image":"\\b"}']), id="a short escape before Go 1.22"
    ),
    pytest.param(
        fast_containers,
        "_is_shown",
        nothing,
        JSON_ERA,
        around(
            [b'{"name":"kube-api-access-abcde","volumeMounts":[{"name":"t","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]}']
        ),
        id="a hole in a name",
    ),
    pytest.param(
        structs, "decode_hook", anything, JSON_ERA, around([b'{"name":"a","resources":{"limits":{"cpu":"0.5"}}}']), id="quantities"
    ),
]


@pytest.mark.parametrize(("module", "gate", "broken", "classes", "document"), GATES)
def test_without_a_gate_a_pod_is_hashed_wrongly(
    module: Any, gate: str, broken: Any, classes: tuple[HashClass, ...], document: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each gate is needed, and what it is needed for is met here."""
    assert agree(document, FastPods(classes, few=0))
    for user in (module, fast_containers, fast_pods):
        if hasattr(user, gate):
            monkeypatch.setattr(user, gate, broken)
    assert not agree(document, FastPods(classes, few=0))


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(around([b'{"name":null}']), id="a null for a text"),
        pytest.param(around([b'{"name":"a","tty":null}']), id="a null for a boolean"),
        pytest.param(around([b'{"name":"a","env":null}']), id="a null for a list"),
        pytest.param(around([b'{"name":"a","resources":null}']), id="a null for a struct"),
        pytest.param(around([b'{"name":"a","ports":[null]}']), id="a null in a list"),
        pytest.param(around([b'{"name":"a","ports":[{"containerPort":2147483648}]}']), id="a number out of range"),
        pytest.param(around([b'{"name":"a","ports":[{"containerPort":80.0}]}']), id="a number with a point"),
        pytest.param(around([b'{"name":"a","ports":{}}']), id="an object for a list"),
        pytest.param(around([b'{"name":"\\ud83d"}']), id="a lone surrogate"),
        pytest.param(around([b'{"name":"\xff"}']), id="bytes that are no UTF-8"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":0}}}']), id="a quantity that may be -0"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":" 5"}}}']), id="a quantity with a blank"),
        pytest.param(around([b'{"name":"a"}'], more=b',"terminationGracePeriodSeconds":"5"'), id="a text for a number beside containers"),
        pytest.param(b'{"metadata":{"creationTimestamp":"2023-02-29T00:00:00Z"},"spec":{"containers":[{"name":"a"}]}}', id="no time"),
        pytest.param(b'{"status":[],"spec":{"containers":[{"name":"a"}]}}', id="a list for a status"),
        pytest.param(b"{", id="no JSON"),
    ],
)
def test_what_is_not_plain_is_left_to_the_exact_path(document: bytes) -> None:
    pods = FastPods(JSON_ERA, few=0)
    assert quickly(document, pods, from_api=True) is None
    assert pods.stepped_aside == 1


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(around([b'{"name":"a","image":"<&>\\u003c\\u2028\xe2\x80\xa9"}']), id="HTML"),
        pytest.param(around([b'{"name":"a","image":"\\ud83d\\ude00\\u00e9\\u0001\\n\x7f"}']), id="escapes"),
        pytest.param(around([b'{"name":"a","resources":{"limits":{"cpu":"0.5","memory":"1024Mi","gpu":1}}}']), id="quantities"),
        pytest.param(around([b'{"Name":"b","name":"a","unknown":[1.5e3]}']), id="keys that Go does not know"),
        pytest.param(around([b'{"name":"a","livenessProbe":{"httpGet":{"port":"http"}}}']), id="a text for a port"),
        pytest.param(around([b'{"name":"a","command":[],"env":[],"ports":[],"tty":false,"workingDir":""}']), id="what is empty"),
        pytest.param(around([b'{"name":"a","securityContext":{"runAsUser":0,"privileged":false}}']), id="pointers to what is empty"),
        pytest.param(around([b'{"name":"a","lifecycle":{},"securityContext":null}']), id="pointers"),
        pytest.param(b'{"metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"a"}]}}', id="no time"),
        pytest.param(b'{"metadata":{"creationTimestamp":"2024-01-31T23:59:59+02:00"},"spec":{"containers":[{"name":"a"}]}}', id="a time"),
        pytest.param(
            around([b'{"name":"a"}'], [b'{"name":"i","restartPolicy":"Always"}'], [b'{"name":"e","targetContainerName":"a"}']), id="kinds"
        ),
    ],
)
def test_what_is_plain_is_read_here(document: bytes) -> None:
    classes = tuple(one for one in CLASSES if str(one.minor) in ("1.15", "1.16", "1.29", "1.30", "1.31"))
    pods = FastPods(classes, few=0)
    for from_api in (False, True):
        assert quickly(document, pods, from_api=from_api) == exactly(document, classes, from_api=from_api) is not None
