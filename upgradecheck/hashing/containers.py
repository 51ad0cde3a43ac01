"""A pod's containers as one minor decodes them, and their hashes.

The kind of a container depends on the minor: an init container with restartPolicy Always is a sidecar only to minors that
know the field (1.28 on), a plain init container to those before. An ephemeral container is hashed as the Container that it
is cast to, so its target name does not count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from upgradecheck.hashing import jsontext
from upgradecheck.hashing.codecs import GoValue, printable
from upgradecheck.hashing.eras import HASH_INPUT, without_resources
from upgradecheck.hashing.fnv import hash_text
from upgradecheck.hashing.gotypes import codecs
from upgradecheck.hashing.jsonscan import scan
from upgradecheck.hashing.jsontext import Node
from upgradecheck.hashing.protobuf import through_protobuf
from upgradecheck.model.hash import Hash
from upgradecheck.model.schema import ContainerKind, Era, HashClass, Schema

LISTS = (("InitContainers", ContainerKind.INIT), ("Containers", ContainerKind.APP), ("EphemeralContainers", ContainerKind.EPHEMERAL))


class DecodedContainer(msgspec.Struct, frozen=True):
    """One container as a minor decodes it; content is the Go value (see gotypes) and may hold secrets."""

    name: str
    image: str
    kind: ContainerKind
    content: GoValue

    def __repr__(self) -> str:
        return f"DecodedContainer({self.name!r}, {self.kind.value})"


class HashedContainer(msgspec.Struct, frozen=True, gc=False):
    """A container under a kubelet. without_resources: as 1.27 to 1.30 record it, None for all others."""

    name: str
    kind: ContainerKind
    hash: Hash
    without_resources: Hash | None


def parse_pod(raw: bytes) -> Node:
    """A pod's JSON, parsed once for any number of minors.

    Raises:
        SpecRefused: not JSON.
    """
    tree = scan(raw)
    return jsontext.parse(raw) if tree is None else tree


def pod_value(pod: Node, schema: Schema) -> GoValue:
    """A pod as the Go value that this minor's decoder makes of it: the whole pod, since a kubelet drops one for any field that is refused.

    Raises:
        SpecRefused: Go would refuse the pod; its path starts at the pod's root.
    """
    codec = codecs(schema).root("Pod")
    value: GoValue = codec.decode(pod, codec.zero)
    return value


def containers_of(value: Mapping[str, Any], schema: Schema, *, from_api: bool) -> tuple[DecodedContainer, ...]:
    """The containers of a pod that is decoded (and defaulted, if the kubelet has it from a file or URL): init, app, ephemeral.

    from_api: the kubelet has it from an API server, by protobuf; only the typed era can tell.
    """
    return tuple(_containers(value.get("Spec", {}), schema, by_protobuf=from_api and schema.era is Era.TYPED))


def _containers(spec: GoValue, schema: Schema, *, by_protobuf: bool) -> Iterator[DecodedContainer]:
    for field, kind in LISTS:
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


def resizes_with_a_restart(container: DecodedContainer) -> frozenset[bytes]:
    """The resources whose change restarts the container, by its resizePolicy; the first policy for a resource counts."""
    policies: dict[bytes, bytes] = {}
    for policy in container.content.get("ResizePolicy") or ():
        policies.setdefault(policy.get("ResourceName", b""), policy.get("RestartPolicy", b""))
    return frozenset(name for name, policy in policies.items() if policy == b"RestartContainer")


def set_resources(resources: GoValue) -> frozenset[bytes]:
    """The names of the resources that have a limit or a request other than zero."""
    amounts = [*(resources.get("Limits") or {}).items(), *(resources.get("Requests") or {}).items()]
    return frozenset(name for name, amount in amounts if amount.value)


def hash_container(container: DecodedContainer, hash_class: HashClass) -> Hash:
    """What the kubelet of this class records as io.kubernetes.container.hash.

    Mirrors HashContainer in pkg/kubelet/container/helpers.go.
    """
    return Hash(hash_text(HASH_INPUT[hash_class.schema.era](container.content, hash_class)))


def hash_container_without_resources(container: DecodedContainer, hash_class: HashClass) -> Hash | None:
    """What 1.27 to 1.30 record as hashWithoutResources; None for minors that have no such hash."""
    if not hash_class.schema.hash_without_resources:
        return None
    return Hash(hash_text(HASH_INPUT[hash_class.schema.era](without_resources(container.content), hash_class)))


def hashed(container: DecodedContainer, hash_class: HashClass) -> HashedContainer:
    """The container with all that a kubelet of this class records of it."""
    without_resources = hash_container_without_resources(container, hash_class)
    return HashedContainer(container.name, container.kind, hash_container(container, hash_class), without_resources)
