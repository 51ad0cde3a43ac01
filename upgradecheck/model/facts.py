"""Facts that a minor has, and that some of its patch releases changed."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

F = TypeVar("F")


class ByPatch(msgspec.Struct, Generic[F], frozen=True, gc=False):
    """The facts of a minor's first release, and for each patch that changed them the facts from it on, oldest first."""

    first: F
    later: tuple[tuple[int, F], ...] = ()

    def at(self, patch: int) -> F:
        """The facts in force in a patch release."""
        return next((facts for since, facts in reversed(self.later) if since <= patch), self.first)


class FeatureGate(msgspec.Struct, frozen=True, gc=False):
    """A feature gate in one minor: on or off by default, whether that is fixed, and its stage.

    stage is ``alpha``, ``beta``, ``ga`` or ``deprecated``. since_patch: the first patch of the minor that has the gate.
    """

    default: bool
    stage: str
    locked: bool = False
    since_patch: int = 0
