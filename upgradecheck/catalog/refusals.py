"""Values of a configuration that kubelets refuse (hashdata/refusals.json), read by hand at the places that it names."""

from __future__ import annotations

import msgspec

from upgradecheck.catalog.files import Folder
from upgradecheck.model.errors import DataError
from upgradecheck.model.refusals import Refusal
from upgradecheck.model.version import Minor

_FILE = "refusals.json"
_Written = str | int | float | bool


class _When(msgspec.Struct, forbid_unknown_fields=True):
    one_of: tuple[_Written, ...] = msgspec.field(default=(), name="is")
    but: tuple[_Written, ...] = msgspec.field(default=(), name="not")
    at_most: int | None = None


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    module: str
    version: str
    path: str


class _Refusal(msgspec.Struct, forbid_unknown_fields=True):
    field: str
    since: str
    when: _When
    wanted: str
    source: _Source
    gate: str = ""
    until: str | None = None


class _Refusals(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    refusals: list[_Refusal]


def read_refusals(folder: Folder) -> tuple[Refusal, ...]:
    """All that are known; none where a folder has no such file.

    Raises:
        DataError: the file is not what it should be.
    """
    try:
        raw = (folder / _FILE).read_bytes()
    except OSError:
        return ()
    try:
        return tuple(_refusal(one) for one in msgspec.json.decode(raw, type=_Refusals).refusals)
    except (msgspec.DecodeError, ValueError) as error:
        raise DataError(f"{folder.name}/{_FILE}: {error}. Install upgradecheck again.") from error


def _refusal(one: _Refusal) -> Refusal:
    until = None if one.until is None else _minor(one.until)
    return Refusal(one.field, _minor(one.since), until, one.wanted, one.gate, one.when.one_of, one.when.but, one.when.at_most)


def _minor(text: str) -> Minor:
    major, _, minor = text.partition(".")
    return Minor(int(major), int(minor))
