"""JSON as Go's encoding/json reads it into a struct: what of a state file reaches a kubelet's Go value, and what makes it refuse.

Members are found by their name, or by it in another case; unknown ones are passed over; null leaves a zero value, and a null document all
as it was. Maps of the struct itself are there before anything is read, so one that the text does not have is empty, not nil. Bytes that are
no UTF-8 become U+FFFD.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from upgradecheck.decisions.statefiles.shapes import AMOUNT, POD_CPUS, POD_CPUS_TEXT, TYPES
from upgradecheck.hashing.quantity import Quantity, parse_quantity
from upgradecheck.model.cpusets import parse_cpus
from upgradecheck.model.errors import SpecRefused

_BITS = {"int": 63, "int64": 63, "uint64": 64}


def json_of(content: bytes) -> Any:
    """The document.

    Raises:
        SpecRefused: it is none.
    """
    try:
        return msgspec.json.decode(content.decode(errors="replace").encode())
    except (msgspec.DecodeError, RecursionError) as error:
        raise SpecRefused(f"it is no JSON ({error})") from error


def struct_of(name: str, document: Any) -> dict[str, Any]:
    """The fields of a struct by their Go names, its own maps made.

    Raises:
        SpecRefused: the document has something else where the struct has a field.
    """
    made: dict[str, Any] = {one.go: {} for one in TYPES[name].fields if _is_map(one.type)}
    return made | _fields(name, document)


def _is_map(expression: str) -> bool:
    known = TYPES.get(expression)
    return expression.startswith("map[") or (known is not None and known.kind == "map")


def _fields(name: str, document: Any) -> dict[str, Any]:
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SpecRefused(f"it has {_said(document)} where {TYPES[name].go} was wanted")
    by_name = {one.json: one for one in TYPES[name].fields}
    by_folded = {(one.json or "").casefold(): one for one in TYPES[name].fields}
    found = ((by_name.get(key) or by_folded.get(key.casefold()), value) for key, value in document.items())
    return {one.go: _value(one.type, value) for one, value in found if one is not None and not (value is None and _is_number(one.type))}


def _is_number(expression: str) -> bool:
    known = TYPES.get(expression)
    return expression in _BITS or (known is not None and known.kind in _BITS)


def _value(expression: str, value: Any) -> Any:
    """One value, ready to be printed: texts as bytes, maps by bytes or numbers."""
    known = TYPES.get(expression)
    if expression == POD_CPUS:
        return _pod_cpus(value)
    if expression == AMOUNT:
        return _amount(value)
    if known is not None and known.kind == "struct":
        return _fields(expression, value)
    if known is not None:
        return _value(known.elem or known.kind, value)
    if expression.startswith("*"):
        return None if value is None else _value(expression[1:], value)
    if expression.startswith("map["):
        return _map(expression, value)
    if expression == "[]uint8":
        return _bytes(value)
    if expression.startswith("[]"):
        return None if value is None else [_value(expression[2:], one) for one in _wanted(list, value, "a list")]
    if expression == "string":
        return b"" if value is None else _wanted(str, value, "a text").encode()
    return 0 if value is None else _number(expression, value)


def _pod_cpus(value: Any) -> dict[str, Any]:
    """Mirrors UnmarshalJSON of PodEntry in pkg/kubelet/cm/cpumanager/state/state.go."""
    text: bytes = _fields(POD_CPUS_TEXT, value).get("CPUSet", b"")
    return {"CPUSet": {"elems": {cpu: {} for cpu in sorted(parse_cpus(text.decode()))}}}


def _amount(value: Any) -> Quantity:
    """Mirrors UnmarshalJSON of Quantity in k8s.io/apimachinery/pkg/api/resource/quantity.go. differs: numbers with a fraction are none."""
    if value is None:
        return Quantity()
    if not isinstance(value, str | int) or isinstance(value, bool):
        raise SpecRefused(f"it has {_said(value)} where an amount was wanted")
    return parse_quantity(str(value).strip())


def _map(expression: str, value: Any) -> dict[Any, Any] | None:
    key, _, elem = expression[4:].partition("]")
    if value is None:
        return None
    entries: Mapping[str, Any] = _wanted(dict, value, "an object")
    return {_key(key, name): _value(elem, one) for name, one in entries.items()}


def _key(expression: str, name: str) -> bytes | int:
    if expression not in _BITS:
        return name.encode()
    try:
        return _number(expression, int(name))
    except ValueError as error:
        raise SpecRefused(f"it has the key {name[:20]!r} where a number was wanted") from error


def _number(expression: str, value: Any) -> int:
    least = 0 if expression.startswith("u") else -(1 << _BITS[expression])
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << _BITS[expression]:
        raise SpecRefused(f"it has {_said(value)} where a number was wanted")
    return value


def _bytes(value: Any) -> list[int] | None:
    if value is None:
        return None
    from base64 import b64decode  # few nodes show their state files

    try:
        return list(b64decode(_wanted(str, value, "a text"), validate=True))
    except ValueError as error:
        raise SpecRefused("it has a text that is no base64") from error


def _wanted(type_: type, value: Any, words: str) -> Any:
    if not isinstance(value, type_):
        raise SpecRefused(f"it has {_said(value)} where {words} was wanted")
    return value


def _said(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number", type(None): "null"}
    return names[type(value)]
