"""What becomes of a pod at admission."""

from __future__ import annotations

from enum import Enum

import msgspec

from upgradecheck.model.reasons import Reason


class Refusal(Enum):
    """Why a kubelet does not admit a pod; the value is the reason that kubelets write into its status, by their newest name for it."""

    _value_: str

    def __new__(cls, written: str, reason: Reason | None = None) -> Refusal:
        """The kubelet's word alone is the value; the reason is ours for it."""
        refusal = object.__new__(cls)
        refusal._value_ = written
        return refusal

    def __init__(self, written: str, reason: Reason | None = None) -> None:
        assert reason is not None
        self.reason = reason

    @property
    def value(self) -> str:
        """The kubelet's word. (mypy does not know the type of Enum's own where __new__ sets it.)"""
        return self._value_

    OUT_OF = "OutOf", Reason.OUT_OF_RESOURCES
    NODE_AFFINITY = "NodeAffinity", Reason.NODE_AFFINITY
    NODE_NAME = "NodeName", Reason.NODE_NAME
    NODE_PORTS = "NodePorts", Reason.HOST_PORTS
    TAINT = "TaintToleration", Reason.TAINT
    OS_LABEL = "PodOSSelectorNodeLabelDoesNotMatch", Reason.OS
    OS = "PodOSNotSupported", Reason.OS
    SIDECAR = "InitContainerRestartPolicyForbidden", Reason.SIDECAR_FORBIDDEN
    STRICT_GROUPS = "SupplementalGroupsPolicyNotSupported", Reason.STRICT_GROUPS
    POD_RESOURCES = "PodLevelResourcesNotSupported", Reason.POD_LEVEL_RESOURCES
    FEATURE = "PodFeatureUnsupported", Reason.NODE_FEATURE
    APPARMOR = "AppArmor", Reason.APPARMOR
    SYSCTL = "SysctlForbidden", Reason.SYSCTL
    EVICTED = "Evicted", Reason.EVICTED
    UNEXPECTED = "UnexpectedAdmissionError", Reason.UNEXPECTED_ADMISSION_ERROR
    NO_NEW_PRIVS = "NoNewPrivs", Reason.NO_NEW_PRIVS
    PROC_MOUNT = "ProcMount", Reason.PROC_MOUNT
    TOPOLOGY = "TopologyAffinityError", Reason.TOPOLOGY
    PREEMPTED = "Preempting", Reason.PREEMPTED


class Ground(msgspec.Struct, frozen=True, gc=False):
    """One ground for refusing a pod: reason is the text that this version writes; asked and has tell what does not go together.

    stays_pending: the containers are stopped, and the pod stays Pending instead of failing.
    """

    refusal: Refusal
    reason: str
    asked: str
    has: str
    stays_pending: bool = False


class Admitted(msgspec.Struct, frozen=True, gc=False):
    """Nothing at hand speaks against the pod."""


class Refused(msgspec.Struct, frozen=True, gc=False):
    """The evidence shows that the pod is refused."""

    ground: Ground


class Possible(msgspec.Struct, frozen=True, gc=False):
    """The pod may be refused; unknown says what would have to be known.

    likely: what the evidence shows speaks for it; else it takes a race that is seldom lost, or something that most nodes have.
    """

    ground: Ground
    unknown: str
    likely: bool = False


Outcome = Admitted | Refused | Possible
ADMITTED = Admitted()


def plain(refusal: Refusal, asked: str, has: str) -> Ground:
    """A ground whose reason is the same in every version that has it."""
    return Ground(refusal, refusal.value, asked, has)
