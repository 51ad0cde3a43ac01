"""What differs between kubelet versions in the decision on a pod that a restarted kubelet finds: facts, read by hand out of each version.

The mirror in upgradecheck.decisions asks these and no version. Mirrors pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions),
kuberuntime_container.go (computeInitContainerActions), util/util.go (PodSandboxChanged) and pkg/kubelet/kubelet.go (SyncPod).
"""

from __future__ import annotations

from enum import Enum

import msgspec


class InitLogic(Enum):
    """How a kubelet finds out whether a pod is initialised.

    NEXT: from the records of init containers alone (findNextInitContainerToRun): where they were pruned, init runs again (up to 1.20).
    NEXT_UNLESS_APP_RUNS: the same, but a running app container proves it (1.21 on).
    ACTIONS: computeInitContainerActions for every pod; ACTIONS_FOR_SIDECARS: only for pods that have a sidecar, others as before it.
    From 1.33 on gate LegacySidecarContainers makes the one into the other.
    """

    NEXT = "next"
    NEXT_UNLESS_APP_RUNS = "next-unless-app-runs"
    ACTIONS = "actions"
    ACTIONS_FOR_SIDECARS = "actions-for-sidecars"


class SidecarStartup(Enum):
    """What a kubelet that starts does with a sidecar that runs and has a startup probe; the value is the name that hashdata uses.

    WAITS: it probes anew, and compares once the probe has passed (up to 1.34). NEVER_COMPARED: it has no result of a probe for what it
    finds running, makes none, and so never looks at it again (1.35.0 to 1.35.3; kubernetes/kubernetes 136910). COUNTS_AS_PASSED: it takes
    what runs for started, and compares at once (from 1.35.4 on). Mirrors doProbe in pkg/kubelet/prober/worker.go.
    """

    WAITS = "waits"
    NEVER_COMPARED = "never-compared"
    COUNTS_AS_PASSED = "counts-as-passed"


class ProbesAtStart(Enum):
    """What a kubelet that starts makes of the readiness of containers that it finds running; the value is the name that hashdata uses.

    AT_ONCE: one with a readiness or startup probe is not ready from its first status on, until its probes have passed anew (up to 1.22.10,
    1.23.7 and 1.24.1). ANEW: it is ready, whatever it was, until it is first asked, and then not until they have passed (up to 1.34). KEPT:
    pods of the API stay as their status says until a probe has a result; static pods with a readiness probe, whose status no kubelet
    remembers, are not ready until that has passed (1.35 on, unless gate ChangeContainerStatusOnKubeletRestart is on). Mirrors AddPod and
    UpdatePodStatus in pkg/kubelet/prober/prober_manager.go, doProbe in worker.go, and who calls them in pkg/kubelet/kubelet.go.
    """

    AT_ONCE = "at-once"
    ANEW = "anew"
    KEPT = "kept"


class Messages(Enum):
    """How a kubelet says in its log that it kills a container; the value is the name that hashdata uses.

    HASH_CHANGED: a sentence with both hashes. DEFINITION_CHANGED: a sentence without them. STRUCTURED: the same message as one of several
    keys and values; STRUCTURED_JSON: with the container's ID printed as JSON, as klog does from v2.100 on.
    """

    HASH_CHANGED = "hash-changed"
    DEFINITION_CHANGED = "definition-changed"
    STRUCTURED = "structured"
    STRUCTURED_JSON = "structured-json"


class DecisionFacts(msgspec.Struct, frozen=True, gc=False):
    """network_mode_absent_is_pod: a sandbox whose status names no namespace options counts as one of mode POD (1.10 on), else as unchanged.

    empty_ip_needs_network: a sandbox without network status does not count as one without address (1.25 on).
    never_needs_statuses: a Never pod without any container status gets a new sandbox all the same.
    nothing_to_start_needs_no_sandbox: an initialised pod whose containers have all succeeded gets no new sandbox.
    sidecar_startup: when a running sidecar with a startup probe is compared.
    resizes_static_pods: a resize policy counts for static pods too (1.36 on).
    actions_need_gate: computeInitContainerActions is asked only where gate SidecarContainers is on (1.28.2 to 1.32).
    exited_app_initialises: there an app container that has ended proves that the pod is initialised, as one that runs or was created does.
    only_active_counts: there only containers in the newest sandbox count, and an app container of whatever state (1.37 on).
    created_init_starts: there an init container that was only created is started again.
    unknown_init_failed: an init container of unknown state has failed (1.14 on).
    has_dockershim: it speaks to docker itself (up to 1.23). cri_v1_only: of a runtime it wants version v1 of CRI, no longer v1alpha2
    (1.26 on). fails_on_cgroup_v1: it does not start on a node with cgroup v1, unless its configuration lets it (1.35 on).
    probes_at_start: what becomes of readiness when it starts. started_at_next_sync: a container whose startup probe has passed, and that
    has no readiness probe, is ready from the next sync of its pod on, which may take as long as those are apart (up to 1.20).
    created_has_succeeded: where the sandbox must go, a container that was only created counts as one that succeeded (up to 1.31).
    messages: the form of the log line for a changed container.
    Mirrors validateServiceConnection in pkg/kubelet/cri/remote/remote_runtime.go, for cri_v1_only.
    """

    init_logic: InitLogic
    network_mode_absent_is_pod: bool
    empty_ip_needs_network: bool
    never_needs_statuses: bool
    nothing_to_start_needs_no_sandbox: bool
    sidecar_startup: SidecarStartup
    resizes_static_pods: bool
    actions_need_gate: bool
    exited_app_initialises: bool
    only_active_counts: bool
    created_init_starts: bool
    unknown_init_failed: bool
    created_has_succeeded: bool
    has_dockershim: bool
    cri_v1_only: bool
    fails_on_cgroup_v1: bool
    probes_at_start: ProbesAtStart
    started_at_next_sync: bool
    messages: Messages
