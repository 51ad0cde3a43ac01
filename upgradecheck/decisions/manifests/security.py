"""Checks of security contexts: users, profiles (also against the annotations of old), Windows options, user namespaces.

Mirrors ValidateSecurityContext, validatePodSpecSecurityContext, validateWindowsHostProcessPod, validateHostUsers, validateSysctls,
validateSeccompAnnotationsAndFields and validateAppArmorAnnotationsAndFieldsMatchOnCreate in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from upgradecheck.decisions.manifests.checking import Complaint, annotations_of, containers, one_of, spec_of
from upgradecheck.decisions.manifests.declared import SECURITY_PROFILE_OCI
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal
from upgradecheck.model.patterns import pattern

_PROFILES = ("Unconfined", "RuntimeDefault", "Localhost")
_APPARMOR, _SECCOMP = b"container.apparmor.security.beta.kubernetes.io/", b"container.seccomp.security.alpha.kubernetes.io/"
_SECCOMP_POD = b"seccomp.security.alpha.kubernetes.io/pod"
_SYSCTL = pattern(rb"(?:[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9](?:[-_a-z0-9]*[a-z0-9])?")
_IPC_SYSCTLS = (b"kernel.shm", b"kernel.msg", b"fs.mqueue.")
_OTHER_IPC_SYSCTLS = frozenset({b"kernel.sem"})
_LONGEST_SYSCTL = 253
_WITH_OWN_USERS = ("EmptyDir", "Secret", "DownwardAPI", "ConfigMap", "Projected")
_IDS = range(1 << 31)


def check_security(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Of the pod, then of every container."""
    spec = spec_of(pod)
    path, context = "spec.securityContext", spec.get("SecurityContext") or {}
    yield from _common(context, path, build)
    yield from _pod_only(context, spec, path, build)
    for place in containers(spec):
        own = place.content.get("SecurityContext")
        if own is not None:
            yield from _common(own, f"{place.path}.securityContext", build)
            yield from _container_only(own, spec, f"{place.path}.securityContext", build)
    yield from _host_process(spec, build)
    yield from _host_users(spec, build)
    yield from _annotated(pod, spec, build)


def _common(context: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    for field, key in (("RunAsUser", "runAsUser"), ("RunAsGroup", "runAsGroup"), ("FSGroup", "fsGroup")):
        if context.get(field) is not None and context[field] not in _IDS:
            yield Complaint(f"{path}.{key}", "is no user or group")
    for field, key in (("SeccompProfile", "seccompProfile"), ("AppArmorProfile", "appArmorProfile")):
        profile = context.get(field)
        if profile is not None:
            artifacts = field == "SeccompProfile" and build.feature_gate(SECURITY_PROFILE_OCI)
            yield from _profile(profile, f"{path}.{key}", (*_PROFILES, "OCI") if artifacts else _PROFILES)


def _profile(profile: GoValue, path: str, kinds: tuple[str, ...]) -> Iterator[Complaint]:
    kind, file = profile.get("Type", b""), profile.get("LocalhostProfile")
    yield from one_of(f"{path}.type", kind, kinds)
    if (kind == b"Localhost") is not bool(file):
        yield Complaint(f"{path}.localhostProfile", "belongs to the type Localhost, and to no other")


def _pod_only(context: GoValue, spec: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    yield from one_of(f"{path}.fsGroupChangePolicy", context.get("FSGroupChangePolicy"), ("OnRootMismatch", "Always"))
    yield from one_of(f"{path}.supplementalGroupsPolicy", context.get("SupplementalGroupsPolicy"), ("Merge", "Strict"))
    only_recursive = ManifestRefusal.SELINUX_MOUNT_OPTION_UNLESS_GATE in build.manifests.refuses and not build.feature_gate("SELinuxMount")
    yield from one_of(
        f"{path}.seLinuxChangePolicy", context.get("SELinuxChangePolicy"), ("Recursive", *(() if only_recursive else ("MountOption",)))
    )
    for index, sysctl in enumerate(context.get("Sysctls") or ()):
        yield from _sysctl(sysctl.get("Name", b""), spec, f"{path}.sysctls[{index}].name", build)


def _sysctl(name: bytes, spec: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    refuses = build.manifests.refuses
    if len(name) > _LONGEST_SYSCTL or not _SYSCTL.fullmatch(name) or (b"/" in name and ManifestRefusal.SYSCTL_SLASH in refuses):
        yield Complaint(path, "is no name of a sysctl to this version")
    dotted = name.replace(b"/", b".") if name.find(b"/") < name.find(b".") or b"." not in name else name
    of_ipc = dotted.startswith(_IPC_SYSCTLS) or dotted in _OTHER_IPC_SYSCTLS
    shared = (spec.get("HostNetwork") and dotted.startswith(b"net.")) or (spec.get("HostIPC") and of_ipc)
    if shared and ManifestRefusal.SYSCTL_OF_HOST in refuses:
        yield Complaint(path, "belongs to a namespace that the pod shares with the host")


def _container_only(context: GoValue, spec: GoValue, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    yield from one_of(f"{path}.procMount", context.get("ProcMount"), ("Default", "Unmasked"))
    own_users = spec.get("HostUsers") is False
    if context.get("ProcMount") == b"Unmasked" and not own_users and ManifestRefusal.PROC_MOUNT_UNMASKED in build.manifests.refuses:
        yield Complaint(f"{path}.procMount", "Unmasked needs hostUsers false")
    added = (context.get("Capabilities") or {}).get("Add") or ()
    if context.get("AllowPrivilegeEscalation") is False and (context.get("Privileged") or b"CAP_SYS_ADMIN" in added):
        yield Complaint(path, "forbids escalation, and gives all privileges")


def _host_process(spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Host process containers of Windows: all or none, and with the host network. 1.22 to 1.25 take none in a manifest."""
    of_pod = _process_of(spec.get("SecurityContext"))
    own = [(place, _process_of(place.content.get("SecurityContext"))) for place in containers(spec)]
    named = [place.path for place, value in own if value is not None]
    if ManifestRefusal.HOST_PROCESS in build.manifests.refuses and (named or of_pod is not None):
        yield Complaint(f"{(named or ['spec'])[0]}.securityContext.windowsOptions.hostProcess", "this version takes it in no manifest")
    processes = [value if value is not None else of_pod for _, value in own]
    if any(processes) and not all(processes):
        yield Complaint("spec", "has host process containers beside others")
    if any(processes) and not spec.get("HostNetwork"):
        yield Complaint("spec.hostNetwork", "is not set, which host process containers need")


def _process_of(context: GoValue | None) -> bool | None:
    value: bool | None = ((context or {}).get("WindowsOptions") or {}).get("HostProcess")
    return value


def _host_users(spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    if spec.get("HostUsers") is not False:
        return
    with_network = build.feature_gate("UserNamespacesHostNetworkSupport")
    for field, key in (("HostNetwork", "hostNetwork"), ("HostPID", "hostPID"), ("HostIPC", "hostIPC")):
        if spec.get(field) and not (field == "HostNetwork" and with_network):
            yield Complaint(f"spec.{key}", "is set beside hostUsers false")
    if ManifestRefusal.HOST_USERS_VOLUMES in build.manifests.refuses:
        for index, volume in enumerate(spec.get("Volumes") or ()):
            if all(volume.get(source) is None for source in _WITH_OWN_USERS):
                yield Complaint(f"spec.volumes[{index}]", "is of a kind that this version does not take beside hostUsers false")
    if ManifestRefusal.HOST_USERS_DEVICES in build.manifests.refuses:
        for place in containers(spec):
            if place.content.get("VolumeDevices"):
                yield Complaint(f"{place.path}.volumeDevices", "is set beside hostUsers false")


def _annotated(pod: GoValue, spec: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Profiles by annotation: for containers that are there, in a known form, and not against the field."""
    given = annotations_of(pod)
    places = list(containers(spec))
    names = {place.content.get("Name", b"") for place in places}
    apparmor_off = ManifestRefusal.APPARMOR_UNLESS_GATE in build.manifests.refuses and not build.feature_gate("AppArmor")
    for key, value in given.items():
        if key.startswith(_APPARMOR) and apparmor_off:
            yield Complaint("metadata.annotations", "has an AppArmor profile, which this version takes under gate AppArmor only")
        if key.startswith(_APPARMOR) and (key[len(_APPARMOR) :] not in names or not _is_apparmor(value)):
            yield Complaint("metadata.annotations", "has an AppArmor profile of no known form, or for no container of the pod")
        if (key == _SECCOMP_POD or key.startswith(_SECCOMP)) and not _is_seccomp(value, build):
            yield Complaint("metadata.annotations", "has a seccomp profile of no known form")
    pod_context = spec.get("SecurityContext") or {}
    yield from _against(given.get(_SECCOMP_POD), pod_context.get("SeccompProfile"), "spec.securityContext.seccompProfile")
    for place in places:
        context, name = place.content.get("SecurityContext") or {}, place.content.get("Name", b"")
        path = f"{place.path}.securityContext"
        yield from _against(given.get(_SECCOMP + name), context.get("SeccompProfile"), f"{path}.seccompProfile")
        apparmor = context.get("AppArmorProfile") or pod_context.get("AppArmorProfile")
        yield from _against(given.get(_APPARMOR + name), apparmor, f"{path}.appArmorProfile")


def _is_apparmor(value: bytes) -> bool:
    return value in (b"", b"runtime/default", b"unconfined") or value.startswith(b"localhost/")


def _is_seccomp(value: bytes, build: KubeletBuild) -> bool:
    if value == b"runtime/default" and ManifestRefusal.SECCOMP_RUNTIME_DEFAULT in build.manifests.refuses:
        return False
    return value in (b"runtime/default", b"docker/default", b"unconfined") or value.startswith(b"localhost/")


_AS_ANNOTATED: Mapping[bytes, tuple[bytes, ...]] = {
    b"Unconfined": (b"unconfined",),
    b"RuntimeDefault": (b"runtime/default", b"docker/default"),
}


def _against(annotation: bytes | None, profile: GoValue | None, path: str) -> Iterator[Complaint]:
    if annotation is None or profile is None:
        return
    kind, file = profile.get("Type", b""), profile.get("LocalhostProfile") or b""
    if annotation not in _AS_ANNOTATED.get(kind, (b"localhost/" + file,)):
        yield Complaint(f"{path}.type", "is another than the annotation says")
