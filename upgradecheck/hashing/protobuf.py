"""What a Go value is after a protobuf round trip, as pods of the API server reach the kubelet.

Only the typed era can tell: empty lists and maps come out nil, and quantities are sent as their text and parsed again, so
that the text of the API server decides what their private fields hold; an absent quantity is sent as ``0``.

Mirrors the generated Marshal and Unmarshal of k8s.io/api/core/v1 (generated.pb.go, 1.8 to 1.15).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from upgradecheck.hashing.codecs import Codec, GoSlice, MapCodec, PointerCodec, SliceCodec, StructCodec
from upgradecheck.hashing.quantity import Quantity, parse_quantity
from upgradecheck.hashing.special_codecs import QuantityCodec


def through_protobuf(codec: Codec, value: Any) -> Any:
    """The value of the type as it comes out at the other end."""
    match codec:
        case PointerCodec():
            return None if value is None else through_protobuf(codec.elem, value)
        case SliceCodec():
            return GoSlice([through_protobuf(codec.elem, element) for element in value], []) if value else None
        case MapCodec():
            return {key: through_protobuf(codec.elem, element) for key, element in value.items()} if value else None
        case StructCodec():
            return _struct(codec, value)
        case QuantityCodec():
            return _quantity(value)
        case _:
            return value


def _struct(codec: StructCodec, value: dict[str, Any]) -> dict[str, Any]:
    """What is set, and what does not stay as it was though it is not: a zero quantity, also deep inside."""
    return sent_unset(codec) | {known.go: through_protobuf(known.codec, value[known.go]) for known in codec.fields if known.go in value}


@lru_cache(maxsize=1024)
def sent_unset(codec: StructCodec) -> dict[str, Any]:
    """The fields that come out as another value where they are not set."""
    sent = ((known, through_protobuf(known.codec, known.codec.zero)) for known in codec.fields)
    return {known.go: value for known, value in sent if value != known.codec.zero}


def _quantity(value: Quantity) -> Quantity:
    return parse_quantity(value.json_text())
