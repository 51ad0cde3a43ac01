"""Pods that are alike are asked once and counted: the plan, its hash and its rows are those of pods of which nobody said so."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import lru_cache

import msgspec
import pytest
from msgspec.structs import replace

from tests.bench.fleet import fleet
from tests.builders import raw
from tests.property.test_replicas import STEPS, crowd, distinct, setting
from upgradecheck.contract.sealing import sealed
from upgradecheck.contract.v1.plan import of
from upgradecheck.contract.v1.plan_waves import UnsolvedJson, unsolved_rows
from upgradecheck.hashing.fast.pods import FastPods
from upgradecheck.model.alike import Form, Pods, grades, nodes_of, numbers_of, own_values, those, time_told, weighed, workloads_of
from upgradecheck.model.plan import Plan, Verdict
from upgradecheck.model.pod import Origin
from upgradecheck.model.waves import Unsolved, UnsolvedWhy, WaveObject, WaveWay
from upgradecheck.planning import building, remembering
from upgradecheck.planning.asking.exit_codes import GateLimits
from upgradecheck.planning.before import told_start
from upgradecheck.planning.phases import decide, settle
from upgradecheck.planning.seeing import kinds, views
from upgradecheck.reading import pod as reading
from upgradecheck.reading.pod import ReadPod
from upgradecheck.renderers.json.stream import json_object


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fast path, from the first pod on."""
    monkeypatch.setattr(reading, "fast_pods", lru_cache(lambda classes: FastPods(classes, few=0)))
    monkeypatch.setattr(kinds, "fast_pods", reading.fast_pods)


def planned(documents: Sequence[bytes], old: str, new: str, *, forms: bool, exactly: bool = False) -> Plan:
    """exactly: without forms no replicas, either."""
    asked = setting(old, new)
    with pytest.MonkeyPatch.context() as patch:
        if not forms:
            patch.setattr(building, "planned_pods", lambda pods: tuple(one.pod for one in pods))
            patch.setattr(views, "_may_have_replicas", lambda setting: not exactly)
        seen = views.see(asked, [ReadPod(one, Origin("pods.json", f"item {place}")) for place, one in enumerate(documents)])
        decided = decide(asked, seen, asked.facts)
        return building.build(asked, asked.facts, decided, settle(asked, seen, decided), GateLimits())


def written(plan: Plan) -> str:
    return "".join(json_object(sealed(of(plan))))


def same(documents: Sequence[bytes], old: str, new: str, *, exactly: bool = False) -> bool:
    one, other = (planned(documents, old, new, forms=forms, exactly=exactly) for forms in (True, False))
    assert isinstance(one.pods, Pods)
    assert not isinstance(other.pods, Pods)
    return one == other and written(one) == written(other)


@pytest.mark.long
@pytest.mark.parametrize(("old", "new"), STEPS[:3])
def test_a_plan_of_forms_is_the_plan_of_its_pods(old: str, new: str) -> None:
    documents = distinct(crowd(random.Random(11), 1))
    assert same(documents, old, new)
    numbers = numbers_of(planned(documents, old, new, forms=True).pods)
    assert len(set(numbers)) < len(numbers) * 3 / 4


def few(number: int = 80) -> list[dict[str, object]]:
    """Pods of one workload, more than are written at once."""
    base = next(fleet(1))
    return [
        {
            **base,
            "metadata": {**base["metadata"], "name": f"web-{place}", "uid": f"u-{place}"},
            "status": msgspec.json.decode(raw(base["status"])),
        }
        for place in range(number)
    ]


def test_many_of_one_form_are_written_as_each_by_itself() -> None:
    documents = [raw(one) for one in few(200)]
    assert same(documents, *STEPS[0])
    plan = planned(documents, *STEPS[0], forms=True)
    assert max(count for _, count in weighed(plan.pods)) > 190


def _any_text(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remembering, "is_plain", lambda text: True)


def _any_time(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(remembering, "starts_told", lambda written: tuple(time_told(told_start(since) or 1) for since in written))


@pytest.mark.parametrize(
    ("plant", "member"),
    [
        pytest.param(_any_text, {"containerID": 'containerd://a"b'}, id="an ID with a quote"),
        pytest.param(_any_time, {"state": {"running": {"startedAt": "1601-01-01T00:00:00Z"}}}, id="a time that tells nothing"),
    ],
)
def test_what_a_form_asks_of_a_pod_is_needed(plant: Callable[[pytest.MonkeyPatch], None], member: dict[str, object]) -> None:
    pods = few()
    pods[7]["status"]["containerStatuses"][0].update(member)  # type: ignore[index]
    documents = [raw(one) for one in pods]
    assert same(documents, *STEPS[0], exactly=True)
    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        assert not same(documents, *STEPS[0], exactly=True)


def test_a_pod_that_was_changed_since_has_a_form_of_its_own() -> None:
    pods = planned([raw(one) for one in few(20)], *STEPS[0], forms=True).pods
    form = Form(pods[0])
    moved = replace(pods[3], verdict=Verdict.REJECT)
    found = Pods((moved, None) if place == 3 else (own_values(pod), form) for place, pod in enumerate(pods))
    assert list(found.counts) == [19, 1]
    assert list(those(found, lambda pod: pod.verdict is Verdict.REJECT)) == [moved]
    assert list(those(found, lambda pod: True)) == list(found) == list(those(tuple(found), lambda pod: True))
    assert grades(found) == grades(list(found))
    assert list(nodes_of(found)) == [pod.node for pod in found]
    assert list(workloads_of(found)) == [(pod.namespace, pod.workload) for pod in found]


def test_pods_are_what_their_rows_say_however_they_are_asked_for() -> None:
    pods = planned([raw(one) for one in few(20)], *STEPS[0], forms=True).pods
    every = tuple(pods)
    assert isinstance(pods, Pods)
    assert [own_values(pod) for pod in pods] == [own_values(pod) for pod in every]
    assert [pods[place] for place in range(-1, 19)] == [every[-1], *every[:19]]
    assert pods[3:7] == every[3:7]
    assert pods == every == pods
    assert pods != every[1:]
    assert pods != (*every[1:], every[0])
    assert list(pods)[5] is list(pods)[5]  # who asks again and again is given the same


NAMES = ("a", 'a"b', "é", "a\nb", "", "a%sb", "\ue0001s\ue001", "a\ud800"[:1], "x" * 300)


def test_what_no_wave_helps_is_written_as_each_by_itself() -> None:
    some = [
        Unsolved(why, WaveObject(kind, name, namespace), node, 1, pods, pods, certain, (WaveWay.OVERRIDE,))
        for why in (UnsolvedWhy.SINGLE_REPLICA, UnsolvedWhy.BUDGET)
        for kind in ("Pod", 'Odd"kind', "é")
        for name in NAMES
        for namespace in ("shop", None, "%", "é")
        for node in ("n-1", "ü")
        for pods in (1, 2)
        for certain in (True, False)
    ]
    rows = list(unsolved_rows(some))
    assert [one for row in rows for one in row.elements()] == [msgspec.convert(one, UnsolvedJson, from_attributes=True) for one in some]
    told = 0
    for row in rows:
        elements = list(row.elements())
        text, lines = row.text(",", str.isprintable), row.sealed()
        if text is not None and lines is not None:
            told += len(elements)
            assert text.encode() == b",".join(map(msgspec.json.encode, elements))
            exact = [msgspec.json.encode(msgspec.json.decode(msgspec.json.encode(one)), order="sorted") + b"\n" for one in elements]
            assert lines == b"".join(exact)
    assert 60 < told < len(some)


def test_forms_are_numbered_as_they_come() -> None:
    pods = planned([raw(one) for one in few(5)], *STEPS[0], forms=True).pods
    one, other = Form(pods[0]), Form(pods[2])
    found = Pods(
        (pod, None) if form is None else (own_values(pod), form) for pod, form in zip(pods, [one, None, other, one, None], strict=True)
    )
    assert list(found.numbers) == [0, 1, 2, 0, 3]
    assert list(found.counts) == [2, 1, 1, 1]
    assert list(found.firsts) == [pods[place] for place in (0, 1, 2, 4)]
    assert found == tuple(pods)
