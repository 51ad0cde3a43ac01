"""A plan and what is seen after it as a whole: rows, notices, the exit code."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders_plan import pod
from tests.unit.verifying.world import (
    FAILED,
    KEPT,
    KEPT_STATIC,
    RESTARTED,
    SAFE,
    SAME,
    STATIC,
    STOPS,
    ending,
    now,
    plan_of,
    planned,
    seen,
    static_now,
    verified,
)
from upgradecheck.model.aftermath import ContainerNow, PodNow
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import PlannedContainer, PlannedPod, Verdict
from upgradecheck.model.reasons import Reason
from upgradecheck.model.verification import Result
from upgradecheck.verifying.verifying import verify


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
    ("prediction", "hashes", "told"),
    [
        pytest.param(KEPT_STATIC, {}, True, id="a miss, that may be an edit"),
        pytest.param(STATIC, {}, True, id="a hit, that may be one"),
        pytest.param(KEPT_STATIC, SAME, False, id="its hashes were made, and are as they were"),
    ],
)
def test_what_an_edit_may_have_stopped_is_told(prediction: PlannedPod, hashes: dict[str, Hash], *, told: bool) -> None:
    made = plan_of(prediction)
    notices = verify(made, seen(made, [replace(static_now("another"), hashes=hashes)])).notices
    assert [one.startswith("Whether the manifest of 1 static pod that came anew was edited since the plan") for one in notices] == [
        True
    ] * told


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
