"""What gates do to pods that ask for it (hashdata/gates.json), read by hand at the places that it names."""

from __future__ import annotations

from typing import Literal

import msgspec

from upgradecheck.catalog.files import Folder
from upgradecheck.model.errors import DataError
from upgradecheck.model.gates import GateEffect
from upgradecheck.model.version import Minor

_FILE = "gates.json"


class _Source(msgspec.Struct, forbid_unknown_fields=True):
    module: str
    version: str
    path: str


class _Gate(msgspec.Struct, forbid_unknown_fields=True):
    on_since: str
    paths: tuple[str, ...]
    effect: str
    counts: Literal["now", "anew"]
    source: _Source


class _Gates(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    gates: dict[str, _Gate]


def read_gates(folder: Folder) -> tuple[GateEffect, ...]:
    """The gates by name; none where a folder has no such file.

    Raises:
        DataError: the file is not what it should be.
    """
    try:
        raw = (folder / _FILE).read_bytes()
    except OSError:
        return ()
    try:
        found = msgspec.json.decode(raw, type=_Gates).gates
        return tuple(GateEffect(name, _minor(one.on_since), one.paths, one.effect, one.counts == "now") for name, one in found.items())
    except (msgspec.DecodeError, ValueError) as error:
        raise DataError(f"{folder.name}/{_FILE}: {error}. Install upgradecheck again.") from error


def _minor(text: str) -> Minor:
    major, _, minor = text.partition(".")
    return Minor(int(major), int(minor))
