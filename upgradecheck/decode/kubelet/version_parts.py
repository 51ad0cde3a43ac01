"""Who built a kubelet, and what each part of its version text means: the material of the ``versions`` command.

The vendor is told by the shape of the suffix alone, so it is a hint for people and decides nothing: a minor hashes the same
whoever built it, unless the vendor patched the kubelet or used another Go, which no version text shows. OpenShift is told by
a bare commit id behind ``+``; its kubelet's version is not the OpenShift version. KubeEdge and Virtual Kubelet nodes report
the Kubernetes release that they embed, followed by their own version; Virtual Kubelet runs no containers of its own.
"""

from __future__ import annotations

import re
from enum import Enum

import msgspec

from upgradecheck.decode.kubelet.version import grammar_match
from upgradecheck.model.patterns import pattern
from upgradecheck.model.version import KubeletVersion


class Vendor(Enum):
    """Whose build it is, by the suffix; UNMARKED has none (upstream, and vendors who add nothing, such as AKS)."""

    UNMARKED = "unmarked"
    UNKNOWN = "unknown"
    ACK = "Alibaba Cloud ACK"
    AKS = "Azure AKS"
    CCE = "Huawei Cloud CCE"
    EKS = "Amazon EKS"
    GKE = "Google GKE"
    IKS = "IBM Cloud Kubernetes Service"
    K0S = "k0s"
    K3S = "k3s"
    KUBEEDGE = "KubeEdge"
    MKE = "Mirantis Kubernetes Engine"
    OPENSHIFT = "Red Hat OpenShift"
    RKE2 = "RKE2"
    TKE = "Tencent Cloud TKE"
    VIRTUAL_KUBELET = "Virtual Kubelet"
    VKE = "Volcengine VKE"
    VMWARE = "VMware Tanzu"


_SUFFIXES: tuple[tuple[str, Vendor], ...] = (
    (r"eks-", Vendor.EKS),
    (r"gke\.", Vendor.GKE),
    (r"k3s[.0-9]", Vendor.K3S),
    (r"rke2r[0-9]", Vendor.RKE2),
    (r"k0s(?![0-9A-Za-z])", Vendor.K0S),
    (r"aliyun\.", Vendor.ACK),
    (r"tke\.", Vendor.TKE),
    (r"r[0-9]+-(?:CCE)?[0-9]", Vendor.CCE),
    (r"vke\.", Vendor.VKE),
    (r"kubeedge-", Vendor.KUBEEDGE),
    (r"vmware\.", Vendor.VMWARE),
    (r"hotfix\.20[0-9]{6}", Vendor.AKS),
    (r"IKS(?![0-9A-Za-z])", Vendor.IKS),
    (r"(?:mirantis|docker)-[0-9]", Vendor.MKE),
    (r"vk-", Vendor.VIRTUAL_KUBELET),
)
_COMMIT_ID = pattern(r"\+[0-9a-f]{7,12}(?:-[0-9]+)?")


class PartMeaning(Enum):
    """What a piece of a version text says. The values are the group names of the grammar, numbers and ids folded together."""

    PREFIX = "prefix"
    MINOR = "minor"
    PATCH = "patch"
    PRERELEASE = "prerelease"
    COMMITS = "commits"
    COMMIT_ID = "commit_id"
    VENDOR = "vendor"
    DIRTY = "dirty"


class VersionPart(msgspec.Struct, frozen=True, gc=False):
    """A piece of a version text with the separator before it; all pieces in a row are the text."""

    text: str
    meaning: PartMeaning


class VersionExplanation(msgspec.Struct, frozen=True, gc=False):
    """A version, whose build it seems to be, and its text piece by piece."""

    version: KubeletVersion
    vendor: Vendor
    parts: tuple[VersionPart, ...]


def explain(version: KubeletVersion) -> VersionExplanation:
    """What every part of the version's text means.

    Raises:
        InvalidVersion: the version was not parsed from its text, and the text is no kubelet version.
    """
    return VersionExplanation(version=version, vendor=vendor_of(version), parts=_parts(version.text))


def vendor_of(version: KubeletVersion) -> Vendor:
    """Whose build it is, as far as the suffix tells."""
    if version.vendor is None:
        return Vendor.UNMARKED
    if _COMMIT_ID.fullmatch(_separated(version)):
        return Vendor.OPENSHIFT
    return next((vendor for pattern, vendor in _SUFFIXES if re.match(pattern, version.vendor)), Vendor.UNKNOWN)


def _separated(version: KubeletVersion) -> str:
    """The vendor's suffix with the ``-`` or ``+`` before it; vendors differ in which they use."""
    return next((part.text for part in _parts(version.text) if part.meaning is PartMeaning.VENDOR), "")


def _parts(text: str) -> tuple[VersionPart, ...]:
    match = grammar_match(text)
    parts, end = [], 0
    for group in match.re.groupindex:
        if match[group] is not None:
            parts.append(VersionPart(match.string[end : match.end(group)], _meaning(group)))
            end = match.end(group)
    return tuple(parts)


def _meaning(group: str) -> PartMeaning:
    """``prerelease_commits`` and ``described_commit_id`` mean what ``commits`` and ``commit_id`` mean, ``any_patch`` is a patch, too."""
    return PartMeaning(group.removeprefix("any_").removeprefix("prerelease_").removeprefix("described_"))
