"""What a pod asks of its host and of the kubelet beside room: AppArmor, sysctls, pod-level resources, features."""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.admission.requests import AppArmorAsk
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.model.kubelet import KubeletBuild

_APPARMOR = b"container.apparmor.security.beta.kubernetes.io/"
_LOCALHOST = b"localhost/"
_UNSAFE_SYSCTLS = b"security.alpha.kubernetes.io/unsafe-sysctls"
_ML_DSA = (b"MLDSA44", b"MLDSA65", b"MLDSA87")
_ALL_CONTAINERS = ("InitContainers", "Containers", "EphemeralContainers")


def apparmor_ask(metadata: GoValue, spec: GoValue, build: KubeletBuild) -> AppArmorAsk:
    """The strictest profile that is set. Mirrors isRequired and GetProfile in pkg/security/apparmor/helpers.go."""
    asked = {
        _profile_of_annotation(value, build) for key, value in (metadata.get("Annotations") or {}).items() if key.startswith(_APPARMOR)
    }
    holders = [spec, *(container for name in _ALL_CONTAINERS for container in spec.get(name) or ())]
    profiles = ((holder.get("SecurityContext") or {}).get("AppArmorProfile") for holder in holders)
    asked |= {_profile_of_field(profile) for profile in profiles if profile is not None}
    order = (AppArmorAsk.INVALID, AppArmorAsk.LOCALHOST, AppArmorAsk.DEFAULT)
    return next((ask for ask in order if ask in asked), AppArmorAsk.NONE)


def _profile_of_annotation(value: bytes, build: KubeletBuild) -> AppArmorAsk:
    if value == b"unconfined":
        return AppArmorAsk.INVALID if build.admission.apparmor_counts_unconfined else AppArmorAsk.NONE
    if value.startswith(_LOCALHOST):
        return AppArmorAsk.LOCALHOST if value[len(_LOCALHOST) :].strip() else AppArmorAsk.INVALID
    return AppArmorAsk.DEFAULT


def _profile_of_field(profile: GoValue) -> AppArmorAsk:
    if profile.get("Type") == b"Unconfined":
        return AppArmorAsk.NONE
    if profile.get("Type") != b"Localhost":
        return AppArmorAsk.DEFAULT
    return AppArmorAsk.LOCALHOST if (profile.get("LocalhostProfile") or b"").strip() else AppArmorAsk.INVALID


def unsafe_sysctls(metadata: GoValue, security: GoValue, build: KubeletBuild) -> Iterator[str]:
    """Sysctls outside the safe list: from the field (1.11 on), or the annotation for unsafe ones before."""
    for sysctl in security.get("Sysctls") or ():
        name = printable(sysctl.get("Name", b"")).replace("/", ".")
        if name not in build.admission.safe_sysctls:
            yield name
    if not any(field.go == "Sysctls" for field in build.schema.types["core/v1.PodSecurityContext"].fields):
        annotated = printable((metadata.get("Annotations") or {}).get(_UNSAFE_SYSCTLS, b""))
        yield from (pair.partition("=")[0] for pair in annotated.split(",") if pair)


def sets_pod_resources(spec: GoValue, build: KubeletBuild) -> bool:
    """Mirrors IsPodLevelResourcesSet in k8s.io/component-helpers/resource/helpers.go."""
    resources = spec.get("Resources") or {}
    named = (*(resources.get("Requests") or ()), *(resources.get("Limits") or ()))
    huge = build.admission.pod_huge_pages
    return any(name in (b"cpu", b"memory") or (huge and name.startswith(b"hugepages-")) for name in named)


def required_features(spec: GoValue, build: KubeletBuild) -> Iterator[str]:
    """Features that a pod requires of its kubelet.

    Mirrors AllFeatures and InferForScheduling in k8s.io/component-helpers/nodedeclaredfeatures/features.
    """
    for feature in build.admission.scheduling_features:
        if _REQUIRES[feature](spec):
            yield feature


def _restarts_all(spec: GoValue) -> bool:
    rules = (
        rule for name in ("Containers", "InitContainers") for one in spec.get(name) or () for rule in one.get("RestartPolicyRules") or ()
    )
    return any(rule.get("Action") == b"RestartAllContainers" for rule in rules)


def _host_network_of_own_users(spec: GoValue) -> bool:
    return bool(spec.get("HostNetwork")) and spec.get("HostUsers") is False


def _bind_options(spec: GoValue) -> bool:
    mounts = (mount for name in _ALL_CONTAINERS for one in spec.get(name) or () for mount in one.get("VolumeMounts") or ())
    return any(mount.get("BindMountOptions") for mount in mounts)


def _ml_dsa_keys(spec: GoValue) -> bool:
    sources = (one for volume in spec.get("Volumes") or () for one in (volume.get("Projected") or {}).get("Sources") or ())
    return any((one.get("PodCertificate") or {}).get("KeyType") in _ML_DSA for one in sources)


def _seccomp_artifacts(spec: GoValue) -> bool:
    contexts = (spec, *(one for name in _ALL_CONTAINERS for one in spec.get(name) or ()))
    return any(((one.get("SecurityContext") or {}).get("SeccompProfile") or {}).get("Type") == b"OCI" for one in contexts)


_REQUIRES = {
    "PodCertificateMLDSA": _ml_dsa_keys,
    "RestartAllContainersOnContainerExits": _restarts_all,
    "SecurityProfileOCI": _seccomp_artifacts,
    "UserNamespacesHostNetworkSupport": _host_network_of_own_users,
    "VolumeBindMountOptions": _bind_options,
}
