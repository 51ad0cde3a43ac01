"""One pod's part of a plan, told step by step in the kubelet's order; what the plan says is taken over, never decided anew."""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.hash import Hash
from upgradecheck.model.places import Place
from upgradecheck.model.plan import PlannedContainer, PlannedPod
from upgradecheck.model.reasons import Family
from upgradecheck.model.remedies import Way
from upgradecheck.model.steps import StepName
from upgradecheck.model.version import KubeletVersion


class StepOutcome(Enum):
    """DECIDES: the verdict, or that there is none, comes from here. NOT_SEEN: the evidence does not show it; it counts as passed."""

    PASSED = "passed"
    DECIDES = "decides"
    NOT_SEEN = "not-seen"
    NOT_REACHED = "not-reached"


class ExplainedStep(msgspec.Struct, frozen=True, gc=False):
    """One step. detail: what was found there, in words with names of the cluster, not yet encoded. tag: of the new version."""

    step: StepName
    outcome: StepOutcome
    detail: str
    place: Place
    tag: str


class BuildHash(msgspec.Struct, frozen=True, gc=False):
    """What one kubelet that a version can be makes of a container."""

    release: str
    hash: Hash


class ValueChange(Enum):
    """What becomes of a path between what the two versions hash."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Difference(msgspec.Struct, frozen=True, gc=False):
    """A path that the two versions hash otherwise. before and after are JSON, None unless values were asked for: they may be secret."""

    change: ValueChange
    path: str
    before: str | None = None
    after: str | None = None

    def __repr__(self) -> str:
        return f"Difference({self.change.value}, {self.path!r})"


class Announcement(msgspec.Struct, frozen=True, gc=False):
    """What kubelets of these releases write when they kill the container for its hash; log is None where they write no line."""

    releases: tuple[str, ...]
    event: str
    log: str | None


class Avoidance(msgspec.Struct, frozen=True, gc=False):
    """A way, whether it would help here, and why."""

    way: Way
    possible: bool
    detail: str


class ExplainedContainer(msgspec.Struct, frozen=True, gc=False):
    """A container as the plan has it, and how that came about. under_from and under_to: one for each kubelet that the version can be."""

    planned: PlannedContainer
    under_from: tuple[BuildHash, ...]
    under_to: tuple[BuildHash, ...]
    differences: tuple[Difference, ...]
    steps: tuple[ExplainedStep, ...]
    announcements: tuple[Announcement, ...]
    avoid: tuple[Avoidance, ...]

    @property
    def next_step(self) -> str | None:
        """What makes the answer another one, or surer; None about a manifest, of which avoid tells."""
        reason = self.planned.reason
        return None if reason.family is Family.MANIFEST else reason.next_step


class Explanation(msgspec.Struct, frozen=True, gc=False):
    """A pod of a plan, explained. steps: those of the pod as a whole; containers: all of it, or the one that was asked for.

    runtime is as the node reports it. to_releases: the kubelets that the new version can be.
    """

    from_version: KubeletVersion | None
    to_version: KubeletVersion
    to_releases: tuple[str, ...]
    runtime: str | None
    pod: PlannedPod
    steps: tuple[ExplainedStep, ...]
    containers: tuple[ExplainedContainer, ...]
    notices: tuple[str, ...] = ()
