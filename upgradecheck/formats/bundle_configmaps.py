"""A bundle as ConfigMaps, both ways. Each part says which bundle it is of, so that parts of two states of one are never put together."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from upgradecheck.decode.text.typed import typed
from upgradecheck.model.bundle import Bundle
from upgradecheck.model.errors import SpecRefused
from upgradecheck.model.fleet import (
    COLLECTED_AT,
    DIGEST,
    KEY,
    KIND,
    KIND_LABEL,
    MOST_BYTES,
    NODE,
    PART,
    PARTS,
    SHA256,
    BundlePart,
    part_name,
)
from upgradecheck.model.times import rfc3339

_MOST_PARTS = 99


class _Metadata(msgspec.Struct, rename="camel"):
    name: str = ""
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None


class _ConfigMap(msgspec.Struct, rename="camel"):
    metadata: _Metadata = msgspec.field(default_factory=_Metadata)
    binary_data: dict[str, str] | None = None


_CONFIG_MAP = msgspec.json.Decoder(_ConfigMap)


def configmaps(bundle: Bundle, digest: str, packed: bytes, namespace: str, owner: Mapping[str, str] | None) -> list[bytes]:
    """The objects to apply, the first part first. owner: the reference to the Node, None where it is not known.

    Raises:
        SpecRefused: it is larger than so many ConfigMaps can be.
    """
    pieces = [packed[begin : begin + MOST_BYTES] for begin in range(0, len(packed), MOST_BYTES)]
    if len(pieces) > _MOST_PARTS:
        raise SpecRefused(f"the bundle has {len(packed) >> 20} MiB, more than {_MOST_PARTS} ConfigMaps hold")
    sha256 = hashlib.sha256(packed).hexdigest()
    common = {
        NODE: bundle.name,
        COLLECTED_AT: rfc3339(bundle.collected_at),
        DIGEST: digest,
        PARTS: str(len(pieces)),
        SHA256: sha256,
    }
    return [_configmap(bundle.name, number, piece, common, namespace, owner) for number, piece in enumerate(pieces)]


def _configmap(node: str, number: int, piece: bytes, common: Mapping[str, str], namespace: str, owner: Mapping[str, str] | None) -> bytes:
    metadata: dict[str, object] = {
        "name": part_name(node, number),
        "namespace": namespace,
        "labels": {KIND_LABEL: KIND, "app.kubernetes.io/managed-by": "upgradecheck"},
        "annotations": {**common, PART: str(number)},
    }
    if owner is not None:
        metadata["ownerReferences"] = [dict(owner)]
    data = {KEY: base64.b64encode(piece).decode()}
    return msgspec.json.encode({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "binaryData": data})


def part_in(raw: bytes) -> BundlePart:
    """What a ConfigMap says that it holds.

    Raises:
        SpecRefused: it is no part of a bundle.
    """
    found = typed(_CONFIG_MAP, raw)
    metadata = found.metadata
    told = metadata.annotations or {}
    if (metadata.labels or {}).get(KIND_LABEL) != KIND:
        raise SpecRefused("it has not the label of a bundle, so somebody else wrote it")
    node, part, parts = told.get(NODE, ""), _number(told, PART), _number(told, PARTS)
    if not node or part_name(node, part) != metadata.name:
        raise SpecRefused("its name is not that of the node that it says, so somebody else wrote it")
    return BundlePart(
        name=metadata.name,
        node=node,
        part=part,
        parts=parts,
        sha256=told.get(SHA256, ""),
        digest=told.get(DIGEST, ""),
        collected_at=told.get(COLLECTED_AT, ""),
        data=_data(found.binary_data or {}),
    )


def _number(told: Mapping[str, str], name: str) -> int:
    text = told.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise SpecRefused(f"its annotation {name} is no number, so somebody else wrote it")
    return int(text)


def _data(data: Mapping[str, str]) -> bytes:
    if KEY not in data:
        raise SpecRefused(f"it has no {KEY}, so somebody else wrote it")
    try:
        return base64.b64decode(data[KEY], validate=True)
    except (binascii.Error, ValueError):
        raise SpecRefused(f"its {KEY} is no base64") from None


def whole(parts: Sequence[BundlePart]) -> bytes:
    """The bytes of a bundle's file, of all parts of one node; what is left of a longer state is passed over.

    Raises:
        SpecRefused: a part lacks, or is of another state.
    """
    by_number = {one.part: one for one in parts}
    first = by_number.get(0)
    if first is None:
        raise SpecRefused("its first part is not there")
    wanted = [by_number.get(number) for number in range(first.parts)]
    return _joined(first, wanted)


def _joined(first: BundlePart, parts: Iterable[BundlePart | None]) -> bytes:
    data = bytearray()
    for number, one in enumerate(parts):
        if one is None:
            raise SpecRefused(f"its part {number} is not there")
        if one.sha256 != first.sha256:
            raise SpecRefused(f"its part {number} is of another state; it may be being written, so try again")
        data += one.data
    if hashlib.sha256(data).hexdigest() != first.sha256:
        raise SpecRefused("its checksum is not that of its content, so it was changed")
    return bytes(data)
