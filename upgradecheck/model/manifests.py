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


class ManifestSource(Enum):
    """Whether a kubelet has a static pod from a file or from a URL (annotation kubernetes.io/config.source)."""

    FILE = "file"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class ManifestFile:
    """One manifest as a source read it: the JSON of its pod, or what is wrong with it for every kubelet.

    path is the file's path as the kubelet is given it (the directory as the user named it, and the name in it), or the URL. listed: the
    pod is an item of a PodList, so it needs no kind of its own.
    """

    path: str
    source: ManifestSource
    json: bytes | None = None
    problem: str | None = None
    listed: bool = False

    def __repr__(self) -> str:
        return f"ManifestFile({self.path!r}, {self.source.value})"


@dataclass(frozen=True, slots=True)
class Manifests:
    """The static pods of one kubelet, in its order. notices: what was passed over, as the kubelet passes it over.

    each_alone: of a directory, a file that is refused is passed over and the others run. Else (a single file, or a URL) one that is refused
    leaves the kubelet without an answer from this source: it then also cleans up nothing, so what runs goes on running.
    """

    name: str
    files: tuple[ManifestFile, ...]
    notices: tuple[str, ...] = ()
    each_alone: bool = True
