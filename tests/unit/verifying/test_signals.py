"""A restart that was predicted, and of which nothing but a signal tells: whether it counts as the new kubelet's."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import pod
from tests.unit.verifying.world import (
    BOOT,
    KUBELET,
    LATER,
    NEW,
    NODE,
    OLD,
    RESTARTED,
    START,
    event,
    node,
    now,
    of_node,
    plan_of,
    planned,
    record,
    seen,
    verified,
)
from upgradecheck.model.aftermath import EventKind, KubeletEvent, PodNow, Termination
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed, PlannedContainer, Verdict
from upgradecheck.model.pod import ContainerRecord, Recorded, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Came, Result
from upgradecheck.verifying.after import Asked
from upgradecheck.verifying.looking import Looking
from upgradecheck.verifying.verifying import verify

SAFE = planned()
STOPS = planned(Verdict.RESTART, Reason.HASH_CHANGED, computed=Computed(Hash(1), Hash(2)))
OLDER = event(EventKind.PROBE, about="other", uid="other", first=KUBELET, last=KUBELET)
"""An event of another pod: what has happened since is still kept, too."""
STOPPED = event(EventKind.DEFINITION)


def ended_at(time: int, code: int = 143) -> PodNow:
    return now(replace(RESTARTED, started_at=time + SECOND, last=Termination(code, "Error", finished_at=time)))


def by(number: int) -> ContainerRecord:
    return record(NEW, attempt=1, created_at=LATER, hash=Recorded(Hash(number)))


@pytest.mark.parametrize(
    ("prediction", "seconds", "events", "records", "expected"),
    [
        pytest.param(STOPS, 90, [OLDER], [], Result.UNSEEN, id="its kubelet would have said so, and that would be kept"),
        pytest.param(STOPS, 30, [OLDER], [], Result.HIT, id="what was said then may have been dropped since"),
        pytest.param(STOPS, 90, [], [], Result.HIT, id="no event is kept at all"),
        pytest.param(STOPS, 90, [OLDER, STOPPED], [], Result.HIT, id="its kubelet says so"),
        pytest.param(STOPS, 90, [OLDER], [by(2)], Result.HIT, id="the new kubelet has made the hash of what runs"),
        pytest.param(STOPS, 90, [OLDER], [by(1)], Result.UNSEEN, id="the old one has"),
        pytest.param(SAFE, 90, [OLDER], [], Result.MISS, id="one that was to stay: it is held against the plan"),
    ],
)
def test_a_live_cluster_would_still_have_the_kubelets_word(
    prediction: PlannedContainer, seconds: int, events: list[KubeletEvent], records: list[ContainerRecord], expected: Result
) -> None:
    made = plan_of(pod("web-1", prediction))
    looking = Looking(made)
    looking.add(ended_at(KUBELET + seconds * SECOND))
    after = looking.seen([node()], records, (), events, everything=True, hears=True)
    assert verify(made, after).containers[0].result is expected


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param(KUBELET, Result.HIT, id="after the start of the kubelet that runs"),
        pytest.param(LATER + 60 * SECOND, Result.UNSEEN, id="before it: the old one may have run then"),
    ],
)
@pytest.mark.parametrize("code", [137, 143, 0])
def test_on_a_node_the_start_of_its_kubelet_is_known(since: int, code: int, expected: Result) -> None:
    asked = Asked(NODE, as_version("v1.31.4"), BOOT, since)
    assert verified(STOPS, ended_at(LATER, code), nodes=[], asked=asked).result is expected


BY_ITSELF = node(ready=START)
"""Nothing of the Node tells when its kubelet was started: it has been ready since before the plan."""
OWN = Termination(143, "Error", OLD, LATER)
STOPPED_TWICE = replace(RESTARTED, restart_count=2, last=Termination(143, "Error", NEW, LATER))


def stopped(at: int, name: str = "web-1", **last: Any) -> PodNow:
    told = {"exit_code": 143, "reason": "Error", "container_id": OLD, "finished_at": at, **last}
    return now(replace(RESTARTED, started_at=at + SECOND, last=Termination(**told)), name=name)


DAYS = LATER + 25 * 86_400 * SECOND
TOGETHER = [stopped(LATER), stopped(LATER + 9 * SECOND, "web-2")]
STOPPED_BESIDE = event(EventKind.DEFINITION, about="web-2", uid="uid-of-web-2")


@pytest.mark.parametrize(
    ("pods", "found", "expected"),
    [
        pytest.param([stopped(LATER)], {}, Result.UNSEEN, id="alone, and nothing tells of a kubelet's start"),
        pytest.param([stopped(LATER, exit_code=137)], {}, Result.UNSEEN, id="killed: no more is told"),
        pytest.param([stopped(LATER)], {"nodes": [node(ready=KUBELET)]}, Result.HIT, id="its Node became ready just before"),
        pytest.param([stopped(LATER)], {"nodes": [node(ready=LATER + 20 * SECOND)]}, Result.HIT, id="some seconds later, as it ordinarily does"),
        pytest.param([stopped(LATER)], {"nodes": [node(ready=LATER + 50 * SECOND)]}, Result.UNSEEN, id="later than that, and alone"),
        pytest.param([stopped(LATER + 80 * SECOND)], {"nodes": [node(ready=KUBELET)]}, Result.HIT, id="it had its grace period"),
        pytest.param([stopped(LATER + 600 * SECOND)], {"nodes": [node(ready=KUBELET)]}, Result.UNSEEN, id="long after it"),
        pytest.param([stopped(KUBELET - 60 * SECOND)], {"nodes": [node(ready=KUBELET)]}, Result.UNSEEN, id="before it"),
        pytest.param([stopped(LATER)], {"events": [of_node(EventKind.STARTING)]}, Result.HIT, id="an event of the start"),
        pytest.param([stopped(LATER)], {"events": [STOPPED]}, Result.HIT, id="its kubelet says so"),
        pytest.param([stopped(LATER)], {"records": [by(2)]}, Result.HIT, id="the new kubelet's hash"),
        pytest.param([stopped(LATER), stopped(LATER + 9 * SECOND, "web-2")], {}, Result.HIT, id="with another pod that was to stop"),
        pytest.param([stopped(LATER), stopped(LATER + 600 * SECOND, "web-2")], {}, Result.UNSEEN, id="that has stopped long after it"),
        pytest.param([stopped(LATER), stopped(LATER, "web-3")], {}, Result.UNSEEN, id="with another pod that was to stay"),
        pytest.param(TOGETHER, {"nodes": [node(ready=DAYS)]}, Result.UNSEEN, id="with all that was to stop, days before its Node became ready"),
        pytest.param(TOGETHER, {"nodes": [node(ready=LATER + 400 * SECOND)]}, Result.UNSEEN, id="minutes before"),
        pytest.param(TOGETHER, {"nodes": [node(ready=LATER + 40 * SECOND)]}, Result.HIT, id="some seconds before, as of a node that starts"),
        pytest.param(TOGETHER, {"events": [of_node(EventKind.STARTING, DAYS)]}, Result.UNSEEN, id="with all, before the start of a kubelet"),
        pytest.param(TOGETHER, {"events": [of_node(EventKind.STARTING, LATER + 40 * SECOND)]}, Result.UNSEEN, id="just before that"),
        pytest.param(
            TOGETHER, {"nodes": [node(ready=LATER - 600 * SECOND)]}, Result.HIT, id="with all, and its Node was ready all that time"
        ),
        pytest.param(TOGETHER, {"nodes": [node(ready=DAYS)], "events": [STOPPED_BESIDE]}, Result.HIT, id="with one that its kubelet tells of"),
        pytest.param(
            TOGETHER,
            {"nodes": [node(ready=DAYS)], "events": [of_node(EventKind.STARTING)]},
            Result.HIT,
            id="a start just before, and another one days later",
        ),
        pytest.param([now(STOPPED_TWICE)], {"nodes": [node(ready=KUBELET)]}, Result.UNSEEN, id="twice: when the first was, nothing tells"),
        pytest.param(
            [now(replace(STOPPED_TWICE, last=OWN))], {"nodes": [node(ready=KUBELET)]}, Result.HIT, id="twice, and how the first has ended is told"
        ),
    ],
)  # fmt: skip
def test_a_restart_by_a_mere_signal_is_a_hit_where_something_bears_it_out(
    pods: list[PodNow], found: dict[str, Any], expected: Result
) -> None:
    made = plan_of(pod("web-1", STOPS), pod("web-2", STOPS), pod("web-3", SAFE))
    row = verify(made, seen(made, pods, **{"nodes": [BY_ITSELF], **found})).containers[0]
    assert (row.result, row.came) == (expected, Came.RESTARTED)


def dumped(*pods: PodNow, records: tuple[ContainerRecord, ...] = (), events: tuple[KubeletEvent, ...] = ()) -> list[Result]:
    """What lists decide, of the pods alone, beside a Node that was written an hour later."""
    made = plan_of(pod("web-1", STOPS), pod("web-2", SAFE))
    looking = Looking(made, dumped=True)
    for one in pods:
        looking.add(replace(one, dump="pods.json"))
    after = looking.seen([replace(node(), seen_at=LATER + 3_600 * SECOND)], records, (), events)
    return [row.result for row in verify(made, after).containers]


KEPT_ONE = now(replace(RESTARTED, container_id=OLD, restart_count=0, last=None), name="web-2")


@pytest.mark.parametrize("code", [137, 143, 0])
def test_a_signal_is_no_proof_that_a_list_is_of_after_the_upgrade(code: int) -> None:
    """The list may be of before it, where the container was killed by something else: nothing of it is a hit."""
    assert dumped(ended_at(LATER, code), KEPT_ONE) == [Result.UNSEEN, Result.UNSEEN]


def test_a_kubelets_own_word_or_its_hash_is() -> None:
    assert dumped(ended_at(LATER), KEPT_ONE, events=(STOPPED,)) == [Result.HIT, Result.HIT]
    assert dumped(ended_at(LATER), KEPT_ONE, records=(by(2), record(state=RunState.EXITED))) == [Result.HIT, Result.HIT]
    assert dumped(ended_at(LATER), KEPT_ONE, records=(by(1), record(state=RunState.EXITED)))[1] is not Result.HIT


def test_nor_is_a_restart_of_before_what_a_kubelet_says() -> None:
    """Pods of before the upgrade, where something else had restarted one of them, beside events of after it."""
    early = KUBELET - 60 * SECOND
    assert dumped(ended_at(early), KEPT_ONE, events=(STOPPED,))[1] is Result.UNSEEN
    again = record("c" * 64, attempt=2, created_at=LATER, hash=Recorded(Hash(2)))
    assert dumped(ended_at(early), KEPT_ONE, records=(again,))[1] is Result.UNSEEN
