"""Laws that hold for every container, whatever is in it: of hashes, of the verdict, of joining and of the plan's hash."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.builders import (
    CATALOG,
    OTHER_UID,
    as_static,
    containers_under,
    kubelet,
    mirror_of,
    node,
    pod,
    read,
    seen_by_kubelet,
    without_status,
)
from tests.builders_plan import container as planned_container
from tests.builders_plan import pod as planned_pod
from tests.drawing import tried
from tests.property.strategies import container_texts
from tests.unit.planning.world import built, examined, recorded, setting
from upgradecheck.decisions.comparing import Look
from upgradecheck.decode.kubelet.version import parse_minor
from upgradecheck.hashing import jsontext
from upgradecheck.hashing.containers import hash_container
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed, Evidence, Grade, PlannedPod, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.schema import Schema
from upgradecheck.planning.deciding import DecidedPod
from upgradecheck.planning.evidence.weighing import weigh
from upgradecheck.planning.seeing.examine import Examiner
from upgradecheck.planning.seeing.facts import Step
from upgradecheck.planning.seeing.joining import ExaminedView, JoinedPod, PodJoiner

few = settings(tried(12), derandomize=True, suppress_health_check=[HealthCheck.too_slow])

JSON_ERA = ("1.16", "1.22", "1.23", "1.30")
"""Both decoders, old and new structs."""


def schema(minor: str) -> Schema:
    return CATALOG.schema(parse_minor(minor))


def as_pod(container: bytes) -> bytes:
    return b'{"metadata":{"name":"p","namespace":"n","uid":"u"},"spec":{"containers":[' + container + b"]}}"


def hashes(minor: str, document: bytes) -> list[Hash]:
    """The hash of every container under every class of a minor."""
    return [
        hash_container(container, hash_class)
        for hash_class in CATALOG.hash_classes(parse_minor(minor))
        for container in containers_under(document, hash_class)
    ]


def drawn(data: st.DataObject, minor: str) -> bytes:
    """A container that this minor's decoder takes."""
    container = data.draw(container_texts(schema(minor), refusable=False))
    try:
        hashes(minor, as_pod(container))
    except SpecRefused:
        assume(False)
    return container


def rewritten(tree: Any, members: Callable[[list[tuple[bytes, Any]]], list[tuple[bytes, Any]]]) -> bytes:
    """The JSON text of a parsed document, with the members of each object changed."""
    if isinstance(tree, tuple):
        return b"{" + b",".join(b'"%s":%s' % (key, rewritten(value, members)) for key, value in members(list(tree))) + b"}"
    if isinstance(tree, list):
        return b"[" + b",".join(rewritten(element, members) for element in tree) + b"]"
    if isinstance(tree, jsontext.Text):
        return b'"' + tree + b'"'
    if isinstance(tree, jsontext.Number):
        return bytes(tree)
    return json.dumps(tree).encode()


@pytest.mark.parametrize("minor", JSON_ERA)
@few
@given(data=st.data())
def test_key_order_is_irrelevant(minor: str, data: st.DataObject) -> None:
    """As long as no key comes twice: the last one wins, or both merge."""
    container = drawn(data, minor)
    tree = jsontext.parse(container)

    def unique(members: list[tuple[bytes, Any]]) -> list[tuple[bytes, Any]]:
        return list({jsontext.unquote(key): (key, value) for key, value in members}.values())

    def shuffled(members: list[tuple[bytes, Any]]) -> list[tuple[bytes, Any]]:
        return list(data.draw(st.permutations(unique(members))))

    assert hashes(minor, as_pod(rewritten(tree, shuffled))) == hashes(minor, as_pod(rewritten(tree, unique)))


UNKNOWN_MEMBERS = st.lists(st.sampled_from([b"1", b"null", b'"text"', b"{}", b'[{"a":[]}]']), max_size=2)


@pytest.mark.parametrize("minor", JSON_ERA)
@few
@given(data=st.data())
def test_a_field_that_a_minor_does_not_know_changes_nothing(minor: str, data: st.DataObject) -> None:
    container = drawn(data, minor)
    assume(container.startswith(b"{"))
    values = data.draw(UNKNOWN_MEMBERS)
    added = b"".join(b'"notAField%d":%s,' % (number, value) for number, value in enumerate(values))
    inner = container.strip()[1:]
    grown = b"{" + (added if inner.strip() != b"}" else added.rstrip(b",")) + inner
    assert hashes(minor, as_pod(grown)) == hashes(minor, as_pod(container))


@pytest.mark.parametrize("minor", ["1.31", "1.37"])
@few
@given(data=st.data())
def test_from_1_31_on_nothing_but_name_and_image_matters(minor: str, data: st.DataObject) -> None:
    container = drawn(data, minor)
    (decoded,) = containers_under(as_pod(container), CATALOG.hash_classes(parse_minor(minor))[-1])
    bare = {key.lower(): text.decode() for key, text in decoded.content.items() if key in ("Name", "Image")}
    assert hashes(minor, as_pod(json.dumps(bare).encode())) == hashes(minor, as_pod(container))


@pytest.mark.parametrize("version", ["1.16.15", "1.22.17", "1.29.6", "1.29.7", "1.30.14", "1.31.14", "1.37.1"])
@few
@given(data=st.data())
def test_within_one_class_an_inferred_hash_never_means_a_restart(version: str, data: st.DataObject) -> None:
    container = drawn(data, ".".join(version.split(".")[:2]))
    step = Step(kubelet(version), kubelet(version), survival=True)
    for lossy in (False, True):
        (found,) = Examiner(CATALOG).examine(read(as_pod(container)), step, lambda name: None).containers
        weighed = weigh(found, step, None, RunState.RUNNING, lossy=lossy, static=False, look=Look.YES)
        assert (weighed.decision.verdict, weighed.evidence.grade, found.causes) == (Verdict.SAFE, Grade.INFERRED, ())


STEP = Step(kubelet("1.22.17"), kubelet("1.30.14"), survival=True)
API, STATIC = pod(), as_static(pod())
LATER = {**API, "status": {**API["status"], "containerStatuses": [{**API["status"]["containerStatuses"][0], "restartCount": 3}]}}
VIEWS = tuple(
    examined(document, STEP, recorded(), source=f"file-{number}")
    for number, document in enumerate(
        (API, seen_by_kubelet(API), without_status(API), LATER, LATER, STATIC, mirror_of(STATIC), pod("other", OTHER_UID))
    )
)


def joined(views: Iterable[ExaminedView]) -> dict[str, JoinedPod]:
    joiner = PodJoiner()
    for view in views:
        joiner.add(view)
    return {one.spec.view.uid: one for one in joiner.drain()}


@few
@given(views=st.lists(st.sampled_from(VIEWS), min_size=1).flatmap(lambda some: st.tuples(st.just(some), st.permutations(some))))
def test_joining_does_not_depend_on_the_order_of_views(views: tuple[list[ExaminedView], list[ExaminedView]]) -> None:
    assert joined(views[0]) == joined(views[1])


@few
@given(views=st.lists(st.sampled_from(VIEWS), min_size=1))
def test_joining_a_view_twice_is_joining_it_once(views: list[ExaminedView]) -> None:
    assert joined(views + views) == joined(views)


@st.composite
def planned_pods(draw: Callable[[st.SearchStrategy[Any]], Any]) -> PlannedPod:
    number = st.one_of(st.none(), st.builds(Hash, st.integers(0, 2)))
    containers = [
        planned_container(
            draw(st.sampled_from(("a", "ab"))),
            draw(st.sampled_from(tuple(Verdict))),
            evidence=Evidence(Grade.RECORDED, draw(number)),
            computed=Computed(draw(number), draw(number)),
        )
        for _ in range(draw(st.integers(1, 2)))
    ]
    return planned_pod(draw(st.sampled_from(("p", "pa"))), *containers)


PLANS = st.lists(planned_pods(), max_size=2)


def plan_hash(pods: Iterable[PlannedPod]) -> str:
    return built([DecidedPod(one) for one in pods], setting(node("node-a"), target="1.30.14")).plan_hash


@few
@given(first=PLANS, second=PLANS)
def test_plans_have_one_hash_if_and_only_if_they_decide_the_same(first: list[PlannedPod], second: list[PlannedPod]) -> None:
    assert plan_hash(first) == plan_hash(copy.deepcopy(first))
    assert (plan_hash(first) == plan_hash(second)) is (first == second)
