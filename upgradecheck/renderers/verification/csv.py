"""A Verification for a spreadsheet: a row a container."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from upgradecheck.model.verification import Verification, VerifiedContainer
from upgradecheck.renderers import Canvas
from upgradecheck.renderers.media.csv import Row, written

FOR_MACHINES = True

_COLUMNS = VerifiedContainer.__struct_fields__


def render(verification: Verification, canvas: Canvas) -> Iterator[str]:
    """The text, row by row."""
    return written(_rows(verification))


def _rows(verification: Verification) -> Iterator[Row]:
    yield _COLUMNS
    for one in verification.containers:
        values = (getattr(one, name) for name in _COLUMNS)
        yield tuple(value.value if isinstance(value, Enum) else value for value in values)
