"""Mappings as go-yaml v2 decodes them into interface{}, and as sigs.k8s.io/yaml turns their keys into JSON's.

Go's map holds keys of any scalar kind: ``1`` and ``"1"`` are two of them, and become one in JSON, in an order that Go chooses
anew each time. A later key replaces an earlier one without a word (the kubelet decodes without ``strict``), and ``<<`` is obeyed
where it stands: it replaces what stands before it and is replaced by what comes after.
"""

from __future__ import annotations

import math
from typing import Any

from upgradecheck.decode.yaml.problem import YamlProblem
from upgradecheck.decode.yaml.resolver import Bytes, Float, float_key, json_float, replaced

_GREATEST_INT = (1 << 63) - 1


class Mapping:
    """A mapping with a key that is no string. items: a Go key to the key as written and its value."""

    __slots__ = ("items", "line")

    def __init__(self, line: int) -> None:
        self.items: dict[object, tuple[object, object]] = {}
        self.line = line

    def put(self, key: object, value: object) -> None:
        """Set a key; the last spelling of an equal key stays, as for 0.0 and -0.0."""
        self.items[_identity(key)] = (key, value)

    def as_json(self) -> dict[str, object]:
        """The members of the JSON object.

        Raises:
            Problem: a key that JSON cannot have, or two that become the same.
        """
        members: dict[str, object] = {}
        for key, value in self.items.values():
            name = _name(key, self.line)
            if name in members:
                raise YamlProblem(self.line, "has a map with two keys that differ only in kind, like 1 and '1'; Go keeps either, at random")
            members[name] = value
        return members


class MappingBuilder:
    """A mapping that grows; result is a dict as long as all keys are strings, a Mapping from the first other key on."""

    __slots__ = ("_line", "result")

    def __init__(self, line: int) -> None:
        self.result: dict[str, object] | Mapping = {}
        self._line = line

    def put(self, key: object, value: object) -> None:
        """Set a key, or set it anew."""
        result = self.result
        if isinstance(result, dict):
            if isinstance(key, str):
                result[key] = value
                return
            mapping = Mapping(self._line)
            for name, old in result.items():
                mapping.put(name, old)
            self.result = result = mapping
        result.put(key, value)

    def merge(self, other: dict[str, object] | Mapping) -> None:
        """Set all keys of another mapping, as ``<<`` does."""
        for key, value in other.items() if isinstance(other, dict) else other.items.values():
            self.put(key, value)


def _identity(key: object) -> object:
    if isinstance(key, Float):
        return object() if math.isnan(key.value) else ("float", key.value)
    if isinstance(key, Bytes):
        return key.raw
    return key if isinstance(key, str) else (type(key), key)


def _name(key: object, line: int) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int) and key <= _GREATEST_INT:
        return str(key)
    if isinstance(key, Float):
        return float_key(key.value)
    if isinstance(key, Bytes):
        return replaced(key.raw)
    raise YamlProblem(line, "has a map with a key that is null or beyond int64, which JSON cannot have")


def to_encodable(value: Any) -> Any:
    """For msgspec's enc_hook: what a value is in JSON.

    Raises:
        Problem: an infinity or NaN, or a mapping that cannot be a JSON object.
    """
    if isinstance(value, Mapping):
        return value.as_json()
    if isinstance(value, Bytes):
        return replaced(value.raw)
    if isinstance(value, Float):
        if not math.isfinite(value.value):
            raise YamlProblem(-1, "has an infinite number or NaN, which JSON cannot hold; quote it if it is a text")
        return json_float(value.value)
    raise TypeError(type(value).__name__)
