"""What gates do to pods that ask for it, and which do nothing to any (hashdata/gates.json), read at the places that it names."""

from __future__ import annotations

from typing import Literal

import msgspec

from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.shapes import SourcePart
from upgradecheck.model.gates import GateEffect, GateEffects


class _Gate(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    on_since: str
    paths: tuple[str, ...]
    beside: tuple[str, ...] = ()
    claimed: str = ""
    effect: str
    counts: Literal["now", "anew"]
    source: SourcePart


class _Checked(msgspec.Struct, forbid_unknown_fields=True):
    version: str
    path: str


class _OfNode(msgspec.Struct, forbid_unknown_fields=True):
    what: str
    source: SourcePart


class _NoPods(msgspec.Struct, forbid_unknown_fields=True):
    elsewhere: dict[str, str]
    checked: dict[str, _Checked]
    node: dict[str, _OfNode]


class _Gates(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    gates: dict[str, _Gate]
    no_pods: _NoPods


def read_gates(folder: Folder) -> GateEffects:
    """The gates by name.

    Raises:
        DataError: the file is not there, or not what it should be.
    """
    return read_common(folder, "gates.json", _Gates, _effects)


def _effects(file: _Gates) -> GateEffects:
    none = file.no_pods
    touching = tuple(_effect(name, one) for name, one in file.gates.items())
    return GateEffects(touching, frozenset((*none.elsewhere, *none.checked, *none.node)))


def _effect(name: str, one: _Gate) -> GateEffect:
    return GateEffect(name, minor_of(one.on_since), one.paths, one.effect, one.counts == "now", one.beside, one.claimed)
