"""Starts added to a history and histories merged; clocks that are set (R5)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.builders import as_version
from tests.unit.checkpoint.samples import DAY, HISTORY, JANUARY, start
from upgradecheck.checkpoint.history import LONGEST, condensed, merged, with_start, with_stop
from upgradecheck.formats.checkpoint_shape import ordered
from upgradecheck.model.checkpoint import KubeletStart, Mode
from upgradecheck.model.times import SECOND

HOUR = 3600
BOOT = {"boot_id": "b2", "boot_time": JANUARY}
RUNNING = start("v1.20.15", 10, since_boot_ms=864_000_000, **BOOT)


def hours(start: KubeletStart, more: float, **changes: object) -> KubeletStart:
    return replace(start, start_time=start.start_time + int(more * HOUR * SECOND), **changes)


@pytest.mark.parametrize(
    ("new", "expected"),
    [
        pytest.param(RUNNING, (RUNNING,), id="the same start again"),
        pytest.param(hours(RUNNING, 1), (RUNNING,), id="the same start, the clock set forward since"),
        pytest.param(hours(RUNNING, -1), (RUNNING,), id="the same start, the clock set back since"),
        pytest.param(
            hours(RUNNING, 2, since_boot_ms=871_200_000), (RUNNING, hours(RUNNING, 2, since_boot_ms=871_200_000)), id="a restart two hours later"
        ),
        pytest.param(
            hours(RUNNING, 1, since_boot_ms=871_200_000, boot_time=JANUARY - HOUR * SECOND),
            (replace(RUNNING, uncertainty=HOUR), hours(RUNNING, 1, since_boot_ms=871_200_000, boot_time=JANUARY - HOUR * SECOND, uncertainty=HOUR)),
            id="a restart two hours later, the clock set back by one in between",
        ),
        pytest.param(
            hours(RUNNING, 3, since_boot_ms=871_200_000, boot_time=JANUARY + HOUR * SECOND),
            (RUNNING, hours(RUNNING, 3, since_boot_ms=871_200_000, boot_time=JANUARY + HOUR * SECOND)),
            id="the clock set forward keeps the order",
        ),
        pytest.param(
            hours(RUNNING, 2, since_boot_ms=871_200_000, boot_time=JANUARY - SECOND // 5),
            (RUNNING, hours(RUNNING, 2, since_boot_ms=871_200_000, boot_time=JANUARY - SECOND // 5)),
            id="a clock that only drifts",
        ),
        pytest.param(
            hours(RUNNING, 2, since_boot_ms=871_200_000, boot_time=JANUARY - SECOND),
            (replace(RUNNING, uncertainty=1), hours(RUNNING, 2, since_boot_ms=871_200_000, boot_time=JANUARY - SECOND, uncertainty=1)),
            id="a leap second",
        ),
        pytest.param(
            hours(RUNNING, -1, boot_id="b3", since_boot_ms=5),
            (RUNNING, replace(RUNNING, start_time=RUNNING.start_time + 1, boot_id="b3", since_boot_ms=5, uncertainty=HOUR + 1)),
            id="after a boot with the clock an hour behind",
        ),
        pytest.param(
            replace(RUNNING, start_time=1, boot_id="b3", since_boot_ms=5),
            (RUNNING, replace(RUNNING, start_time=RUNNING.start_time + 1, boot_id="b3", since_boot_ms=5, uncertainty=RUNNING.start_time // SECOND)),
            id="after a boot without any clock (1970)",
        ),
        pytest.param(
            replace(RUNNING, start_time=2_147_483_648 * SECOND, boot_id="b3"),
            (RUNNING, replace(RUNNING, start_time=2_147_483_648 * SECOND, boot_id="b3")),
            id="2038",
        ),
    ],
)  # fmt: skip
def test_a_start_on_a_clock_that_may_have_been_set(new: KubeletStart, expected: tuple[KubeletStart, ...]) -> None:
    found = with_start((RUNNING,), new)
    assert found == expected
    assert ordered(found) == found


def test_many_starts_on_a_mad_clock_stay_in_order() -> None:
    history: tuple[KubeletStart, ...] = ()
    for number in range(1200):
        jump = (number * 7919 % 7201 - 3600) * SECOND
        history = with_start(history, KubeletStart(as_version(f"v1.20.{number}"), JANUARY + number * SECOND + jump, boot_id=str(number // 9), boot_time=JANUARY + jump, since_boot_ms=number * 1000))  # fmt: skip
    assert ordered(history) == history
    assert history[-1].kubelet_version.text == "v1.20.1199"


def test_a_stop() -> None:
    time = JANUARY + 20 * DAY
    stopped = replace(RUNNING, stop_time=time)
    assert with_stop((RUNNING,), "b2", time) == (stopped,)
    assert with_stop((stopped,), "b2", time + 1) == (stopped,)
    assert with_stop((RUNNING,), "b3", time) == (RUNNING,)


def test_a_kubelet_that_crashes_in_a_loop_does_not_push_out_the_others() -> None:
    loop = [start("v1.21.14", 200 + number / 1000, stop_time=JANUARY + 200 * DAY + number * DAY // 1000) for number in range(LONGEST)]
    found = condensed((*HISTORY, *loop))
    assert found[:2] == HISTORY
    assert [each.kubelet_version.text for each in found[2:]] == ["v1.21.14", "v1.21.14"]
    assert (found[2].start_time, found[2].stop_time, found[3]) == (loop[0].start_time, loop[-2].stop_time, loop[-1])
    assert ordered(found) == found


SEEN = start("v1.20.15", 150, mode=Mode.POLLED, last_seen_time=JANUARY + 160 * DAY)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param((), HISTORY, id="nothing"),
        pytest.param(HISTORY, HISTORY, id="the same"),
        pytest.param((start("v1.18.20", -9),), (start("v1.18.20", -9), *HISTORY), id="what ran before"),
        pytest.param((start("v1.22.17", 300),), (*HISTORY, start("v1.22.17", 300)), id="what ran afterwards"),
        pytest.param((start("v1.19.17", 20),), (HISTORY[0], start("v1.19.17", 20), HISTORY[1]), id="a start that was missed"),
        pytest.param((SEEN,), (HISTORY[0], replace(HISTORY[1], last_seen_time=SEEN.last_seen_time)), id="a look at a known kubelet"),
        pytest.param((start("v1.22.17", 300, mode=Mode.POLLED),), (*HISTORY, start("v1.22.17", 300, mode=Mode.POLLED)), id="a look at a new one"),
        pytest.param((replace(HISTORY[0], git_commit=None, start_time=JANUARY + SECOND),), HISTORY, id="the same start, a second off"),
    ],
)  # fmt: skip
def test_merge(told: tuple[KubeletStart, ...], expected: tuple[KubeletStart, ...]) -> None:
    found = merged(HISTORY, told)
    assert (found.history, found.contradictions) == (expected, ())
    assert ordered(found.history) == found.history


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        pytest.param(start("v1.21.14", 144), "kubelet v1.20.15 and kubelet v1.21.14 both start at 2024-06-02T08:00:00Z", id="two at once"),
        pytest.param(
            start("v1.18.20", 100, stop_time=JANUARY + 150 * DAY),
            "kubelet v1.18.20 still runs at 2024-06-08T08:00:00Z (exact), and kubelet v1.20.15 runs from 2024-06-02T08:00:00Z on (exact)",
            id="one that ended too late",
        ),
        pytest.param(
            start("v1.21.14", 100, mode=Mode.POLLED),
            "kubelet v1.21.14 was seen at 2024-04-19T08:00:00Z, where the history has v1.19.16 until 2024-06-02T08:00:00Z",
            id="another one seen in a history without holes",
        ),
    ],
)
def test_contradictions(told: KubeletStart, sentence: str) -> None:
    assert merged(HISTORY, [told]).contradictions == (sentence,)
