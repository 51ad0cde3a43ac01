"""What differs between kubelet versions in how they read the manifest of a static pod: facts, read by hand out of each version.

Mirrors pkg/kubelet/config/common.go, pkg/apis/core/v1/defaults.go and pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PodLevelDefaults(Enum):
    """What pod-level resources get from the containers, under gate PodLevelResources.

    REQUESTS: requests (1.32). HUGE_PAGE_LIMITS: limits of huge pages as well, and requests of huge pages only from these (1.33).
    OVERCOMMITTABLE: no limit of huge pages where they are requested (1.34 on).
    """

    NONE = "none"
    REQUESTS = "requests"
    HUGE_PAGE_LIMITS = "huge-page-limits"
    OVERCOMMITTABLE = "overcommittable"


@dataclass(frozen=True, slots=True)
class ManifestFacts:
    """proc_mount_default: a container's securityContext gets procMount Default (1.14.0 to 1.14.3).

    resize_policy_default: under gate InPlacePodVerticalScaling app containers get a resizePolicy (1.27 to 1.32).
    newer_image_references: ``Registry/app`` and ``[fd00::1]/app`` are valid images, so that they have the tag latest (1.29 on).
    negative_grace_becomes_one: terminationGracePeriodSeconds below zero becomes 1 (1.27 on, up to 1.36 by conversion).
    """

    proc_mount_default: bool
    resize_policy_default: bool
    newer_image_references: bool
    pod_level_defaults: PodLevelDefaults
    negative_grace_becomes_one: bool
