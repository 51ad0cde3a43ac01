"""What ``doctor`` finds: whether plan could see all that it needs from here, and what it would lack."""

from __future__ import annotations

from enum import Enum

import msgspec


class Area(Enum):
    """What a check is about."""

    CONFIGURATION = "configuration"
    CLUSTER = "cluster"
    PERMISSIONS = "permissions"
    VERSIONS = "versions"
    CLOCK = "clock"
    NODE = "node"
    RUNTIME = "runtime"
    CHECKPOINT = "checkpoint"


class CheckState(Enum):
    """WARNING: a plan can be made, and lacks something. FAILED: no plan, or not the one asked for. SKIPPED: does not concern this place."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


class Check(msgspec.Struct, frozen=True, gc=False):
    """One thing looked at: what, what was found there, and what to do about it (empty where nothing need be done)."""

    area: Area
    what: str
    state: CheckState
    found: str
    remedy: str = ""


class Diagnosis(msgspec.Struct, frozen=True, gc=False):
    """All checks, in the order in which a plan would need them; next: what to type on this node, if it is one."""

    checks: tuple[Check, ...]
    next: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether something that is needed is not there."""
        return any(check.state is CheckState.FAILED for check in self.checks)
