"""Since which minor something holds: going back from one of which it does, without a gap."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from upgradecheck.model.catalog import SchemaCatalog
from upgradecheck.model.schema import Schema
from upgradecheck.model.version import Minor


def going_back(schema: Schema, catalog: SchemaCatalog, holds: Callable[[Schema], bool]) -> str:
    """The first minor of which something holds that holds of this schema."""
    return _going_back(schema, catalog.minors(), catalog.schema, holds)


def era_since(schema: Schema, catalog: SchemaCatalog) -> str:
    """The first minor of a schema's era."""
    return _era_since(schema, catalog.minors(), catalog.schema)


@lru_cache(maxsize=64)
def _era_since(schema: Schema, minors: tuple[Minor, ...], schema_of: Callable[[Minor], Schema]) -> str:
    return _going_back(schema, minors, schema_of, lambda earlier: earlier.era is schema.era)


def _going_back(schema: Schema, minors: tuple[Minor, ...], schema_of: Callable[[Minor], Schema], holds: Callable[[Schema], bool]) -> str:
    since = schema.minor
    for minor in sorted((known for known in minors if known < schema.minor), reverse=True):
        if not holds(schema_of(minor)):
            break
        since = minor
    return str(since)
