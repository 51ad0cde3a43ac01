"""Checks of what a static pod may not refer to: objects of the API, which it cannot be sure to get.

Trust bundles came with 1.29 and are refused since, resource claims from 1.32.6 and 1.33.2 on, and from 1.34 on everything of the API
(gate PreventStaticPodAPIReferences; from 1.37 on without a gate). The running pod of such a manifest goes when the kubelet is upgraded.

Mirrors tryDecodeSinglePod in pkg/kubelet/config/common.go, HasAPIObjectReference and VisitPodSecretNames in pkg/api/pod/util.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from upgradecheck.decisions.manifests.checking import Complaint, containers, spec_of
from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.manifests import ManifestRefusal

_SOURCES = {
    "ConfigMap": "a config map",
    "Secret": "a secret",
    "CSI": "a CSI driver",
    "Glusterfs": "endpoints",
    "PersistentVolumeClaim": "a volume claim",
    "Ephemeral": "a volume claim",
    "AzureFile": "a secret",
}
_PROJECTIONS = {
    "ConfigMap": "a config map",
    "Secret": "a secret",
    "ServiceAccountToken": "a service account",
    "ClusterTrustBundle": "a trust bundle",
    "PodCertificate": "a certificate of the pod",
}
_WITH_SECRETS = ("CephFS", "Cinder", "FlexVolume", "RBD", "ScaleIO", "ISCSI", "StorageOS")
_VARIABLES = (("ConfigMapKeyRef", "a config map"), ("SecretKeyRef", "a secret"))
_ALL_VARIABLES = (("ConfigMapRef", "a config map"), ("SecretRef", "a secret"))


def check_references(pod: GoValue, build: KubeletBuild) -> Iterator[Complaint]:
    """As far as this version minds them."""
    spec, refuses = spec_of(pod), build.manifests.refuses
    gated = ManifestRefusal.API_REFERENCES_UNDER_GATE in refuses and build.feature_gate("PreventStaticPodAPIReferences")
    if ManifestRefusal.API_REFERENCES in refuses or gated:
        yield from _any(spec)
        return
    for index, volume in enumerate(spec.get("Volumes") or ()):
        for number, projection in enumerate((volume.get("Projected") or {}).get("Sources") or ()):
            if projection.get("ClusterTrustBundle") is not None and ManifestRefusal.TRUST_BUNDLE in refuses:
                yield _of(f"spec.volumes[{index}].projected.sources[{number}]", "a trust bundle")
    if spec.get("ResourceClaims") and ManifestRefusal.RESOURCE_CLAIMS in refuses:
        yield _of("spec.resourceClaims", "a resource claim")


def _of(path: str, what: str) -> Complaint:
    return Complaint(path, f"refers to {what}, which a static pod may not")


def _any(spec: GoValue) -> Iterator[Complaint]:
    if spec.get("ServiceAccountName"):
        yield _of("spec.serviceAccountName", "a service account")
    if any(reference.get("Name") for reference in spec.get("ImagePullSecrets") or ()):
        yield _of("spec.imagePullSecrets", "a secret")
    yield from _variables(spec)
    if spec.get("ResourceClaims"):
        yield _of("spec.resourceClaims", "a resource claim")
    yield from _volumes(spec)


def _variables(spec: GoValue) -> Iterator[Complaint]:
    """A reference without name counts as none."""
    for place in containers(spec):
        for index, source in enumerate(place.content.get("EnvFrom") or ()):
            for field, what in _ALL_VARIABLES:
                if (source.get(field) or {}).get("Name"):
                    yield _of(f"{place.path}.envFrom[{index}]", what)
        for index, variable in enumerate(place.content.get("Env") or ()):
            for field, what in _VARIABLES:
                if ((variable.get("ValueFrom") or {}).get(field) or {}).get("Name"):
                    yield _of(f"{place.path}.env[{index}]", what)


def _volumes(spec: GoValue) -> Iterator[Complaint]:
    for index, volume in enumerate(spec.get("Volumes") or ()):
        path = f"spec.volumes[{index}]"
        for field, what in _SOURCES.items():
            if volume.get(field) is not None:
                yield _of(path, what)
        if any(((volume.get(field) or {}).get("SecretRef") or {}).get("Name") for field in _WITH_SECRETS):
            yield _of(path, "a secret")
        for number, projection in enumerate((volume.get("Projected") or {}).get("Sources") or ()):
            for field, what in _PROJECTIONS.items():
                if projection.get(field) is not None:
                    yield _of(f"{path}.projected.sources[{number}]", what)
