"""From a plan's facts to its gate: 1 is no report, 2 restarts, 3 undetermined, 4 hazards, 0 nothing of these; the worst wins.

What an ignore entry accepts is no restart, nothing unknown and no hazard here; nor does it make a share of restarts smaller, as if it ran
on. What is missing, and what evidence rests on, is no entry's to change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
from msgspec.structs import replace

from upgradecheck.model.alike import those, weighed
from upgradecheck.model.exit_codes import EXIT_OK
from upgradecheck.model.gate import Condition, ConditionName, Gate, worst_code
from upgradecheck.model.plan import GONE, Calibration, Coverage, Finding, Grade, Plan, PlannedContainer, PlannedPod, Severity, Verdict
from upgradecheck.planning.asking.conditions import FAIL_ON, max_restarts

_LARGEST = 2**53
"""What every reader of JSON can hold; no cluster has as many containers."""


class Judged(msgspec.Struct, frozen=True, gc=False):
    """What the conditions are about. containers: as many as there are, of templates by their replicas."""

    pods: Sequence[PlannedPod]
    containers: Mapping[Verdict, int]
    findings: tuple[Finding, ...]
    calibration: Calibration
    coverage: Coverage
    complete: bool


class GateLimits(msgspec.Struct, frozen=True, gc=False):
    """What fails a run. max_restarts is a number or a share of containers (``5%``); the minima are shares from 0 to 100."""

    fail_on: frozenset[str] = frozenset({"restart", "unknown"})
    max_restarts: str | None = None
    min_coverage: float | None = None
    min_calibration: float | None = None
    exit_zero: bool = False

    def __post_init__(self) -> None:
        """Refuses max_restarts that is neither a number nor a percentage, before anything is read (UsageError)."""
        if self.max_restarts is not None:
            max_restarts("--max-restarts", self.max_restarts)

    def judge(self, seen: Judged) -> Gate:
        """The gate with every condition that was asked for, and that of completeness, which always is: partial data is never 0."""
        conditions = tuple(self._conditions(seen))
        return Gate(EXIT_OK if self.exit_zero else worst_code(conditions), conditions, self.exit_zero)

    def _conditions(self, seen: Judged) -> Iterator[Condition]:
        if "restart" in self.fail_on:
            yield self._restarts(seen)
        if "unknown" in self.fail_on:
            yield _at_most(ConditionName.UNKNOWN, _unknown(seen))
        if "estimated" in self.fail_on:
            estimated = sum(
                pod.number * times * _rests_on_an_estimate(container) for pod, times in weighed(seen.pods) for container in pod.containers
            )
            yield _at_most(ConditionName.ESTIMATED, estimated)
        yield Condition(ConditionName.COMPLETE, seen.complete, limit=True, met=seen.complete)
        if self.min_calibration is not None:
            yield _at_least(ConditionName.CALIBRATION, seen.calibration.reproduced, seen.calibration.recorded, self.min_calibration)
        if self.min_coverage is not None:
            yield _at_least(ConditionName.COVERAGE, seen.coverage.nodes_with_evidence, seen.coverage.nodes, self.min_coverage)
        if "hazard" in self.fail_on:
            yield _at_most(ConditionName.HAZARD, sum(map(_counts, seen.findings)))

    def _restarts(self, seen: Judged) -> Condition:
        stopped = sum(seen.containers.get(verdict, 0) for verdict in GONE)
        bare = list(those(seen.pods, lambda pod: not pod.containers))
        stopped += sum(pod.number for pod in bare if pod.verdict in GONE)
        text = self.max_restarts or "0"
        number = _number(text.removesuffix("%"))
        if text.endswith("%"):
            every = sum(number for verdict, number in seen.containers.items() if verdict is not Verdict.SUPPRESSED)
            every += sum(pod.number for pod in bare if pod.verdict is not Verdict.SUPPRESSED)
            return Condition(ConditionName.RESTART, stopped, text, stopped * 100 <= number * every)
        return Condition(ConditionName.RESTART, stopped, number, stopped <= number)


def limits_of(gate: Gate) -> GateLimits:
    """The limits that a gate was judged by, as far as its conditions tell them."""
    limits = {condition.name: condition.limit for condition in gate.conditions}
    restarts = limits.get(ConditionName.RESTART)
    return GateLimits(
        fail_on=frozenset(name.value for name in limits).intersection(FAIL_ON),
        max_restarts=None if restarts is None else str(restarts),
        min_coverage=_share(limits.get(ConditionName.COVERAGE)),
        min_calibration=_share(limits.get(ConditionName.CALIBRATION)),
        exit_zero=gate.exit_zero,
    )


def _share(limit: object) -> float | None:
    return float(limit) if isinstance(limit, (int, float)) else None


def judged_by(plan: Plan, limits: GateLimits) -> Plan:
    """The plan with the gate that these limits make of it."""
    seen = Judged(plan.pods, plan.summary.containers, plan.findings, plan.calibration, plan.coverage, plan.complete)
    return replace(plan, gate=limits.judge(seen))


def judged_without_gate(plan: Plan) -> Plan:
    """A plan of which only the exit code was kept: as it is, unless the default conditions make a worse one."""
    judged = judged_by(plan, GateLimits())
    return judged if _badness(judged.exit_code) > _badness(plan.exit_code) else plan


def _badness(exit_code: int) -> int:
    """2 is worse than 3, that than 4, and 0 is best."""
    return 0 if exit_code == EXIT_OK else -exit_code + _LARGEST


def _number(digits: str) -> int:
    significant = digits.lstrip("0")
    return min(int(significant or "0"), _LARGEST) if len(significant) <= len(str(_LARGEST)) else _LARGEST


def _unknown(seen: Judged) -> int:
    """Containers that are unknown, and pods that are so as a whole."""
    as_a_whole = those(seen.pods, lambda pod: pod.verdict is Verdict.UNKNOWN)
    bare = sum(pod.number for pod in as_a_whole if all(container.verdict is not Verdict.UNKNOWN for container in pod.containers))
    return seen.containers.get(Verdict.UNKNOWN, 0) + bare


def _rests_on_an_estimate(container: PlannedContainer) -> bool:
    """Whether its verdict would be another one if the estimate were wrong: what is not compared, as it does not run, rests on none."""
    return container.evidence.grade is Grade.ESTIMATED and container.verdict is not Verdict.NOT_COMPARED


def _counts(finding: Finding) -> bool:
    return finding.severity is not Severity.INFO and finding.ignored_by is None


def _at_most(name: ConditionName, value: int, limit: int = 0) -> Condition:
    return Condition(name, value, limit, value <= limit)


def _at_least(name: ConditionName, part: int, whole: int, minimum: float) -> Condition:
    """A share against its minimum; a share of nothing is below any."""
    share = None if whole == 0 else _short(part * 100 / whole)
    return Condition(name, share, _short(minimum), whole > 0 and part * 100 >= minimum * whole)


def _short(share: float) -> int | float:
    """A whole number as one."""
    return int(share) if float(share).is_integer() else share
