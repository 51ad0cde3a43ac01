"""What differs between kubelet versions when a restarted kubelet admits its pods again: facts, read by hand out of each version.

The mirror in upgradecheck.decisions asks these and no version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class QOSClass(Enum):
    """Quality of service of a pod, by the name that the API has for it; a pod's cgroup stands below that of its class."""

    GUARANTEED = "Guaranteed"
    BURSTABLE = "Burstable"
    BEST_EFFORT = "BestEffort"


class QOSRule(Enum):
    """How a kubelet finds the QoS class; the value is the name that hashdata uses.

    SUMS: from the sums over all containers (up to 1.36). EACH: from the class of each container (1.37).
    """

    SUMS = "sums"
    EACH = "each"


@dataclass(frozen=True, slots=True)
class AdmissionFacts:
    """qos_rule: see QOSRule. qos_counts_init: init containers and sidecars count for it too (1.16 on), ephemeral ones never.

    qos_counts_huge_pages: huge pages count beside cpu and memory (up to 1.9).
    qos_from_status: the class that the API server wrote into the status stands, and is not computed anew (1.29 on).
    """

    qos_rule: QOSRule
    qos_counts_init: bool
    qos_counts_huge_pages: bool
    qos_from_status: bool
