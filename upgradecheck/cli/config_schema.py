"""The JSON Schema of a configuration file, made of what commands declare."""

from __future__ import annotations

from typing import Any

from upgradecheck.cli.configured import every_verb, settable
from upgradecheck.cli.declaring import OptionField
from upgradecheck.cli.verb import Verb

_SAYS_SOMETHING = {"pattern": r"\S"}
_TEXT: dict[str, Any] = {"type": ["string", "integer"], **_SAYS_SOMETHING}


def config_schema() -> dict[str, Any]:
    """The whole of it."""
    verbs = every_verb()
    shared: dict[str, list[dict[str, Any]]] = {}
    for told in verbs.values():
        for name, field in settable(told).items():
            kinds = shared.setdefault(name, [])
            if (kind := _kind(field)) not in kinds:
                kinds.append(kind)
    options = {name: kinds[0] if len(kinds) == 1 else {"allOf": kinds} for name, kinds in sorted(shared.items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "upgradecheck configuration file",
        **_closed(
            {
                "options": {"description": "Of every command that has them", **_closed(options)},
                "commands": {
                    "description": "Of one command; wins over options",
                    **_closed({command: _options(told) for command, told in sorted(verbs.items())}),
                },
            }
        ),
    }


def _options(told: Verb) -> dict[str, Any]:
    found = {name: {"description": field.help(told.shows), **_kind(field)} for name, field in sorted(settable(told).items())}
    return _closed(found)


def _closed(properties: dict[str, Any]) -> dict[str, Any]:
    """An object of these members and no others; what has nothing in it (``plan:``) is null to YAML."""
    return {"type": ["object", "null"], "additionalProperties": False, "properties": properties}


def _kind(field: OptionField) -> dict[str, Any]:
    """As configured.typed_value takes it."""
    if field.told.counted or field.kind is int:
        return {"type": "integer", "minimum": field.told.least or 0}
    if field.kind is bool:
        return {"type": "boolean"}
    if field.choices:
        return {"enum": list(field.choices)}
    if field.is_many:
        return {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
    return {"type": ["string", "number"], **_SAYS_SOMETHING} if field.kind is float else _TEXT
