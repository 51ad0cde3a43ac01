"""Each prediction against each thing that may come of it; the results are those that a person would tell who saw all of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import pod
from tests.unit.verifying.world import (
    BOOT,
    ENDED,
    KEPT,
    KUBELET,
    LATER,
    NEW,
    NODE,
    OLD,
    RESTARTED,
    START,
    ending,
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
from upgradecheck.model.aftermath import ContainerNow, EventKind, Moments, PodNow, Termination
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import ClusterRead, Computed, PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.pod import Absent, PodSource, Recorded, RunState, View
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came, NodeState, Result
from upgradecheck.verifying.after import Asked
from upgradecheck.verifying.looking import Looking
from upgradecheck.verifying.verifying import verify

SAFE, HELD = planned(), planned(Verdict.OVERRIDDEN, Reason.HASH_CHANGED, override="planned")
STOPS, GOES = planned(Verdict.RESTART, Reason.HASH_CHANGED), planned(Verdict.RECREATE, Reason.SANDBOX_NOT_READY)
REFUSED = planned(Verdict.REJECT, Reason.NODE_AFFINITY)
OPEN = planned(Verdict.UNKNOWN, Reason.NOT_REPRODUCED)
ALONE = planned(Verdict.NOT_COMPARED, Reason.KIND_NOT_COMPARED)
ACCEPTED = planned(Verdict.SUPPRESSED, Reason.HASH_CHANGED, would_be=Verdict.RESTART, ignored_by=1)
FAILED = now(phase="Failed", reason="NodeAffinity", message="Pod was rejected: Predicate NodeAffinity failed")
EVICTED = now(phase="Failed", reason="Evicted", message="The node was low on resource: memory. ")
PRESSED = now(phase="Failed", reason="Evicted", message="Pod was rejected: The node had condition: [MemoryPressure]. ")
BLOCKED = now(replace(KEPT, state=RunState.WAITING, container_id=None, blocked=True), phase="Pending", reason="AppArmor")
WAITS = ContainerNow("app", OLD, RunState.WAITING, restart_count=0, last=ENDED)
OVER = ContainerNow("app", OLD, RunState.EXITED, START, ended=Termination(0, "Completed", finished_at=LATER))
CUT_OFF = replace(OVER, ended=replace(ENDED, exit_code=137, finished_at=LATER))
WEB = pod("web-1", SAFE).workload
ANOTHER = now(KEPT, uid="another", moments=Moments(LATER, LATER))
LONG_AGO = event(EventKind.PROBE, uid="another", first=START - 9 * SECOND, last=START - 9 * SECOND)
TWICE = replace(RESTARTED, restart_count=2, last=Termination(137, "OOMKilled"))


@pytest.mark.parametrize(
    ("prediction", "pods", "expected"),
    [
        pytest.param(SAFE, [now(KEPT)], (Result.HIT, Came.KEPT, None), id="safe, and kept"),
        pytest.param(SAFE, [now(RESTARTED)], (Result.MISS, Came.RESTARTED, None), id="safe, and another one runs"),
        pytest.param(SAFE, [now(WAITS)], (Result.MISS, Came.RESTARTED, None), id="safe, stopped, and not started anew yet"),
        pytest.param(
            SAFE, [now(replace(WAITS, container_id=None))], (Result.MISS, Came.RESTARTED, None), id="safe, and its pod is set up anew"
        ),
        pytest.param(SAFE, [now(replace(WAITS, last=None))], (Result.UNSEEN, Came.ENDED, None), id="it waits, and no end is told"),
        pytest.param(SAFE, [now(ContainerNow("app", None, RunState.WAITING))], (Result.UNSEEN, None, None), id="a status that tells nothing"),
        pytest.param(SAFE, [FAILED], (Result.MISS, Came.REJECTED, None), id="safe, and its pod is refused"),
        pytest.param(SAFE, [BLOCKED], (Result.MISS, Came.REJECTED, None), id="safe, and its pod may not run for now"),
        pytest.param(SAFE, [PRESSED], (Result.MISS, Came.REJECTED, None), id="safe, and refused for the node's pressure"),
        pytest.param(SAFE, [EVICTED], (Result.UNEXPLAINED, Came.ENDED, Because.EVICTED), id="an eviction"),
        pytest.param(SAFE, [now(ending(137, "OOMKilled"))], (Result.UNEXPLAINED, Came.RESTARTED, Because.OOM), id="out of memory"),
        pytest.param(SAFE, [now(ending(1))], (Result.UNSEEN, Came.RESTARTED, None), id="an error, as many a program ends with when it is told to"),
        pytest.param(SAFE, [now(ending(137))], (Result.MISS, Came.RESTARTED, None), id="killed, and nothing tells why"),
        pytest.param(SAFE, [now(ending(0, "Completed"))], (Result.MISS, Came.RESTARTED, None), id="ended well, as what is told to stop does"),
        pytest.param(SAFE, [now(TWICE)], (Result.UNSEEN, Came.RESTARTED, None), id="twice, and the last for want of memory: why the first, nothing tells"),
        pytest.param(
            SAFE, [now(replace(KEPT, last=Termination(137, "OOMKilled")))], (Result.HIT, Came.KEPT, None), id="the end of the one before it is none of it"
        ),
        pytest.param(
            SAFE,
            [now(replace(RESTARTED, last=Termination(137, "OOMKilled", finished_at=START - SECOND)))],
            (Result.MISS, Came.RESTARTED, None),
            id="an end of before the plan explains nothing",
        ),
        pytest.param(SAFE, [now(OVER, phase="Succeeded")], (Result.UNEXPLAINED, Came.ENDED, Because.EXITED), id="done"),
        pytest.param(SAFE, [now(OVER)], (Result.UNSEEN, Came.ENDED, None), id="ended well in a pod that goes on, as what is told to stop does"),
        pytest.param(SAFE, [now(CUT_OFF, phase="Failed")], (Result.MISS, Came.ENDED, None), id="killed, and its pod has failed by that"),
        pytest.param(SAFE, [now(CUT_OFF)], (Result.MISS, Came.ENDED, None), id="stopped, and left so"),
        pytest.param(SAFE, [now(CUT_OFF, phase="Succeeded")], (Result.UNEXPLAINED, Came.ENDED, Because.EXITED), id="a sidecar of a pod that is done"),
        pytest.param(STOPS, [now(CUT_OFF)], (Result.HIT, Came.ENDED, None), id="stopped, and not started anew yet"),
        pytest.param(
            SAFE,
            [now(phase="Failed", reason="Terminated", message="Pod was terminated in response to imminent node shutdown.")],
            (Result.UNEXPLAINED, Came.ENDED, Because.NODE_SHUTDOWN),
            id="a node that is shut down",
        ),
        pytest.param(
            SAFE, [now(phase="Failed", reason="DeadlineExceeded")], (Result.UNEXPLAINED, Came.ENDED, Because.DEADLINE), id="its time was over"
        ),
        pytest.param(STOPS, [now(RESTARTED)], (Result.HIT, Came.RESTARTED, None), id="a restart that came"),
        pytest.param(STOPS, [now(ending(1))], (Result.UNSEEN, Came.RESTARTED, None), id="it came, or its program ended by itself"),
        pytest.param(STOPS, [now(KEPT)], (Result.FALSE_ALARM, Came.KEPT, None), id="a restart that did not come"),
        pytest.param(
            STOPS, [now(ending(137, "OOMKilled"))], (Result.UNEXPLAINED, Came.RESTARTED, Because.OOM), id="the only restart was another's"
        ),
        pytest.param(STOPS, [now(TWICE)], (Result.UNSEEN, Came.RESTARTED, None), id="two restarts, of which one was another's and perhaps both"),
        pytest.param(STOPS, [FAILED], (Result.MISS, Came.REJECTED, None), id="worse than a restart came"),
        pytest.param(STOPS, [EVICTED], (Result.UNEXPLAINED, Came.ENDED, Because.EVICTED), id="evicted before it could restart"),
        pytest.param(STOPS, [now(OVER)], (Result.UNSEEN, Came.ENDED, None), id="ended well: told to, or by itself"),
        pytest.param(
            planned(Verdict.RESTART, Reason.POD_ENDS), [now(OVER)], (Result.HIT, Came.ENDED, None), id="killed with its pod's rest"
        ),
        pytest.param(GOES, [now(RESTARTED)], (Result.HIT, Came.RESTARTED, None), id="with its whole pod, under the same UID"),
        pytest.param(GOES, [now(KEPT)], (Result.FALSE_ALARM, Came.KEPT, None), id="a pod that stayed"),
        pytest.param(REFUSED, [FAILED], (Result.HIT, Came.REJECTED, None), id="a refusal that came"),
        pytest.param(REFUSED, [BLOCKED], (Result.HIT, Came.REJECTED, None), id="a soft one"),
        pytest.param(REFUSED, [now(KEPT)], (Result.FALSE_ALARM, Came.KEPT, None), id="a refusal that did not come"),
        pytest.param(REFUSED, [now(RESTARTED)], (Result.FALSE_ALARM, Came.RESTARTED, None), id="restarted, but not refused"),
        pytest.param(REFUSED, [EVICTED], (Result.UNEXPLAINED, Came.ENDED, Because.EVICTED), id="evicted is not refused"),
        pytest.param(HELD, [now(KEPT)], (Result.HIT, Came.KEPT, None), id="held by an override"),
        pytest.param(HELD, [now(RESTARTED)], (Result.MISS, Came.RESTARTED, None), id="an override that did not hold"),
        pytest.param(ACCEPTED, [now(RESTARTED)], (Result.HIT, Came.RESTARTED, None), id="suppressed counts by what it is"),
        pytest.param(ACCEPTED, [now(KEPT)], (Result.FALSE_ALARM, Came.KEPT, None), id="suppressed, and it did not come"),
        pytest.param(OPEN, [now(RESTARTED)], (Result.UNKNOWN, Came.RESTARTED, None), id="unknown: what came is told"),
        pytest.param(OPEN, [now(KEPT)], (Result.UNKNOWN, Came.KEPT, None), id="unknown, and kept"),
        pytest.param(ALONE, [now(KEPT)], (Result.HIT, Came.KEPT, None), id="of a kind that is not compared, and kept"),
        pytest.param(ALONE, [now(RESTARTED)], (Result.MISS, Came.RESTARTED, None), id="of a kind that is not compared, and stopped"),
        pytest.param(
            planned(Verdict.NOT_COMPARED, Reason.FINISHED, state=RunState.EXITED),
            [now(RESTARTED)],
            (Result.NOT_COMPARED, None, None),
            id="what had finished",
        ),
        pytest.param(
            planned(Verdict.RECREATE, Reason.SANDBOX_NOT_READY, state=RunState.EXITED),
            [now(RESTARTED)],
            (Result.NOT_COMPARED, None, None),
            id="an init container that had ended in a pod that goes",
        ),
        pytest.param(SAFE, [], (Result.UNSEEN, None, None), id="nothing shows its namespace"),
        pytest.param(SAFE, [now(name="web-2")], (Result.UNSEEN, None, None), id="others of its namespace are shown: a selector may have left it out"),
        pytest.param(SAFE, [ANOTHER], (Result.REPLACED, None, None), id="another one has its name"),
        pytest.param(
            SAFE, [replace(ANOTHER, moments=Moments(START - SECOND, LATER))], (Result.UNSEEN, None, None), id="one that had its name before it"
        ),
        pytest.param(SAFE, [now(KEPT, uid="another")], (Result.UNSEEN, None, None), id="one that had its name, before it or after it"),
        pytest.param(
            SAFE, [now(KEPT, name="web-2", workload=WEB, node="node-b")], (Result.UNSEEN, None, None), id="another one of its workload: it may be refused, and left out"
        ),
        pytest.param(OPEN, [], (Result.UNKNOWN, None, None), id="unknown, and not seen"),
        pytest.param(
            planned(Verdict.RESTART, Reason.HASH_CHANGED, state=None, container_id=None), [now(RESTARTED)], (Result.UNSEEN, None, None),
            id="of a manifest or a template: which container it was, the plan had not seen",
        ),
        pytest.param(SAFE, [now()], (Result.UNSEEN, None, None), id="its pod without a status of it"),
        pytest.param(SAFE, [now(KEPT, node=None)], (Result.HIT, Came.KEPT, None), id="a view that names no node"),
        pytest.param(SAFE, [now(RESTARTED, node="node-b")], (Result.UNSEEN, None, None), id="a pod of its UID on another node"),
        pytest.param(
            SAFE, [now(replace(RESTARTED, container_id=OLD[:12]))], (Result.HIT, Came.KEPT, None), id="an ID that a list has cut"
        ),
        pytest.param(
            planned(started_at=LATER + 60 * SECOND, container_id=NEW, restart_count=3),
            [now(replace(RESTARTED, container_id="c" * 64, restart_count=2))],
            (Result.UNSEEN, None, None),
            id="a view that is older than the plan",
        ),
        pytest.param(
            SAFE, [now(replace(RESTARTED, started_at=START - 3600 * SECOND))], (Result.MISS, Came.RESTARTED, None), id="a clock that was put back"
        ),
    ],
)  # fmt: skip
def test_a_container(prediction: PlannedContainer, pods: list[PodNow], expected: tuple[Result, Came | None, Because | None]) -> None:
    row = verified(prediction, *pods)
    assert (row.result, row.came, row.because) == expected


@pytest.mark.parametrize(
    ("prediction", "found", "expected"),
    [
        pytest.param(SAFE, {"events": [event(EventKind.DEFINITION)]}, (Result.MISS, Because.DEFINITION), id="its kubelet says it"),
        pytest.param(STOPS, {"events": [event(EventKind.DEFINITION)]}, (Result.HIT, Because.DEFINITION), id="and as predicted"),
        pytest.param(SAFE, {"events": [event(EventKind.PROBE)]}, (Result.UNEXPLAINED, Because.PROBE), id="a probe"),
        pytest.param(STOPS, {"events": [event(EventKind.PROBE)]}, (Result.UNEXPLAINED, Because.PROBE), id="a probe in a restart's place"),
        pytest.param(
            SAFE, {"events": [event(EventKind.PROBE), event(EventKind.DEFINITION)]}, (Result.MISS, Because.DEFINITION), id="both: that goes first"
        ),
        pytest.param(
            SAFE, {"events": [event(EventKind.PROBE, first=START - 9 * SECOND, last=START - 9 * SECOND)]}, (Result.MISS, None), id="an older start's"
        ),
        pytest.param(
            SAFE, {"events": [event(EventKind.PROBE, first=None, last=None)]}, (Result.UNEXPLAINED, Because.PROBE), id="an event without a time"
        ),
        pytest.param(SAFE, {"events": [event(EventKind.PROBE, "other")]}, (Result.MISS, None), id="another container's"),
        pytest.param(SAFE, {"events": [event(EventKind.PROBE, uid="another")]}, (Result.MISS, None), id="of an earlier pod of its name"),
        pytest.param(SAFE, {"nodes": [node(boot="another")]}, (Result.UNEXPLAINED, Because.REBOOT), id="the node was rebooted"),
        pytest.param(STOPS, {"nodes": [node(boot="another")]}, (Result.UNEXPLAINED, Because.REBOOT), id="which explains a restart as well"),
        pytest.param(
            SAFE, {"boot": None, "events": [of_node(EventKind.REBOOTED)]}, (Result.UNEXPLAINED, Because.REBOOT), id="an event tells of the reboot"
        ),
        pytest.param(
            SAFE, {"boot": None, "ended": (255, "Unknown")}, (Result.UNEXPLAINED, Because.REBOOT), id="what its runtime found dead, after a reboot"
        ),
        pytest.param(SAFE, {"ended": (255, "Unknown")}, (Result.UNSEEN, None), id="the same boot"),
        pytest.param(
            SAFE, {"boot": None, "events": [of_node(EventKind.REBOOTED, START - SECOND)]}, (Result.MISS, None), id="a reboot before the plan"
        ),
        pytest.param(
            SAFE, {"events": [LONG_AGO, of_node(EventKind.STARTING, LATER + 60 * SECOND)]}, (Result.UNEXPLAINED, Because.BEFORE_KUBELET),
            id="started before the new kubelet was",
        ),
        pytest.param(
            SAFE, {"events": [of_node(EventKind.STARTING, LATER + 60 * SECOND)]}, (Result.UNSEEN, None),
            id="the kubelet may have been started before, and the event of that has expired",
        ),
        pytest.param(SAFE, {"ended": (1, "Error"), "events": [event(EventKind.SANDBOX, None)]}, (Result.MISS, Because.SANDBOX), id="its sandbox was changed"),
        pytest.param(STOPS, {"ended": (1, "Error"), "events": [event(EventKind.SANDBOX, None)]}, (Result.HIT, Because.SANDBOX), id="as predicted"),
        pytest.param(
            SAFE, {"nodes": [node(boot="another")], "events": [event(EventKind.SANDBOX, None)]}, (Result.UNEXPLAINED, Because.REBOOT),
            id="a reboot changes sandboxes, too",
        ),
        pytest.param(SAFE, {"events": [of_node(EventKind.STARTING)]}, (Result.MISS, None), id="started after it"),
        pytest.param(
            SAFE, {"events": [of_node(EventKind.STARTING), of_node(EventKind.STARTING, LATER + 60 * SECOND)]}, (Result.UNSEEN, None),
            id="started between two starts of kubelets: which of them was the new one?",
        ),
        pytest.param(
            SAFE,
            {"events": [LONG_AGO, of_node(EventKind.STARTING, LATER + 60 * SECOND), event(EventKind.DEFINITION)]},
            (Result.UNEXPLAINED, Because.BEFORE_KUBELET),
            id="its definition changed under the old kubelet: somebody edited it",
        ),
        pytest.param(
            SAFE,
            {"nodes": [], "asked": Asked(NODE, as_version("v1.31.4"), BOOT, LATER + 60 * SECOND)},
            (Result.MISS, None),
            id="the kubelet that runs was started later: it need not be the first one",
        ),
    ],
)  # fmt: skip
def test_why_it_was_restarted(prediction: PlannedContainer, found: dict[str, Any], expected: tuple[Result, Because | None]) -> None:
    code, reason = found.pop("ended", (143, "Error"))
    row = verified(prediction, now(ending(code, reason)), **found)
    assert (row.result, row.because, row.came, row.now, row.restarts) == (*expected, Came.RESTARTED, NEW, 1)


def test_a_plan_of_a_live_cluster_knows_which_starts_of_kubelets_were_before_it() -> None:
    """The old kubelet was started after the container, and before the plan; who ended before the new one came is not its doing."""
    made = plan_of(pod("web-1", SAFE))
    read = replace(made, scope=replace(made.scope, cluster=ClusterRead("prod", "https://k8s", KUBELET - 60 * SECOND)))
    events = [of_node(EventKind.STARTING, KUBELET - 120 * SECOND), of_node(EventKind.STARTING, LATER + 60 * SECOND)]
    found = [verify(one, seen(one, [now(RESTARTED)], events=events)).containers[0] for one in (made, read)]
    assert [(row.result, row.because) for row in found] == [(Result.UNSEEN, None), (Result.UNEXPLAINED, Because.BEFORE_KUBELET)]


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
    ("prediction", "found", "expected"),
    [
        pytest.param(SAFE, [event(EventKind.DEFINITION)], (Result.MISS, Came.RESTARTED, Because.DEFINITION), id="it is being stopped"),
        pytest.param(STOPS, [event(EventKind.DEFINITION)], (Result.HIT, Came.RESTARTED, Because.DEFINITION), id="as predicted"),
        pytest.param(SAFE, [event(EventKind.SANDBOX, None)], (Result.MISS, Came.RESTARTED, Because.SANDBOX), id="with its sandbox"),
        pytest.param(SAFE, [event(EventKind.DEFINITION, last=START)], (Result.HIT, Came.KEPT, None), id="the one before it was"),
        pytest.param(SAFE, [event(EventKind.DEFINITION, last=None)], (Result.UNSEEN, None, None), id="it or the one before it"),
        pytest.param(
            SAFE, [event(EventKind.DEFINITION), of_node(EventKind.STARTING, LATER + 60 * SECOND)], (Result.UNSEEN, None, None), id="by which kubelet"
        ),
        pytest.param(SAFE, [event(EventKind.DEFINITION, "other")], (Result.HIT, Came.KEPT, None), id="another container's"),
        pytest.param(SAFE, [event(EventKind.PROBE)], (Result.HIT, Came.KEPT, None), id="a probe is no doing of the upgrade"),
    ],
)  # fmt: skip
def test_a_status_that_is_older_than_what_its_kubelet_says(
    prediction: PlannedContainer, found: list[Any], expected: tuple[Result, Came | None, Because | None]
) -> None:
    row = verified(prediction, now(KEPT), events=found)
    assert (row.result, row.came, row.because) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [pytest.param(40, Result.UNEXPLAINED, id="a probe stopped it"), pytest.param(3_000, Result.MISS, id="a probe of an hour before")],
)
def test_an_event_explains_an_end_that_is_near(seconds: int, expected: Result) -> None:
    after = now(replace(RESTARTED, last=replace(ENDED, finished_at=LATER)))
    told = event(EventKind.PROBE, first=LATER - seconds * SECOND, last=LATER - seconds * SECOND)
    assert verified(SAFE, after, events=[told]).result is expected


def test_no_container_outlives_a_reboot() -> None:
    assert verified(SAFE, now(KEPT), nodes=[node(boot="another")]).result is Result.UNSEEN


CREATED = KUBELET - 60 * SECOND
"""Before the new kubelet."""


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


def test_a_refusal_after_a_reboot_is_the_reboots() -> None:
    row = verified(SAFE, FAILED, nodes=[node(boot="another")])
    assert (row.result, row.came, row.because) == (Result.UNEXPLAINED, Came.REJECTED, Because.REBOOT)


STATIC = pod("etcd-node-a", STOPS, source=PodSource.FILE, workload="StaticPod/etcd", mirror_uid="m")
KUBELETS = now(name="web-2", view=View.KUBELET)
KEPT_STATIC = replace(STATIC, containers=(SAFE,))


def static_now(uid: str, view: View = View.MIRROR) -> PodNow:
    return now(RESTARTED, name="etcd-node-a", uid=uid, source=PodSource.FILE, view=view)


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


MADE = replace(STATIC, containers=(replace(STOPS, computed=Computed(Hash(1), Hash(2))),))
SAME, EDITED = {"app": Hash(2)}, {"app": Hash(3)}


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


@pytest.mark.parametrize(
    ("pods", "records", "expected"),
    [
        pytest.param([], [record()], (Result.HIT, Came.KEPT), id="a runtime's list alone"),
        pytest.param([], [record(OLD, RunState.EXITED), record(NEW, attempt=1, created_at=LATER)], (Result.MISS, Came.RESTARTED), id="which has both"),
        pytest.param([], [record(OLD, RunState.EXITED)], (Result.UNSEEN, Came.ENDED), id="which has its end, and not why"),
        pytest.param([now(RESTARTED)], [record()], (Result.MISS, Came.RESTARTED), id="a list from before the upgrade beside a status from after"),
        pytest.param([now(KEPT)], [record(NEW, attempt=1, created_at=LATER)], (Result.MISS, Came.RESTARTED), id="a status that lags behind"),
        pytest.param([], [record(NEW, pod_uid="uid-of-web-2", pod_name="web-2")], (Result.UNSEEN, None), id="a list of another node, say"),
    ],
)  # fmt: skip
def test_records(pods: list[PodNow], records: list[Any], expected: tuple[Result, Came | None]) -> None:
    row = verified(SAFE, *pods, records=records)
    assert (row.result, row.came) == expected


@pytest.mark.parametrize(
    ("carries", "computes", "expected"),
    [
        pytest.param(Recorded(Hash(2)), (1, 2), Result.HIT, id="the new kubelet has made it"),
        pytest.param(Recorded(Hash(1)), (1, 2), Result.UNSEEN, id="the old one has made it, after an end of its own"),
        pytest.param(Recorded(Hash(1)), (1, 1), Result.UNSEEN, id="one of the two"),
        pytest.param(Absent(), (1, 2), Result.UNSEEN, id="somebody"),
    ],
)
def test_a_runtimes_list_alone_tells_of_a_hit_by_the_hash(carries: Recorded | Absent, computes: tuple[int, int], expected: Result) -> None:
    predicted = replace(STOPS, computed=Computed(*map(Hash, computes)))
    records = [record(OLD, RunState.EXITED), record(NEW, attempt=1, created_at=LATER, hash=carries)]
    assert verified(predicted, records=records).result is expected
    assert verified(predicted, now(RESTARTED), records=records).result is Result.HIT


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param({}, (NodeState.UPGRADED, Result.HIT), id="the version that was planned for"),
        pytest.param({"nodes": [node("v1.31.9-gke.100")]}, (NodeState.UPGRADED, Result.HIT), id="another patch of that minor"),
        pytest.param({"nodes": [node("v1.30.14")]}, (NodeState.PENDING, Result.PENDING), id="the old version"),
        pytest.param({"nodes": [node("v1.32.0")]}, (NodeState.OTHER, Result.UNSEEN), id="neither"),
        pytest.param({"nodes": [node(None)]}, (NodeState.UNSEEN, Result.UNSEEN), id="a node that says no version"),
        pytest.param({"nodes": []}, (NodeState.UNSEEN, Result.UNSEEN), id="no Nodes were given"),
        pytest.param({"nodes": [node(name="node-b")]}, (NodeState.UNSEEN, Result.UNSEEN), id="a dump that lacks it"),
        pytest.param({"nodes": [node(name="node-b")], "everything": True}, (NodeState.GONE, Result.REPLACED), id="a cluster that lacks it"),
        pytest.param({"only": frozenset({"node-b"})}, (NodeState.PENDING, Result.PENDING), id="not looked at"),
        pytest.param(
            {"nodes": [], "asked": Asked(NODE, as_version("v1.31.4"), "6f1c2d3e")}, (NodeState.UPGRADED, Result.HIT), id="asked on the node"
        ),
    ],
)  # fmt: skip
def test_a_node(found: dict[str, Any], expected: tuple[NodeState, Result]) -> None:
    made = plan_of(pod("web-1", SAFE))
    done = verify(made, seen(made, [now(KEPT)], **found))
    assert (done.nodes[0].state, done.containers[0].result) == expected


@pytest.mark.parametrize(
    ("runs", "started", "expected"),
    [
        pytest.param("v1.31.9", None, NodeState.UPGRADED, id="the patch that was planned for"),
        pytest.param("v1.31.4", None, NodeState.PENDING, id="the one before"),
        pytest.param("v1.31.7", None, NodeState.OTHER, id="one between"),
    ],
)
def test_within_a_minor_the_patch_tells(runs: str, started: int | None, expected: NodeState) -> None:
    made = plan_of(pod("web-1", SAFE))
    versions = as_version("v1.31.4"), as_version("1.31.9")
    made = replace(made, nodes=tuple(replace(one, from_version=versions[0], to_version=versions[1]) for one in made.nodes))
    assert verify(made, seen(made, [now(KEPT)], [node(runs)])).nodes[0].state is expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([], NodeState.PENDING, id="nothing tells whether its kubelet was started anew"),
        pytest.param([of_node(EventKind.STARTING)], NodeState.UPGRADED, id="it was"),
        pytest.param([of_node(EventKind.STARTING, START - SECOND)], NodeState.PENDING, id="before the plan"),
    ],
)
def test_a_node_that_ran_the_new_version_before(events: list[Any], expected: NodeState) -> None:
    made = plan_of(pod("web-1", SAFE))
    made = replace(made, nodes=tuple(replace(one, from_version=as_version("v1.31.4")) for one in made.nodes))
    assert verify(made, seen(made, [now(KEPT)], events=events)).nodes[0].state is expected


def test_a_plan_of_an_older_program_is_verified_by_ids() -> None:
    """It has no state, start or restart count, and no boot ID."""
    old = planned(state=None, started_at=None, restart_count=None)
    made = plan_of(pod("web-1", old), boot=None)
    assert [one.partition(":")[0] for one in verify(made, seen(made, [now(RESTARTED)])).notices] == [
        "The plan is of an older upgradecheck",
        "Whether 1 node with misses was rebooted is not known, since the plan or the Node lacks the boot's ID",
    ]
    assert verify(plan_of(pod("web-1", SAFE)), seen(made, [now(RESTARTED)])).notices == ()
    row = verified(old, now(RESTARTED), boot=None)
    assert (row.result, row.restarts) == (Result.MISS, None)
    assert verified(old, now(KEPT), boot=None).result is Result.HIT


def test_static_pods_of_one_uid_on_two_nodes_are_told_apart() -> None:
    """Up to 1.20 equal manifests have one; the runtime's lists do not say of which node they are, container IDs do."""
    pods = tuple(
        replace(KEPT_STATIC, name=f"etcd-{name}", node=name, uid="one", containers=(replace(SAFE, container_id=identity),))
        for name, identity in (("node-a", OLD), ("node-b", NEW))
    )
    made = plan_of(*pods)
    records = [
        record(OLD, pod_uid="one", pod_name="etcd-node-a"),
        record("c" * 64, pod_uid="one", pod_name="etcd-node-b", created_at=LATER),
    ]
    views = [
        now(
            replace(RESTARTED, container_id="c" * 64), uid="one", name="etcd-node-b", node="node-b", view=View.MIRROR, source=PodSource.FILE
        )
    ]
    rows = verify(made, seen(made, views, [node(), node(name="node-b")], records)).containers
    assert [row.result for row in rows] == [Result.HIT, Result.MISS]


@pytest.mark.parametrize(
    ("verdict", "reason", "pods", "expected"),
    [
        pytest.param(Verdict.REJECT, Reason.MANIFEST_INVALID, [FAILED], Result.HIT, id="refused, as predicted"),
        pytest.param(Verdict.UNKNOWN, Reason.NO_SPEC, [FAILED], Result.UNKNOWN, id="nothing predicted"),
        pytest.param(Verdict.NOT_COMPARED, Reason.POD_FINISHED, [], Result.NOT_COMPARED, id="finished"),
        pytest.param(Verdict.SAFE, Reason.HASH_EQUAL, [now(KEPT)], Result.UNSEEN, id="none of its containers was known"),
    ],
)
def test_a_pod_of_which_no_container_is_known(verdict: Verdict, reason: Reason, pods: list[PodNow], expected: Result) -> None:
    assert verified(pod("web-1", verdict=verdict, reason=reason, containers=()), *pods).result is expected


def test_a_pod_that_was_on_its_way_out_is_not_compared() -> None:
    whole = pod("web-1", planned(Verdict.NOT_COMPARED, Reason.POD_TERMINATING), verdict=Verdict.NOT_COMPARED, reason=Reason.POD_TERMINATING)
    assert verified(whole, now(name="web-2")).result is Result.NOT_COMPARED


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        pytest.param([(SAFE, KEPT)], 0, id="a hit"),
        pytest.param([(SAFE, KEPT), (STOPS, KEPT)], 2, id="a false alarm"),
        pytest.param([(SAFE, RESTARTED)], 2, id="a miss"),
        pytest.param([(SAFE, KEPT), (SAFE, None)], 3, id="one that is not seen"),
        pytest.param([(SAFE, RESTARTED), (SAFE, None)], 2, id="a miss goes before what is not seen"),
        pytest.param([(SAFE, ending(137, "OOMKilled"))], 3, id="nothing could be compared"),
    ],
)
def test_exit_codes(containers: list[tuple[PlannedContainer, ContainerNow | None]], expected: int) -> None:
    made = plan_of(*(pod(f"web-{number}", one) for number, (one, _) in enumerate(containers)))
    pods = [now(*filter(None, [found]), name=f"web-{number}") for number, (_, found) in enumerate(containers)]
    assert verify(made, seen(made, pods)).exit_code == expected
