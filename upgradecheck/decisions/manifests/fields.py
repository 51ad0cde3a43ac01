"""Whether a Go value has something at a JSON path such as ``spec.containers[].lifecycle.preStop``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from upgradecheck.hashing.codecs import Codec, PointerCodec, SliceCodec, StructCodec

_EACH = "[]"


def is_set(codec: Codec, value: Any, path: str) -> bool:
    """Whether a value of this type has a field there that is not nil, empty text or 0 and, with ``[]`` at the end, a list with an element.

    A type that does not have the field has nothing there.
    """
    return _is_set(codec, value, [step for name in path.split(".") for step in _steps(name)])


def _steps(name: str) -> Iterable[str]:
    field, is_list, _ = name.partition(_EACH)
    return (field, _EACH) if is_list else (field,)


def _is_set(codec: Codec, value: Any, steps: list[str]) -> bool:
    if value is None:
        return False
    if isinstance(codec, PointerCodec):
        return not steps or _is_set(codec.elem, value, steps)
    if not steps:
        return isinstance(codec, SliceCodec) or not codec.is_empty(value)
    if isinstance(codec, SliceCodec) and steps[0] == _EACH:
        return any(_is_set(codec.elem, element, steps[1:]) for element in value)
    if isinstance(codec, StructCodec) and (known := codec.by_json.get(steps[0].encode())) is not None:
        return _is_set(known.codec, value.get(known.go, known.codec.zero), steps[1:])
    return False
