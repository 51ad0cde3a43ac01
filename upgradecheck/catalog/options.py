"""What kubelets can be told, minor by minor (hashdata/options.json), and what replaces flags that are gone (hashdata/flags.json).

The first is written by hashdata's generator, the second by hand, since releases do not say it.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from upgradecheck.catalog.dependencies import read_dependencies
from upgradecheck.catalog.files import Folder
from upgradecheck.catalog.refusals import read_refusals
from upgradecheck.model.errors import DataError
from upgradecheck.model.options import NO_OPTIONS, Default, FieldState, FlagState, KubeletOptions
from upgradecheck.model.version import Minor

_OPTIONS, _BY_HAND = "options.json", "flags.json"
T = TypeVar("T")


class _Flag(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    since: str
    gone: bool = False
    deprecated: bool = False
    hidden: bool = False
    instead: str = ""
    field: str = ""


class _Field(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    since: str
    gone: bool = False
    default: Default = None
    gate: str = ""
    members: bool = False


class _Options(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    open: list[str]
    read: dict[str, msgspec.Raw]
    flags: dict[str, list[_Flag]]
    fields: dict[str, list[_Field]]


class _ByHand(msgspec.Struct, forbid_unknown_fields=True):
    format_version: str
    instead: dict[str, str]
    matters_to_pods: dict[str, str]
    matters_to_nodes: dict[str, str]


def read_options(folder: Folder) -> KubeletOptions:
    """What is known of flags and fields; nothing where a folder has no such files.

    Raises:
        DataError: a file is not what it should be.
    """
    file = _decoded(folder, _OPTIONS, _Options)
    if file is None:
        return NO_OPTIONS
    by_hand = _decoded(folder, _BY_HAND, _ByHand)
    minors = {name: _minor(folder, name) for name in (*file.read, *file.open)}
    return KubeletOptions(
        minors=tuple(sorted(minors[name] for name in file.read)),
        flags={
            name: [FlagState(minors[one.since], one.gone, one.deprecated, one.hidden, one.instead, one.field) for one in states]
            for name, states in file.flags.items()
        },
        fields={
            name: [FieldState(minors[one.since], one.gone, one.default, one.gate, one.members) for one in states]
            for name, states in file.fields.items()
        },
        open=frozenset(minors[name] for name in file.open),
        replaced={} if by_hand is None else by_hand.instead,
        to_pods={} if by_hand is None else by_hand.matters_to_pods,
        to_nodes={} if by_hand is None else by_hand.matters_to_nodes,
        refusals=read_refusals(folder),
        gates_want=read_dependencies(folder),
    )


def _decoded(folder: Folder, name: str, shape: type[T]) -> T | None:
    try:
        raw = (folder / name).read_bytes()
    except OSError:
        return None
    try:
        return msgspec.json.decode(raw, type=shape)
    except msgspec.DecodeError as error:
        raise DataError(f"{folder.name}/{name}: {error}. Install upgradecheck again.") from error


def _minor(folder: Folder, name: str) -> Minor:
    major, _, number = name.partition(".")
    if not (major.isdecimal() and number.isdecimal()):
        raise DataError(f"{folder.name}/{_OPTIONS}: {name!r} is no minor. Install upgradecheck again.")
    return Minor(int(major), int(number))
