"""Documents that fit a stencil have the outline that would be read of them, and each thing that tells whether they fit is needed."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import CATALOG, Document, raw
from tests.drawing import TIMES
from tests.property.test_known_facts import set_at
from tests.property.test_replicas import OWNER, crowd, set_status
from upgradecheck.hashing.fast import opentexts, stencils
from upgradecheck.hashing.fast.outlines import Outline
from upgradecheck.hashing.fast.pods import ASIDE, FastPods
from upgradecheck.hashing.fast.stencils import Stencil, Stencils, stencil
from upgradecheck.model.version import Minor

CLASSES = (*CATALOG.hash_classes(Minor(1, 30)), *CATALOG.hash_classes(Minor(1, 31)))
ODD = (
    *(
        b'""',
        b"null",
        b"7",
        b'"7"',
        b"true",
        b"-1",
        b"1e3",
        b'"\\u0031"',
        b'"spec"',
        b'"nodeName"',
        b'"10.0.0.9"',
        b'"a/b://c"',
        b"{}",
        b"[]",
    ),
    *(b'"2024-02-29T00:00:00Z"', b'"2024-01-01T00:00:00+01:00"', b'"kube-api-access-zzzzz"', b'"\xc3\xa9"', b'"' + b"f" * 32 + b'"', b"01"),
    *(
        b'"containerd://' + b"0" * 64 + b'"',
        b"99999999999",
        b"2147483648",
        b'"Running"',
        b'"Pending"',
        b'"' + b"a" * 300 + b'"',
        b'"x\\ny"',
    ),
)
VALUE = re.compile(rb'(?<=: )(?:"(?:[^"\\]|\\.)*"|[0-9]+|true|false|null)')


def read(document: bytes, by: FastPods) -> Outline | None:
    try:
        return by.outline(document)
    except ASIDE:
        return None


@pytest.fixture
def by() -> FastPods:
    return FastPods(CLASSES, few=0)


def base(change: Callable[[Document], None] | None = None) -> Document:
    document = deepcopy(next(fleet(1)))
    document["metadata"] |= {"resourceVersion": "17", "ownerReferences": [OWNER], "labels": {"app": "web"}}
    document["status"] |= {
        "hostIP": "10.0.0.3",
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2024-01-02T00:00:01Z"}],
    }
    document["spec"]["volumes"] = [{"name": document["spec"]["containers"][0]["volumeMounts"][0]["name"], "emptyDir": {}}]
    if change is not None:
        change(document)
    return document


def made(document: bytes, by: FastPods) -> Stencil | None:
    outline = read(document, by)
    assert outline is not None
    return stencil(document, outline, by.outline, by)


def changed(document: Document, change: Callable[[Document], None]) -> bytes:
    other = deepcopy(document)
    change(other)
    return raw(other)


def test_whoever_fits_has_the_outline_that_is_read(by: FastPods) -> None:
    known, dice, fitted = Stencils(), random.Random(1830), 0
    for document in crowd(dice, 2 * TIMES):
        for text in (document, VALUE.sub(lambda found: dice.choice(ODD) if dice.randrange(40) == 0 else found[0], document)):
            expected, found = read(text, by), known.find(text)
            if found is not None:
                assert found[1] == expected
                fitted += 1
            elif expected is not None:
                known.learn(text, expected, by.outline, by)
    assert fitted > 100 * TIMES


def test_one_odd_value_anywhere(by: FastPods) -> None:
    """Wherever a value is another one, and of any kind, the document fits no more, or tells what is read."""
    document = raw(base())
    one = made(document, by)
    assert one is not None
    fits = 0
    for place in VALUE.finditer(document):
        for odd in ODD:
            text = document[: place.start()] + odd + document[place.end() :]
            found = one.outline(text)
            if found is not None:
                assert found == read(text, by), (place, odd)
                fits += 1
    assert fits


def name_of_32(document: Document) -> None:
    document["metadata"]["uid"] = "f" * 32


def other_token(document: Document) -> None:
    document["spec"]["containers"][0]["volumeMounts"][0]["name"] = "kube-api-access-zzzzz"


def loud_token(document: Document) -> None:
    for one in (*document["spec"]["containers"], {"volumeMounts": document["spec"]["volumes"]}):
        one["volumeMounts"][0]["name"] = "kube-api-access-ZZ_ZZ"


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        pytest.param("time", set_at("metadata.creationTimestamp", "2023-02-29T00:00:00Z"), id="no day"),
        pytest.param("id", set_status(containerID="containerd://"), id="no ID"),
        pytest.param("address", set_at("status.podIP", "10.0.0.1\u0080"), id="an escape"),
        pytest.param("name", set_at("metadata.name", "spec"), id="a name that a gate counts"),
        pytest.param("uid", name_of_32, id="a UID as kubelets make them"),
        pytest.param("version", set_at("metadata.resourceVersion", "1\u0080"), id="another escape"),
        pytest.param("restarts", set_status(restartCount=1 << 31), id="a number out of range"),
        pytest.param("token", loud_token, id="a token that no server makes"),
    ],
)
def test_each_kind_is_as_narrow_as_it_must_be(
    kind: str, change: Callable[[Document], None], by: FastPods, monkeypatch: pytest.MonkeyPatch
) -> None:
    document, other = base(), changed(base(), change).replace(b"\\u0080", b"\\u0031")
    one = made(raw(document), by)
    assert one is not None
    assert one.outline(other) is None
    with monkeypatch.context() as patch:
        patch.setitem(opentexts._KINDS, kind, (rb'[^\n"]*', opentexts._KINDS[kind][1]))
        opentexts._all_of.cache_clear()
        wide = made(raw(document), by)
    opentexts._all_of.cache_clear()
    assert wide is not None
    assert wide.outline(other) is not None
    assert wide.outline(other) != read(other, by)


class Whatever:
    """Equal to all."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_the_text_around_the_values_tells(by: FastPods) -> None:
    one, other = made(raw(base()), by), changed(base(), set_at("status.phase", "Pending"))
    assert one is not None
    assert one.outline(other) is None
    one.text._texts = Whatever()  # type: ignore[assignment]
    assert one.outline(other) != read(other, by)


def test_one_token_is_one_value(by: FastPods) -> None:
    one, other = made(raw(base()), by), changed(base(), other_token)
    assert one is not None
    assert one.outline(other) is None
    one.text._repeats = ()
    assert one.outline(other) != read(other, by)


HEEDED = set_at("metadata.annotations", {"example.com/address": "10.0.0.1", "kubernetes.io/address": "10.0.0.2"})


def test_what_is_heeded_of_annotations_is_no_value_of_a_pods_own(by: FastPods) -> None:
    document = base(HEEDED)
    other = changed(document, set_at("metadata.annotations", {"example.com/address": "10.0.0.1", "kubernetes.io/address": "10.0.0.9"}))
    one = made(raw(document), by)
    assert one is not None
    assert one.outline(other) is None


def test_what_is_not_heeded_of_annotations_is(by: FastPods) -> None:
    document = base(set_at("metadata.annotations", {"cni.example.com/address": "10.0.0.1/32"}))
    one = made(raw(document), by)
    other = changed(document, set_at("metadata.annotations", {"cni.example.com/address": "10.77.0.12/32"}))
    assert one is not None
    expected = read(other, by)
    assert expected is not None
    assert one.outline(other) == expected


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(set_at("metadata.labels", {"nodeName": "other"}), id="a node's name before the pod's"),
        pytest.param(set_at("metadata.name", "p\u00e9"), id="a name that is none"),
    ],
)
def test_what_cannot_be_told_makes_no_stencil(change: Callable[[Document], None], by: FastPods) -> None:
    assert made(raw(base(change)), by) is None


def test_a_name_in_a_label_stays(by: FastPods) -> None:
    """A stateful set's pods have labels of their own, which a stencil does not tell."""
    label = set_at("metadata.labels", {"statefulset.kubernetes.io/pod-name": base()["metadata"]["name"]})
    one = made(raw(base(label)), by)
    assert one is not None
    assert one.outline(changed(base(label), set_at("metadata.name", "another"))) == read(
        changed(base(label), set_at("metadata.name", "another")), by
    )


def test_not_all_documents_are_worth_a_stencil(by: FastPods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stencils, "_FIRST", 1)
    known, documents = Stencils(), [raw(base(set_at("metadata.namespace", f"n{number}"))) for number in range(3)]
    for document in documents:
        outline: Any = read(document, by)
        known.learn(document, outline, by.outline, by)
    assert [known.find(document) is not None for document in documents] == [True, False, False]
