"""Which pods are critical: others are stopped to make room for them, and pressure does not keep them out."""

from __future__ import annotations

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.model.admission import CriticalPriority
from upgradecheck.model.kubelet import KubeletBuild

_SYSTEM_CRITICAL = 2_000_000_000
_CRITICAL_ANNOTATION = b"scheduler.alpha.kubernetes.io/critical-pod"


def is_critical(metadata: GoValue, spec: GoValue, build: KubeletBuild, *, from_api: bool) -> bool:
    """Whether others are stopped to make room for the pod. Mirrors IsCriticalPod in pkg/kubelet/types/pod_update.go."""
    facts = build.admission
    if facts.critical_static and not from_api:
        return True
    if _critical_by_priority(metadata, spec, build):
        return True
    annotated = (metadata.get("Annotations") or {}).get(_CRITICAL_ANNOTATION) == b""
    return annotated and metadata.get("Namespace") == b"kube-system" and build.feature_gate("ExperimentalCriticalPodAnnotation")


def _critical_by_priority(metadata: GoValue, spec: GoValue, build: KubeletBuild) -> bool:
    if (spec.get("Priority") or 0) < _SYSTEM_CRITICAL:
        return False
    match build.admission.critical_priority:
        case CriticalPriority.NEVER:
            return False
        case CriticalPriority.KUBE_SYSTEM:
            return bool(metadata.get("Namespace") == b"kube-system")
        case CriticalPriority.GATED:
            return build.feature_gate("PodPriority")
        case CriticalPriority.ALWAYS:
            return True
