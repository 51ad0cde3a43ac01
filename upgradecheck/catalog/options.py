"""What kubelets can be told, minor by minor (hashdata/options.json), and what replaces flags that are gone (hashdata/flags.json).

The first is written by hashdata's generator, the second by hand, since releases do not say it.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from upgradecheck.catalog.credentialproviders import read_provider_rules
from upgradecheck.catalog.dependencies import read_dependencies
from upgradecheck.catalog.dropins import read_drop_ins
from upgradecheck.catalog.files import Folder, minor_of, read_common
from upgradecheck.catalog.labels import read_labels
from upgradecheck.catalog.refusals import read_refusals
from upgradecheck.model.kinds import Kind
from upgradecheck.model.options import Default, FieldState, FlagState, KubeletOptions


class _Flag(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    since: str
    gone: bool = False
    deprecated: bool = False
    hidden: bool = False
    instead: str = ""
    field: str = ""
    type: str = ""


class _Field(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    since: str
    gone: bool = False
    default: Default = None
    gate: str = ""
    members: bool = False
    kind: Kind | None = None


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
    """What is known of flags and fields.

    Raises:
        DataError: a file is not there, or not what it should be.
    """
    by_hand = read_common(folder, "flags.json", _ByHand, lambda file: file)
    known = read_common(folder, "options.json", _Options, _options)
    return replace(
        known,
        replaced=by_hand.instead,
        to_pods=by_hand.matters_to_pods,
        to_nodes=by_hand.matters_to_nodes,
        refusals=read_refusals(folder),
        gates_want=read_dependencies(folder),
        labels=read_labels(folder),
        drop_ins=read_drop_ins(folder),
        provider_rules=read_provider_rules(folder),
    )


def _options(file: _Options) -> KubeletOptions:
    return KubeletOptions(
        minors=tuple(sorted(minor_of(name) for name in file.read)),
        flags={
            name: [FlagState(minor_of(one.since), one.gone, one.deprecated, one.hidden, one.instead, one.field, one.type) for one in states]
            for name, states in file.flags.items()
        },
        fields={
            name: [FieldState(minor_of(one.since), one.gone, one.default, one.gate, one.members, one.kind) for one in states]
            for name, states in file.fields.items()
        },
        open=frozenset(minor_of(name) for name in file.open),
        gated=tuple(name for name, states in file.fields.items() if any(one.gate for one in states)),
    )
