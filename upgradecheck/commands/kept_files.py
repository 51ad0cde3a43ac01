"""Files that ``-o json`` or ``-o yaml`` has written, read back: from a path, or (``-``) from standard input."""

from __future__ import annotations

import re
import sys
from typing import Literal

import msgspec

from upgradecheck.contract.v1.accuracy import is_log
from upgradecheck.decode.yaml.documents import is_json, to_json
from upgradecheck.entry import read_file
from upgradecheck.model.errors import InputError, SpecRefused
from upgradecheck.model.patterns import pattern

_LARGEST = 512 << 20
"""Bytes; a plan of 150,000 pods has about a fifth of it."""
STDIN = "-"

Kept = Literal["plan", "verification", "accuracy", "clusters"]
_KINDS: dict[str, Kept] = {"Verification": "verification", "AccuracyEntry": "accuracy", "Clusters": "clusters"}


_KIND_IN_YAML = pattern(rb"""^kind:[ \t]*["']?(?P<kind>[A-Za-z]+)["']?[ \t]*$""", re.MULTILINE)


class _Head(msgspec.Struct):
    kind: str | None = None


def content_of(path: str, wanted: str) -> bytes:
    """What is in a file. wanted: what the user should give, for the error.

    Raises:
        InputError: it cannot be read, or is larger than any plan.
    """
    try:
        if path != STDIN:
            return read_file(path, _LARGEST)
        raw: bytes = sys.stdin.buffer.read(_LARGEST + 1)
    except (OSError, AttributeError) as error:
        reason = getattr(error, "strerror", None) or "it is closed"
        raise InputError(f"{named(path)}: cannot be read ({reason}). {wanted}.") from error
    if len(raw) > _LARGEST:
        raise InputError(f"{named(path)}: is larger than {_LARGEST >> 20} MiB, which no plan is.")
    return raw


def named(path: str) -> str:
    """The path, as it is told."""
    return "standard input" if path == STDIN else path


def json_of(raw: bytes, what: str) -> bytes:
    """The document as JSON, which it is or is made of YAML.

    Raises:
        SpecRefused: it is neither.
    """
    if is_json(raw):
        return raw
    if not raw.strip():
        raise SpecRefused("is empty")
    try:
        return to_json(raw, keys_sorted=False)
    except SpecRefused as error:
        raise SpecRefused(f"no {what} in JSON, and none in YAML either ({error})") from error


def kind_of(raw: bytes) -> Kept:
    """What a kept file holds, by the kind that it says; a plan, where it says none that is known."""
    if not is_json(raw):  # YAML is read once, by whoever knows what it is to be
        told = _KIND_IN_YAML.search(raw)
        return "plan" if told is None else _KINDS.get(told["kind"].decode(), "plan")
    try:
        found = msgspec.json.decode(raw, type=_Head).kind
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return "accuracy" if is_log(raw) else "plan"
    return _KINDS.get(found or "", "plan")
