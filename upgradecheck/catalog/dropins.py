"""What kubelets make of a configuration in several files (hashdata/dropins.json), read by hand at the places that it names."""

from __future__ import annotations

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SincePart
from upgradecheck.model.config import Nulls
from upgradecheck.model.options import DirectoryVariable, DropIns


class _Nulls(SincePart, kw_only=True):
    taken: Nulls


class _Span(SincePart, kw_only=True):
    until: str


class _Variable(_Span, kw_only=True):
    name: str


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    nulls: tuple[_Nulls, ...]
    variable: _Variable
    with_their_defaults: _Span
    gates_of_the_file_alone: SincePart


def read_drop_ins(folder: Folder) -> DropIns:
    """What is known of them.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "dropins.json", _File, _drop_ins)


def _drop_ins(file: _File) -> DropIns:
    nulls = tuple((minor_of(one.since), one.taken) for one in file.nulls)
    variable = DirectoryVariable(file.variable.name, minor_of(file.variable.since), minor_of(file.variable.until))
    defaults = minor_of(file.with_their_defaults.since), minor_of(file.with_their_defaults.until)
    return DropIns(nulls, minor_of(file.gates_of_the_file_alone.since), variable, defaults)
