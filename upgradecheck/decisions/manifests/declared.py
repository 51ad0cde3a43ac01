"""Checks that upstream writes out of its API types: the kubelet has made those of a pod's manifest, too, from 1.38 on.

What they check beside what was checked before: eviction responders, and artifacts as seccomp profiles (gate SecurityProfileOCI).

Mirrors validateStaticPod in pkg/kubelet/config/common.go, and Validate_EvictionResponder, Validate_SeccompProfile,
Validate_SecurityProfileOCI and Validate_SecurityProfileOCIBase in pkg/apis/core/v1/zz_generated.validations.go,
pkg/apis/core/v1/validation.go, and validatePrivilegedContainersSeccompOCI in pkg/apis/core/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.checking import Complaint, containers, is_qualified_name, one_of, spec_of
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.defaulting.images import is_pinned
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal

SECURITY_PROFILE_OCI = "SecurityProfileOCI"
_MOST_RESPONDERS = 10
_PRIORITIES = range(1000, 100_001)
_RESERVED = (b".k8s.io", b".kubernetes.io")
_LONGEST_REFERENCE, _LONGEST_FILE = 1024, 4096


def check_declared(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """Of the pod, then of every container."""
    spec, refuses = spec_of(pod), build.manifests.refuses
    if ManifestRefusal.EVICTION_RESPONDERS in refuses:
        yield from _responders(spec.get("EvictionResponders") or ())
    if ManifestRefusal.SECCOMP_OCI in refuses:
        of_pod = _seccomp(spec)
        yield from _artifact(of_pod, "spec.securityContext.seccompProfile", build)
        for place in containers(spec):
            yield from _artifact(_seccomp(place.content), f"{place.path}.securityContext.seccompProfile", build)
            if (place.content.get("SecurityContext") or {}).get("Privileged") and _type(_seccomp(place.content) or of_pod) == b"OCI":
                yield Complaint(f"{place.path}.securityContext.privileged", "is set beside an artifact as seccomp profile")


def _responders(responders: tuple[GoValue, ...] | list[GoValue]) -> Iterator[Complaint]:
    if len(responders) > _MOST_RESPONDERS:
        yield Complaint("spec.evictionResponders", f"has more than {_MOST_RESPONDERS} entries")
        return
    names = [one.get("Name", b"") for one in responders]
    for index, one in enumerate(responders):
        path, name, priority = f"spec.evictionResponders[{index}]", names[index], one.get("Priority")
        if name in names[:index]:
            yield Complaint(path, "has the name of another one")
        domain = name.partition(b"/")[0].lower().strip().rstrip(b".")
        if not is_qualified_name(name) or b"/" not in name:
            yield Complaint(f"{path}.name", "is no name with a domain before it")
        elif domain.endswith(_RESERVED) or domain in (b"k8s.io", b"kubernetes.io"):
            yield Complaint(f"{path}.name", "is of a domain that is reserved")
        if priority not in _PRIORITIES:
            yield Complaint(f"{path}.priority", f"is none from {_PRIORITIES.start} to {_PRIORITIES.stop - 1}")


def _seccomp(holder: GoValue) -> GoValue | None:
    profile: GoValue | None = (holder.get("SecurityContext") or {}).get("SeccompProfile")
    return profile


def _type(profile: GoValue | None) -> bytes:
    kind: bytes = (profile or {}).get("Type", b"")
    return kind


def _artifact(profile: GoValue | None, path: str, build: KubeletBuild) -> Iterator[Complaint]:
    if profile is None:
        return
    artifact: GoValue | None = profile.get("OCI")
    if (_type(profile) == b"OCI") is (artifact is None):
        yield Complaint(f"{path}.oci", "belongs to the type OCI, and to no other")
    if artifact is None:
        return
    reference: bytes = artifact.get("Ref", b"")
    if len(reference.decode(errors="replace")) > _LONGEST_REFERENCE or not is_pinned(reference, build.manifests):
        yield Complaint(f"{path}.oci.ref", "is no whole reference with a digest and without a tag")
    if artifact.get("BaseProfile") is not None:
        yield from _base(artifact["BaseProfile"], f"{path}.oci.baseProfile")


def _base(base: GoValue, path: str) -> Iterator[Complaint]:
    yield from one_of(f"{path}.type", base.get("Type", b""), ("Localhost", "RuntimeDefault"))
    file: bytes | None = base.get("LocalhostProfile")
    if (base.get("Type") == b"Localhost") is (file is None):
        yield Complaint(f"{path}.localhostProfile", "belongs to the type Localhost, and to no other")
    elif file is not None and (
        not file or file.startswith(b"/") or b".." in file.split(b"/") or len(file.decode(errors="replace")) > _LONGEST_FILE
    ):
        yield Complaint(f"{path}.localhostProfile", "is no path below another")
