"""How containers were when a plan was made: what verify will compare with."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from upgradecheck.model.pod import Absent, ContainerRecord, ContainerStatus, Origin, PodSource, PodView, RunState, View
from upgradecheck.planning.before import NOTHING_SEEN, Before, before

SECOND = 1_000_000_000
START = 1_770_000_000 * SECOND
RUNNING = ContainerStatus("app", "id-1", RunState.RUNNING, started_at="2026-02-02T02:40:00Z", restart_count=3)
RECORD = ContainerRecord("id-1", "s", "u", "shop", "web", "app", 3, RunState.RUNNING, START - SECOND // 2, Absent(), Absent(), Origin("r"))


def view(*statuses: ContainerStatus) -> PodView:
    return PodView("u", "shop", "web", View.SPEC, PodSource.API, Origin("pods.json"), statuses=statuses)


@pytest.mark.parametrize(
    ("status", "record", "expected"),
    [
        pytest.param(
            view(RUNNING), RECORD, Before(RunState.RUNNING, START, 3), id="both tell of one container: the status says when it started"
        ),
        pytest.param(view(RUNNING), None, Before(RunState.RUNNING, START, 3), id="a status alone"),
        pytest.param(None, RECORD, Before(RunState.RUNNING, RECORD.created_at, 3), id="a record alone: when it was created"),
        pytest.param(
            view(RUNNING),
            replace(RECORD, container_id="id-2", attempt=4, created_at=START + SECOND),
            Before(RunState.RUNNING, START + SECOND, 4),
            id="a newer container than the status knows",
        ),
        pytest.param(view(), None, NOTHING_SEEN, id="a manifest tells nothing"),
        pytest.param(
            view(replace(RUNNING, state=RunState.WAITING, started_at=None)), None, Before(RunState.WAITING, None, 3), id="it waits"
        ),
        pytest.param(None, replace(RECORD, created_at=10**30), Before(RunState.RUNNING, None, 3), id="a time that no clock has"),
    ],
)
def test_before(status: PodView | None, record: ContainerRecord | None, expected: Before) -> None:
    assert before(status, record, "app") == expected
