"""Major 1 of the JSON contract. A document is one module of this room, named as ``upgradecheck schema`` names it.

``DOCUMENT`` is its type and ``of`` makes its members; ``PARTS`` are types that no field names. A module with an underscore in its name
(``plan_digest``) is no document but what documents share, or how they are read.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def documents() -> tuple[str, ...]:
    """The names of all documents, sorted."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if "_" not in module.name))


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of a document that documents() names."""
    from upgradecheck.contract.json_schema import json_schema

    module = import_module(f"{__name__}.{name}")
    return json_schema(module.DOCUMENT, getattr(module, "PARTS", ()))
