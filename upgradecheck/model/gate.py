"""The gate of a plan: what its exit code says, and each condition that was asked of it, with what it found and what it allows.

Not a feature gate, which is a switch of a kubelet (``model.facts.FeatureGate``). The words are those of the JSON contract.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

import msgspec

from upgradecheck.model.exit_codes import EXIT_HAZARDS, EXIT_OK, EXIT_RESTARTS, EXIT_UNDETERMINED


class ConditionName(Enum):
    """What a run can fail on, in the order in which it is told."""

    RESTART = "restart"
    UNKNOWN = "unknown"
    ESTIMATED = "estimated"
    COMPLETE = "complete"
    CALIBRATION = "calibration"
    COVERAGE = "coverage"
    HAZARD = "hazard"


CODE: Mapping[ConditionName, int] = {
    **dict.fromkeys(ConditionName, EXIT_UNDETERMINED),
    ConditionName.RESTART: EXIT_RESTARTS,
    ConditionName.HAZARD: EXIT_HAZARDS,
}
"""The exit code of each condition that is not met; of several the first of 2, 3, 4."""


class Condition(msgspec.Struct, frozen=True, gc=False):
    """One condition that applies: what was found, what is allowed at most (or wanted at least), and whether that is so.

    Numbers for restart, unknown, estimated and hazard, shares from 0 to 100 for calibration and coverage (None where there is nothing
    to have a share of), a truth for complete. A limit that was given as a share of a number is the text that was given: ``5%``.
    """

    name: ConditionName
    value: bool | int | float | None
    limit: bool | int | float | str
    met: bool


class Gate(msgspec.Struct, frozen=True, gc=False):
    """The exit code, and the conditions that it is made of; exit_zero: the user wants 0 whatever they say."""

    exit_code: int
    conditions: tuple[Condition, ...] = ()
    exit_zero: bool = False

    @property
    def unmet(self) -> tuple[Condition, ...]:
        """The conditions that are not met."""
        return tuple(condition for condition in self.conditions if not condition.met)

    @property
    def worst_code(self) -> int:
        """The exit code of the worst condition that is not met, whatever the user wanted."""
        return worst_code(self.conditions)


def worst_code(conditions: Iterable[Condition]) -> int:
    """The exit code of the worst of these conditions that is not met."""
    return min((CODE[condition.name] for condition in conditions if not condition.met), default=EXIT_OK)
