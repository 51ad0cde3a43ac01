"""The manifest that a static pod was made of, as far as a kubelet's own view of the pod, or its mirror pod, tells.

What the kubelet adds after it has made the UID is taken off: the node in the name, the namespace default, the node, its annotations, its
toleration; of a mirror pod also what its API server gave it. Where a manifest may or may not have had a thing itself (namespace default,
that toleration, a priority), there are several that it can have been. What a view no longer shows, such as the text of a quantity, is lost:
then none of them makes the UID, which is no sign of an edit.

Mirrors applyDefaults in pkg/kubelet/config/common.go, CreateMirrorPod in pkg/kubelet/pod/mirror_client.go, and Admit in
plugin/pkg/admission/priority/admission.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from upgradecheck.hashing.codecs import GoSlice, GoValue

_OWN_ANNOTATIONS = b"kubernetes.io/config."
_MADE_BY_AN_API_SERVER = ("UID", "ResourceVersion", "Generation", "SelfLink", "CreationTimestamp", "OwnerReferences", "ManagedFields")
_MADE_BY_ADMISSION = ("Priority", "PreemptionPolicy")
_OWN_TOLERATION = {"Operator": b"Exists", "Effect": b"NoExecute"}
_DEFAULT = b"default"


def manifests_of(pod: GoValue, *, mirror: bool) -> Iterator[GoValue]:
    """What the manifest can have been, the likeliest first. pod: decoded and defaulted as its kubelet does it."""
    metadata, spec = pod.get("ObjectMeta", {}), pod.get("Spec", {})
    node: bytes = spec.get("NodeName", b"")
    for one in _specs(spec, mirror=mirror):
        for namespace in _namespaces(metadata.get("Namespace", b"")):
            rest = {key: value for key, value in pod.items() if key not in ("ObjectMeta", "Spec", "Status")}
            yield {**rest, "ObjectMeta": {**_metadata(metadata, node), **namespace}, "Spec": one}


def _metadata(metadata: Mapping[str, Any], node: bytes) -> Mapping[str, Any]:
    left_out = (*_MADE_BY_AN_API_SERVER, "Namespace", "Annotations")
    kept = {key: value for key, value in metadata.items() if key not in left_out}
    kept["Name"] = metadata.get("Name", b"").removesuffix(b"-" + node.lower())
    annotations = {key: text for key, text in (metadata.get("Annotations") or {}).items() if not key.startswith(_OWN_ANNOTATIONS)}
    return {**kept, "Annotations": annotations} if annotations else kept


def _namespaces(namespace: bytes) -> tuple[Mapping[str, bytes], ...]:
    return ({}, {"Namespace": _DEFAULT}) if namespace == _DEFAULT else ({"Namespace": namespace},)


def _specs(spec: Mapping[str, Any], *, mirror: bool) -> Iterator[Mapping[str, Any]]:
    bare = {key: value for key, value in spec.items() if key != "NodeName"}
    resolved = [name for name in _MADE_BY_ADMISSION if bare.get(name) is not None] if mirror else []
    for left_out in (resolved, resolved[1:], resolved[:1], []) if resolved else ([],):
        base = {key: value for key, value in bare.items() if key not in left_out}
        tolerations = base.get("Tolerations") or ()
        others = [one for one in tolerations if _set(one) != _OWN_TOLERATION]
        without = {key: value for key, value in base.items() if key != "Tolerations"}
        yield {**without, "Tolerations": GoSlice(others, [])} if others else without
        if len(others) < len(tolerations):
            yield base


def _set(toleration: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: value for key, value in toleration.items() if value not in (b"", None)}
