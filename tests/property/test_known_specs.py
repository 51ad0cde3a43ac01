"""A pod whose spec is known by its text is hashed as each by itself; what is asked before a spec is learnt, and used, is needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import raw
from tests.property.both_paths import CLASSES, exactly, quickly
from upgradecheck.hashing.fast import gates, specs
from upgradecheck.hashing.fast.outlines import opened_text
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.hashing.fast.specs import KnownLists, Specs

JSON_ERA = tuple(one for one in CLASSES if str(one.minor) in ("1.22", "1.30"))
TOKEN = b'"volumeMounts":[{"name":"kube-api-access-abcde","mountPath":"/var/run/secrets/kubernetes.io/serviceaccount"}]'
Plant = Callable[[pytest.MonkeyPatch], None]


def on(node: bytes, spec: bytes, more: bytes = b"") -> bytes:
    return b'{"metadata":{"name":"p","uid":"u"},"spec":{' + spec.replace(b"NODE", node) + b"}" + more + b"}"


def agree(documents: list[bytes]) -> bool:
    """Whether each is left to the exact path or hashed as by it; the first until its spec may be known."""
    pods = FastPods(JSON_ERA, few=0)
    found = [(quickly(one, pods, from_api=True), one) for one in (*[documents[0]] * 4, *documents)]
    return all(quick is None or quick == exactly(one, JSON_ERA, from_api=True) for quick, one in found)


def never(name: str) -> Plant:
    return lambda patch: patch.setattr(gates, name, lambda *its: False)


def any_node(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(specs, "names_one_node", lambda text: True)


def the_pods_own(patch: pytest.MonkeyPatch) -> None:
    """What is written as some node's name is taken for the pod's."""
    learn = Specs.learn

    def learning(self: Specs, spec: bytes, name: str, node: str, opened: bytes, hole: bytes) -> None:
        found = opened_text(spec, name)
        learn(self, spec, name, node if found is None else found[1], opened, hole)

    patch.setattr(Specs, "learn", learning)


def one_hole(patch: pytest.MonkeyPatch) -> None:
    """The end of the token's volume is the first pod's."""
    lists = Specs.lists

    def first(self: Specs, spec: bytes, name: str) -> tuple[bytes, bytes] | None:
        found = lists(self, spec, name)
        return None if found is None else (found[0], b"abcde" if found[1] else b"")

    patch.setattr(Specs, "lists", first)


def closed(patch: pytest.MonkeyPatch) -> None:
    """Lists that are closed are learnt in an open spec."""
    patch.setattr(specs, "STEM", b"\0none")


def one_key(patch: pytest.MonkeyPatch) -> None:
    """Texts that were opened are not told from those that were not."""

    class Mixed(dict[tuple[bool, bytes], KnownLists]):
        def get(self, key: tuple[bool, bytes], default: Any = None) -> Any:
            return super().get((True, key[1]), super().get((False, key[1]), default))

    begin = Specs.__init__

    def mixed(self: Specs) -> None:
        begin(self)
        self._known = Mixed()

    patch.setattr(Specs, "__init__", mixed)


PLAIN = b'"nodeName":"NODE","containers":[{"name":"a"}]'
MOUNTED = b'"nodeName":"NODE","containers":[{"name":"a",' + TOKEN + b"}]"
CASES = [
    pytest.param(
        any_node,
        [on(node, b'"overhead":{"nodeName":"NODE"},"nodeName":"1","containers":[{"name":"a"}]') for node in (b"1", b"none")],
        id="another member of the name",
    ),
    pytest.param(
        the_pods_own,
        [on(node, b'"overhead":{"nodeName":"NODE"},"containers":[{"name":"a"}]') for node in (b"1", b"none")],
        id="no name of the pod's node",
    ),
    pytest.param(one_hole, [on(b"n", MOUNTED), on(b"n", MOUNTED.replace(b"abcde", b"zz999"))], id="the end of the token's volume"),
    pytest.param(
        closed,
        [on(b"n", MOUNTED.replace(b'"a"', b'"kube-api-access-' + end + b'"').replace(b"abcde", end)) for end in (b"abcde", b"zz999")],
        id="lists that are closed",
    ),
    pytest.param(
        one_key,
        [on(b"n", MOUNTED.replace(b"kube-api-access-abcde", b"kube-api-access-")), on(b"n", MOUNTED)],
        id="a name without an end",
    ),
    pytest.param(
        never("hides_ascii"),
        [on(b"n", PLAIN), on(b"n", PLAIN).replace(b'"spec":', b'"spec":{"initContainers":[{"name":"i"}]},"sp\\u0065c":')],
        id="escapes beside",
    ),
    pytest.param(
        never("too_deep"), [on(b"n", PLAIN), on(b"n", PLAIN, b',"none":' + b'{"a":' * 299 + b"1" + b"}" * 299)], id="depth beside"
    ),
    pytest.param(
        never("member_comes_twice"), [on(b"n", PLAIN), on(b"n", PLAIN, b',"spec":{"containers":[{"image":"b"}]}')], id="two specs"
    ),
    pytest.param(never("cannot_be_skipped"), [on(b"n", PLAIN), on(b"n", PLAIN, b',"none":1e400')], id="json-iterator's numbers"),
]


@pytest.mark.parametrize(("plant", "documents"), CASES)
def test_each_question_is_needed(plant: Plant, documents: list[bytes]) -> None:
    assert agree(documents)
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert not agree(documents)


def test_of_most_replicas_no_spec_is_decoded() -> None:
    """Else nothing here would be tried."""
    pods, documents = FastPods(JSON_ERA, few=0), list(map(raw, fleet(200)))
    assert all(quickly(one, pods, from_api=True) is not None for one in documents)
    known = 0
    for one in documents:
        found = pods.read(one)
        assert found is not None
        spec = bytes(pods._head.spec_of(pods._head.pod.decode(one)))
        known += pods._specs.lists(spec, "") is not None
    assert known > len(documents) // 2


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(specs, "_MOST_BYTES", 3000)
    kept = Specs()
    for number in range(100):
        kept.learn(b'{"nodeName":"n","hostname":"%d"}' % number, "p", "n", b"", b"")
    assert 0 < sum(len(text) for _, text in kept._known) <= 3000
    assert kept.lists(b'{"nodeName":"other","hostname":"99"}', "q") == (b"", b"")
