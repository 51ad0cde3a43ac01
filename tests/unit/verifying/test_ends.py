"""Why a container was stopped: what events, codes, times and a reboot say of it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.builders_plan import pod
from tests.unit.verifying.world import (
    BOOT,
    ENDED,
    KUBELET,
    LATER,
    LONG_AGO,
    NEW,
    NODE,
    RESTARTED,
    SAFE,
    START,
    STOPS,
    ending,
    event,
    node,
    now,
    of_node,
    plan_of,
    seen,
    verified,
)
from upgradecheck.model.aftermath import EventKind
from upgradecheck.model.plan import ClusterRead, PlannedContainer
from upgradecheck.model.times import SECOND
from upgradecheck.model.verification import Because, Came, Result
from upgradecheck.verifying.after import Asked
from upgradecheck.verifying.verifying import verify


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
    ("seconds", "expected"),
    [pytest.param(40, Result.UNEXPLAINED, id="a probe stopped it"), pytest.param(3_000, Result.MISS, id="a probe of an hour before")],
)
def test_an_event_explains_an_end_that_is_near(seconds: int, expected: Result) -> None:
    after = now(replace(RESTARTED, last=replace(ENDED, finished_at=LATER)))
    told = event(EventKind.PROBE, first=LATER - seconds * SECOND, last=LATER - seconds * SECOND)
    assert verified(SAFE, after, events=[told]).result is expected
