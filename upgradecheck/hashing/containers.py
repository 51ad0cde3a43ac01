"""A pod's containers as one minor decodes them, and their hashes.

The kind of a container depends on the minor: an init container with restartPolicy Always is a sidecar only to minors that
know the field (1.28 on), a plain init container to those before. An ephemeral container is hashed as the Container that it
is cast to, so its target name does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import printable
from upgradecheck.hashing.defaulting.pods import default_pod
from upgradecheck.hashing.eras import HASH_INPUT, Container, without_resources
from upgradecheck.hashing.fnv import hash_text
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.jsonscan import scan
from upgradecheck.hashing.jsontext import Node
from upgradecheck.hashing.protobuf import through_protobuf
from upgradecheck.model.kubelet import KubeletBuild
from upgradecheck.model.schema import ContainerKind, Era, HashClass, Schema

_LISTS = (("InitContainers", ContainerKind.INIT), ("Containers", ContainerKind.APP), ("EphemeralContainers", ContainerKind.EPHEMERAL))


@dataclass(frozen=True, slots=True)
class DecodedContainer:
    """One container as a minor decodes it; content is the Go value (see gotypes) and may hold secrets."""

    name: str
    image: str
    kind: ContainerKind
    content: Container

    def __repr__(self) -> str:
        return f"DecodedContainer({self.name!r}, {self.kind.value})"


def parse_pod(raw: bytes) -> Node:
    """A pod's JSON, parsed once for any number of minors.

    Raises:
        SpecRefused: not JSON.
    """
    tree = scan(raw)
    return jsontext.parse(raw) if tree is None else tree


def decode_pod(pod: Node, schema: Schema, *, from_api: bool = True, build: KubeletBuild | None = None) -> tuple[DecodedContainer, ...]:
    """The containers of a pod as the kubelet of this minor sees them: init, app, ephemeral, in spec order.

    The whole pod is decoded, since the kubelet drops a pod for any field that its decoder refuses. from_api: the kubelet has
    the pod from an API server, by protobuf, and not from a file or URL; only the typed era can tell. build: the pod is the manifest of
    a static pod, which this kubelet decodes and defaults itself; from_api then does not count.

    Raises:
        SpecRefused: Go would refuse the pod; its path starts at the pod's root.
    """
    value = pod_value(pod, schema)
    if build is not None:
        value = default_pod(value, build)
    return containers_of(value, schema, from_api=from_api and build is None)


def pod_value(pod: Node, schema: Schema) -> Container:
    """A pod as the Go value that this minor's decoder makes of it (see gotypes).

    Raises:
        SpecRefused: Go would refuse the pod; its path starts at the pod's root.
    """
    codec = codecs(schema).root("Pod")
    value: Container = codec.decode(pod, codec.zero)
    return value


def containers_of(value: Mapping[str, Any], schema: Schema, *, from_api: bool) -> tuple[DecodedContainer, ...]:
    """The containers of a pod that is decoded (and defaulted, if the kubelet has it not from an API server)."""
    return tuple(_containers(value.get("Spec", {}), schema, by_protobuf=from_api and schema.era is Era.TYPED))


def _containers(spec: Container, schema: Schema, *, by_protobuf: bool) -> Iterator[DecodedContainer]:
    for field, kind in _LISTS:
        for decoded in spec.get(field) or ():
            content = through_protobuf(codecs(schema).root("Container"), decoded) if by_protobuf else decoded
            restartable = kind is ContainerKind.INIT and content.get("RestartPolicy") == b"Always"
            sidecar = restartable and ContainerKind.SIDECAR in schema.kinds_known
            yield DecodedContainer(
                printable(content.get("Name", b"")),
                printable(content.get("Image", b"")),
                ContainerKind.SIDECAR if sidecar else kind,
                content,
            )


def restarts_on_resize(container: DecodedContainer) -> bool:
    """Whether a change of its cpu or memory would restart it: a resizePolicy RestartContainer for a resource that it sets.

    Mirrors what computePodResizeAction in pkg/kubelet/kuberuntime/kuberuntime_manager.go asks of the spec (v1.33.0).
    """
    resources = container.content.get("Resources", {})
    return bool(resizes_with_a_restart(container) & set_resources(resources))


def resizes_with_a_restart(container: DecodedContainer) -> frozenset[bytes]:
    """The resources whose change restarts the container, by its resizePolicy; the first policy for a resource counts."""
    policies: dict[bytes, bytes] = {}
    for policy in container.content.get("ResizePolicy") or ():
        policies.setdefault(policy.get("ResourceName", b""), policy.get("RestartPolicy", b""))
    return frozenset(name for name, policy in policies.items() if policy == b"RestartContainer")


def set_resources(resources: Container) -> frozenset[bytes]:
    """The names of the resources that have a limit or a request other than zero."""
    amounts = [*(resources.get("Limits") or {}).items(), *(resources.get("Requests") or {}).items()]
    return frozenset(name for name, amount in amounts if amount.value)


@dataclass(frozen=True, slots=True)
class PodIdentity:
    """Namespace, name and UID as far as the document tells them; an empty one is None.

    from_api: no annotation kubernetes.io/config.source says that the kubelet has it from a file or URL.
    """

    namespace: str | None
    name: str | None
    uid: str | None
    from_api: bool


def pod_identity(pod: Node) -> PodIdentity:
    """Who a pod is, also one that every decoder refuses: the last text of each key, nothing demanded."""
    metadata = jsontext.member(pod, b"metadata")
    namespace, name, uid = (jsontext.member(metadata, key) for key in (b"namespace", b"name", b"uid"))
    source = _as_text(jsontext.member(jsontext.member(metadata, b"annotations"), b"kubernetes.io/config.source"))
    return PodIdentity(_as_text(namespace), _as_text(name), _as_text(uid), from_api=source not in ("file", "http"))


def _as_text(node: Node) -> str | None:
    text = jsontext.text(node)
    return printable(text) or None if text is not None else None


def hash_container(container: DecodedContainer, hash_class: HashClass) -> int:
    """What the kubelet of this class records as io.kubernetes.container.hash.

    Mirrors HashContainer in pkg/kubelet/container/helpers.go.
    """
    return hash_text(HASH_INPUT[hash_class.schema.era](container.content, hash_class))


def hash_container_without_resources(container: DecodedContainer, hash_class: HashClass) -> int | None:
    """What 1.27 to 1.30 record as hashWithoutResources; None for minors that have no such hash."""
    if not hash_class.schema.hash_without_resources:
        return None
    return hash_text(HASH_INPUT[hash_class.schema.era](without_resources(container.content), hash_class))
