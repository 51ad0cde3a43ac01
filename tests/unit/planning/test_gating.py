"""Exit codes: each one, which wins, and what the thresholds do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.builders_plan import container, plan, pod, restarting, unknown
from upgradecheck.model.errors import UsageError
from upgradecheck.model.plan import Calibration, Coverage, Evidence, Finding, Grade, ObjectRef, PlannedPod, Severity, Verdict
from upgradecheck.planning.asking.exit_codes import Gate

SAFE = pod("safe")
RESTARTS = pod("restarts", restarting())
UNKNOWN = pod("unknown", unknown())
ESTIMATED = pod("estimated", container(evidence=Evidence(Grade.ESTIMATED, 1)))
RECREATED = pod("recreated", container(verdict=Verdict.RECREATE))
REJECTED = pod("rejected", container(verdict=Verdict.REJECT))
FINISHED = pod("finished", container(verdict=Verdict.NOT_COMPARED))
OVERRIDDEN = pod("overridden", container(verdict=Verdict.OVERRIDDEN))
SUPPRESSED = pod("suppressed", container(verdict=Verdict.SUPPRESSED))

IDLE = pod("idle", container(verdict=Verdict.NOT_COMPARED, evidence=Evidence(Grade.ESTIMATED, 1)))

ALL_SEEN = Coverage(pods=1, nodes=2, nodes_with_evidence=2)


def hazard(severity: Severity) -> Finding:
    return Finding("UC999", severity, ObjectRef("Node", "worker-1"), "something", "do something")


def code(
    *pods: PlannedPod,
    complete: bool = True,
    findings: tuple[Finding, ...] = (),
    calibration: Calibration = Calibration(10, 10),  # noqa: B008 - frozen
    coverage: Coverage = ALL_SEEN,
    **gate: Any,
) -> int:
    counted = plan(*pods).summary.containers
    return Gate(**gate).exit_code(pods, counted, findings, calibration, coverage, complete=complete)


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param((SAFE,), 0, id="all safe"),
        pytest.param((SAFE, FINISHED), 0, id="nothing that runs changes"),
        pytest.param((SAFE, OVERRIDDEN, SUPPRESSED), 0, id="held or ignored"),
        pytest.param((SAFE, RESTARTS), 2, id="a restart"),
        pytest.param((SAFE, RECREATED), 2, id="a recreation"),
        pytest.param((SAFE, REJECTED), 2, id="a rejection"),
        pytest.param((SAFE, UNKNOWN), 3, id="an unknown"),
        pytest.param((RESTARTS, UNKNOWN), 2, id="a restart is worse than an unknown"),
        pytest.param((ESTIMATED,), 0, id="an estimate counts as an answer unless asked otherwise"),
        pytest.param((pod("manifest", container()), pod("bare", verdict=Verdict.UNKNOWN)), 3, id="a pod that is unknown as a whole"),
    ],
)
def test_by_verdict(pods: tuple[PlannedPod, ...], expected: int) -> None:
    assert code(*pods) == expected


def test_nothing_examined_is_undetermined() -> None:
    assert code(complete=False) == 3


@pytest.mark.parametrize(
    ("severity", "fail_on", "expected"),
    [
        pytest.param(Severity.ERROR, {"hazard"}, 4, id="an error"),
        pytest.param(Severity.WARNING, {"hazard"}, 4, id="a warning"),
        pytest.param(Severity.INFO, {"hazard"}, 0, id="an info is none"),
        pytest.param(Severity.ERROR, {"restart", "unknown"}, 0, id="nobody asked for hazards"),
    ],
)
def test_hazards(severity: Severity, fail_on: set[str], expected: int) -> None:
    assert code(SAFE, findings=(hazard(severity),), fail_on=frozenset(fail_on)) == expected


EVERYTHING = frozenset({"restart", "unknown", "estimated", "hazard"})


@pytest.mark.parametrize(
    ("pods", "complete", "expected"),
    [
        pytest.param((RESTARTS, UNKNOWN, ESTIMATED), False, 2, id="2 before 3 and 4"),
        pytest.param((UNKNOWN,), True, 3, id="3 by an unknown before 4"),
        pytest.param((ESTIMATED,), True, 3, id="3 by an estimate before 4"),
        pytest.param((SAFE,), False, 3, id="3 by partial data before 4"),
        pytest.param((SAFE,), True, 4, id="4 before 0"),
        pytest.param((SAFE, IDLE), True, 4, id="no verdict rests on the estimate for what does not run"),
    ],
)
def test_the_worst_wins(pods: tuple[PlannedPod, ...], complete: bool, expected: int) -> None:
    assert code(*pods, complete=complete, findings=(hazard(Severity.WARNING),), fail_on=EVERYTHING) == expected


@pytest.mark.parametrize(
    ("pods", "complete", "fail_on", "expected"),
    [
        pytest.param((RESTARTS,), True, set(), 0, id="restarts that nobody minds"),
        pytest.param((UNKNOWN,), True, {"restart"}, 0, id="unknowns that nobody minds"),
        pytest.param((RESTARTS, UNKNOWN), True, {"unknown"}, 3, id="restarts allowed, unknowns not"),
        pytest.param((SAFE,), False, set(), 3, id="partial data is never 0"),
        pytest.param((RESTARTS,), False, set(), 3, id="partial data is never 0, with restarts allowed"),
    ],
)
def test_fail_on(pods: tuple[PlannedPod, ...], complete: bool, fail_on: set[str], expected: int) -> None:
    assert code(*pods, complete=complete, fail_on=frozenset(fail_on)) == expected


FOUR_WITH_ONE_RESTART = (pod("a", container(), container(), container(), restarting()),)


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        pytest.param("0", 2, id="none allowed"),
        pytest.param("1", 0, id="as many as allowed"),
        pytest.param("24%", 2, id="a larger share than allowed"),
        pytest.param("25%", 0, id="exactly the share that is allowed"),
        pytest.param("100%", 0, id="anything goes"),
    ],
)
def test_max_restarts(allowed: str, expected: int) -> None:
    assert code(*FOUR_WITH_ONE_RESTART, max_restarts=allowed) == expected


def test_recreations_and_rejections_count_against_max_restarts() -> None:
    assert code(RECREATED, REJECTED, max_restarts="1") == 2


def test_an_allowed_restart_does_not_hide_an_unknown() -> None:
    assert code(RESTARTS, UNKNOWN, max_restarts="1") == 3


@pytest.mark.parametrize("text", ["many", "", "%", "-1", "5%%", "1.5", "²"])
def test_max_restarts_that_is_no_number(text: str) -> None:
    with pytest.raises(UsageError, match="--max-restarts"):
        code(SAFE, max_restarts=text)


@pytest.mark.parametrize("fail_on", [set(), {"unknown"}])
def test_max_restarts_is_read_even_if_restarts_do_not_fail(fail_on: set[str]) -> None:
    with pytest.raises(UsageError, match="--max-restarts"):
        code(SAFE, max_restarts="many", fail_on=frozenset(fail_on))


@pytest.mark.parametrize(
    ("gate", "expected"),
    [
        pytest.param({"min_calibration": 90}, 0, id="calibration at its minimum"),
        pytest.param({"min_calibration": 90.5}, 3, id="calibration below its minimum"),
        pytest.param({"min_coverage": 50}, 0, id="coverage at its minimum"),
        pytest.param({"min_coverage": 51}, 3, id="coverage below its minimum"),
    ],
)
def test_minima(gate: dict[str, Any], expected: int) -> None:
    half = Coverage(pods=1, nodes=2, nodes_with_evidence=1)
    assert code(SAFE, calibration=Calibration(9, 10), coverage=half, **gate) == expected


@pytest.mark.parametrize(
    ("calibration", "coverage", "gate"),
    [
        pytest.param(Calibration(), ALL_SEEN, {"min_calibration": 1}, id="nothing was recorded"),
        pytest.param(Calibration(1, 1), Coverage(), {"min_coverage": 1}, id="there is no node"),
    ],
)
def test_a_share_of_nothing_is_below_its_minimum(calibration: Calibration, coverage: Coverage, gate: dict[str, Any]) -> None:
    assert code(SAFE, calibration=calibration, coverage=coverage, **gate) == 3


@pytest.mark.parametrize(
    ("pods", "complete"),
    [
        pytest.param((RESTARTS,), True, id="2"),
        pytest.param((UNKNOWN,), True, id="3"),
        pytest.param((), False, id="3, for nothing was examined"),
        pytest.param((SAFE,), True, id="4"),
    ],
)
def test_exit_zero(pods: tuple[PlannedPod, ...], complete: bool) -> None:
    gate: dict[str, Any] = {"fail_on": EVERYTHING, "findings": (hazard(Severity.ERROR),)}
    assert code(*pods, complete=complete, **gate) != 0
    assert code(*pods, complete=complete, exit_zero=True, **gate) == 0
