"""v1 defaulting, which a kubelet applies itself to pods from files and URLs; pods of an API server come defaulted.

Works on Go values as hashing.codecs decodes them. What differs between versions is a type that a minor does not have (its fields are
then not there), a gate, or one of the ManifestFacts. The order is upstream's: the pod, its spec, then everything below, outer before
inner, so that requests copied from limits are rounded as well.
differs: fields of ephemeral containers get all their defaults in every version (before 1.20 not all): no manifest may have them.

Mirrors SetObjectDefaults_Pod in pkg/apis/core/v1/zz_generated.defaults.go, and defaults.go beside it (1.8: pkg/api/v1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from upgradecheck.hashing.codecs import Codec, GoSlice, GoValue, MapCodec, PointerCodec, SliceCodec, StructCodec
from upgradecheck.hashing.defaulting.fields import FIELD_DEFAULTS
from upgradecheck.hashing.defaulting.resources import default_pod_level_resources, rounded_up_to_milli
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.model.kubelet import KubeletBuild

_RESIZABLE = (b"cpu", b"memory")


def default_pod(value: Mapping[str, Any], build: KubeletBuild) -> GoValue:
    """A pod as this kubelet's scheme defaults it after decoding; value is left as it is."""
    pod = {**value, "Spec": _default_spec(dict(value.get("Spec", {})), build)}
    codec = codecs(build.schema).root("Pod")
    assert isinstance(codec, StructCodec)
    defaulted = _below(codec, pod, build)
    assert isinstance(defaulted, dict)
    return defaulted


def _default_spec(spec: dict[str, Any], build: KubeletBuild) -> GoValue:
    """Mirrors SetDefaults_Pod, which reaches into the spec, as far as one of its children does not do it."""
    for field, are_app in (("Containers", True), ("InitContainers", False)):
        if spec.get(field) is not None:
            spec[field] = GoSlice([_default_by_pod(container, spec, build, is_app=are_app) for container in spec[field]], [])
    if build.manifests.negative_grace_becomes_one and (spec.get("TerminationGracePeriodSeconds") or 0) < 0:
        spec["TerminationGracePeriodSeconds"] = 1
    return default_pod_level_resources(spec, build)


def _default_by_pod(container: GoValue, spec: GoValue, build: KubeletBuild, *, is_app: bool) -> GoValue:
    made = {**container, "Resources": with_requests(container.get("Resources", {}))}
    if is_app and build.sets_resize_policies:
        made = with_resize_policies(made)
    if spec.get("HostNetwork") and container.get("Ports") is not None:
        made["Ports"] = GoSlice([_with_host_port(port) for port in container["Ports"]], [])
    return made


def with_requests(resources: GoValue) -> GoValue:
    """Requests that are missing become the limits."""
    if resources.get("Limits") is None:
        return resources
    requests = dict(resources.get("Requests") or {})
    return {**resources, "Requests": {**requests, **{name: limit for name, limit in resources["Limits"].items() if name not in requests}}}


def with_resize_policies(container: dict[str, Any]) -> dict[str, Any]:
    """1.27 to 1.32: cpu and memory that are requested, and have no policy, are resized without restart."""
    requests, policies = container["Resources"].get("Requests") or {}, container.get("ResizePolicy") or []
    named = {policy.get("ResourceName", b"") for policy in policies}
    added = [{"ResourceName": name, "RestartPolicy": b"NotRequired"} for name in _RESIZABLE if name in requests and name not in named]
    return {**container, "ResizePolicy": GoSlice([*policies, *added], [])} if added else container


def _with_host_port(port: GoValue) -> GoValue:
    return port if port.get("HostPort") else {**port, "HostPort": port.get("ContainerPort", 0)}


def _below(codec: Codec, value: Any, build: KubeletBuild) -> Any:
    """A value of a type with the defaults of the type, then those of what it holds."""
    match codec:
        case PointerCodec():
            return None if value is None else _below(codec.elem, value, build)
        case SliceCodec():
            return None if value is None else GoSlice([_below(codec.elem, element, build) for element in value], [])
        case MapCodec():
            return None if value is None else {key: _of_map(codec, element) for key, element in value.items()}
        case StructCodec():
            return _struct(codec, value, build)
        case _:
            return value


def _of_map(codec: MapCodec, element: Any) -> Any:
    """The only map of a Pod whose values have defaults is ResourceList; one of amounts without that name has none (1.36).

    Mirrors SetDefaults_ResourceList.
    """
    return rounded_up_to_milli(element) if codec.name == "core/v1.ResourceList" else element


def _struct(codec: StructCodec, value: GoValue, build: KubeletBuild) -> GoValue:
    value = dict(value)
    if codec.name in FIELD_DEFAULTS:
        value |= FIELD_DEFAULTS[codec.name](value, build)
    return value | dict(_fields(codec, value, build))


def _fields(codec: StructCodec, value: GoValue, build: KubeletBuild) -> Iterator[tuple[str, Any]]:
    """The fields that are set, or get something: a struct that is not there is a zero one, in which a field may get a default."""
    for known in codec.fields:
        if known.go in value:
            yield known.go, _below(known.codec, value[known.go], build)
        elif isinstance(known.codec, StructCodec) and (made := _struct(known.codec, {}, build)):
            yield known.go, made
