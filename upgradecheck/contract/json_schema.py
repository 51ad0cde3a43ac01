"""The JSON Schema of a document, made of its types: their docstrings and notes describe, what may be left out is not required.

Objects are open, since minor steps add members; those that refuse unknown members (a checkpoint's) are closed. A member that is left out
where it does not apply is never null, and a list of that kind is never empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from inspect import cleandoc
from typing import Any

import msgspec

from upgradecheck.contract.values import schema_of
from upgradecheck.model.patterns import pattern

_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SUFFIX = "Json"
_HUMP = pattern(r"(?<=[a-z0-9])(?=[A-Z])")


def json_schema(document: type[msgspec.Struct], parts: Iterable[type[msgspec.Struct]] = ()) -> dict[str, Any]:
    """The schema of a document; parts are types that no field of it names."""
    _, found = msgspec.json.schema_components((document, *parts), schema_hook=schema_of, ref_template="{name}")
    shown = {_named(name): _settled(part) for name, part in found.items()}
    whole = shown.pop(_named(document.__name__))
    title = {"$schema": _DRAFT, "title": f"upgradecheck {document.__name__.removesuffix(_SUFFIX)}"}
    return {**title, **whole, **({"$defs": dict(sorted(shown.items()))} if shown else {})}


def _named(name: str) -> str:
    """``PodJson`` is ``pod``, ``OverrideRefusal`` is ``override_refusal``."""
    return _HUMP.sub("_", name.removesuffix(_SUFFIX)).lower()


def _settled(part: Any) -> Any:
    """As msgspec has it, but for names, titles, members that are left out, and what the model says of its words."""
    if isinstance(part, list):
        return [_settled(each) for each in part]
    if not isinstance(part, dict):
        return part
    found = {name: _settled(value) for name, value in part.items() if name not in ("title", "default", "properties")}
    if "properties" in part:
        found["properties"] = {name: _settled(member) for name, member in part["properties"].items()}
    if "title" in part and "enum" in part:
        found.pop("description", None)
    elif "description" in part:
        found["description"] = cleandoc(part["description"])
    if "$ref" in part and "/" not in part["$ref"]:
        found["$ref"] = f"#/$defs/{_named(part['$ref'])}"
    return _never_empty(found, part["default"]) if "default" in part else found


def _never_empty(member: dict[str, Any], default: object) -> dict[str, Any]:
    """A member that is left out where it has its default."""
    if default == ():
        return {**member, "minItems": 1}
    options = [option for option in member.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) != 1:
        return member
    return {**options[0], **{name: value for name, value in member.items() if name != "anyOf"}}
