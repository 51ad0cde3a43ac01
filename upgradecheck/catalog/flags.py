"""Flags that kubelets had once: since when they are gone, and what there is in their place (hashdata/flags.json)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from upgradecheck.catalog.files import Folder
from upgradecheck.catalog.records import MinorFacts
from upgradecheck.model.errors import DataError
from upgradecheck.model.starting import GoneFlag

_FILE = "flags.json"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    instead: dict[str, str]


def gone_flags(folder: Folder, minors: Iterable[MinorFacts]) -> Mapping[str, GoneFlag]:
    """By name, the flags that some of these minors dropped.

    Raises:
        DataError: the file of replacements is not what it should be.
    """
    instead = _instead(folder)
    return {flag: GoneFlag(facts.minor, instead.get(flag, "")) for facts in minors for flag in facts.removed_flags}


def _instead(folder: Folder) -> Mapping[str, str]:
    try:
        raw = (folder / _FILE).read_bytes()
    except OSError:
        return {}
    try:
        return msgspec.json.decode(raw, type=_File).instead
    except msgspec.DecodeError as error:
        raise DataError(f"{folder.name}/{_FILE}: {error}. Install upgradecheck again.") from error
