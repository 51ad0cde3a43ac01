"""A checksum over a whole document, its last member: what was damaged, cut or edited by hand shows, wherever it stands.

It is made of values, not of bytes: a tool that indents, sorts or escapes otherwise changes none of them. Whoever wants to can make it
anew: it is no signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from upgradecheck.contract.parts import Members, Rows, RowsSealable, Sealable
from upgradecheck.contract.values import encoded, plain
from upgradecheck.model.patterns import pattern

SEAL = "document_hash"
_EXACT = 1 << 53
_ODD_NUMBER = pattern(rb"(?:^|[-:\[,\s])[0-9]+(?:[.eE]|(?<=[0-9]{16}))")
"""A number that somebody may write otherwise; in a text, too, which does no harm."""
_SORTED = msgspec.json.Encoder(order="sorted")


def sealed(members: Members) -> Members:
    """The same members, each taken once and whole before the next, and the checksum over them."""
    found: dict[str, bytes] = {}
    for name, value in members:
        if name == SEAL:
            continue
        digest = hashlib.sha256()
        if isinstance(value, RowsSealable):
            yield name, RowsSealable(_passing_together(value.sealable, digest))
        elif isinstance(value, Rows):
            yield name, Rows(_passing(value.values, digest))
        else:
            _update(digest, _json(value))
            yield name, value
        found[name] = digest.digest()
    yield SEAL, _together(found)


def seal_of(parts: Mapping[str, msgspec.Raw]) -> str:
    """The checksum over the members of a document that was read."""
    found = {}
    for name, value in parts.items():
        if name != SEAL:
            digest = hashlib.sha256()
            _update(digest, bytes(value))
            found[name] = digest.digest()
    return _together(found)


def _passing(values: Iterable[object], digest: hashlib._Hash) -> Iterator[object]:
    for value in values:
        _add(digest, _json(value))
        yield value


def _passing_together(some: Iterable[Sealable], digest: hashlib._Hash) -> Iterator[Sealable]:
    for one in some:
        lines = one.sealed()
        if lines is None:
            for _ in _passing(one.elements(), digest):
                pass
        else:
            digest.update(lines)
        yield one


def _update(digest: hashlib._Hash, raw: bytes) -> None:
    """Takes a member in; a list element by element, as it is written."""
    if raw[:1] == b"[":
        for element in msgspec.json.decode(raw, type=list[msgspec.Raw]):
            _add(digest, bytes(element))
    else:
        _add(digest, raw)


def _add(digest: hashlib._Hash, raw: bytes) -> None:
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):  # no text: nothing that was ever sealed
        digest.update(raw)
    else:
        digest.update(_SORTED.encode(_alike(value) if _ODD_NUMBER.search(raw) else value))
    digest.update(b"\n")


def _alike(value: object) -> object:
    """With 5.0 as 5, which some tools make of it, and as fractions the numbers of more than 53 bits: of 64, YAML has them as such."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < _EXACT else value
    if isinstance(value, int):
        return value if abs(value) < _EXACT else _as_fraction(value)
    if isinstance(value, dict):
        return {name: _alike(one) for name, one in value.items()}
    return [_alike(one) for one in value] if isinstance(value, list) else value


def _as_fraction(value: int) -> float | str:
    """The fraction next to a whole number; beyond all fractions its digits, which are no plan's."""
    try:
        return float(value)
    except OverflowError:
        return hex(value)


def _json(value: object) -> bytes:
    try:
        return encoded(value)
    except UnicodeEncodeError:
        return encoded(plain(value))


def _together(found: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(found):
        digest.update(msgspec.json.encode(name) + found[name])
    return digest.hexdigest()
