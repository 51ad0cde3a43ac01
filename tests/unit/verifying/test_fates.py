"""Each prediction against each thing that may come of it; the results are those that a person would tell who saw all of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.unit.verifying.world import (
    ACCEPTED,
    ALONE,
    ANOTHER,
    BLOCKED,
    CUT_OFF,
    EVICTED,
    FAILED,
    GOES,
    HELD,
    KEPT,
    LATER,
    NEW,
    OLD,
    OPEN,
    OVER,
    PRESSED,
    REFUSED,
    RESTARTED,
    SAFE,
    START,
    STOPS,
    TWICE,
    WAITS,
    WEB,
    ending,
    event,
    node,
    now,
    of_node,
    planned,
    verified,
)
from upgradecheck.model.aftermath import ContainerNow, EventKind, Moments, PodNow, Termination
from upgradecheck.model.plan import PlannedContainer, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came, Result


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


def test_no_container_outlives_a_reboot() -> None:
    assert verified(SAFE, now(KEPT), nodes=[node(boot="another")]).result is Result.UNSEEN


def test_a_refusal_after_a_reboot_is_the_reboots() -> None:
    row = verified(SAFE, FAILED, nodes=[node(boot="another")])
    assert (row.result, row.came, row.because) == (Result.UNEXPLAINED, Came.REJECTED, Because.REBOOT)
