"""What differs between kubelet versions in how they read the manifest of a static pod: facts, read by hand out of each version.

Mirrors pkg/kubelet/config/common.go, pkg/apis/core/v1/defaults.go and pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from enum import Enum

import msgspec


class PodLevelDefaults(Enum):
    """What pod-level resources get from the containers, under gate PodLevelResources.

    REQUESTS: requests (1.32). HUGE_PAGE_LIMITS: limits of huge pages as well, and requests of huge pages only from these (1.33).
    OVERCOMMITTABLE: no limit of huge pages where they are requested (1.34 on).
    """

    NONE = "none"
    REQUESTS = "requests"
    HUGE_PAGE_LIMITS = "huge-page-limits"
    OVERCOMMITTABLE = "overcommittable"


class ManifestRefusal(Enum):
    """What some versions refuse and others take; the value is the name that hashdata uses.

    A name with UNLESS_GATE is refused while the gate is off that its comment names, one with UNDER_GATE while it is on. What every
    version refuses that knows the field is not here, nor what a minor drops because it does not know it.
    """

    PROBE_GRACE_ZERO = "probe-grace-zero"
    HOOK_SLEEP_ZERO = "hook-sleep-zero"
    CONTAINER_RESTART_POLICY = "container-restart-policy"
    """On app containers, and on init containers another one than Always."""
    CONTAINER_RESTART_POLICY_UNLESS_GATE = "container-restart-policy-unless-gate"
    """ContainerRestartRules."""
    RESIZE_RESTART_OF_NEVER = "resize-restart-of-never"
    INIT_RESIZE_POLICY = "init-resize-policy"
    """1.35 to 1.37 would, were InPlacePodVerticalScaling off, which it cannot be there."""
    INIT_RESIZE_RESTART = "init-resize-restart"
    SCTP = "sctp"
    SCTP_UNLESS_GATE = "sctp-unless-gate"
    """SCTPSupport."""
    ODD_ENV_NAMES = "odd-env-names"
    ODD_ENV_NAMES_UNLESS_GATE = "odd-env-names-unless-gate"
    """RelaxedEnvironmentVariableValidation."""
    HUGE_PAGES_DOWNWARD = "huge-pages-downward"
    HUGE_PAGES_DOWNWARD_UNLESS_GATE = "huge-pages-downward-unless-gate"
    """DownwardAPIHugePages."""
    HUGE_PAGES_UNLESS_GATE = "huge-pages-unless-gate"
    """HugePages."""
    HUGE_PAGES_MIXED = "huge-pages-mixed"
    HUGE_PAGES_MIXED_UNLESS_GATE = "huge-pages-mixed-unless-gate"
    """HugePageStorageMediumSize."""
    HUGE_PAGES_ALONE = "huge-pages-alone"
    """Without cpu or memory."""
    HUGE_PAGES_INDIVISIBLE = "huge-pages-indivisible"
    LOCAL_STORAGE_UNLESS_GATE = "local-storage-unless-gate"
    """LocalStorageCapacityIsolation."""
    POD_RESOURCES_INCONSISTENT = "pod-resources-inconsistent"
    """Under gate PodLevelResources; else they are not looked at."""
    FIELD_SUBSCRIPTS = "field-subscripts"
    """Single labels and annotations through the downward API."""
    MOUNT_PROPAGATION_NONE = "mount-propagation-none"
    SECCOMP_RUNTIME_DEFAULT = "seccomp-runtime-default"
    """As an annotation, where only docker/default is known."""
    APPARMOR_UNLESS_GATE = "apparmor-unless-gate"
    """AppArmor, as an annotation."""
    PROC_MOUNT_UNMASKED = "proc-mount-unmasked"
    """Without a user namespace."""
    HOST_PROCESS = "host-process"
    HOST_USERS_DEVICES = "host-users-devices"
    HOST_USERS_VOLUMES = "host-users-volumes"
    OS = "os"
    SELINUX_MOUNT_OPTION_UNLESS_GATE = "selinux-mount-option-unless-gate"
    """SELinuxMount."""
    SYSCTL_SLASH = "sysctl-slash"
    SYSCTL_OF_HOST = "sysctl-of-host"
    DNS_SEARCH_ODD = "dns-search-odd"
    DNS_SEARCH_ODD_UNLESS_GATE = "dns-search-odd-unless-gate"
    """RelaxedDNSSearchValidation."""
    DNS_MANY_SEARCHES = "dns-many-searches"
    """More than 6 or 256 characters, else 32 and 2048."""
    IP_ZEROS_UNDER_GATE = "ip-zeros-under-gate"
    """StrictIPCIDRValidation."""
    DELETION_COST = "deletion-cost"
    DELETION_COST_UNDER_GATE = "deletion-cost-under-gate"
    """PodDeletionCost."""
    POD_AFFINITY_VALUES = "pod-affinity-values"
    NODE_AFFINITY_VALUES = "node-affinity-values"
    SPREAD_SELECTOR = "spread-selector"
    EPHEMERAL_CONTAINERS = "ephemeral-containers"
    IMAGE_VOLUME = "image-volume"
    IMAGE_VOLUME_WITHOUT_REFERENCE = "image-volume-without-reference"
    RESOURCE_CLAIMS = "resource-claims"
    TRUST_BUNDLE = "trust-bundle"
    EVICTION_RESPONDERS = "eviction-responders"
    """Those that no API server would take: before, a manifest's were not looked at."""
    SECCOMP_OCI = "seccomp-oci"
    """An artifact as seccomp profile, where the type is another or the artifact is not pinned (before, the field is not known)."""
    API_REFERENCES = "api-references"
    API_REFERENCES_UNDER_GATE = "api-references-under-gate"
    """PreventStaticPodAPIReferences; while it is off, RESOURCE_CLAIMS and TRUST_BUNDLE stand."""


class GatedFields(msgspec.Struct, frozen=True, gc=False):
    """Fields that a manifest may not set while a gate is off (up to 1.13; later versions drop such fields, but not of static pods)."""

    gate: str
    paths: tuple[str, ...]


class ManifestFacts(msgspec.Struct, frozen=True, gc=False):
    """proc_mount_default: a container's securityContext gets procMount Default (1.14.0 to 1.14.3).

    resize_policy_default: under gate InPlacePodVerticalScaling app containers get a resizePolicy (1.27 to 1.32).
    newer_image_references: ``Registry/app`` and ``[fd00::1]/app`` are valid images, so that they have the tag latest (1.29 on).
    negative_grace_becomes_one: terminationGracePeriodSeconds below zero becomes 1 (1.27 on, up to 1.36 by conversion).
    field_paths: what an environment variable may take from the pod, beside single labels and annotations.
    Mirrors validEnvDownwardAPIFieldPathExpressions in pkg/apis/core/validation/validation.go, Convert_v1_Pod_To_core_Pod in
    pkg/apis/core/v1/conversion.go.
    """

    proc_mount_default: bool
    resize_policy_default: bool
    newer_image_references: bool
    pod_level_defaults: PodLevelDefaults
    negative_grace_becomes_one: bool
    refuses: frozenset[ManifestRefusal]
    field_paths: tuple[str, ...]
    gated_fields: tuple[GatedFields, ...] = ()


class ManifestSource(Enum):
    """Whether a kubelet has a static pod from a file or from a URL (annotation kubernetes.io/config.source)."""

    FILE = "file"
    HTTP = "http"


class ManifestFile(msgspec.Struct, frozen=True, gc=False):
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


class Manifests(msgspec.Struct, frozen=True, gc=False):
    """The static pods of one kubelet, in its order. notices: what the kubelet passes over, too; unread: what only we could not read.

    each_alone: of a directory, a file that is refused is passed over and the others run. Else (a single file, or a URL) one that is refused
    leaves the kubelet without an answer from this source: it then also cleans up nothing, so what runs goes on running.
    """

    name: str
    files: tuple[ManifestFile, ...]
    notices: tuple[str, ...] = ()
    each_alone: bool = True
    unread: tuple[tuple[str, str], ...] = ()
