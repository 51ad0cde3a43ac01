"""What becomes of a pod at admission."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Refusal(Enum):
    """Why a kubelet does not admit a pod; the value is the reason that kubelets write into its status, by their newest name for it."""

    OUT_OF = "OutOf"
    NODE_AFFINITY = "NodeAffinity"
    NODE_NAME = "NodeName"
    NODE_PORTS = "NodePorts"
    TAINT = "TaintToleration"
    OS_LABEL = "PodOSSelectorNodeLabelDoesNotMatch"
    OS = "PodOSNotSupported"
    SIDECAR = "InitContainerRestartPolicyForbidden"
    STRICT_GROUPS = "SupplementalGroupsPolicyNotSupported"
    POD_RESOURCES = "PodLevelResourcesNotSupported"
    FEATURE = "PodFeatureUnsupported"
    APPARMOR = "AppArmor"
    SYSCTL = "SysctlForbidden"
    EVICTED = "Evicted"
    UNEXPECTED = "UnexpectedAdmissionError"
    PREEMPTED = "Preempting"


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground for refusing a pod: reason is the text that this version writes; asked and has tell what does not go together.

    stays_pending: the containers are stopped, and the pod stays Pending instead of failing.
    """

    refusal: Refusal
    reason: str
    asked: str
    has: str
    stays_pending: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """Nothing at hand speaks against the pod."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The evidence shows that the pod is refused."""

    ground: Ground


@dataclass(frozen=True, slots=True)
class Possible:
    """The pod may be refused; unknown says what would have to be known."""

    ground: Ground
    unknown: str


Outcome = Admitted | Refused | Possible
ADMITTED = Admitted()


def plain(refusal: Refusal, asked: str, has: str) -> Ground:
    """A ground whose reason is the same in every version that has it."""
    return Ground(refusal, refusal.value, asked, has)
