"""Pods whose spec names their own node or themselves, as those of a DaemonSet and of a StatefulSet do, are replicas, and each is what it says."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from tests.bench.fleet import fleet
from tests.builders import CATALOG, Document, raw
from tests.drawing import TIMES, thrown
from tests.property.test_known_facts import set_at
from tests.property.test_replicas import OWNER, agrees, at_once, found, setting  # noqa: F401 - at_once is a fixture
from tests.unit.decisions.admission.asking import build, pod, request, tell
from upgradecheck.decisions.admission.requests import OWN_NODE
from upgradecheck.hashing.fast import own
from upgradecheck.hashing.fast.own import marked
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.hashing.fast.stencils import stencil
from upgradecheck.model.version import Minor
from upgradecheck.planning.seeing.replicas import Kind, Replica

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def field(operator: str, *values: object, key: str = "metadata.name") -> Document:
    return {"key": key, "operator": operator, "values": list(values)}


def affine(*terms: Document) -> Callable[[Document], None]:
    return set_at("spec.affinity", {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}})


def of_daemon(document: Document) -> None:
    """As the controller of a DaemonSet makes it."""
    affine({"matchFields": [field("In", document["spec"]["nodeName"])]})(document)
    document["metadata"]["ownerReferences"] = [{**OWNER, "kind": "DaemonSet", "name": "agent"}]


def of_set(document: Document) -> None:
    """As the controller of a StatefulSet makes it."""
    name = document["metadata"]["name"]
    document["metadata"]["labels"] = {"statefulset.kubernetes.io/pod-name": name, "apps.kubernetes.io/pod-index": name[-1]}
    document["metadata"]["ownerReferences"] = [{**OWNER, "kind": "StatefulSet", "name": "db"}]
    claims = [{"name": one, "persistentVolumeClaim": {"claimName": f"{one}-{name}"}} for one in ("data", "log")]
    document["spec"] |= {"hostname": name, "subdomain": "db", "volumes": claims}


def renamed(document: Document) -> None:
    document["spec"]["hostname"] = "another"


def own_in_preferred(document: Document) -> None:
    term = {"weight": 1, "preference": {"matchFields": [field("In", document["spec"]["nodeName"])]}}
    document["spec"]["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] = [term]


def own_twice(document: Document) -> None:
    its = document["spec"]["nodeName"]
    affine({"matchFields": [field("In", its)]}, {"matchFields": [field("In", its), field("NotIn", "node-1")]})(document)


def other_order(document: Document) -> None:
    its = document["spec"]["nodeName"]
    affine({"matchFields": [{"values": [its], "operator": "In", "key": "metadata.name"}]})(document)


def not_own(document: Document) -> None:
    affine({"matchFields": [field("NotIn", document["spec"]["nodeName"])]})(document)


def own_label(document: Document) -> None:
    affine({"matchExpressions": [field("In", document["spec"]["nodeName"])]})(document)


CLAIM = set_at("spec.volumes", [{"name": "data", "persistentVolumeClaim": {"claimName": "data-0"}}])
ODD: tuple[Callable[[Document], None], ...] = (
    affine({"matchFields": [field("In", "node-1")]}),
    affine({"matchFields": [field("In", "node-1", "node-2")]}),
    affine({"matchFields": [field("In", "")]}),
    affine({"matchFields": [field("In", "\0")]}),
    affine({"matchFields": [field("In", "node-1", key="metadata.uid")]}),
    own_in_preferred,
    own_twice,
    other_order,
    not_own,
    own_label,
    renamed,
    set_at("spec.hostname", ""),
    set_at("spec.hostname", "\1"),
    CLAIM,
    set_at("spec.volumes", [{"name": "data", "persistentVolumeClaim": {"claimName": "0"}}]),
    set_at("spec.volumes", [{"name": "data", "hostname": "p-0", "persistentVolumeClaim": {"claimName": "data-p-0"}}]),
)


def crowd(dice: random.Random, copies: int = 3) -> Iterator[Document]:
    """Pods of both, several alike, some with one oddity or two."""
    for base, make in zip(fleet(2), (of_daemon, of_set), strict=True):
        for number in range(len(ODD) + 4):
            odd = [] if number < 3 else dice.sample(ODD, dice.randint(1, 2)) if number > len(ODD) else [ODD[number - 3]]
            for copy in range(copies):
                document = deepcopy(base)
                document["metadata"] |= {"name": f"p-{copy}", "uid": f"{dice.randrange(1 << 60):x}-u"}
                document["spec"]["nodeName"] = f"node-{dice.randrange(4)}"
                make(document)
                for change in odd:
                    if change is not own_in_preferred or "affinity" in document["spec"]:
                        change(document)
                yield document


def test_they_are_seen_and_decided_on_as_each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made, kept = list[Replica](), Kind.replica

    def counted(self: Kind, *its: Any, **more: Any) -> Replica | None:
        one = kept(self, *its, **more)
        made.extend([one] if one is not None else [])
        return one

    monkeypatch.setattr(Kind, "replica", counted)
    documents = [raw(one) for one in crowd(thrown(), copies=3 * TIMES)]
    assert agrees(documents, "1.30.14", "1.31.0")
    owners = {one.workload.kind for one in made if one.name != "p-0"}
    assert owners == {"DaemonSet", "StatefulSet"}
    assert len(made) > len(documents) / 4


@pytest.mark.long
def test_many_of_them() -> None:
    for _ in range(20):
        assert agrees([raw(one) for one in crowd(thrown(), copies=12)], "1.30.14", "1.31.0")


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        pytest.param("node_spans", lambda text, node: (one.span(1) for one in own._AFFINITY.finditer(text)), id="whatever node"),
        pytest.param("name_spans", lambda text, name: (one.span(2) for one in own._NAMED.finditer(text)), id="whatever name"),
    ],
)
def test_only_what_is_its_own_is_marked(name: str, broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = [raw(one) for one in crowd(random.Random(7))]
    assert agrees(documents, "1.30.14", "1.31.0")
    expected = found(documents, setting("1.30.14", "1.31.0"), fast=False)
    monkeypatch.setattr(own, name, broken)
    assert found(documents, setting("1.30.14", "1.31.0"), fast=True) != expected


@pytest.mark.parametrize("indent", [None, 4])
def test_what_is_marked_is_one_for_all_and_nothing_else_is(indent: int | None) -> None:
    texts = set()
    for place in ("node-1", "node-2"):
        document = next(fleet(1))
        document["metadata"]["name"], document["spec"]["nodeName"] = f"p-{place}", "here"
        of_set(document)
        affine({"matchFields": [field("In", place)]})(document)
        texts.add(marked(json.dumps(document["spec"], indent=indent).encode(), place.encode(), f"p-{place}".encode()))
    assert len(texts) == 1
    text = texts.pop()
    assert (text.count(own.NODE_HERE), text.count(own.NAME_HERE)) == (1, 3)


def test_a_pod_of_a_daemon_is_known_by_its_text_on_whichever_node() -> None:
    by = FastPods([*CATALOG.hash_classes(Minor(1, 30)), *CATALOG.hash_classes(Minor(1, 31))], few=0)
    one, other, strange = (next(fleet(1)) for _ in range(3))
    for document, its in ((one, "node-1"), (other, "node-22"), (strange, "node-3")):
        document["spec"]["nodeName"] = its
        of_daemon(document)
    affine({"matchFields": [field("In", "node-1")]})(strange)
    outline = by.outline(raw(one))
    assert outline is not None
    made = stencil(raw(one), outline, by.outline, by)
    assert made is not None
    assert made.outline(raw(other)) == by.outline(raw(other)) is not None
    assert made.outline(raw(strange)) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(["worker-1"], "admitted", id="its own"),
        pytest.param(["\0"], "NodeAffinity", id="a name that reads like the mark"),
        pytest.param(["other"], "NodeAffinity", id="another"),
    ],
)
def test_the_affinity_is_that_of_the_pod(values: list[str], expected: str) -> None:
    terms = [{"matchFields": [field("In", *values)]}]
    document = pod(nodeName="worker-1", affinity={"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": terms}}})
    assert tell("1.30.14", document) == {"web": expected}
    asked = request(document, build("1.30.14"))
    assert asked.affinity is not None
    assert (asked.affinity[0].fields[0] is OWN_NODE) is (expected == "admitted")
    assert asked.required_affinity is not None
    assert asked.required_affinity[0].fields[0].values == tuple(values)


@pytest.mark.parametrize(
    ("change", "its", "strange"),
    [
        pytest.param(affine({"matchFields": [field("In", "node-1")]}), "spec.nodeName", "node-1", id="a node"),
        pytest.param(renamed, "metadata.name", "another", id="a hostname"),
        pytest.param(CLAIM, "metadata.name", "0", id="a claim"),
    ],
)
def test_whose_own_name_stands_where_another_ones_did_is_read(change: Callable[[Document], None], its: str, strange: str) -> None:
    by = FastPods([*CATALOG.hash_classes(Minor(1, 30)), *CATALOG.hash_classes(Minor(1, 31))], few=0)
    texts = []
    for name in ("node-7", "node-8", strange):
        document = next(fleet(1))
        change(document)
        set_at(its, name)(document)
        texts.append(raw(document))
    outline = by.outline(texts[0])
    assert outline is not None
    made = stencil(texts[0], outline, by.outline, by)
    assert made is not None
    assert made.outline(texts[1]) == by.outline(texts[1]) is not None
    assert made.outline(texts[2]) is None
