"""Which feature gates want which others on, minor by minor (hashdata/dependencies.json), read by hand at the places that it names."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.catalog.files import Folder
from upgradecheck.model.errors import DataError
from upgradecheck.model.version import Minor

_FILE = "dependencies.json"


class _OfMinor(msgspec.Struct, forbid_unknown_fields=True):
    source: dict[str, str]
    wants: dict[str, tuple[str, ...]]


class _Dependencies(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    minors: dict[str, _OfMinor]


def read_dependencies(folder: Folder) -> Mapping[Minor, Mapping[str, tuple[str, ...]]]:
    """By minor and gate, what must be on while the gate is; nothing where a folder has no such file.

    Raises:
        DataError: the file is not what it should be.
    """
    try:
        raw = (folder / _FILE).read_bytes()
    except OSError:
        return {}
    try:
        return {_minor(name): one.wants for name, one in msgspec.json.decode(raw, type=_Dependencies).minors.items()}
    except (msgspec.DecodeError, ValueError) as error:
        raise DataError(f"{folder.name}/{_FILE}: {error}. Install upgradecheck again.") from error


def _minor(text: str) -> Minor:
    major, _, minor = text.partition(".")
    return Minor(int(major), int(minor))
