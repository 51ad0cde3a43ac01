"""Checks of the pod itself: names, policies, DNS, scheduling.

Mirrors ValidatePodSpec, ValidatePodCreate and what they call in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

from upgradecheck.decisions.manifests.checking import (
    Complaint,
    annotations_of,
    containers,
    is_label,
    is_label_value,
    is_qualified_name,
    is_subdomain,
    one_of,
    spec_of,
)
from upgradecheck.decisions.manifests.fields import is_set
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal
from upgradecheck.model.patterns import pattern

_COST = b"controller.kubernetes.io/pod-deletion-cost"
_NUMBER = pattern(rb"0|-?[1-9][0-9]*")
_LONGEST_OVERRIDE = 64
_MOST_SERVERS = 3
_DEADLINES = range(1, 1 << 31)


def check_names(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Of metadata. The kubelet adds the node's name to the pod's before it looks at it."""
    meta = pod.get("ObjectMeta", {})
    name, namespace = meta.get("Name", b""), meta.get("Namespace", b"")
    if not name or not is_subdomain(name + b"-n"):
        yield Complaint("metadata.name", "is empty, or no DNS subdomain")
    if namespace and not is_label(namespace):
        yield Complaint("metadata.namespace", "is no DNS label")
    for key, value in (meta.get("Labels") or {}).items():
        if not is_qualified_name(key) or not is_label_value(value):
            yield Complaint("metadata.labels", "has a key or value that is none of a label")
    if not all(is_qualified_name(key.lower()) for key in annotations_of(pod)):
        yield Complaint("metadata.annotations", "has a key that is none")
    cost = annotations_of(pod).get(_COST)
    refuses = build.manifests.refuses
    under_gate = ManifestRefusal.DELETION_COST_UNDER_GATE in refuses and build.feature_gate("PodDeletionCost")
    if cost is not None and not _NUMBER.fullmatch(cost) and (ManifestRefusal.DELETION_COST in refuses or under_gate):
        yield Complaint("metadata.annotations", "has a deletion cost that is no whole number")


def check_gated_fields(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Fields that this version knows, and takes under a gate only."""
    codec = codecs(build.schema).root("Pod")
    for gated in build.manifests.gated_fields:
        for path in gated.paths:
            if not build.feature_gate(gated.gate) and is_set(codec, pod, path):
                yield Complaint(path, f"this version takes it under gate {gated.gate} only")


def check_policies(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Fields of the spec with a few values, and those that exclude one another."""
    spec = spec_of(pod)
    yield from one_of("spec.restartPolicy", spec.get("RestartPolicy"), ("Always", "OnFailure", "Never"))
    yield from one_of("spec.dnsPolicy", spec.get("DNSPolicy"), ("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"))
    yield from one_of("spec.preemptionPolicy", spec.get("PreemptionPolicy"), ("PreemptLowerPriority", "Never"))
    if spec.get("ActiveDeadlineSeconds") is not None and spec["ActiveDeadlineSeconds"] not in _DEADLINES:
        yield Complaint("spec.activeDeadlineSeconds", "is not between 1 and 2147483647")
    if spec.get("ShareProcessNamespace") and spec.get("HostPID"):
        yield Complaint("spec.shareProcessNamespace", "is set beside hostPID")
    if spec.get("SchedulingGates"):
        yield Complaint("spec.schedulingGates", "a pod that has a node may not have them")
    if spec.get("ServiceAccountName") and not is_subdomain(spec["ServiceAccountName"]):
        yield Complaint("spec.serviceAccountName", "is no DNS subdomain")
    yield from _hostnames(spec)
    yield from _system(spec, build)


def _hostnames(spec: GoValue) -> Iterator[Complaint]:
    for field, key in (("Hostname", "hostname"), ("Subdomain", "subdomain")):
        if spec.get(field) and not is_label(spec[field]):
            yield Complaint(f"spec.{key}", "is no DNS label")
    override = spec.get("HostnameOverride")
    if override is not None:
        if spec.get("SetHostnameAsFQDN") or spec.get("HostNetwork"):
            yield Complaint("spec.hostnameOverride", "is set beside setHostnameAsFQDN or the host network")
        if len(override) > _LONGEST_OVERRIDE or not is_subdomain(override):
            yield Complaint("spec.hostnameOverride", "is no DNS subdomain of 64 characters")


_NOT_FOR_WINDOWS = ("HostUsers", "ShareProcessNamespace")
_POD_NOT_FOR_WINDOWS = (
    *("AppArmorProfile", "SELinuxOptions", "SeccompProfile", "FSGroup", "FSGroupChangePolicy", "Sysctls", "RunAsUser", "RunAsGroup"),
    *("SupplementalGroups", "SupplementalGroupsPolicy", "SELinuxChangePolicy"),
)
_CONTAINER_NOT_FOR_WINDOWS = (
    *("AppArmorProfile", "SELinuxOptions", "SeccompProfile", "Capabilities", "ReadOnlyRootFilesystem", "Privileged"),
    *("AllowPrivilegeEscalation", "ProcMount", "RunAsUser", "RunAsGroup"),
)


def _system(spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """1.23 and 1.24 know spec.os, and take it in no manifest; later ones refuse what does not fit the OS."""
    if spec.get("OS") is None:
        return
    name = spec["OS"].get("Name", b"")
    if ManifestRefusal.OS in build.manifests.refuses:
        yield Complaint("spec.os", "this version knows it, and takes it in no manifest")
        return
    yield from one_of("spec.os.name", name, ("linux", "windows"))
    pod = spec.get("SecurityContext") or {}
    unfit = _POD_NOT_FOR_WINDOWS if name == b"windows" else ("WindowsOptions",)
    if any(pod.get(field) is not None for field in unfit):
        yield Complaint("spec.securityContext", "has what this OS does not")
    if name == b"windows" and (
        any(spec.get(field) is not None for field in _NOT_FOR_WINDOWS) or spec.get("HostPID") or spec.get("HostIPC")
    ):
        yield Complaint("spec", "has what a Windows pod may not have")
    unfit_for_containers = _CONTAINER_NOT_FOR_WINDOWS if name == b"windows" else ("WindowsOptions",)
    for place in containers(spec):
        context = place.content.get("SecurityContext") or {}
        if any(context.get(field) is not None for field in unfit_for_containers):
            yield Complaint(f"{place.path}.securityContext", "has what this OS does not")


def check_network(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """DNS configuration and host aliases."""
    spec = spec_of(pod)
    config = spec.get("DNSConfig")
    if spec.get("DNSPolicy") == b"None" and not (config or {}).get("Nameservers"):
        yield Complaint("spec.dnsConfig", "has no name server, which dnsPolicy None needs")
    servers = (config or {}).get("Nameservers") or ()
    if len(servers) > _MOST_SERVERS:
        yield Complaint("spec.dnsConfig.nameservers", f"has more than {_MOST_SERVERS}")
    for index, server in enumerate(servers):
        if not _is_address(server, build):
            yield Complaint(f"spec.dnsConfig.nameservers[{index}]", "is no IP address to this version")
    yield from _searches((config or {}).get("Searches") or (), build)
    for index, alias in enumerate(spec.get("HostAliases") or ()):
        if not _is_address(alias.get("IP", b""), build):
            yield Complaint(f"spec.hostAliases[{index}].ip", "is no IP address to this version")
        if not all(is_subdomain(name) for name in alias.get("Hostnames") or ()):
            yield Complaint(f"spec.hostAliases[{index}].hostnames", "has a name that is none")


def _searches(searches: tuple[bytes, ...], build: KubeletBuild) -> Iterator[Complaint]:
    refuses = build.manifests.refuses
    most, longest = (6, 256) if ManifestRefusal.DNS_MANY_SEARCHES in refuses else (32, 2048)
    if len(searches) > most or len(b" ".join(searches)) > longest:
        yield Complaint("spec.dnsConfig.searches", f"has more than {most} domains or {longest} characters")
    unless_gate = ManifestRefusal.DNS_SEARCH_ODD_UNLESS_GATE in refuses and not build.feature_gate("RelaxedDNSSearchValidation")
    strict = ManifestRefusal.DNS_SEARCH_ODD in refuses or unless_gate
    for index, search in enumerate(searches):
        plain = search.removesuffix(b".") if strict else search.removesuffix(b".").replace(b"_", b"a")
        if not is_subdomain(plain) and not (search == b"." and not strict):
            yield Complaint(f"spec.dnsConfig.searches[{index}]", "is no domain to this version")


def _is_address(text: bytes, build: KubeletBuild) -> bool:
    """Go reads leading zeros of IPv4 in fields of old; a gate, on from 1.36, refuses them in new objects."""
    address = printable(text)
    strict = ManifestRefusal.IP_ZEROS_UNDER_GATE in build.manifests.refuses and build.feature_gate("StrictIPCIDRValidation")
    if not strict and b":" not in text:
        address = ".".join(part.lstrip("0") or "0" if part.isdecimal() else part for part in address.split("."))
    try:
        ip_address(address)
    except ValueError:
        return False
    return "%" not in address


def check_scheduling(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """What the kubelet does not use, and refuses all the same."""
    spec, refuses = spec_of(pod), build.manifests.refuses
    for key, value in (spec.get("NodeSelector") or {}).items():
        if not is_qualified_name(key) or not is_label_value(value):
            yield Complaint("spec.nodeSelector", "has a key or value that is none of a label")
    yield from _affinities(spec.get("Affinity") or {}, refuses)
    for index, constraint in enumerate(spec.get("TopologySpreadConstraints") or ()):
        path = f"spec.topologySpreadConstraints[{index}]"
        for field, key in (("NodeAffinityPolicy", "nodeAffinityPolicy"), ("NodeTaintsPolicy", "nodeTaintsPolicy")):
            yield from one_of(f"{path}.{key}", constraint.get(field), ("Ignore", "Honor"))
        if ManifestRefusal.SPREAD_SELECTOR in refuses:
            yield from _selector(constraint.get("LabelSelector"), f"{path}.labelSelector", values=True)
    for index, toleration in enumerate(spec.get("Tolerations") or ()):
        yield from _toleration(toleration, f"spec.tolerations[{index}]", build)


def _toleration(toleration: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    by_number = ("Lt", "Gt") if build.feature_gate("TaintTolerationComparisonOperators") else ()
    yield from one_of(f"{path}.operator", toleration.get("Operator", b""), ("", "Equal", "Exists", *by_number))
    if toleration.get("TolerationSeconds") is not None and toleration.get("Effect") != b"NoExecute":
        yield Complaint(f"{path}.effect", "is not NoExecute, which tolerationSeconds needs")


_TERMS = (
    ("PodAffinity", "podAffinity"),
    ("PodAntiAffinity", "podAntiAffinity"),
)


def _affinities(affinity: GoValue, refuses: frozenset[ManifestRefusal]) -> Iterator[Complaint]:
    for field, key in _TERMS:
        of_kind, path = affinity.get(field) or {}, f"spec.affinity.{key}"
        terms = [*(of_kind.get("RequiredDuringSchedulingIgnoredDuringExecution") or ())]
        preferred = of_kind.get("PreferredDuringSchedulingIgnoredDuringExecution") or ()
        terms += [weighted.get("PodAffinityTerm", {}) for weighted in preferred]
        for term in terms:
            yield from _selector(term.get("LabelSelector"), path, values=ManifestRefusal.POD_AFFINITY_VALUES in refuses)
    required = (affinity.get("NodeAffinity") or {}).get("RequiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("NodeSelectorTerms") or ():
        for expression in term.get("MatchExpressions") or ():
            unfit = ManifestRefusal.NODE_AFFINITY_VALUES in refuses and not all(map(is_label_value, expression.get("Values") or ()))
            if unfit and expression.get("Operator") in (b"In", b"NotIn"):
                yield Complaint("spec.affinity.nodeAffinity", "has a value that is none of a label")


def _selector(selector: GoValue | None, path: str, *, values: bool) -> Iterator[Complaint]:
    for expression in (selector or {}).get("MatchExpressions") or ():
        if not is_qualified_name(expression.get("Key", b"")):
            yield Complaint(path, "has a key that is none of a label")
        yield from one_of(path, expression.get("Operator"), ("In", "NotIn", "Exists", "DoesNotExist"))
        if values and not all(map(is_label_value, expression.get("Values") or ())):
            yield Complaint(path, "has a value that is none of a label")
