"""When what runs was started, and by whose kubelet, as far as a plan tells it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_plan import container, plan, pod, restarting, unknown
from upgradecheck.model.checkpoint import Fact, FactKind
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Evidence, Grade, PlannedContainer, Verdict
from upgradecheck.model.pod import RunState
from upgradecheck.model.reasons import Reason
from upgradecheck.model.times import SECOND, from_rfc3339
from upgradecheck.reporting.timeline import Share, Timeline, timeline_of

BEGIN = from_rfc3339("2026-01-01T00:00:00Z")
DAY = 86_400 * SECOND


def started(day: float, creator: str | None = "1.22", make: Any = container, **changes: Any) -> PlannedContainer:
    made: PlannedContainer = make(
        "app", started_at=BEGIN + int(day * DAY), **{"evidence": Evidence(Grade.RECORDED, Hash(1), creator), **changes}
    )
    return made


def of(*containers: PlannedContainer) -> Timeline | None:
    return timeline_of(plan(*(pod(f"web-{number}", one) for number, one in enumerate(containers))))


def lanes(*containers: PlannedContainer) -> dict[str, Share]:
    found = of(*containers)
    assert found is not None
    return {lane.name: lane.all for lane in found.lanes}


@pytest.mark.parametrize(
    ("containers", "expected"),
    [
        pytest.param([started(0)], {"1.22": Share(kept=1)}, id="one that goes on"),
        pytest.param([started(0, make=restarting), started(1)], {"1.22": Share(stops=1, kept=1)}, id="one of two stops"),
        pytest.param([started(0, make=unknown)], {"1.22": Share(unknown=1)}, id="one cannot be told"),
        pytest.param([started(0), started(1, None)], {"1.22": Share(kept=1), "not known": Share(kept=1)}, id="a creator that is not known has a lane of its own"),
        pytest.param([started(0, "1.9"), started(1, "1.10")], {"1.10": Share(kept=1), "1.9": Share(kept=1)}, id="1.9 is older than 1.10"),
        pytest.param([started(0), container()], {"1.22": Share(kept=1)}, id="one without a start is not drawn"),
        pytest.param([started(0), started(1, state=RunState.EXITED)], {"1.22": Share(kept=1)}, id="what has ended does not count"),
        pytest.param([started(0), started(1, verdict=Verdict.SUPPRESSED, would_be=Verdict.RESTART)], {"1.22": Share(stops=1, kept=1)}, id="what is accepted stops all the same"),
        pytest.param(
            [started(0, verdict=Verdict.NOT_COMPARED, reason=Reason.KIND_NOT_COMPARED, state=RunState.RUNNING)], {"1.22": Share(kept=1)}, id="what runs and is not compared goes on"
        ),
    ],
)  # fmt: skip
def test_lanes(containers: list[PlannedContainer], expected: dict[str, Share]) -> None:
    found = lanes(*containers)
    assert found == expected
    assert list(found) == list(expected)


def test_nothing_is_drawn_where_no_start_is_told() -> None:
    assert of(container()) is None
    assert of() is None
    assert of(container(started_at=-1)) is None


def test_each_container_is_in_one_part_of_its_lane() -> None:
    found = of(*(started(day) for day in range(100)))
    assert found is not None
    (lane,) = found.lanes
    assert sum(share.number for share in lane.bins) == 100
    assert lane.bins[0].number
    assert lane.bins[-1].number
    assert (lane.first, lane.last) == ("2026-01-01T00:00:00Z", "2026-04-10T00:00:00Z")
    assert found.sentence == "The start of 100 of 100 running containers is told, from 2026-01-01T00:00:00Z to 2026-04-10T00:00:00Z."


@pytest.mark.parametrize(
    ("days", "labels"),
    [
        pytest.param((0, 0), ["2026-01-01"], id="all at once, at midnight"),
        pytest.param((0, 10 / 86_400), ["00:00:00", "00:00:05", "00:00:10"], id="seconds"),
        pytest.param((0, 0.5), ["00:00", "03:00", "06:00", "09:00", "12:00"], id="hours"),
        pytest.param((-1, 62), ["2026-01-01", "2026-02-01", "2026-03-01"], id="months"),
        pytest.param(
            (-200, 400), ["2025-07-01", "2025-10-01", "2026-01-01", "2026-04-01", "2026-07-01", "2026-10-01", "2027-01-01"], id="quarters"
        ),
        pytest.param((0, 5), [f"2026-01-0{day}" for day in range(1, 7)], id="days"),
    ],
)
def test_the_axis_has_a_handful_of_round_times(days: tuple[float, float], labels: list[str]) -> None:
    found = of(*(started(day) for day in days))
    assert found is not None
    assert [tick.label for tick in found.ticks] in (labels, ["00:00:00"])
    assert all(0 <= tick.place <= 1 for tick in found.ticks)


def test_the_starts_of_kubelets_that_the_plan_tells() -> None:
    fact = Fact(FactKind.KUBELET_STARTED, BEGIN + DAY, "v1.23.4")
    found = of(started(0), started(4), started(2, make=unknown, facts=(fact,)))
    assert found is not None
    assert [(tick.place, tick.label) for tick in found.kubelets] == [(0.25, "v1.23.4")]
