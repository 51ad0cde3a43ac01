"""Pods that are gone, that stand in for others, or are made of another manifest: what proves it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders_plan import pod
from tests.unit.verifying.world import (
    ANOTHER,
    CREATED,
    EDITED,
    KEPT_STATIC,
    KUBELET,
    KUBELETS,
    LATER,
    LONG_AGO,
    MADE,
    REFUSED,
    SAFE,
    SAME,
    START,
    STATIC,
    STOPS,
    event,
    node,
    now,
    of_node,
    plan_of,
    static_now,
    verified,
)
from upgradecheck.model.aftermath import EventKind, Moments, PodNow
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Computed, PlannedContainer, PlannedPod
from upgradecheck.model.pod import View
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came, Result
from upgradecheck.verifying.looking import Looking
from upgradecheck.verifying.verifying import verify


@pytest.mark.parametrize(
    ("prediction", "at", "expected"),
    [
        pytest.param(SAFE, LATER, Result.MISS, id="refused, then deleted by its DaemonSet"),
        pytest.param(REFUSED, LATER, Result.HIT, id="as predicted"),
        pytest.param(SAFE, START - SECOND, Result.REPLACED, id="an event of long before"),
    ],
)
def test_a_pod_that_is_gone_was_refused_if_its_kubelet_says_so(prediction: PlannedContainer, at: int, expected: Result) -> None:
    told = event(EventKind.REFUSED, None, first=at, last=at)
    assert verified(prediction, ANOTHER, events=[told]).result is expected


@pytest.mark.parametrize(
    ("workload", "created", "events", "expected"),
    [
        pytest.param("Deployment/web", LATER, None, Result.REPLACED, id="a controller that leaves what was refused where it is"),
        pytest.param("StatefulSet/web", LATER, None, Result.UNSEEN, id="one that deletes it, and makes another one"),
        pytest.param("CloneSet/web", LATER, None, Result.UNSEEN, id="one of which nobody knows it"),
        pytest.param("StatefulSet/web", CREATED, [LONG_AGO, of_node(EventKind.STARTING)], Result.REPLACED, id="before its new kubelet was started"),
        pytest.param("StatefulSet/web", CREATED, [of_node(EventKind.STARTING)], Result.UNSEEN, id="which may have been started before that, too"),
        pytest.param("StatefulSet/web", LATER + 90 * SECOND, [of_node(EventKind.STARTING)], Result.UNSEEN, id="events that were dumped need not be all"),
        pytest.param("DaemonSet/web", LATER, None, Result.UNSEEN, id="of a DaemonSet, whose pods no drain takes"),
    ],
)  # fmt: skip
def test_who_may_have_been_refused_and_deleted_since_is_not_seen(
    workload: str, created: int, events: list[Any] | None, expected: Result
) -> None:
    one = pod("web-1", SAFE, workload=workload)
    there = replace(ANOTHER, workload=one.workload, moments=Moments(created, created))
    assert verified(one, there, events=events or []).result is expected


@pytest.mark.parametrize(("seconds", "expected"), [(90, Result.REPLACED), (30, Result.UNSEEN)])
def test_a_live_cluster_would_still_have_the_event_of_a_refusal(seconds: int, expected: Result) -> None:
    """Where its successor is so much younger than the oldest event that is kept."""
    one = pod("web-0", SAFE, workload="StatefulSet/web")
    made = plan_of(one)
    looking = Looking(made)
    looking.add(replace(ANOTHER, name="web-0", workload=one.workload, moments=Moments(KUBELET + seconds * SECOND)))
    after = looking.seen([node()], (), (), [of_node(EventKind.STARTING)], everything=True, hears=True)
    assert verify(made, after).containers[0].result is expected


@pytest.mark.parametrize(
    ("prediction", "pods", "expected"),
    [
        pytest.param(STATIC, [static_now("another")], (Result.HIT, Came.RECREATED), id="another UID is another pod"),
        pytest.param(KEPT_STATIC, [static_now("another")], (Result.MISS, Came.RECREATED), id="which nobody had said"),
        pytest.param(STATIC, [static_now("uid-of-etcd-node-a")], (Result.HIT, Came.RESTARTED), id="the same UID"),
        pytest.param(KEPT_STATIC, [KUBELETS], (Result.MISS, Came.REMOVED), id="gone, and nobody but its kubelet takes it away"),
        pytest.param(
            replace(STATIC, containers=(REFUSED,)), [KUBELETS], (Result.HIT, Came.REMOVED), id="gone, as its manifest is refused"
        ),
        pytest.param(KEPT_STATIC, [now(name="web-2")], (Result.UNSEEN, None), id="an API server's list may be of others alone"),
        pytest.param(
            replace(KEPT_STATIC, mirror_uid=None), [now(name="web-2")], (Result.UNSEEN, None), id="an API server never showed its mirror"
        ),
        pytest.param(
            replace(KEPT_STATIC, mirror_uid=None), [now(name="web-2", view=View.KUBELET)], (Result.MISS, Came.REMOVED), id="its kubelet has it not"
        ),
    ],
)  # fmt: skip
def test_a_static_pod(prediction: PlannedPod, pods: list[PodNow], expected: tuple[Result, Came | None]) -> None:
    row = verified(prediction, *pods)
    assert (row.result, row.came) == expected


@pytest.mark.parametrize(
    ("prediction", "found", "hashes", "expected"),
    [
        pytest.param(MADE, "another", SAME, (Result.HIT, Came.RECREATED, None), id="the manifest that the plan knew"),
        pytest.param(MADE, "another", {}, (Result.HIT, Came.RECREATED, None), id="nobody made its hashes"),
        pytest.param(MADE, "another", EDITED, (Result.UNEXPLAINED, Came.RECREATED, Because.EDITED), id="another image: that made the UID another one"),
        pytest.param(MADE, "another", {**SAME, "more": Hash(4)}, (Result.UNEXPLAINED, Came.RECREATED, Because.EDITED), id="one more container"),
        pytest.param(
            replace(MADE, containers=(replace(SAFE, computed=Computed(Hash(2), Hash(2))),)), "another", EDITED,
            (Result.UNEXPLAINED, Came.RECREATED, Because.EDITED), id="no miss: nobody had said that nobody would edit it",
        ),
        pytest.param(
            replace(MADE, containers=(replace(SAFE, computed=Computed(Hash(2), Hash(2))),)), "another", SAME,
            (Result.MISS, Came.RECREATED, None), id="a miss: nobody has",
        ),
        pytest.param(
            replace(MADE, containers=(replace(REFUSED, computed=Computed(Hash(1), Hash(2))),)), "another", EDITED,
            (Result.UNEXPLAINED, Came.RECREATED, Because.EDITED), id="refused it would have been, but for the edit",
        ),
        pytest.param(MADE, "uid-of-etcd-node-a", EDITED, (Result.UNEXPLAINED, Came.RESTARTED, Because.EDITED), id="a UID that the manifest gives"),
        pytest.param(
            replace(MADE, containers=(replace(STOPS, computed=Computed()),)), "another", EDITED, (Result.HIT, Came.RECREATED, None),
            id="what the plan knew of it, it could not hash",
        ),
    ],
)  # fmt: skip
def test_a_manifest_that_was_edited_since(
    prediction: PlannedPod, found: str, hashes: dict[str, Hash], expected: tuple[Result, Came, Because | None]
) -> None:
    row = verified(prediction, replace(static_now(found), hashes=hashes))
    assert (row.result, row.came, row.because) == expected
