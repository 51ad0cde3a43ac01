"""Documents that hold pods or records under a name that nobody reads: a mistyped kind, a list under another member than items.

An API server takes none of them, and kubectl prints none: somebody wrote them by hand, or another program wrapped what kubectl printed, and
what they hold may run. Kinds of other groups are not judged here (decode.kube.kinds): their operators may call them as they like. Of the
groups that have workloads Kubernetes' kinds are known, those of all versions, and those that OpenShift had in group v1; none of them is a
pod under another name, even if it speaks of containers, as a ControllerRevision does.
"""

from __future__ import annotations

import re

from upgradecheck.model.patterns import pattern

MISTYPED = "Kubernetes has no such kind, and it looks like pods; write kind and apiVersion as kubectl -o json prints them"
HOLDS_PODS = "it holds what looks like pods or records, and not where a list has them; give them as kubectl or crictl -o json print them"

_GROUPS = frozenset({"", "apps", "batch", "extensions"})
_KNOWN = frozenset(
    name.lower()
    for name in (
        *("Binding", "ComponentStatus", "ConfigMap", "Endpoints", "Event", "LimitRange", "Namespace", "PersistentVolume"),
        *("PersistentVolumeClaim", "RangeAllocation", "ResourceQuota", "Secret", "Service", "ServiceAccount", "Scale", "Eviction"),
        *(
            "Status",
            "Table",
            "APIGroup",
            "APIGroupList",
            "APIResourceList",
            "APIVersions",
            "DeleteOptions",
            "WatchEvent",
            "Config",
            "Policy",
        ),
        *("SerializedReference", "TokenRequest", "Kustomization", "Component", "ControllerRevision", "DeploymentRollback", "Ingress"),
        *("NetworkPolicy", "PodSecurityPolicy", "ThirdPartyResource", "HorizontalPodAutoscaler", "PodStatusResult", "PodMetrics"),
        *("BuildConfig", "Build", "Image", "ImageStream", "ImageStreamTag", "ImageStreamImport", "ImageStreamMapping", "ImageStreamImage"),
        *("Route", "Project", "ProjectRequest", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding", "User", "Group", "Identity"),
        *("OAuthClient", "SecurityContextConstraints", "ClusterNetwork", "HostSubnet", "NetNamespace", "EgressNetworkPolicy", "Template"),
    )
)
_PODS = pattern(r"\W*pods?(list)?\W*", re.IGNORECASE)
_RECORD = pattern(rb'"(?:podSandboxId|containerStatuses|io\.kubernetes\.container\.hash)"\s*:')
_CONTAINERS = pattern(rb'"containers"\s*:\s*\[\s*\{')
_IMAGE = pattern(rb'"image"\s*:\s*"')


def may_be_mistyped(kind: str, api_version: str | None) -> bool:
    """Whether a kind is none that a group with workloads has; of an object that has no apiVersion, none that any of them has."""
    group = (api_version or "").rpartition("/")[0]
    return group in _GROUPS and _KNOWN.isdisjoint((kind.lower(), kind.lower().removesuffix("list")))


def means_pods(kind: str) -> bool:
    """Whether who wrote it meant a Pod."""
    return _PODS.fullmatch(kind) is not None


def holds_pods(raw: bytes) -> bool:
    """Whether pods or records stand somewhere in it. A kubelet's statistics name containers too, without images."""
    return bool(_RECORD.search(raw) or (_CONTAINERS.search(raw) and _IMAGE.search(raw)))
