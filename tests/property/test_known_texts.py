"""Pods that are known by their text are told as those that are gone through: the same pods, facts and nodes, and what is wrong as wrong."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.builders import Document, crictl_ps, known_as, raw, recorded_by
from tests.drawing import TIMES
from tests.property.test_known_facts import set_at
from tests.property.test_replicas import crowd
from tests.property.test_stencils import ODD, VALUE, base
from upgradecheck.commands.fast_hashes import FastHashes
from upgradecheck.commands.hash import HashRequest, make_hashes
from upgradecheck.commands.plan import PlanRequest, make_plan
from upgradecheck.decode.kube.shapes import POD_GLIMPSES
from upgradecheck.hashing.fast.opentexts import Hole, OpenText
from upgradecheck.model.errors import InputError
from upgradecheck.model.hashlist import one_by_one
from upgradecheck.model.pod import Origin
from upgradecheck.reading.pod import KnownText
from upgradecheck.sources.files import known, open_inputs, reading
from upgradecheck.sources.files.known import PodTexts, pod_text

Told = tuple[object, list[tuple[bytes, Origin]], object, object]


def told(path: Path) -> Told | str:
    """All that a file tells, or why it cannot be used."""
    try:
        with open_inputs([str(path)], recursive=False) as inputs:
            pods = [(pod.raw, pod.origin) for pod in inputs.pods()]
            assert [(pod.raw, pod.origin) for pod in inputs.pods()] == pods, "and so they are when they are read again"
            templates = inputs._templates
            facts, documents = (inputs.facts(), inputs.nodes(), templates.live), [one.recognition for one in inputs.documents()]
        with open_inputs([str(path)], recursive=False, lenient=True) as inputs:
            return facts, pods, documents, [(one.raw, one.origin, one.recognition) for one in inputs.documents()]
    except InputError as error:
        return str(error)


def unknown(patch: pytest.MonkeyPatch) -> None:
    """No pod is known by its text."""
    patch.setattr(PodTexts, "told", lambda self, chunk, places: [None] * len(places))
    patch.setattr(PodTexts, "meet", lambda self, raws, glimpses: [None] * len(raws))


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], int]:
    """Writes a file, compares what it tells with what it does where no text is known, and returns how many pods were known."""
    monkeypatch.setattr(reading, "CHUNK", 1 << 15)
    monkeypatch.setattr(known, "_BLOCK", 1 << 12)
    numbers = list[int]()

    def counted(name: str) -> Callable[..., Sequence[object]]:
        original = getattr(PodTexts, name)

        def of_text(*arguments: Any) -> Sequence[object]:
            found: Sequence[object] = original(*arguments)
            numbers.append(sum(one is not None for one in found))
            return found

        return of_text

    def compared(content: bytes) -> int:
        numbers.clear()
        path = tmp_path / "pods.json"
        path.write_bytes(content)
        with monkeypatch.context() as patch:
            patch.setattr(PodTexts, "told", counted("told"))
            patch.setattr(PodTexts, "meet", counted("meet"))
            quick = told(path)
        with monkeypatch.context() as patch:
            unknown(patch)
            assert told(path) == quick
        return sum(numbers)

    return compared


def listed(documents: Sequence[bytes], comma: bytes = b",") -> bytes:
    return b'{"kind":"PodList","apiVersion":"v1","items":[' + comma.join(documents) + b"]}\n"


@pytest.mark.parametrize("comma", [b",", b", ", b",\n    "], ids=["no blank", "a blank", "lines"])
def test_what_is_told_is_told_of_each(comma: bytes, both: Callable[[bytes], int]) -> None:
    dice, known_ones = random.Random(1831), 0
    for _ in range(TIMES):
        documents = [VALUE.sub(lambda found: dice.choice(ODD) if dice.randrange(400) == 0 else found[0], one) for one in crowd(dice, 2)]
        known_ones += both(listed(documents, comma))
    assert known_ones > 20 * TIMES


def several(change: Callable[[Document, int], None], number: int = 40) -> list[bytes]:
    made = []
    for place in range(number):
        document = base()
        document["metadata"] |= {"name": f"web-{place}", "uid": f"{place:08}-0000-4000-8000-000000000000"}
        change(document, place)
        made.append(raw(document))
    return made


def nothing(document: Document, place: int) -> None:
    """As it is."""


def api_version(document: Document, place: int) -> None:
    document["metadata"]["name"] = document["apiVersion"] = "v1" if place < 30 else "v2"
    document["kind"] = "Pod"


def namespace(document: Document, place: int) -> None:
    """Alike in all that tells texts apart."""
    document["metadata"]["namespace"] = document["metadata"]["name"] = f"{'n' * 58}-{place:04}"


def another_node(document: Document, place: int) -> None:
    """The first that is named is not the pod's."""
    document["spec"] = {"affinity": {"nodeName": "of-another"}} | document["spec"]


def at_rest(document: Document, place: int) -> None:
    document["status"] = {"phase": "Succeeded"}


def no_node(document: Document, place: int) -> None:
    document["spec"]["nodeName"] = "" if place % 2 else "n1"


def of_its_name(document: Document, place: int) -> None:
    document["spec"]["nodeName"] = document["metadata"]["name"]


def no_uid(document: Document, place: int) -> None:
    document["metadata"]["uid"] = None


def no_spec(document: Document, place: int) -> None:
    del document["spec"]


ODD_ONES = (api_version, namespace, at_rest, another_node, no_uid, no_spec)


@pytest.mark.parametrize("change", [nothing, no_node, of_its_name, *ODD_ONES], ids=lambda one: one.__name__)
def test_what_hangs_on_a_value_is_looked_at(change: Callable[[Document, int], None], both: Callable[[bytes], int]) -> None:
    documents = several(change)
    number = both(listed(documents))
    assert (number > 10) is (change not in ODD_ONES), number


def heeded(document: Document, place: int) -> None:
    """A stencil leaves the address open, which reading through does not."""
    document["metadata"]["annotations"] = {"example.com/address": "10.0.0.1" if place < 35 else "10.0.0.7", "kubernetes.io/config": "x"}


def restarted(document: Document, place: int) -> None:
    document["status"]["containerStatuses"][0]["restartCount"] = place


def with_a_list(document: Document, place: int) -> None:
    """Of which the runtime's list shows some."""
    for number, one in enumerate(document["status"]["containerStatuses"]):
        one["containerID"] = f"containerd://{place:062x}{number:02x}"


@pytest.mark.parametrize("change", [nothing, no_node, of_its_name, heeded, restarted, with_a_list], ids=lambda one: one.__name__)
def test_they_are_decided_on_as_each_by_itself(
    change: Callable[[Document, int], None], tmp_path: Path, both: Callable[[bytes], int]
) -> None:
    documents = several(change, 60)
    assert both(listed(documents)) > 10
    files = [tmp_path / "pods.json"]
    if change is with_a_list:
        files.append(tmp_path / "crictl.json")
        pods = list(map(msgspec.json.decode, documents[50:]))
        names = [pod["spec"]["containers"][0]["name"] for pod in pods]
        shown = [recorded_by("1.30.14", pod, name) for pod, name in zip(pods, names, strict=True)]
        named = [known_as(one, f"{place:062x}00") for place, one in enumerate(shown, 50)]
        files[1].write_bytes(raw(crictl_ps(*named)))

    def planned() -> list[object]:
        made = make_plan(PlanRequest(files=tuple(map(str, files)), from_version="1.30.14", to_version="1.31.0"))
        return list(made.pods)

    quick = planned()
    with pytest.MonkeyPatch.context() as patch:
        unknown(patch)
        assert planned() == quick
    assert len(quick) == 60


@pytest.mark.parametrize("change", [nothing, no_node, of_its_name, heeded, restarted], ids=lambda one: one.__name__)
def test_they_are_hashed_as_each_by_itself(
    change: Callable[[Document, int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, by_text = tmp_path / "pods.json", list[bool]()
    path.write_bytes(listed(several(change, 60)))
    monkeypatch.setattr(reading, "CHUNK", 1 << 15)
    find = FastHashes._fits

    def counted(self: FastHashes, given: KnownText) -> object:
        found = find(self, given)
        by_text.append(found is not None)
        return found

    def hashes() -> list[object]:
        return list(one_by_one(make_hashes(HashRequest(files=(str(path),), kubelets=("1.30.14", "1.31")))))

    monkeypatch.setattr(FastHashes, "_fits", counted)
    quick = hashes()
    assert sum(by_text) > 5
    unknown(monkeypatch)
    monkeypatch.setattr(FastHashes, "of", lambda self, pod: None)
    monkeypatch.setattr(FastHashes, "by_text", lambda self, given: None)
    assert hashes() == quick


def test_of_pods_that_are_hashed_little_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "CHUNK", 1 << 15)
    monkeypatch.setattr(known, "_FEW_KEPT", 1000)
    path = tmp_path / "pods.json"
    path.write_bytes(listed(several(nothing, 60)))
    with open_inputs([str(path)], recursive=False, lenient=True) as inputs:
        assert 0 < sum(isinstance(one.given, KnownText) for one in inputs.documents()) < 30


HINDRANCES: tuple[bytes, ...] = (
    b"{}",
    b'{"kind":"Node","apiVersion":"v1","metadata":{"name":"n9"}}',
    b'{"kind":"List","items":[]}',
    b'{"metadata": {"name": "x"}, "items": [{"metadata": {"name": "y"}, "spec": {"containers": [{}]}}]}',
    b'{"metadata": {"name": "},{\\"metadata\\": {"}, "spec": {"containers": []}}',
    b'{"metadata": {"name": "x"}',
    b'{"metadata": [{},{"metadata": 1}]}',
    b"[" * 300 + b"]" * 300,
    b"",
)


@pytest.mark.parametrize("odd", HINDRANCES, ids=range(len(HINDRANCES)))
@pytest.mark.parametrize("comma", [b",", b", "], ids=["no blank", "a blank"])
def test_whatever_stands_between_them(odd: bytes, comma: bytes, both: Callable[[bytes], int]) -> None:
    documents = several(nothing)
    documents.insert(35, odd)
    both(listed(documents, comma))


def test_no_more_is_kept_than_there_is_room_for(both: Callable[[bytes], int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(known, "_MOST_KEPT", 8000)
    assert both(listed(several(nothing, 60))) > 30
    with open_inputs([str(tmp_path / "pods.json")], recursive=False) as inputs:
        assert 0 < sum(pod.known is not None for pod in inputs.pods()) < 30


def test_no_more_is_learned_than_is_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_FIRST", 2)
    texts = PodTexts()
    documents = [one for number in range(3) for one in several(partial(set_namespace, number=number), 3)]
    for one in documents:
        texts.meet([one], POD_GLIMPSES.decode(b"[%b]" % one))
    assert [texts.told(one, [(0, len(one))])[0] is not None for one in documents[::3]] == [True, True, False]


def set_namespace(document: Document, place: int, number: int) -> None:
    document["metadata"]["namespace"] = f"n{number}"


def test_a_pod_that_its_labels_name_is_not_learned() -> None:
    document: Any = raw(base(set_at("metadata.labels", {"statefulset.kubernetes.io/pod-name": base()["metadata"]["name"]})))
    assert pod_text(document, POD_GLIMPSES.decode(b"[%b]" % document)[0]) is None


@pytest.mark.parametrize(
    ("document", "holes", "alike"),
    [
        pytest.param(b'{"a":"xy"}', (Hole(6, 8, "name", 0),), True, id="the same"),
        pytest.param(b'{"b":"xy"}', (Hole(6, 8, "name", 0),), False, id="another text"),
        pytest.param(b'{"a":"xy"}', (Hole(6, 8, "uid", 0),), False, id="another kind"),
        pytest.param(b'{"a":"xy"}', (Hole(6, 7, "name", 0), Hole(7, 8, "name", 1)), False, id="one more"),
    ],
)
def test_texts_are_alike_where_they_leave_the_same_open(document: bytes, holes: tuple[Hole, ...], alike: bool) -> None:
    assert OpenText(b'{"a":"xz"}', (Hole(6, 8, "name", 0),)).is_like(OpenText(document, holes)) is alike
