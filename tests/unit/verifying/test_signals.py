"""A restart that was predicted, and of which nothing but a signal tells: whether it counts as the new kubelet's."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import pod
from tests.unit.verifying.world import BOOT, KUBELET, LATER, NEW, NODE, OLD, RESTARTED, event, node, now, plan_of, planned, record, verified
from upgradecheck.model.aftermath import EventKind, KubeletEvent, PodNow, Termination
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed, PlannedContainer, Verdict
from upgradecheck.model.pod import ContainerRecord, Recorded, RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Result
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
