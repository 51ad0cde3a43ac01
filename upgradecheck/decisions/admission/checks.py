"""The checks that concern one pod and its node alone, each with its grounds.

Mirrors the admit handlers in pkg/kubelet (eviction, sysctl, lifecycle) in the order in which the kubelet asks them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.decisions.admission.node import NodeView
from upgradecheck.decisions.admission.outcomes import Ground, Outcome, Possible, Refusal, Refused, plain
from upgradecheck.decisions.admission.requests import AppArmorAsk, PodNeeds, PodRequest
from upgradecheck.decisions.admission.resources import CPU, STORAGE, is_extended
from upgradecheck.decisions.admission.selecting import matches_affinity, matches_selector
from upgradecheck.decisions.admission.tolerating import tolerated
from upgradecheck.model.admission import DeviceCheck, Predicates, QOSClass
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.pod import Taint

_WHOLE_CPU = 1000
_BY_RUNTIME = frozenset(("UserNamespacesHostNetworkSupport", "VolumeBindMountOptions"))
_OLD_NAMES = {Refusal.NODE_AFFINITY: "MatchNodeSelector", Refusal.NODE_NAME: "HostName", Refusal.NODE_PORTS: "PodFitsHostPorts"}
_MEMORY_PRESSURE = Taint("node.kubernetes.io/memory-pressure", "", "NoSchedule")
_WRITTEN_AT_START = ("kubernetes.io/hostname", "kubernetes.io/os", "kubernetes.io/arch", "beta.kubernetes.io/os", "beta.kubernetes.io/arch")


def named(refusal: Refusal, build: KubeletBuild, asked: str, has: str) -> Ground:
    """A ground of the scheduler's checks, whose names changed with 1.18."""
    old = build.admission.predicates is Predicates.PREDICATES
    return Ground(refusal, _OLD_NAMES.get(refusal, refusal.value) if old else refusal.value, asked, has)


def before_predicates(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """Eviction, sysctls and devices."""
    yield from _eviction(pod, node, build)
    yield from _sysctls(pod.needs, node)
    yield from _managers(pod.needs, node)
    yield from _devices(pod, node, build)
    yield from _at_registration(pod, node, build)


def _eviction(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """Mirrors Admit in pkg/kubelet/eviction/eviction_manager.go; right after its start a kubelet knows of no pressure yet."""
    if not node.pressures or pod.critical:
        return
    if node.pressures == ("MemoryPressure",) and (pod.needs.qos is not QOSClass.BEST_EFFORT or _tolerates(pod, _MEMORY_PRESSURE, build)):
        return
    ground = plain(Refusal.EVICTED, f"room for a pod of class {pod.needs.qos.value}", f"condition {', '.join(node.pressures)}")
    yield Possible(ground, "whether the pressure lasts, and is measured before the pod is admitted")


def _sysctls(needs: PodNeeds, node: NodeView) -> Iterator[Outcome]:
    """Unsafe sysctls, which a configuration or a flag must allow. Mirrors Admit in pkg/kubelet/sysctl/allowlist.go.

    One that the running kubelet has for safe, as on the way back, nobody had to allow so far.
    """
    allowed = node.configs.new.allowed_unsafe_sysctls
    for name in needs.unsafe_sysctls:
        if any(name == one or (one.endswith("*") and name.startswith(one[:-1])) for one in allowed):
            continue
        ground = plain(Refusal.SYSCTL, f"sysctl {name}", "a list of safe sysctls without it")
        likely = node.configs.new_told or name in node.safe_before
        yield Possible(ground, "whether the new kubelet's --allowed-unsafe-sysctls allows it", likely=likely)
        return


def _managers(needs: PodNeeds, node: NodeView) -> Iterator[Outcome]:
    """Pods that have cpus or memory of their own under another policy of the managers: what they had counts for nothing.

    Mirrors the admit handlers of pkg/kubelet/cm/topologymanager, whose hint providers are the cpu, memory and device managers.
    """
    old, new = node.configs.old, node.configs.new
    policies = tuple((one.cpu_manager, one.memory_manager, one.topology_manager) for one in (old, new))
    if not node.configs.new_told or policies[0] == policies[1] or needs.qos is not QOSClass.GUARANTEED:
        return
    whole_cpus = dict(needs.requests).get(CPU, 0) >= _WHOLE_CPU
    if not ((new.cpu_manager == "static" and whole_cpus) or new.memory_manager == "Static"):
        return
    strict = new.topology_manager in ("restricted", "single-numa-node")
    has = f"policies {', '.join(policies[1])} (cpu, memory, topology manager), in place of {', '.join(policies[0])}"
    ground = plain(Refusal.TOPOLOGY if strict else Refusal.UNEXPECTED, "cpus or memory of its own", has)
    yield Possible(ground, "whether they can still be had as the policies want them", likely=strict and node.configs.old_told)


def _devices(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """Devices that a container has, and that no plugin gives yet. Whether a plugin gives a resource at all, no Node object shows."""
    check = build.admission.device_check
    for ask in pod.needs.devices if check is not DeviceCheck.NEVER else ():
        doubtful = check is DeviceCheck.UNLESS_FOUND_RUNNING and ask.container in pod.doubled
        if ask.resource not in node.room or not (check is DeviceCheck.ALWAYS or ask.container in pod.at_rest or doubtful):
            continue
        what = (
            f"{ask.amount} {ask.resource}" if check is DeviceCheck.ALWAYS else f"{ask.amount} {ask.resource} in container {ask.container}"
        )
        ground = plain(Refusal.UNEXPECTED, what, "no device of the kind until its plugin has registered again")
        unknown = "whether a device plugin gives it, and registers before the pod is admitted"
        if doubtful and ask.container not in pod.at_rest:
            unknown = "which record of the container the kubelet finds, the running one or an older one that has ended"
        yield Possible(ground, unknown, likely=True)
        return


def _at_registration(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """What the Node object has no longer, or not yet, when old kubelets start (kubernetes/kubernetes 73948, 70618)."""
    facts = build.admission
    for name, amount in pod.needs.requests:
        if not amount or not node.room.get(name):
            continue
        if facts.zeroes_extended and is_extended(name):
            ground = Ground(Refusal.OUT_OF, f"OutOf{name}", f"{amount} {name}", "0, to which this kubelet sets it when it registers")
            yield Possible(ground, "whether a device plugin gives it, and has registered again", likely=True)
        elif facts.starts_without_storage and name == STORAGE:
            ground = Ground(Refusal.OUT_OF, f"OutOf{name}", f"{amount} {name}", "none, as this kubelet reports when it starts")
            yield Possible(ground, "whether the kubelet knows its file systems before the pod is admitted", likely=True)


def os_checks(pod: PodRequest, node: NodeView) -> Iterator[Outcome]:
    """Mirrors rejectPodAdmissionBasedOnOSSelector, which reads the pod's label, and rejectPodAdmissionBasedOnOSField."""
    system = node.facts.os
    for refusal, asked, words in (
        (Refusal.OS_LABEL, pod.needs.os_label, "label kubernetes.io/os"),
        (Refusal.OS, pod.needs.os, "operating system"),
    ):
        if asked is None or asked == system:
            continue
        ground = plain(refusal, f"{words} {asked}", system or "an operating system that its Node object does not show")
        yield Possible(ground, "the node's operating system", likely=True) if system is None else Refused(ground)


def gated(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """What is refused because a gate is off or the runtime cannot do it; asked before the scheduler's checks."""
    facts, needs = build.admission, pod.needs
    if facts.checks_strict_groups and needs.strict_groups and build.is_past_alpha("SupplementalGroupsPolicy"):
        yield from _strict_groups(node)
    if facts.refuses_sidecars and needs.sidecar is not None and not build.feature_gate("SidecarContainers"):
        yield Refused(plain(Refusal.SIDECAR, f"init container {needs.sidecar} with restartPolicy Always", "gate SidecarContainers off"))


def _strict_groups(node: NodeView) -> Iterator[Outcome]:
    """The kubelet before may not report the feature at all; the new one writes it at its first status update."""
    if node.facts.strict_groups:
        return
    ground = plain(Refusal.STRICT_GROUPS, "supplementalGroupsPolicy Strict", "no status.features.supplementalGroupsPolicy")
    yield Possible(ground, "whether the runtime supports it and the new kubelet has said so before the pod is admitted", likely=True)


def selection(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """nodeSelector and required node affinity against the labels of the Node object."""
    labels, name = node.facts.labels, node.facts.name
    if not pod.needs.selector and pod.affinity is None:
        return
    has = "labels that do not match" if labels else "labels that are not shown"
    ground = named(Refusal.NODE_AFFINITY, build, _selected(pod), has)
    if not labels:
        yield Possible(ground, "the node's labels", likely=True)
    elif not _selects(pod, labels, name, build):
        yield Refused(ground)
    elif not build.admission.waits_for_node and not pod.static:
        at_start = {key: value for key, value in labels.items() if key in _WRITTEN_AT_START}
        if not _selects(pod, at_start, name, build):
            early = named(Refusal.NODE_AFFINITY, build, _selected(pod), "only its own default labels in the first moments")
            yield Possible(early, "whether the new kubelet has read its Node object before the pod is admitted")


def _selects(pod: PodRequest, labels: Mapping[str, str], name: str, build: KubeletBuild) -> bool:
    if not matches_selector(pod.needs.selector, labels):
        return False
    ends = build.admission.bad_term_ends_search
    affinity = pod.required_affinity
    return affinity is None or matches_affinity(affinity, labels, name, bad_term_ends_search=ends)


def _selected(pod: PodRequest) -> str:
    """The selection in short, keys and values as they stand."""
    parts = [f"{key}={value}" for key, value in pod.needs.selector]
    for term in pod.required_affinity or ():
        lines = (f"{line.key} {line.operator} {','.join(line.values)}".rstrip() for line in (*term.labels, *term.fields))
        parts.append(" and ".join(lines) or "an empty node affinity term")
    if pod.affinity == ():
        parts.append("a node affinity without terms")
    return "a node with " + " or ".join(parts) if not pod.needs.selector else "a node with " + ", ".join(parts)


def node_name(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """spec.nodeName, which every pod of an API server has; a manifest may name another node."""
    if pod.node_name not in ("", node.facts.name):
        yield Refused(named(Refusal.NODE_NAME, build, f"node {pod.node_name}", f"the name {node.facts.name}"))


def taints(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """NoExecute taints, for pods of an API server. Mirrors generalFilter in pkg/kubelet/lifecycle/predicate.go."""
    if not build.admission.heeds_taints or pod.static:
        return
    for taint in node.facts.taints:
        if taint.effect == "NoExecute" and not _tolerates(pod, taint, build):
            text = f"{taint.key}={taint.value}:NoExecute" if taint.value else f"{taint.key}:NoExecute"
            yield Refused(plain(Refusal.TAINT, "no toleration of it", f"taint {text}"))
            return


def _tolerates(pod: PodRequest, taint: Taint, build: KubeletBuild) -> bool:
    return tolerated(taint, pod.needs.tolerations, compares=build.feature_gate("TaintTolerationComparisonOperators"))


def after_predicates(pod: PodRequest, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """AppArmor, what a runtime that calls itself docker cannot show to do, pod-level resources and required features."""
    facts, needs = build.admission, pod.needs
    if pod.pending and node.docker_over_cri is not False:
        yield from _asking_docker(needs, node, build)
    if pod.pending and needs.apparmor is not AppArmorAsk.NONE and node.facts.os in (None, "linux"):
        yield from _apparmor(needs.apparmor, node, build)
    if facts.refuses_pod_resources and needs.pod_resources and not build.feature_gate("PodLevelResources"):
        yield Refused(plain(Refusal.POD_RESOURCES, "pod-level resources", "gate PodLevelResources off"))
    if build.feature_gate("NodeDeclaredFeatures"):
        yield from _features(needs, build)


def _asking_docker(needs: PodNeeds, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """Mirrors noNewPrivsAdmitHandler and procMountAdmitHandler in pkg/kubelet/lifecycle/handlers.go (up to 1.23).

    They compare the version of docker's API, for which cri-dockerd gives that of CRI, and whatever cannot be compared is refused.
    """
    facts = build.admission
    for asked, refusal, words in (
        (facts.no_new_privs_asks_docker and needs.no_new_privs, Refusal.NO_NEW_PRIVS, "allowPrivilegeEscalation false"),
        (facts.proc_mount_asks_docker and needs.proc_mount, Refusal.PROC_MOUNT, "a procMount other than Default"),
    ):
        if asked:
            has = "a runtime that calls itself docker, over CRI" if node.docker_over_cri else "a runtime that calls itself docker"
            ground = Ground(refusal, refusal.value, words, has, stays_pending=True)
            yield Refused(ground) if node.docker_over_cri else Possible(ground, "whether docker is spoken to over CRI (cri-dockerd)")


def _features(needs: PodNeeds, build: KubeletBuild) -> Iterator[Outcome]:
    for feature in needs.features:
        if not build.feature_gate(feature):
            yield Refused(plain(Refusal.FEATURE, f"feature {feature}", "its gate off"))
        elif feature in _BY_RUNTIME:
            yield Possible(plain(Refusal.FEATURE, f"feature {feature}", "its gate on"), "whether the runtime supports it")


def _apparmor(ask: AppArmorAsk, node: NodeView, build: KubeletBuild) -> Iterator[Outcome]:
    """Mirrors appArmorAdmitHandler in pkg/kubelet/lifecycle/handlers.go, which asks only where the phase is Pending: static pods always."""
    off = not build.feature_gate("AppArmor")
    has = "gate AppArmor off" if off else {True: "AppArmor", False: "no AppArmor", None: "a host of which nothing tells"}[node.apparmor]
    reason = Refusal.APPARMOR.value
    ground = Ground(Refusal.APPARMOR, reason, f"an AppArmor profile ({ask.value})", has, stays_pending=build.admission.apparmor_soft)
    if off or ask is AppArmorAsk.INVALID or node.apparmor is False:
        yield Refused(ground)
    elif node.apparmor is None:
        yield Possible(ground, "whether AppArmor is enabled on the host")
    elif ask is AppArmorAsk.LOCALHOST and build.admission.apparmor_reads_loaded:
        yield Possible(ground, "whether the profile is loaded on the host")
