"""A v1 pod, decoded and defaulted, as the kubelet's internal Pod: every field where the internal structs have it.

Values keep their Go names, so only what stands elsewhere, or is made of something else, is touched. The fields of the host (hostNetwork and
the like) moved from the spec to its security context; from 1.37 on they stand where v1 has them.

Mirrors Convert_v1_Pod_To_core_Pod, Convert_v1_PodSpec_To_core_PodSpec and Convert_v1_PodStatus_To_core_PodStatus in
pkg/apis/core/v1/conversion.go (1.8: pkg/api/v1), in 1.37 SetDefaults_PodStatus in defaults.go beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from upgradecheck.hashing.codecs import GoSlice, GoValue
from upgradecheck.model.internal import Conversion, InternalPod
from upgradecheck.model.schema import Schema

_DROPPED = frozenset(
    b"pod.%b.kubernetes.io/init-container%b" % (stage, what) for stage in (b"alpha", b"beta") for what in (b"s", b"-statuses")
)
_KIND = ("Kind", "APIVersion")


def internal_value(pod: GoValue, schema: Schema) -> GoValue:
    """The internal pod; its kind has been taken away by decoding."""
    internal = schema.internal_pod
    made = {key: value for key, value in pod.items() if key not in _KIND}
    made["Spec"] = _spec(made.get("Spec", {}), schema, internal)
    if Conversion.DROPS_INIT_ANNOTATIONS in internal.conversion:
        made["ObjectMeta"] = _without_init_annotations(made.get("ObjectMeta", {}))
    if Conversion.SYNCS_POD_IPS in internal.conversion:
        made["Status"] = _with_one_address(made.get("Status", {}))
    return made


def _spec(spec: Mapping[str, Any], schema: Schema, internal: InternalPod) -> GoValue:
    published = {field.go for field in schema.types["core/v1.PodSecurityContext"].fields}
    moved = {name: spec[name] for name in internal.fields.get("PodSecurityContext", ()) if name not in published and name in spec}
    return {**spec, "SecurityContext": {**(spec.get("SecurityContext") or {}), **moved}}


def _without_init_annotations(metadata: Mapping[str, Any]) -> Mapping[str, Any]:
    annotations = metadata.get("Annotations")
    if not annotations or _DROPPED.isdisjoint(annotations):
        return metadata
    return {**metadata, "Annotations": {key: value for key, value in annotations.items() if key not in _DROPPED}}


def _with_one_address(status: Mapping[str, Any]) -> Mapping[str, Any]:
    """podIP counts, unless it is the one that is missing."""
    address, addresses = status.get("PodIP"), status.get("PodIPs")
    if address and (not addresses or addresses[0].get("IP", b"") != address):
        return {**status, "PodIPs": GoSlice([{"IP": address}], [])}
    if addresses and not address:
        return {**status, "PodIP": addresses[0].get("IP", b"")}
    return status
