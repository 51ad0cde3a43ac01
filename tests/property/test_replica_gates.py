"""Each thing that tells pods of different kinds apart is needed: without it a pod is seen, or decided on, as another one."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from msgspec.structs import replace

from tests.bench.fleet import fleet
from tests.builders import CATALOG, Document, raw
from tests.property.test_known_facts import set_at
from tests.property.test_replicas import OWNER, STEPS, agrees, at_once, found, set_status, setting
from upgradecheck.hashing.fast import gates
from upgradecheck.hashing.fast.outlines import Beside, Outline, Outlines
from upgradecheck.hashing.fast.pods import FastPod
from upgradecheck.hashing.fast.templates import Filling
from upgradecheck.model.pod import Origin
from upgradecheck.planning.seeing import kinds
from upgradecheck.planning.seeing.examine import Examiner
from upgradecheck.planning.seeing.examined import examined_view
from upgradecheck.planning.seeing.replicas import BASE, Kind, Replica
from upgradecheck.reading.pod import ReadPod

__all__ = ["at_once"]

Change = Callable[[Document], None]
Plant = Callable[[pytest.MonkeyPatch], None]
STEP = STEPS[0]
ENTRIES = 9
"""So many parts of a shape stand before the entries of its statuses."""


def base() -> Document:
    return deepcopy(next(fleet(1)))


def as_it_is(document: Document) -> None:
    """No change."""


def crowd(change: Change, start: Change = as_it_is) -> list[bytes]:
    """Three pods that are alike, and one that is not quite."""
    documents = []
    for number in range(4):
        document = base()
        start(document)
        if number == 3:
            change(document)
        document["metadata"]["uid"] = f"uid-{number}"
        documents.append(raw(document))
    return documents


def without(place: int, of_entry: int | None = None) -> Plant:
    """Outlines whose shapes lack a part."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        read = Outlines.read

        def lacking(self: Outlines, of: Beside) -> Outline | None:
            one = read(self, of)
            if one is not None:
                parts = list(one.shape)
                if of_entry is None:
                    parts[place] = None
                else:
                    parts[place] = (*parts[place][:of_entry], *parts[place][of_entry + 1 :])
                one.shape = tuple(parts)
            return one

        patch.setattr(Outlines, "read", lacking)

    return plant


def never(*names: str) -> Plant:
    """Gates that let all documents pass."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for name in names:
            patch.setattr(gates, name, lambda *its: False)

    return plant


def plain_resize(document: Document) -> None:
    document["spec"]["containers"][0]["resizePolicy"] = [{"resourceName": "cpu", "restartPolicy": "RestartContainer"}]


def selects(node: str) -> Change:
    """Another member of the name of a node's, before the pod's own."""

    def change(document: Document) -> None:
        document["spec"] = {"nodeSelector": {"nodeName": node}, **document["spec"]}

    return change


def reselects(document: Document) -> None:
    document["spec"]["nodeSelector"]["nodeName"] = "node-7"


@pytest.mark.parametrize(
    ("plant", "change", "start"),
    [
        pytest.param(without(0), set_at("metadata.namespace", "other"), None, id="the namespace"),
        pytest.param(without(2), set_at("metadata.annotations", {"kubernetes.io/config.source": "file"}), None, id="who has it"),
        pytest.param(without(3), set_at("metadata.deletionTimestamp", "2024-01-01T00:00:00Z"), None, id="whether it is being deleted"),
        pytest.param(without(4), set_at("status.phase", "Failed"), None, id="its phase"),
        pytest.param(without(6), set_status(containerID="docker://" + "7" * 64), None, id="the runtime"),
        pytest.param(without(ENTRIES, 0), set_status(name="other"), None, id="the name of a status"),
        pytest.param(without(ENTRIES, 3), set_status(started=True), None, id="whether the startup probe has passed"),
        pytest.param(
            without(ENTRIES, 4),
            set_status(state={"waiting": {}}),
            set_status(state={"running": {}, "waiting": {}}),
            id="whether it runs",
        ),
        pytest.param(
            without(ENTRIES, 6),
            set_status(state={"terminated": {"exitCode": 1}}),
            set_status(state={"terminated": {"exitCode": 0}}),
            id="how it ended",
        ),
        pytest.param(
            lambda patch: patch.setattr(kinds, "_NODE", ""),
            set_at("metadata.ownerReferences", [{**OWNER, "kind": "Node"}]),
            None,
            id="mirrors",
        ),
        pytest.param(
            lambda patch: patch.setattr(kinds, "names_one_node", lambda text: True), reselects, selects("node-0"), id="another nodeName"
        ),
        pytest.param(never("member_comes_twice", "key_comes_twice"), None, None, id="two specs"),
        pytest.param(never("key_comes_twice"), None, None, id="two statuses"),
        pytest.param(never("too_deep"), None, None, id="depth"),
        pytest.param(never("hides_ascii"), None, set_status(allocatedResources={"cpu": "10"}), id="escapes"),
    ],
)
def test_each_part_of_a_key_is_needed(plant: Plant, change: Change | None, start: Change | None, request: pytest.FixtureRequest) -> None:
    documents = crowd(change or as_it_is, start or as_it_is)
    if change is None:
        documents.append(TWISTED[request.node.callspec.id])
    asked = setting(*STEP)
    expected = found(documents, asked, fast=False)
    assert found(documents, asked, fast=True) == expected
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert found(documents, asked, fast=True) != expected


def two_specs() -> bytes:
    """Two members of one name, which Go merges."""
    document = base()
    document["metadata"]["uid"] = "uid-4"
    return raw(document).replace(b'"spec": {', b'"spec": {"hostNetwork": true}, "spec": {', 1)


def two_statuses() -> bytes:
    """The second says nothing, so that what the first says holds."""
    document = base()
    document["metadata"]["uid"] = "uid-4"
    return raw(document).replace(b'"status": {', b'"status": {"qosClass": "Guaranteed", "phase": "Failed"}, "status": {', 1)


def deep() -> bytes:
    document = base()
    document["metadata"]["uid"] = "uid-4"
    nested: Any = {}
    for _ in range(300):
        nested = {"f:a": nested}
    document["metadata"]["managedFields"][0]["fieldsV1"] = nested
    return json.dumps(document).encode()


def escaped() -> bytes:
    document = base()
    document["metadata"]["uid"] = "uid-4"
    document["status"]["containerStatuses"][0]["allocatedResources"] = {}
    return raw(document).replace(b'"allocatedResources": {}', b'"allocatedResources": {"cpu": "\\u0031\\u0030"}')


TWISTED = {"two specs": two_specs(), "two statuses": two_statuses(), "depth": deep(), "escapes": escaped()}


def test_what_its_facts_read_of_a_status_makes_no_kind() -> None:
    allocated = set_status(resources={"limits": {"cpu": "7"}, "requests": {"cpu": "7"}})
    assert agrees(crowd(allocated, plain_resize), "1.32.1", "1.34.1")


class Same:
    """Hashes to one number, whatever it is filled with."""

    def hash(self, hole: bytes) -> int:
        return 5


def test_hashes_that_are_equal_in_one_pod_alone_make_no_replica() -> None:
    asked = setting(*STEP)
    known, documents = kinds.Kinds(asked), crowd(as_it_is)
    pods = [ReadPod(one, Origin("pods.json")) for one in documents]
    for pod in pods[:3]:
        known.of(pod, lambda pod=pod: examined_view(pod, asked, Examiner(CATALOG)))  # type: ignore[misc]
    (kind,) = known._known.values()
    assert isinstance(kind, Kind)
    met = known._recognised(documents[3])
    assert met is not None
    assert kinds._replica(kind, met, pods[3].origin) is not None
    kind.filling = Filling([Same()] * kind.number)
    assert kinds._replica(kind, met, pods[3].origin) is None


def test_a_first_pod_makes_no_kind_where_it_is_not_certain_that_others_are_hashed_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = setting(*STEP)
    known, pod = kinds.Kinds(asked), ReadPod(crowd(as_it_is)[0], Origin("pods.json"))
    known.of(pod, lambda: examined_view(pod, asked, Examiner(CATALOG)))
    (first,) = known._lately.values()
    assert first.written is not None
    assert first.written.hole == first.met.outline.hole
    assert first.template() is not None
    assert kinds._kind(first) is not None
    assert replace(first, written=replace(first.written, hole=b"other")).template() is None
    assert kinds._kind(replace(first, written=None)) is None
    assert kinds._First.of(first.met, pod, first.found, None).written is None
    fast = pod.fast_by(first.met.place.fast, (*first.met.place.before, *first.met.place.after))
    assert fast is not None
    assert kinds._First.of(first.met, pod, first.found, fast).written == first.written
    monkeypatch.setattr(FastPod, "key", None)
    assert kinds._First.of(first.met, pod, first.found, fast).written is None


def test_a_hash_that_all_replicas_have_is_held_once() -> None:
    asked = setting(*STEP)
    known, documents = kinds.Kinds(asked), crowd(as_it_is)
    pods = [ReadPod(one, Origin("pods.json")) for one in documents]
    found = [known.of(pod, lambda pod=pod: examined_view(pod, asked, Examiner(CATALOG))) for pod in pods]  # type: ignore[misc]
    replicas = [one for one in found if isinstance(one, Replica)]
    assert len(replicas) > 1
    hashes = [one.own[BASE : BASE + one.kind.number] for one in replicas]
    filling = replicas[0].kind.filling
    assert isinstance(filling, Filling)
    drawn = [filling.hashes(hole) for hole in (b"aaaaa", b"bbbbb")]
    shared = [place for place, (one, other) in enumerate(zip(*drawn, strict=True)) if one == other]
    assert shared
    assert all(its[place] is hashes[0][place] for its in hashes for place in shared)


def test_texts_that_many_pods_have_are_held_once() -> None:
    known = kinds.Kinds(setting(*STEP))
    met = [one for document in crowd(as_it_is) if (one := known._recognised(document)) is not None]
    for texts in ([one.outline.node for one in met], [one.outline.created for one in met]):
        assert texts
        assert len({id(text) for text in texts}) == len(set(texts))
