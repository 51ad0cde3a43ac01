"""What differs between kubelet versions when a restarted kubelet admits its pods again: facts, read by hand out of each version.

The mirror in upgradecheck.decisions asks these and no version. Mirrors pkg/kubelet/kubelet.go (HandlePodAdditions, canAdmitPod),
pkg/kubelet/lifecycle/predicate.go and handlers.go, and the scheduler's checks that they call.
"""

from __future__ import annotations

from enum import Enum

import msgspec


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


class Predicates(Enum):
    """The names and the order of the scheduler's checks; the value is the name that hashdata uses.

    PREDICATES: resources, HostName, PodFitsHostPorts, MatchNodeSelector (to 1.17). PLUGINS: resources, NodeAffinity, NodeName, NodePorts,
    and taints where the kubelet heeds them.
    """

    PREDICATES = "predicates"
    PLUGINS = "plugins"


class OSCheck(Enum):
    """When the kubernetes.io/os label and spec.os of a pod are looked at: never, after all else in the predicates, or before it."""

    NEVER = "never"
    LAST = "last"
    FIRST = "first"


class RequestSum(Enum):
    """How requests are added up: as whole VALUES, each container's rounded up (up to 1.26), or as exact QUANTITIES."""

    VALUES = "values"
    QUANTITIES = "quantities"


class MissingExtended(Enum):
    """An extended resource that the node does not list: REFUSED, IGNORED_IN_APP containers only, or IGNORED in init containers too."""

    REFUSED = "refused"
    IGNORED_IN_APP = "ignored-in-app"
    IGNORED = "ignored"


class CriticalPriority(Enum):
    """Whether a system-critical priority makes a pod critical: NEVER, in KUBE_SYSTEM, with gate PodPriority (GATED), or ALWAYS."""

    NEVER = "never"
    KUBE_SYSTEM = "kube-system"
    GATED = "gated"
    ALWAYS = "always"


class DeviceCheck(Enum):
    """When a device that a container of a pod has is refused to it until its plugin has registered again; the value is hashdata's name.

    NEVER: what is on record as given is not looked at (up to 1.25.9). ALWAYS: whatever runs. UNLESS_FOUND_RUNNING: unless the record of
    the runtime that is found by the container's name runs; where an older one that has ended is there too, either can be found.
    UNLESS_RUNNING: unless one of them runs (1.34.7, 1.35.4 and 1.36 on). Containers that do not run count each, init containers that are
    done too. Where the runtime does not answer when the kubelet starts, nothing counts as running.
    Mirrors devicesToAllocate and isContainerAlreadyRunning in pkg/kubelet/cm/devicemanager/manager.go.
    """

    NEVER = "never"
    ALWAYS = "always"
    UNLESS_FOUND_RUNNING = "unless-found-running"
    UNLESS_RUNNING = "unless-running"


class AdmissionFacts(msgspec.Struct, frozen=True, gc=False):
    """qos_rule: see QOSRule. qos_counts_init: init containers and sidecars count for it too (1.16 on), ephemeral ones never.

    qos_counts_huge_pages: huge pages count beside cpu and memory (up to 1.9).
    qos_from_status: the class that the API server wrote into the status stands, and is not computed anew (1.29 on).
    heeds_taints: a NoExecute taint that an API pod does not tolerate refuses it.
    refuses_sidecars: a sidecar is refused where gate SidecarContainers is off.
    checks_strict_groups: supplementalGroupsPolicy Strict is refused where the node does not say that it can, unless the gate is alpha.
    refuses_pod_resources: pod-level resources are refused where gate PodLevelResources is off.
    scheduling_features: features that a pod can require of a kubelet; with gate NodeDeclaredFeatures one that lacks it refuses the pod.
    apparmor_soft: a refusal for AppArmor stops the containers and leaves the pod Pending; where False, the pod fails.
    apparmor_counts_unconfined: a profile "unconfined" needs AppArmor, too. apparmor_reads_loaded: a localhost profile must be loaded.
    ready_tells_apparmor: this kubelet writes "AppArmor enabled" into its Ready condition where the host has it.
    safe_sysctls: those that need no --allowed-unsafe-sysctls.
    overhead_needs_gate: spec.overhead counts only with gate PodOverhead.
    ephemeral_storage_needs_gate: ephemeral storage counts only with gate LocalStorageCapacityIsolation.
    counts_init_of_others: init containers count in what other pods take; in what the pod itself asks they always do.
    init_zero_counts: an init container that asks for none of a resource asks for it all the same.
    zero_fits, zero_scalar_fits: who asks for none of a resource fits even where more of it is taken than there is.
    pod_huge_pages: pod-level resources may hold huge pages. sidecar_host_ports: host ports of sidecars count.
    ports_by_number: host ports collide by number alone, whatever protocol and address. bad_term_ends_search: a term of a node affinity
    that cannot be read ends the search for one that matches.
    critical_static: static pods are critical. preemption_needs_annotation_gate: see ExperimentalCriticalPodAnnotation.
    counts_finished: pods that have finished or were refused still take room. readmits_finished: finished pods are admitted again, too.
    counts_deleted: a pod that is being deleted takes room though nothing of it runs.
    waits_for_node: pods of an API server are admitted only once the Node object is there.
    device_check: see DeviceCheck.
    zeroes_extended: when it registers, it sets to 0 what the Node object has of extended resources (to 1.14.8); a device plugin gives them
    back, what an operator wrote there is gone. starts_without_storage: until it knows its file systems it reports no ephemeral storage, and
    admits by that (to 1.13.5).
    no_new_privs_asks_docker, proc_mount_asks_docker: of a runtime that calls itself docker, a pod that is Pending to this kubelet needs a
    version of docker's API where it forbids privilege escalation, or has a proc mount of its own (to 1.23); cri-dockerd tells another one.
    Mirrors safeSysctls and SafeSysctlAllowlist in pkg/kubelet/sysctl/safe_sysctls.go, Validate in pkg/security/apparmor/validate.go,
    PodRequests in pkg/api/v1/resource/helpers.go, reconcileExtendedResource in pkg/kubelet/kubelet_node_status.go.
    """

    qos_rule: QOSRule
    qos_counts_init: bool
    qos_counts_huge_pages: bool
    qos_from_status: bool
    predicates: Predicates
    os_check: OSCheck
    heeds_taints: bool
    refuses_sidecars: bool
    checks_strict_groups: bool
    refuses_pod_resources: bool
    scheduling_features: tuple[str, ...]
    apparmor_soft: bool
    apparmor_counts_unconfined: bool
    apparmor_reads_loaded: bool
    ready_tells_apparmor: bool
    safe_sysctls: tuple[str, ...]
    request_sum: RequestSum
    overhead_needs_gate: bool
    ephemeral_storage_needs_gate: bool
    counts_init_of_others: bool
    init_zero_counts: bool
    zero_fits: bool
    zero_scalar_fits: bool
    missing_extended: MissingExtended
    pod_huge_pages: bool
    sidecar_host_ports: bool
    ports_by_number: bool
    bad_term_ends_search: bool
    critical_static: bool
    critical_priority: CriticalPriority
    preemption_needs_annotation_gate: bool
    counts_finished: bool
    readmits_finished: bool
    counts_deleted: bool
    waits_for_node: bool
    device_check: DeviceCheck
    zeroes_extended: bool
    starts_without_storage: bool
    no_new_privs_asks_docker: bool
    proc_mount_asks_docker: bool
