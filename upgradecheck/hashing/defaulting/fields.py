"""Defaults of single types, by the name that hashdata gives them: what a struct of the type gets where a field is not set.

A type or field that a minor does not have is not met there: grpc.service came with 1.23, startupProbe with 1.16, projected tokens
with 1.11. Every function answers only with the fields that it sets.

Mirrors the SetDefaults_… functions in pkg/apis/core/v1/defaults.go. The volume plugins that had defaults there up to 1.30 (iSCSI, RBD,
Azure disk, ScaleIO) have them by tags in the types from 1.31 on, with the same values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from upgradecheck.hashing.codecs import GoValue
from upgradecheck.hashing.defaulting.images import pull_policy
from upgradecheck.model.kubelet import KubeletBuild

Defaults = Callable[[GoValue, KubeletBuild], dict[str, Any]]

_HOUR = 3600
_FILE_MODE = 0o644


def _where_zero(**values: Any) -> Defaults:
    """Fields that get a value where they are zero: 0 or an empty text."""
    return lambda value, build: {field: default for field, default in values.items() if not value.get(field)}


def _where_nil(**values: Any) -> Defaults:
    """Pointers that get a value where they are nil."""
    return lambda value, build: {field: default for field, default in values.items() if value.get(field) is None}


def _pod_spec(value: GoValue, build: KubeletBuild) -> dict[str, Any]:
    """Mirrors SetDefaults_PodSpec, what SetDefaults_Pod does to plain fields, and the alias that conversion has always kept in step."""
    made = _where_zero(DNSPolicy=b"ClusterFirst", RestartPolicy=b"Always", SchedulerName=b"default-scheduler")(value, build)
    made |= _where_nil(SecurityContext={}, TerminationGracePeriodSeconds=30)(value, build)
    if _has_field(build, "core/v1.PodSpec", "EnableServiceLinks") and value.get("EnableServiceLinks") is None:
        made["EnableServiceLinks"] = True
    account = value.get("ServiceAccountName") or value.get("DeprecatedServiceAccount")
    return made | ({"ServiceAccountName": account, "DeprecatedServiceAccount": account} if account else {})


def _has_field(build: KubeletBuild, type_name: str, field: str) -> bool:
    return any(known.go == field for known in build.schema.types[type_name].fields)


def _container(value: GoValue, build: KubeletBuild) -> dict[str, Any]:
    made = _where_zero(TerminationMessagePath=b"/dev/termination-log", TerminationMessagePolicy=b"File")(value, build)
    if not value.get("ImagePullPolicy"):
        made["ImagePullPolicy"] = pull_policy(value.get("Image", b""), build.manifests)
    return made


def _security_context(value: GoValue, build: KubeletBuild) -> dict[str, Any]:
    """Only 1.14.0 to 1.14.3 set it."""
    return _where_nil(ProcMount=b"Default")(value, build) if build.manifests.proc_mount_default else {}


def _http_get(value: GoValue, build: KubeletBuild) -> dict[str, Any]:
    made = _where_zero(Path=b"/", Scheme=b"HTTP")(value, build)
    return made | (_where_nil(Protocol=b"HTTP1")(value, build) if build.feature_gate("H2CContainerProbe") else {})


def _volume(value: GoValue, build: KubeletBuild) -> dict[str, Any]:
    """A volume without a source is an emptyDir; every source is a pointer."""
    if all(source is None for field, source in value.items() if field != "Name"):
        return {"EmptyDir": {}}
    image = value.get("Image")
    if image is not None and not image.get("PullPolicy") and build.feature_gate("ImageVolume"):
        return {"Image": {**image, "PullPolicy": pull_policy(image.get("Reference", b""), build.manifests)}}
    return {}


FIELD_DEFAULTS: Mapping[str, Defaults] = {
    "core/v1.PodSpec": _pod_spec,
    "core/v1.Container": _container,
    "core/v1.EphemeralContainer": _container,
    "core/v1.SecurityContext": _security_context,
    "core/v1.ContainerPort": _where_zero(Protocol=b"TCP"),
    "core/v1.Probe": _where_zero(TimeoutSeconds=1, PeriodSeconds=10, SuccessThreshold=1, FailureThreshold=3),
    "core/v1.HTTPGetAction": _http_get,
    "core/v1.GRPCAction": _where_nil(Service=b""),
    "core/v1.ObjectFieldSelector": _where_zero(APIVersion=b"v1"),
    "core/v1.FileKeySelector": _where_nil(Optional=False),
    "core/v1.Volume": _volume,
    "core/v1.SecretVolumeSource": _where_nil(DefaultMode=_FILE_MODE),
    "core/v1.ConfigMapVolumeSource": _where_nil(DefaultMode=_FILE_MODE),
    "core/v1.DownwardAPIVolumeSource": _where_nil(DefaultMode=_FILE_MODE),
    "core/v1.ProjectedVolumeSource": _where_nil(DefaultMode=_FILE_MODE),
    "core/v1.ServiceAccountTokenProjection": _where_nil(ExpirationSeconds=_HOUR),
    "core/v1.HostPathVolumeSource": _where_nil(Type=b""),
    "core/v1.PersistentVolumeClaimSpec": _where_nil(VolumeMode=b"Filesystem"),
    "core/v1.ISCSIVolumeSource": _where_zero(ISCSIInterface=b"default"),
    "core/v1.RBDVolumeSource": _where_zero(RBDPool=b"rbd", RadosUser=b"admin", Keyring=b"/etc/ceph/keyring"),
    "core/v1.ScaleIOVolumeSource": _where_zero(StorageMode=b"ThinProvisioned", FSType=b"xfs"),
    "core/v1.AzureDiskVolumeSource": _where_nil(CachingMode=b"ReadWrite", Kind=b"Shared", FSType=b"ext4", ReadOnly=False),
}
