"""Facts that a minor has, and that some of its patch releases changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

F = TypeVar("F")


@dataclass(frozen=True, slots=True)
class ByPatch(Generic[F]):
    """The facts of a minor's first release, and for each patch that changed them the facts from it on, oldest first."""

    first: F
    later: tuple[tuple[int, F], ...] = ()

    def at(self, patch: int) -> F:
        """The facts in force in a patch release."""
        return next((facts for since, facts in reversed(self.later) if since <= patch), self.first)


@dataclass(frozen=True, slots=True)
class FeatureGate:
    """A feature gate in one minor: on or off by default, whether that is fixed, and its stage.

    stage is ``alpha``, ``beta``, ``ga`` or ``deprecated``.
    """

    default: bool
    stage: str
    locked: bool = False
