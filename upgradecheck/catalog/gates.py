"""What gates do to pods that ask for it (hashdata/gates.json), read by hand at the places that it names."""

from __future__ import annotations

from typing import Literal

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SourcePart
from upgradecheck.model.gates import GateEffect


class _Gate(msgspec.Struct, forbid_unknown_fields=True):
    on_since: str
    paths: tuple[str, ...]
    effect: str
    counts: Literal["now", "anew"]
    source: SourcePart


class _Gates(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    gates: dict[str, _Gate]


def read_gates(folder: Folder) -> tuple[GateEffect, ...]:
    """The gates by name.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "gates.json", _Gates, lambda file: tuple(_effect(name, one) for name, one in file.gates.items()))


def _effect(name: str, one: _Gate) -> GateEffect:
    return GateEffect(name, minor_of(one.on_since), one.paths, one.effect, one.counts == "now")
