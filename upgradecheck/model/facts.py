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


class GateBefore(msgspec.Struct, frozen=True, gc=False):
    """What a feature gate was in the patches of its minor before one. The others: as of FeatureGate."""

    patch: int
    default: bool
    stage: str
    locked: bool = False


class FeatureGate(msgspec.Struct, frozen=True, gc=False):
    """A feature gate in the newest patch of a minor: on or off by default, whether that is fixed, and its stage.

    stage is ``alpha``, ``beta``, ``ga`` or ``deprecated``. since_patch: the first patch of the minor that has the gate. before: what it was
    up to patches that made it another, the last first.
    """

    default: bool
    stage: str
    locked: bool = False
    since_patch: int = 0
    before: tuple[GateBefore, ...] = ()

    def at(self, patch: int) -> FeatureGate:
        """The gate as a patch of the minor has it."""
        then = next((one for one in reversed(self.before) if patch < one.patch), None)
        return self if then is None else FeatureGate(then.default, then.stage, then.locked, self.since_patch)
