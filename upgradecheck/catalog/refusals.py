"""Values of a configuration that kubelets refuse (hashdata/refusals.json), read by hand at the places that it names."""

from __future__ import annotations

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SourcePart
from upgradecheck.model.refusals import Refusal

_Written = str | int | float | bool


class _When(msgspec.Struct, forbid_unknown_fields=True):
    one_of: tuple[_Written, ...] = msgspec.field(default=(), name="is")
    but: tuple[_Written, ...] = msgspec.field(default=(), name="not")
    at_most: int | None = None


class _Refusal(msgspec.Struct, forbid_unknown_fields=True):
    field: str
    since: str
    when: _When
    wanted: str
    source: SourcePart
    gate: str = ""
    until: str | None = None


class _Refusals(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    refusals: list[_Refusal]


def read_refusals(folder: Folder) -> tuple[Refusal, ...]:
    """All that are known.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "refusals.json", _Refusals, lambda file: tuple(_refusal(one) for one in file.refusals))


def _refusal(one: _Refusal) -> Refusal:
    until = None if one.until is None else minor_of(one.until)
    return Refusal(one.field, minor_of(one.since), until, one.wanted, one.gate, one.when.one_of, one.when.but, one.when.at_most)
