"""Which feature gates want which others on, minor by minor (hashdata/dependencies.json), read out of the releases that it names."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.model.version import Minor


class _OfMinor(msgspec.Struct, forbid_unknown_fields=True):
    source: dict[str, str]
    wants: dict[str, tuple[str, ...]]


class _Dependencies(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    minors: dict[str, _OfMinor]


def read_dependencies(folder: Folder) -> Mapping[Minor, Mapping[str, tuple[str, ...]]]:
    """By minor and gate, what must be on while the gate is.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(
        folder, "dependencies.json", _Dependencies, lambda file: {minor_of(name): one.wants for name, one in file.minors.items()}
    )
