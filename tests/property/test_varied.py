"""Pods whose containers differ in plain texts alone hash as each by itself, and each thing that tells which texts are plain, and where they
stand, is needed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import CATALOG, raw
from tests.drawing import TIMES
from tests.property.both_paths import exactly
from upgradecheck.commands.fast_hashes import FastHashes, NamedKubelet
from upgradecheck.decode.kubelet.version import parse_kubelet_version
from upgradecheck.hashing.fast import containers, opentexts, pods, varied
from upgradecheck.model.patterns import pattern
from upgradecheck.model.pod import Origin
from upgradecheck.reading.pod import ReadPod


def named(*versions: str) -> tuple[NamedKubelet, ...]:
    return tuple(NamedKubelet(text, tuple(CATALOG.builds(parse_kubelet_version(text)))) for text in versions)


KUBELETS = named("1.16.15", "1.22.17", "1.30.14", "1.31.0")
WORDS = (
    *("a", "v1", " ", "--flag=1,2", "{[]}", "x:y", "tried -1 tried", "kube-api-access-abcde", "null", "spec", "containers", "nodeName"),
    *("", "<b>", "a&b", 'say "x"', "back\\slash", "\u00e9", "\u2028", "\b", "\f", "\x7f", "\U0001f600", "line\nline", "x" * 5000),
)
Container = dict[str, Any]


def fresh(kubelets: tuple[NamedKubelet, ...] = KUBELETS) -> FastHashes:
    """Who has met nothing yet."""
    made = FastHashes(kubelets, from_api=True)
    made._pods = pods.FastPods(made._pods.classes, few=0)
    return made


@pytest.fixture
def fast() -> FastHashes:
    return fresh()


Rows = list[tuple[Any, ...]]


def told(fast: FastHashes, document: bytes) -> tuple[bool, Rows]:
    """Whether a pod was known by its text, and its rows; as ``hash`` asks for them."""
    known = fast.by_text(document)
    found = fast.of(ReadPod(document, Origin("t"))) if known is None else known
    if found is None:
        return False, expected(document, fast._kubelets)
    return known is not None, [
        (one.kubelet, one.container, one.container_kind, one.hash, one.hash_without_resources) for one in found.items()
    ]


def expected(document: bytes, kubelets: tuple[NamedKubelet, ...] = KUBELETS) -> Rows:
    """The same by the exact path."""
    found = exactly(document, [one.builds[-1].hash_class for one in kubelets], from_api=True)
    assert found is not None
    return [(of.text, one.name, one.kind, one.hash, one.without_resources) for of, its in zip(kubelets, found, strict=True) for one in its]


def valued(number: int, *values: str, change: Callable[[Container], None] = lambda container: None) -> dict[str, Any]:
    """A replica with these values in its containers."""
    pod = deepcopy(next(fleet(1)))
    pod["metadata"] |= {"name": f"web-{number}", "uid": f"u-{number}"}
    token = f"kube-api-access-t{number:04}"
    for container in pod["spec"]["containers"]:
        container["args"] = [*values, "last"]
        container["env"] += [{"name": f"V{place}", "value": value} for place, value in enumerate(values)]
        container["volumeMounts"][0]["name"] = token
        container["livenessProbe"]["httpGet"]["httpHeaders"] = [{"name": "h", "value": values[0]}]
        change(container)
    pod["spec"]["volumes"] = [{"name": token, "emptyDir": {}}]
    return pod


def crowd(dice: random.Random, number: int) -> Iterator[bytes]:
    """Replicas with values of their own, most of them plain, some laid out in another way."""
    for place in range(number):
        values = [dice.choice(WORDS) if dice.randrange(3) == 0 else f"v{dice.randrange(999)}" for _ in range(3)]
        pod = valued(place, *values)
        if dice.randrange(2):
            pod["spec"]["initContainers"] = [
                {"name": "i", "image": "i", "command": ["sh", values[0]], "restartPolicy": dice.choice(("Always", "No"))}
            ]
        yield json.dumps(pod, indent=dice.choice((None, 2)), ensure_ascii=bool(dice.randrange(2))).encode()


def test_whoever_is_known_by_its_text_hashes_as_by_itself(fast: FastHashes) -> None:
    dice, known = random.Random(1831), 0
    for document in crowd(dice, 60 * TIMES):
        by_text, rows = told(fast, document)
        assert rows == expected(document), document
        known += by_text
    assert known > 10 * TIMES


def learnt(fast: FastHashes, *documents: dict[str, Any]) -> None:
    """What these pods teach."""
    for one in documents:
        told(fast, raw(one))
    assert fast._fitting, "nothing was opened"


@pytest.mark.parametrize("odd", ["<b>", "a>b", "a&b", "a\u00e9", "line\nline", 'say "x"', "\x7f"])
def test_only_plain_texts_fit(odd: str, fast: FastHashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """With wider ones some of these would be hashed as they are written."""
    learnt(fast, valued(0, "a"), valued(1, "b"))
    document = raw(valued(2, odd))
    assert told(fast, document) == (False, expected(document))
    assert told(fast, raw(valued(3, "plain"))) == (True, expected(raw(valued(3, "plain"))))


def test_a_wider_text_would_be_hashed_as_it_is_written(fast: FastHashes, monkeypatch: pytest.MonkeyPatch) -> None:
    opentexts._all_of.cache_clear()
    monkeypatch.setitem(opentexts._KINDS, "text", (rb'[^\n"]*', opentexts._KINDS["text"][1]))
    learnt(fast, valued(0, "a"), valued(1, "b"))
    document = raw(valued(2, "<b>"))
    by_text, rows = told(fast, document)
    opentexts._all_of.cache_clear()
    assert by_text
    assert rows != expected(document)


def test_containers_that_stand_in_two_places_are_not_opened() -> None:
    lists = (b"", b'[{"name":"a"}]', b"")
    once, twice = (b'{"x":{%b},"spec":{"containers" : %b}}' % (copied, lists[1]) for copied in (b"", b'"containers" : ' + lists[1]))
    assert pods._places(once, lists) == (0, once.index(lists[1]), 0)
    assert pods._places(twice, lists) is None
    assert pods._places(once, (b"", b"[]", b"")) is None


def test_what_is_opened_is_tried(fast: FastHashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are told, amounts are read: they hash otherwise than they are written, or tell other rows."""
    monkeypatch.setattr(varied, "_VALUE", pattern(rb'"[a-z]*"[ \t\r\n]*:[ \t\r\n]*"(%b+)"' % varied.PLAIN))
    changes: list[Callable[[Container, int], None]] = [
        lambda container, number: container.update(name=f"{container['name']}-{number}"),
        lambda container, number: container["resources"]["limits"].update(cpu=f"{number}000m"),
        lambda container, number: container.update(imagePullPolicy=("Always", "Never", "IfNotPresent")[number]),
    ]
    for change in changes:
        for number in range(3):
            document = raw(valued(number, "a", change=lambda container, change=change, number=number: change(container, number)))  # type: ignore[misc]
            assert told(fast, document)[1] == expected(document)


def test_without_the_trial_a_name_would_be_a_plain_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(varied, "_VALUE", pattern(rb'"name"[ \t\r\n]*:[ \t\r\n]*"(c1-%b+)"' % varied.PLAIN))

    def renamed(number: int) -> Callable[[Container], None]:
        return lambda container: container.update(name=container["name"].replace("c1", f"c1-{number}"))

    documents = [raw(valued(number, "a", change=renamed(number))) for number in range(3)]
    tried = fresh()
    assert [told(tried, one)[1] == expected(one) for one in documents] == [True, True, True]
    monkeypatch.setattr(containers, "_are_alike", lambda found, made, filled: True)
    untried = fresh()
    assert [told(untried, one)[1] == expected(one) for one in documents] == [True, True, False]


def test_structs_that_are_printed_are_not_opened() -> None:
    kubelets = named("1.15.12", "1.30.14")
    fast = fresh(kubelets)
    for number in range(3):
        document = raw(valued(number, f"v{number}"))
        assert told(fast, document) == (False, expected(document, kubelets))


def test_a_token_that_is_not_open_in_the_containers_keeps_them_closed(fast: FastHashes) -> None:
    """It is mounted where no API server mounts one: each of the pods is hashed by itself."""
    for number in range(3):
        document = raw(valued(number, f"v{number}", change=lambda container: container["volumeMounts"][0].update(mountPath="/elsewhere")))
        assert told(fast, document) == (False, expected(document))


def test_where_texts_of_a_pods_own_may_stand() -> None:
    text = b'[{"args": ["a", "", "b,\\"", "c"], "command":["","]","[x"],"ports":[1],"value" : "v","value":"","env":[{"name":"value","value":"\\u0041"}]}]'
    assert [text[begin:end] for begin, end in varied.places(text)] == [b"]", b"[x", b"v"], "an array with an escape in it is left"


def test_whatever_was_found_to_differ_stays_open(fast: FastHashes) -> None:
    learnt(fast, valued(0, "a", "a"), valued(1, "b", "a"), valued(2, "b", "b"))
    document = raw(valued(3, "c", "d"))
    assert told(fast, document) == (True, expected(document))


def test_a_text_that_tells_the_kind_of_a_container_is_never_opened(fast: FastHashes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial does not meet the one word that makes a sidecar."""

    def begun(policy: str, number: int) -> bytes:
        pod = valued(number, "a")
        pod["spec"]["initContainers"] = [{"name": "i", "image": "i", "restartPolicy": policy}]
        return raw(pod)

    documents = [begun(policy, number) for number, policy in enumerate(("Never", "No", "Always"))]
    assert [told(fast, one)[1] == expected(one) for one in documents] == [True, True, True]
    monkeypatch.setattr(varied, "_VALUE", pattern(rb'"restartPolicy"[ \t\r\n]*:[ \t\r\n]*"(%b+)"' % varied.PLAIN))
    wider = fresh()
    assert [told(wider, one)[1] == expected(one) for one in documents] == [True, True, False]
