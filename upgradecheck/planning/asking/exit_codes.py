"""From a plan's facts to its exit code: 1 is no report, 2 restarts, 3 undetermined, 4 hazards, 0 nothing of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from upgradecheck.model.plan import Calibration, Coverage, Finding, Grade, PlannedContainer, PlannedPod, Severity, Verdict
from upgradecheck.planning.asking.conditions import max_restarts

EXIT_OK = 0
EXIT_RESTARTS = 2
EXIT_UNDETERMINED = 3
EXIT_HAZARDS = 4
_STOPS = (Verdict.REJECT, Verdict.RECREATE, Verdict.RESTART)


@dataclass(frozen=True, slots=True)
class Gate:
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

    def exit_code(
        self,
        pods: tuple[PlannedPod, ...],
        containers: Mapping[Verdict, int],
        findings: tuple[Finding, ...],
        calibration: Calibration,
        coverage: Coverage,
        *,
        complete: bool,
    ) -> int:
        """The worst that applies. Partial data is never 0, whatever fail_on says."""
        code = EXIT_OK
        if "restart" in self.fail_on and self._too_many(containers, pods):
            code = EXIT_RESTARTS
        elif not complete or self._undetermined(pods, containers, calibration, coverage):
            code = EXIT_UNDETERMINED
        elif "hazard" in self.fail_on and any(finding.severity is not Severity.INFO for finding in findings):
            code = EXIT_HAZARDS
        return EXIT_OK if self.exit_zero else code

    def _too_many(self, containers: Mapping[Verdict, int], pods: tuple[PlannedPod, ...]) -> bool:
        stopped = sum(containers.get(verdict, 0) for verdict in _STOPS)
        whole_pods = sum(pod.verdict in _STOPS and not pod.containers for pod in pods)
        return stopped + whole_pods > self._allowed(sum(containers.values()))

    def _allowed(self, total: int) -> float:
        text = self.max_restarts
        if text is None:
            return 0
        number = int(text.removesuffix("%"))
        return total * number / 100 if text.endswith("%") else number

    def _undetermined(
        self, pods: tuple[PlannedPod, ...], containers: Mapping[Verdict, int], calibration: Calibration, coverage: Coverage
    ) -> bool:
        if "unknown" in self.fail_on and (containers.get(Verdict.UNKNOWN) or any(pod.verdict is Verdict.UNKNOWN for pod in pods)):
            return True
        if "estimated" in self.fail_on and any(_rests_on_an_estimate(container) for pod in pods for container in pod.containers):
            return True
        return _below(self.min_calibration, calibration.reproduced, calibration.recorded) or _below(
            self.min_coverage, coverage.nodes_with_evidence, coverage.nodes
        )


def _rests_on_an_estimate(container: PlannedContainer) -> bool:
    """Whether its verdict would be another one if the estimate were wrong: what is not compared, as it does not run, rests on none."""
    return container.evidence.grade is Grade.ESTIMATED and container.verdict is not Verdict.NOT_COMPARED


def _below(minimum: float | None, part: int, whole: int) -> bool:
    """Whether a share is below its minimum; a share of nothing is below any."""
    return minimum is not None and (whole == 0 or part * 100 < minimum * whole)
