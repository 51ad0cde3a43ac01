"""One pod's part of a plan, told step by step in the kubelet's order; what the plan says is taken over, never decided anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from upgradecheck.model.places import Place
from upgradecheck.model.plan import PlannedContainer, PlannedPod, Reason


class StepName(Enum):
    """The steps of a kubelet's decision, in its order: those of the pod first, then those of each container."""

    SPEC = "spec"
    MANIFEST = "manifest"
    STATIC_UID = "static-uid"
    POD_STATE = "pod-state"
    ADMISSION = "admission"
    CGROUP = "cgroup"
    SANDBOX_COUNT = "sandbox-count"
    SANDBOX_READY = "sandbox-ready"
    SANDBOX_NETWORK = "sandbox-network"
    SANDBOX_ADDRESS = "sandbox-address"
    INIT = "init-containers"
    RUNNING = "running"
    KIND = "kind"
    STARTUP_PROBE = "startup-probe"
    CREATOR = "creator"
    HASH = "hash"
    RESOURCES = "resources"


class StepOutcome(Enum):
    """DECIDES: the verdict, or that there is none, comes from here. NOT_SEEN: the evidence does not show it; it counts as passed."""

    PASSED = "passed"
    DECIDES = "decides"
    NOT_SEEN = "not-seen"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step. detail: what was found there, in words with names of the cluster, not yet encoded. tag: of the new version."""

    step: StepName
    outcome: StepOutcome
    detail: str
    place: Place
    tag: str


@dataclass(frozen=True, slots=True)
class BuildHash:
    """What one kubelet that a version can be makes of a container."""

    release: str
    hash: int


class Change(Enum):
    """What becomes of a path between what the two versions hash."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, repr=False)
class Difference:
    """A path that the two versions hash otherwise. before and after are JSON, None unless values were asked for: they may be secret."""

    change: Change
    path: str
    before: str | None = None
    after: str | None = None

    def __repr__(self) -> str:
        return f"Difference({self.change.value}, {self.path!r})"


@dataclass(frozen=True, slots=True)
class Announcement:
    """What kubelets of these releases write when they kill the container for its hash; log is None where they write no line."""

    releases: tuple[str, ...]
    event: str
    log: str | None


class Way(Enum):
    """What one may do about a verdict."""

    OVERRIDE = "override"
    DRAIN = "drain"
    SET_UID = "set-uid"
    CHANGE_MANIFEST = "change-manifest"
    CHANGE_SPEC = "change-spec"
    CHANGE_NODE = "change-node"
    OTHER_VERSION = "other-version"


@dataclass(frozen=True, slots=True)
class Avoidance:
    """A way, whether it would help here, and why."""

    way: Way
    possible: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ExplainedContainer:
    """A container as the plan has it, and how that came about. under_from and under_to: one for each kubelet that the version can be."""

    planned: PlannedContainer
    under_from: tuple[BuildHash, ...]
    under_to: tuple[BuildHash, ...]
    differences: tuple[Difference, ...]
    steps: tuple[ExplainedStep, ...]
    announcements: tuple[Announcement, ...]
    avoid: tuple[Avoidance, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A pod of a plan, explained. steps: those of the pod as a whole; containers: all of it, or the one that was asked for.

    runtime is as the node reports it. to_releases: the kubelets that the new version can be.
    """

    from_version: str | None
    to_version: str
    to_releases: tuple[str, ...]
    runtime: str | None
    pod: PlannedPod
    steps: tuple[ExplainedStep, ...]
    containers: tuple[ExplainedContainer, ...]
    notices: tuple[str, ...] = ()


STEP_OF: Mapping[Reason, StepName] = {
    Reason.HASH_EQUAL: StepName.HASH,
    Reason.HASH_CHANGED: StepName.HASH,
    Reason.ONLY_RESOURCES_CHANGED: StepName.HASH,
    Reason.RECORD_ABSENT: StepName.HASH,
    Reason.NOT_REPRODUCED: StepName.HASH,
    Reason.CREATORS_DISAGREE: StepName.HASH,
    Reason.FROM_UNKNOWN: StepName.HASH,
    Reason.SPEC_SEEN_BY_OLD_KUBELET_ONLY: StepName.HASH,
    Reason.HISTORY_BEFORE: StepName.CREATOR,
    Reason.HISTORY_AFTER: StepName.CREATOR,
    Reason.HISTORY_GAP: StepName.CREATOR,
    Reason.HISTORY_CONTRADICTS: StepName.CREATOR,
    Reason.HISTORY_OVERRIDE: StepName.CREATOR,
    Reason.HISTORY_NOT_COMPUTABLE: StepName.CREATOR,
    Reason.HISTORY_NO_START: StepName.CREATOR,
    Reason.HISTORY_UNTRUSTED: StepName.CREATOR,
    Reason.KIND_NOT_COMPARED: StepName.KIND,
    Reason.INIT_RERUNS: StepName.INIT,
    Reason.NOT_RUNNING: StepName.RUNNING,
    Reason.FINISHED: StepName.RUNNING,
    Reason.WILL_START: StepName.RUNNING,
    Reason.NOT_SCHEDULED: StepName.POD_STATE,
    Reason.POD_FINISHED: StepName.POD_STATE,
    Reason.POD_TERMINATING: StepName.POD_STATE,
    Reason.STARTUP_PROBE_PENDING: StepName.STARTUP_PROBE,
    Reason.RESIZE: StepName.RESOURCES,
    Reason.RESIZE_BASELINE: StepName.RESOURCES,
    Reason.CGROUP_MISSING: StepName.CGROUP,
    Reason.SANDBOXES_READY: StepName.SANDBOX_COUNT,
    Reason.SANDBOX_NOT_READY: StepName.SANDBOX_READY,
    Reason.NETWORK_MODE_CHANGED: StepName.SANDBOX_NETWORK,
    Reason.SANDBOX_WITHOUT_ADDRESS: StepName.SANDBOX_ADDRESS,
    Reason.STATIC_UID_CHANGED: StepName.STATIC_UID,
    Reason.STATIC_POD_UID: StepName.STATIC_UID,
    Reason.MANIFEST_GONE: StepName.MANIFEST,
    Reason.MANIFEST_NOT_DECODED: StepName.MANIFEST,
    Reason.MANIFEST_INVALID: StepName.MANIFEST,
    Reason.MANIFEST_REFERENCES: StepName.MANIFEST,
    Reason.OUT_OF_RESOURCES: StepName.ADMISSION,
    Reason.NODE_AFFINITY: StepName.ADMISSION,
    Reason.NODE_NAME: StepName.ADMISSION,
    Reason.HOST_PORTS: StepName.ADMISSION,
    Reason.TAINT: StepName.ADMISSION,
    Reason.OS: StepName.ADMISSION,
    Reason.SIDECAR_FORBIDDEN: StepName.ADMISSION,
    Reason.STRICT_GROUPS: StepName.ADMISSION,
    Reason.POD_LEVEL_RESOURCES: StepName.ADMISSION,
    Reason.NODE_FEATURE: StepName.ADMISSION,
    Reason.APPARMOR: StepName.ADMISSION,
    Reason.SYSCTL: StepName.ADMISSION,
    Reason.EVICTED: StepName.ADMISSION,
    Reason.UNEXPECTED_ADMISSION_ERROR: StepName.ADMISSION,
    Reason.PREEMPTED: StepName.ADMISSION,
    Reason.NO_SPEC: StepName.SPEC,
    Reason.NOT_IN_SPEC: StepName.SPEC,
    Reason.SPEC_REFUSED: StepName.SPEC,
    Reason.VERSION_UNKNOWN: StepName.SPEC,
}
"""Where each reason comes from. For static pods SPEC is MANIFEST; VERSION_AMBIGUOUS can come from several."""
