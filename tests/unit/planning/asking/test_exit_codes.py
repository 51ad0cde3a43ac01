"""The gate: its exit code, which condition wins, what the thresholds do, and each condition with what it found."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from tests.builders_plan import container, plan, pod, restarting, unknown
from tests.unit.renderers.strategies import limits, plans
from upgradecheck.model.errors import UsageError
from upgradecheck.model.gate import Gate
from upgradecheck.model.hash import Hash
from upgradecheck.model.plan import Calibration, Coverage, Evidence, Finding, Grade, ObjectRef, Plan, PlannedPod, Severity, Verdict
from upgradecheck.planning.asking.exit_codes import GateLimits, Judged

GONE = (Verdict.REJECT, Verdict.RECREATE, Verdict.RESTART)
SAFE = pod("safe")
RESTARTS = pod("restarts", restarting())
UNKNOWN = pod("unknown", unknown())
ESTIMATED = pod("estimated", container(evidence=Evidence(Grade.ESTIMATED, Hash(1))))
RECREATED = pod("recreated", container(verdict=Verdict.RECREATE))
REJECTED = pod("rejected", container(verdict=Verdict.REJECT))
FINISHED = pod("finished", container(verdict=Verdict.NOT_COMPARED))
OVERRIDDEN = pod("overridden", container(verdict=Verdict.OVERRIDDEN))
SUPPRESSED = pod("suppressed", container(verdict=Verdict.SUPPRESSED))

IDLE = pod("idle", container(verdict=Verdict.NOT_COMPARED, evidence=Evidence(Grade.ESTIMATED, Hash(1))))

ALL_SEEN = Coverage(pods=1, nodes=2, nodes_with_evidence=2)


def hazard(severity: Severity) -> Finding:
    return Finding("UC999", severity, ObjectRef("Node", "worker-1"), "something", "do something")


def gate(
    *pods: PlannedPod,
    complete: bool = True,
    findings: tuple[Finding, ...] = (),
    calibration: Calibration = Calibration(10, 10),  # noqa: B008 - frozen
    coverage: Coverage = ALL_SEEN,
    **limits: Any,
) -> Gate:
    return GateLimits(**limits).judge(Judged(pods, plan(*pods).summary.containers, findings, calibration, coverage, complete))


def code(*pods: PlannedPod, **changes: Any) -> int:
    return gate(*pods, **changes).exit_code


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
        pytest.param("9" * 5000, 0, id="more digits than Python turns to a number"),
        pytest.param("9" * 5000 + "%", 0, id="and as a share"),
        pytest.param("0" * 5000 + "%", 2, id="zeros do not count"),
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
    ("limits", "expected"),
    [
        pytest.param({"min_calibration": 90}, 0, id="calibration at its minimum"),
        pytest.param({"min_calibration": 90.5}, 3, id="calibration below its minimum"),
        pytest.param({"min_coverage": 50}, 0, id="coverage at its minimum"),
        pytest.param({"min_coverage": 51}, 3, id="coverage below its minimum"),
    ],
)
def test_minima(limits: dict[str, Any], expected: int) -> None:
    half = Coverage(pods=1, nodes=2, nodes_with_evidence=1)
    assert code(SAFE, calibration=Calibration(9, 10), coverage=half, **limits) == expected


@pytest.mark.parametrize(
    ("calibration", "coverage", "limits"),
    [
        pytest.param(Calibration(), ALL_SEEN, {"min_calibration": 1}, id="nothing was recorded"),
        pytest.param(Calibration(1, 1), Coverage(), {"min_coverage": 1}, id="there is no node"),
    ],
)
def test_a_share_of_nothing_is_below_its_minimum(calibration: Calibration, coverage: Coverage, limits: dict[str, Any]) -> None:
    assert code(SAFE, calibration=calibration, coverage=coverage, **limits) == 3


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
    limits: dict[str, Any] = {"fail_on": EVERYTHING, "findings": (hazard(Severity.ERROR),)}
    strict, lenient = (gate(*pods, complete=complete, exit_zero=zero, **limits) for zero in (False, True))
    assert (strict.exit_code != 0, lenient) == (True, Gate(0, strict.conditions, exit_zero=True))


ASKED: dict[str, Any] = {"fail_on": EVERYTHING, "max_restarts": "5%", "min_calibration": 90.5, "min_coverage": 50.0}
HALF = Coverage(pods=1, nodes=2, nodes_with_evidence=1)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(
            gate(SAFE),
            (("restart", 0, 0, True), ("unknown", 0, 0, True), ("complete", True, True, True)),
            id="without options: restarts, unknowns, and whether all was seen",
        ),
        pytest.param(gate(SAFE, fail_on=frozenset()), (("complete", True, True, True),), id="completeness is always asked for"),
        pytest.param(
            gate(RESTARTS, UNKNOWN, ESTIMATED, complete=False, findings=(hazard(Severity.ERROR),), calibration=Calibration(), **ASKED),
            (
                ("restart", 1, "5%", False),
                ("unknown", 1, 0, False),
                ("estimated", 1, 0, False),
                ("complete", False, True, False),
                ("calibration", None, 90.5, False),
                ("coverage", 100, 50, True),
                ("hazard", 1, 0, False),
            ),
            id="everything, a share as it was given, and a share of nothing",
        ),
        pytest.param(
            gate(
                *FOUR_WITH_ONE_RESTART, max_restarts="2", calibration=Calibration(1, 3), coverage=HALF, min_calibration=30, min_coverage=51
            ),
            (
                ("restart", 1, 2, True),
                ("unknown", 0, 0, True),
                ("complete", True, True, True),
                ("calibration", 100 / 3, 30, True),
                ("coverage", 50, 51, False),
            ),
            id="numbers and shares against theirs",
        ),
        pytest.param(
            gate(pod("bare", verdict=Verdict.UNKNOWN), max_restarts="9" * 40),
            (("restart", 0, 2**53, True), ("unknown", 1, 0, False), ("complete", True, True, True)),
            id="a pod unknown as a whole is one; no more is allowed than JSON can hold",
        ),
    ],
)
def test_each_condition_is_told(found: Gate, expected: tuple[tuple[str, Any, Any, bool], ...]) -> None:
    assert tuple((one.name.value, one.value, one.limit, one.met) for one in found.conditions) == expected
    assert found.unmet == tuple(one for one in found.conditions if not one.met)


@given(plan=plans(), asked=limits)
def test_the_exit_code_is_what_it_was_before_conditions_were_data(plan: Plan, asked: GateLimits) -> None:
    # Of replicas nothing was known then, and pods without containers that are known were no part of the whole.
    pods = tuple(replace(one, replicas=None) for one in plan.pods if one.containers)
    judged = Judged(pods, plan.summary.containers, plan.findings, plan.calibration, plan.coverage, plan.complete)
    assert asked.judge(judged).exit_code == _code_of_old(asked, judged)


def _code_of_old(limits: GateLimits, seen: Judged) -> int:
    """The decision as one function had it, without saying what it was made of."""
    stopped = sum(seen.containers.get(verdict, 0) for verdict in GONE) + sum(
        one.verdict in GONE and not one.containers for one in seen.pods
    )
    allowed = float((limits.max_restarts or "0").removesuffix("%"))
    if (limits.max_restarts or "").endswith("%"):
        allowed = sum(number for verdict, number in seen.containers.items() if verdict is not Verdict.SUPPRESSED) * allowed / 100
    unknown = seen.containers.get(Verdict.UNKNOWN) or any(one.verdict is Verdict.UNKNOWN for one in seen.pods)
    estimated = any(
        one.evidence.grade is Grade.ESTIMATED and one.verdict is not Verdict.NOT_COMPARED for each in seen.pods for one in each.containers
    )
    shares = (
        (limits.min_calibration, seen.calibration.reproduced, seen.calibration.recorded),
        (limits.min_coverage, seen.coverage.nodes_with_evidence, seen.coverage.nodes),
    )
    below = any(least is not None and (whole == 0 or part * 100 < least * whole) for least, part, whole in shares)
    if limits.exit_zero:
        return 0
    if "restart" in limits.fail_on and stopped > allowed:
        return 2
    if not seen.complete or ("unknown" in limits.fail_on and unknown) or ("estimated" in limits.fail_on and estimated) or below:
        return 3
    return 4 if "hazard" in limits.fail_on and any(one.severity is not Severity.INFO for one in seen.findings) else 0
