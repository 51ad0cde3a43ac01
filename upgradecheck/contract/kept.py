"""What a document of a newer minor says beyond what is known here: kept where it stands, and there again when the document is written.

It is held beside the model, by its place in the document: in lists by index, in objects by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec.structs import fields

from upgradecheck.contract.parts import Members, Rows
from upgradecheck.contract.values import encoded, of_json, plain


class KeptFields(msgspec.Struct, frozen=True, gc=False):
    """Of one object or list: the order of its members, those that are not known here, and what is kept of those that are."""

    order: tuple[str, ...] = ()
    unknown: Mapping[str, msgspec.Raw] = {}
    inside: Mapping[str | int, KeptFields] = {}


class WithKept(msgspec.Struct, frozen=True, gc=False):
    """What a document that was read says, and what is kept of it besides. unsealed: it had no checksum, and is written without one."""

    value: Any
    kept: KeptFields | None = None
    unsealed: bool = False


def kept_of(found: Mapping[str, msgspec.Raw], document: type[msgspec.Struct], foreign: frozenset[str]) -> KeptFields | None:
    """What the members of a document hold that its type does not, or, of those called foreign, the model; None where that is nothing."""
    known = {field.encode_name: field.type for field in fields(document) if field.encode_name not in foreign}
    return _kept({name: unknown_in(found[name], kind) for name, kind in known.items() if name in found}, found, known)


def unknown_in(raw: msgspec.Raw, kind: Any) -> KeptFields | None:
    """What the JSON of a value of this type holds that the type does not. The JSON is known to fit the type."""
    kind = _bare(kind)
    if bytes(raw) == b"null" or not _holds_objects(kind):
        return None
    if get_origin(kind) is None:
        return _in_object(raw, kind)
    if get_origin(kind) is dict:
        values = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
        return _kept({name: unknown_in(value, get_args(kind)[1]) for name, value in values.items()})
    elements = msgspec.json.decode(raw, type=list[msgspec.Raw])
    return _kept({index: unknown_in(value, get_args(kind)[0]) for index, value in enumerate(elements)})


def _in_object(raw: msgspec.Raw, kind: type[msgspec.Struct]) -> KeptFields | None:
    if encoded(msgspec.json.decode(raw, type=kind, dec_hook=of_json)) == bytes(raw):
        return None
    found = msgspec.json.decode(raw, type=dict[str, msgspec.Raw])
    known = {field.encode_name: field.type for field in fields(kind)}
    return _kept({name: unknown_in(value, known[name]) for name, value in found.items() if name in known}, found, known)


def _kept(
    inside: Mapping[Any, KeptFields | None], found: Mapping[str, msgspec.Raw] = {}, known: Mapping[str, object] = {}
) -> KeptFields | None:
    some = {place: kept for place, kept in inside.items() if kept is not None}
    unknown = {name: value.copy() for name, value in found.items() if name not in known}
    return KeptFields(tuple(found), unknown, some) if unknown or some else None


def _bare(kind: Any) -> Any:
    """The type without notes and without null."""
    while get_origin(kind) in (Annotated, Union, UnionType):
        kind = next(one for one in get_args(kind) if one is not type(None))
    return kind


def _holds_objects(kind: Any) -> bool:
    kind = _bare(kind)
    if get_origin(kind) in (dict, tuple):
        return _holds_objects(get_args(kind)[get_origin(kind) is dict])
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def put_back(members: Members, kept: KeptFields | None) -> Members:
    """The members of a document with what was kept of it, each where it stood."""
    if kept is None:
        return members
    known = {name: _filled(value, kept.inside.get(name)) for name, value in members}
    return _both(known, kept).items()


def _both(known: Mapping[str, Any], kept: KeptFields) -> dict[str, Any]:
    both = {**known, **kept.unknown}
    return {name: both[name] for name in dict.fromkeys((*kept.order, *known)) if name in both}


def _filled(value: object, kept: KeptFields | None) -> Any:
    if kept is None:
        return value
    if isinstance(value, Rows):
        return Rows(_filled(element, kept.inside.get(index)) for index, element in enumerate(value.values))
    found = plain(value)
    if isinstance(found, dict):
        return _both({name: _filled(member, kept.inside.get(name)) for name, member in found.items()}, kept)
    assert isinstance(found, (list, tuple))
    return [_filled(element, kept.inside.get(index)) for index, element in enumerate(found)]
